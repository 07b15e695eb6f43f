"""Models whose weights are in files beside them, and bad-input cases 31 to 35: paths that lead elsewhere."""

import os
import re

import numpy as np
import pytest
import toys
from cli import ROOT
from split_models import HEAD, huge, split

MODELS = ROOT / "test" / "models"
DIGITS = MODELS / "digits.mindir"
SCANS = MODELS / "digits_heldout.npy"


@pytest.fixture
def net(tmp_path):
    return split(DIGITS, tmp_path / "model", 2)


@pytest.fixture
def data(net):
    return net.parent / "net_variables" / "data_1"


@pytest.fixture
def elsewhere(tmp_path, data):
    """The same weights, outside of the model's folder."""
    path = tmp_path / "secret"
    path.write_bytes(data.read_bytes())
    return path


@pytest.fixture
def renamed(tmp_path):
    """renamed(location): the digits net, one of whose constants is in a file of that name."""

    def make(location, **fields):
        def change(proto):
            place = proto.graph.parameter[0].external_data
            place.location = location
            for key, value in fields.items():
                setattr(place, key, value)

        return split(DIGITS, tmp_path / "model", 1, change)

    return make


def test_the_answers_are_mindspores(frontend, net, tmp_path):
    answer = frontend("run", net, "--input", SCANS, "--each", "--output", tmp_path / "out")
    assert answer.code == 0, answer
    (logits,) = (tmp_path / "out").glob("1_*.npy")
    wanted = np.load(MODELS / "digits_logits.npy")
    np.testing.assert_allclose(np.load(logits), wanted, rtol=0, atol=1e-5 * np.abs(wanted).max())


def test_info_tells_the_same_of_it(frontend, net):
    whole, parts = (frontend("info", path, "--json").succeeds().json for path in (DIGITS, net))
    assert (whole["files"], parts["files"]) == ([], ["net_variables/data_1", "net_variables/data_0"])
    assert "\n  in net_variables/data_1\n  in net_variables/data_0\n" in frontend("info", net).succeeds().out
    for key in ("inputs", "outputs", "operators", "nodes"):
        assert parts[key] == whole[key]
    assert parts["memory"]["arena_bytes"] == whole["memory"]["arena_bytes"]
    assert 32000 < parts["parameters"] <= whole["parameters"]  # short ones that nothing reads stay in their file


def test_the_folder_is_the_models_not_the_callers(frontend, net, monkeypatch):
    monkeypatch.chdir(net.parent)
    frontend("info", net.name).succeeds()
    monkeypatch.chdir("/")
    frontend("info", net).succeeds()


def test_a_model_reached_over_a_link_has_its_files_beside_the_link(frontend, net, tmp_path):
    (tmp_path / "link.mindir").symlink_to(net)
    frontend("info", tmp_path / "link.mindir").fails(3, "net_variables/data_", "No such file or directory")
    (tmp_path / "folder").symlink_to(net.parent)
    frontend("info", tmp_path / "folder" / net.name).succeeds()


@pytest.mark.parametrize(
    "location", ["../secret", "a/../../secret", "..", "./secret", "net_variables//data_0", "net_variables/", ""]
)
def test_case_32_a_path_that_leaves_the_folder(frontend, renamed, location):
    frontend("info", renamed(location)).fails(
        3, f"in '{location}'", "expected a path to a file below the model's folder"
    )


def test_case_33_an_absolute_path(frontend, renamed, elsewhere):
    frontend("info", renamed(str(elsewhere))).fails(3, f"'{elsewhere}', an absolute path, expected")


def test_a_path_of_windows(frontend, renamed):
    frontend("info", renamed("net_variables\\data_0")).fails(3, "a path with a backslash")


def test_case_34_a_symbolic_link(frontend, net, data, elsewhere):
    for target in (elsewhere, data.with_name("data_0"), "../../secret"):
        data.unlink()
        data.symlink_to(target)
        frontend("info", net).fails(3, f"{net}: net_variables/data_1: 'data_1' is a symbolic link, expected a file")


def test_case_34_a_symbolic_link_on_the_way(frontend, net, data, tmp_path):
    data.parent.rename(tmp_path / "variables")
    data.parent.symlink_to(tmp_path / "variables")
    frontend("info", net).fails(3, "'net_variables' is a symbolic link, expected a file in the model's own folder")


def test_case_34_a_hard_link(frontend, net, data, elsewhere):
    data.unlink()
    os.link(elsewhere, data)
    frontend("info", net).fails(3, "net_variables/data_1: has 2 hard links, so it may be a file from elsewhere")


def test_case_35_an_offset_below_0_or_in_the_head(frontend, renamed):
    frontend("info", renamed("f", offset=-4)).fails(3, "begins at byte -4 of 'f', expected byte 64 or one behind it")
    frontend("info", renamed("f", offset=63)).fails(3, "begins at byte 63 of 'f'")


@pytest.mark.parametrize("length", [2**60, -4, 0, 1])
def test_case_35_a_length_that_is_not_the_constants(frontend, renamed, length):
    frontend("info", renamed("f", length=length)).fails(3, " bytes, of 'f' it has " + str(length))


@pytest.mark.parametrize("offset", [10_000_000, 2**62, 2**63 - 1])
def test_case_35_an_offset_beyond_the_file(frontend, renamed, offset):
    frontend("info", renamed("net_variables/data_0", offset=offset)).fails(3, "net_variables/data_0'", "byte ")


def test_case_35_a_file_that_is_too_short(frontend, net, data):
    whole = data.read_bytes()
    for size in (0, 1, 63, 64, 100, len(whole) // 2):
        data.write_bytes(whole[:size])
        frontend("info", net).fails(
            3, f"{net}: 'net_variables/data_1' ends at byte {size}, but constant '", "' reaches"
        )


def test_a_file_that_is_not_there(frontend, net, data):
    data.unlink()
    frontend("info", net).fails(3, f"{net}: net_variables/data_1: No such file or directory")
    (data.parent / "data_0").unlink()
    data.parent.rmdir()
    frontend("info", net).fails(3, f"{net}: net_variables/data_", ": No such file or directory")


def test_a_folder_or_a_fifo_in_its_place(frontend, net, data):
    data.unlink()
    data.mkdir()
    frontend("info", net).fails(3, "net_variables/data_1: Is a directory, expected a regular file")
    data.rmdir()
    os.mkfifo(data)
    frontend("info", net).fails(3, "net_variables/data_1: Not a regular file, expected a regular file")


def test_a_file_of_another_byte_order(frontend, net, data):
    data.write_bytes(b"\0" + data.read_bytes()[1:])
    frontend("info", net).fails(3, "'net_variables/data_1': its first byte is 0, expected 1: little endian")


def test_a_name_that_speaks_to_the_terminal(frontend, renamed):
    answer = frontend("info", renamed("net\x1b[31m/../x"))
    answer.fails(3, "net?[31m/../x")


def test_weights_beyond_what_wasm_can_address(frontend, tmp_path):
    frontend("info", huge(DIGITS, tmp_path, 5), "--memory-limit", "4096").fails(
        4, "5368709120 bytes of weights are more than the 4294967295 bytes of memory that can be addressed"
    )


def test_weights_beyond_the_memory_limit(frontend, tmp_path):
    answer = frontend("info", huge(DIGITS, tmp_path, 2), "--memory-limit", "64")
    answer.fails(4, "out of memory: ", "(--memory-limit 64)")
    more, there = map(int, re.search(r": (\d+) more bytes were needed, beside (\d+) \(", answer.err).groups())
    assert there <= 64 << 20 < there + more


NAME = 2048


@pytest.mark.parametrize("name", [b"../secret", b"/etc/hostname", b"a/../b", b"a//b", b""])
def test_a_strangers_module_opens_nothing_else(frontend, hand_made, tmp_path, name):
    """The module's word is not taken for the path: it could want to read what the model's owner may not."""
    (tmp_path / "secret").write_bytes(HEAD)
    folder = tmp_path / "folder"
    (folder / "a").mkdir(parents=True)
    (folder / "b").write_bytes(HEAD)
    (folder / "model").write_bytes(b"model")
    step = (
        "(i64.store (local.get $last) (i64.const 0)) (i32.store offset=8 (local.get $last) (i32.const 8192))"
        "(i32.store offset=12 (local.get $last) (i32.const 1)) (i32.store offset=16 (local.get $last) (i32.const 1))"
        "(i32.const 1)"
    )
    bodies = {"msw_load_step": step, "msw_model_file": f"(i32.const {NAME})", "msw_model_file_size": "(i32.const 0)"}
    data = f'(data (i32.const {NAME}) "{toys.escaped(name + bytes(1))}")'
    answer = frontend("info", folder / "model", "-c", hand_made(bodies, extra=data))
    answer.fails(3, "expected a path down from the model's folder, without empty parts, '.' and '..'")


def test_a_strangers_name_does_not_speak_to_the_terminal(frontend, hand_made, tmp_path):
    (tmp_path / "model").write_bytes(b"model")
    step = "(i32.store offset=16 (local.get $last) (i32.const 1)) (i32.const 1)"
    bodies = {"msw_load_step": step, "msw_model_file": f"(i32.const {NAME})", "msw_model_file_size": "(i32.const 0)"}
    data = f'(data (i32.const {NAME}) "{toys.escaped(bytes([0x1B, 0x63, 0xC2, 0x9B, 0x33, 0xFF, 0xC3, 0xA9, 0]))}")'
    answer = frontend("info", tmp_path / "model", "-c", hand_made(bodies, extra=data))
    answer.fails(3, f"{tmp_path}/model: ?c??3?é: No such file or directory")


def test_a_strangers_module_names_no_file(frontend, hand_made, tmp_path):
    (tmp_path / "model").write_bytes(b"model")
    for number, words in (
        (1, "wants file 1, but msw_model_file gave no name for it"),
        (2, "expected a file of 0 to 0"),
    ):
        step = f"(i32.store offset=16 (local.get $last) (i32.const {number})) (i32.const 1)"
        bodies = {"msw_load_step": step, "msw_model_file": "(i32.const 0)", "msw_model_file_size": "(i32.const 0)"}
        frontend("info", tmp_path / "model", "-c", hand_made(bodies)).fails(3, words)


@pytest.fixture
def kind_3(tmp_path):
    """A module that holds a model, with the factor 2.5 in toy.params beside it."""
    (tmp_path / "model").mkdir()
    module = toys.toy(3, tmp_path / "model", beside="toy.params")
    (tmp_path / "model" / "toy.params").write_bytes(b"TOYMODEL" + np.float32(2.5).tobytes())
    return module


def test_a_module_has_its_weights_beside_it(frontend, kind_3, tmp_path, monkeypatch):
    np.save(tmp_path / "x.npy", np.float32([[1, 2]]))
    run = ["--input", tmp_path / "x.npy", "--json"]
    assert frontend("run", kind_3, *run).succeeds().json["outputs"][0]["values"] == [2.5, 5]
    assert frontend("info", kind_3, "--json").succeeds().json["files"] == ["toy.params"]
    monkeypatch.chdir(kind_3.parent)
    assert frontend("run", kind_3.name, *run).succeeds().json["outputs"][0]["values"] == [2.5, 5]
    far = tmp_path / "/".join(["a" * 200] * 3)
    far.parent.mkdir(parents=True)
    kind_3.parent.rename(far)
    assert frontend("run", far / kind_3.name, *run).succeeds().json["outputs"][0]["values"] == [2.5, 5]


def test_a_profile_takes_the_place_of_nothing_that_was_read(frontend, kind_3, tmp_path):
    np.save(tmp_path / "x.npy", np.float32([[1, 2]]))
    labels = tmp_path / "labels.txt"
    labels.write_text("a\nb\n")
    params = kind_3.with_name("toy.params")
    run = ["run", kind_3, "--input", tmp_path / "x.npy", "--labels", labels]
    for path, what in ((params, "weights of the model"), (labels, "the labels"), (kind_3, "the model")):
        before = path.read_bytes()
        frontend(*run, f"--profile={path}").fails(2, f"{path}: both {what} and an output, expected another --profile")
        assert path.read_bytes() == before
    frontend(*run, f"--profile={tmp_path / 'profile.json'}").succeeds()


def test_what_is_wrong_with_a_file_beside_a_module(frontend, kind_3, tmp_path):
    params = kind_3.with_name("toy.params")
    whole = params.read_bytes()
    for size in range(12):
        params.write_bytes(whole[:size])
        frontend("info", kind_3).fails(3, f"{kind_3}: the file beside the toy: expected 12 bytes")
    params.write_bytes(b"TOYMODE_" + whole[8:])
    frontend("info", kind_3).fails(3, f"{kind_3}: byte 0: not a toy model")
    params.unlink()
    frontend("info", kind_3).fails(3, f"{kind_3}: toy.params: No such file or directory")
    (tmp_path / "secret").write_bytes(whole)
    params.symlink_to("../secret")
    frontend("info", kind_3).fails(3, f"{kind_3}: toy.params: 'toy.params' is a symbolic link")
    params.unlink()
    os.link(tmp_path / "secret", params)
    frontend("info", kind_3).fails(3, "toy.params: has 2 hard links")
    params.unlink()
    params.mkdir()
    frontend("info", kind_3).fails(3, f"{kind_3}: toy.params: ")


def test_a_module_does_not_lead_out_of_its_folder(frontend, tmp_path):
    (tmp_path / "toy.params").write_bytes(b"TOYMODEL" + bytes(4))
    (tmp_path / "model").mkdir()
    frontend("info", toys.toy(3, tmp_path / "model", beside="../toy.params")).fails(3, "without empty parts")
    frontend("info", toys.toy(3, tmp_path / "model", beside=f"{tmp_path}/toy.params")).fails(3, "without empty parts")
