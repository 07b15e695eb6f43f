"""The WASI program in four runtimes beside the command line: the same answers, bits, messages and exit codes."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[3]
WASM = ROOT / "build" / "wasm"
PROGRAM = WASM / "ms_backend.wasi-command.wasm"
COMPONENT = WASM / "ms_backend.wasi-command.component.wasm"
MODULE = WASM / "ms_backend_wasm.wasi.wasm"
FRONTEND = ROOT / "build" / "bin" / "wasm-frontend"
WASMTIME = ROOT / ".venv" / "bin" / "wasmtime"
WAZERO = ROOT / ".deps" / "wazero" / "wazero"
NODE_HOST = ROOT / "bindings" / "component" / "command" / "node.mjs"
MODELS = ROOT / "test" / "models"
LITE0 = ROOT / ".cache" / "models" / "lite0.mindir"
README = (ROOT / "bindings" / "component" / "command" / "README.md").read_text()
HANG_SECONDS = 300  # not a limit that is tested: it ends a test run that hangs

NAME = "ms_backend.wasi-command"
OPEN = {
    "wasmtime": [WASMTIME, "run", "--dir", ".", PROGRAM],
    "wasmtime, preview 2": [WASMTIME, "run", "--dir", ".", COMPONENT],
    "node": ["node", "--no-warnings", NODE_HOST, ".", PROGRAM],
    "wazero": [WAZERO, "run", "-mount=.:.", PROGRAM],
}
CLOSED = {
    "wasmtime": [WASMTIME, "run", PROGRAM],
    "wasmtime, preview 2": [WASMTIME, "run", COMPONENT],
    "node": ["node", "--no-warnings", NODE_HOST, "", PROGRAM],
    "wazero": [WAZERO, "run", PROGRAM],
}


@dataclass
class Answer:
    code: int
    out: str
    err: str


def call(command, folder, **options) -> Answer:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        timeout=HANG_SECONDS,
        check=False,
        **options,
    )
    return Answer(done.returncode, (done.stdout or b"").decode(), done.stderr.decode())


@pytest.fixture(params=OPEN)
def runtime(request) -> str:
    return request.param


@pytest.fixture
def program(runtime, folder):
    """Runs the program in the runtime, with the folder of the test open: program("run", model, ...) -> Answer."""
    return lambda *arguments, **options: call([*OPEN[runtime], *arguments], folder, **options)


@pytest.fixture
def frontend(folder):
    """The command line in the same folder."""
    return lambda *arguments: call([FRONTEND, *arguments], folder)


def exit_code(runtime: str, code: int) -> int:
    """A component of WASI 0.2 can tell no more than that it failed."""
    return min(code, 1) if "preview 2" in runtime else code


def without_name(text: str) -> str:
    return text.replace(f"{NAME}: ", "").replace("wasm-frontend: ", "")


def scan(digit: int) -> np.ndarray:
    """As the command line reads the picture."""
    return np.asarray(Image.open(MODELS / "digits_scans" / f"{digit}.png").convert("L"), np.float32)[None, None]


@pytest.fixture
def folder(tmp_path) -> Path:
    """What the cases below name."""
    for name in ("digits.mindir", "digits_labels.txt", "digits_heldout.npy"):
        shutil.copy(MODELS / name, tmp_path)
    shutil.copy(MODELS / "digits_scans" / "3.png", tmp_path / "scan.png")
    np.save(tmp_path / "scan.npy", scan(3))
    np.save(tmp_path / "double.npy", scan(3).astype(np.float64))
    np.save(tmp_path / "wide.npy", np.zeros((1, 1, 9, 9), np.float32))
    np.save(tmp_path / "fortran.npy", np.asfortranarray(np.zeros((2, 3), np.float32)))
    (tmp_path / "short.npy").write_bytes((tmp_path / "scan.npy").read_bytes()[:-5])
    (tmp_path / "short.mindir").write_bytes((tmp_path / "digits.mindir").read_bytes()[:90000])
    (tmp_path / "few.txt").write_text("zero\none\n")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "taken" / "0_Default_Softmax-op0.npy").mkdir(parents=True)
    return tmp_path


RUN = ("run", "digits.mindir", "--input", "x=scan.npy")
SAME_ANSWERS = [
    ("info", "digits.mindir", "--passes"),
    RUN,
    (*RUN, "--top", "3"),
    (*RUN, "--labels", "digits_labels.txt"),
    (*RUN, "--labels", "digits_labels.txt", "--top", "10"),
    ("run", "digits.mindir", "--input", "digits_heldout.npy", "--each", "--top", "2"),
    ("run", "digits.mindir"),
    ("ops",),
    ("ops", "--json"),
]


@pytest.mark.parametrize("arguments", SAME_ANSWERS, ids=" ".join)
def test_prints_what_the_command_line_prints(program, frontend, arguments):
    given, expected = program(*arguments), frontend(*arguments, "-c", MODULE)
    assert given.code == 0, given
    assert expected.out.count("\n") > 0
    assert re.sub(r"^module: .*$", "", given.out, flags=re.M) == re.sub(r"^module: .*$", "", expected.out, flags=re.M)
    assert without_name(given.err) == without_name(expected.err)


@pytest.mark.parametrize("arguments", [(*RUN, "--top", "3"), ("info", "digits.mindir", "--passes")], ids=" ".join)
def test_json_holds_what_that_of_the_command_line_holds(program, frontend, arguments):
    given, expected = program(*arguments, "--json"), frontend(*arguments, "--json", "-c", MODULE)
    given, expected = json.loads(given.out), json.loads(expected.out)
    assert given.keys() == expected.keys()
    assert given["module"] == NAME
    for of_the_machine in ("module", "memory_bytes", "ms"):
        given.pop(of_the_machine, None)
        expected.pop(of_the_machine, None)
    assert given == expected


def test_a_profile_has_a_row_for_each_node(program, folder):
    answer = program(*RUN, "--profile=profile.json")
    assert answer.code == 0, answer
    operators = [node["op"] for node in json.loads((folder / "profile.json").read_text())["nodes"]]
    assert operators.count("Conv2D + bias + ReLU") == 3


def test_names_each_scanned_digit(program, folder):
    np.save(folder / "scans.npy", np.concatenate([scan(digit) for digit in range(10)]))
    answer = program(
        "run", "digits.mindir", "--input", "x=scans.npy", "--each", "--labels", "digits_labels.txt", "--top", "1"
    )
    assert (answer.code, answer.err) == (0, "")
    assert [line.split()[-1] for line in answer.out.splitlines()] == [str(digit) for digit in range(10)]


def test_its_logits_are_those_of_mindspore(program, folder):
    answer = program("run", "digits.mindir", "--input", "x=digits_heldout.npy", "--each", "--output", "out")
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    logits = np.load(folder / "out" / "1_Default_Add-op0.npy").reshape(360, 10)
    assert np.abs(logits - np.load(MODELS / "digits_logits.npy").reshape(360, 10)).max() <= 1e-5


def test_a_large_model_gives_the_bits_of_the_command_line(program, frontend, folder):
    shutil.copy(LITE0, folder)
    np.save(folder / "x.npy", np.random.default_rng(7).uniform(-1, 1, (1, 3, 224, 224)).astype(np.float32))
    run = ("run", "lite0.mindir", "--input", "x=x.npy", "--output")
    assert frontend(*run, "expected", "-c", MODULE).code == 0
    answer = program(*run, "given")
    assert (answer.code, answer.err) == (0, "")
    names = sorted(path.name for path in (folder / "expected").iterdir())
    assert names == sorted(path.name for path in (folder / "given").iterdir())
    for name in names:
        assert (folder / "given" / name).read_bytes() == (folder / "expected" / name).read_bytes(), name


@pytest.fixture
def split(folder) -> Path:
    """The folder of a model's weights, beside the model."""
    shutil.copy(MODELS / "split_graph.mindir", folder)
    return shutil.copytree(MODELS / "split_variables", folder / "split_variables")


def test_weights_in_files_beside_the_model(program, split, folder):
    answer = json.loads((MODELS / "split_answer.json").read_text())
    np.save(folder / "x.npy", np.asarray(answer["x"], np.float32).reshape(2, 41))
    assert program("run", "split_graph.mindir", "--input", "x.npy", "--output", "out").code == 0
    (output,) = (folder / "out").iterdir()
    np.testing.assert_allclose(np.load(output).ravel(), answer["z"], rtol=1e-5, atol=1e-6)


def link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def hard_link(path: Path) -> None:
    os.link(path, path.with_name("elsewhere"))


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("spoil", "name"),
    [(link, "data_0"), (link, "."), (hard_link, "data_0"), (fifo, "data_0"), (Path.unlink, "data_0")],
)
def test_a_model_opens_no_file_over_a_link(program, frontend, runtime, split, spoil, name):
    spoil(split / name)
    given, expected = program("info", "split_graph.mindir"), frontend("info", "split_graph.mindir")
    assert (given.code, given.out, expected.code) == (exit_code(runtime, 3), "", 3)
    assert given.err.replace(NAME, "wasm-frontend") == expected.err


# What the command line says, too, word for word: arguments and exit code.
SAME_ERRORS = [
    (("run", "nope.mindir"), 3),
    (("info", "folder"), 3),
    (("info", "fifo"), 3),
    (("info", "scan.npy"), 3),
    (("info", "short.mindir"), 3),
    (("info",), 2),
    (("run", "digits.mindir", "--input", "x=nope.npy"), 3),
    (("run", "digits.mindir", "--input", "x=folder"), 3),
    (("run", "digits.mindir", "--input", "x=fifo"), 3),
    (("run", "digits.mindir", "--input", "x=double.npy"), 3),
    (("run", "digits.mindir", "--input", "x=wide.npy"), 3),
    (("run", "digits.mindir", "--input", "x=fortran.npy"), 3),
    (("run", "digits.mindir", "--input", "x=short.npy"), 3),
    (("run", "digits.mindir", "--input", "y=scan.npy"), 2),
    ((*RUN, "--input", "x=scan.npy"), 2),
    (("run", "digits.mindir", "--top", "3"), 2),
    ((*RUN, "--top", "0"), 2),
    ((*RUN, "--top"), 2),
    ((*RUN, "--frobnicate"), 2),
    ((*RUN, "more"), 2),
    ((*RUN, "--repeat", "2", "--each"), 2),
    ((*RUN, "--timeout", "soon"), 2),
    ((*RUN, "--labels", "few.txt"), 3),
    ((*RUN, "--labels", "scan.npy"), 3),
    ((*RUN, "--profile=scan.npy"), 2),
    ((*RUN, "--output", "scan.npy"), 1),
    ((*RUN, "--output", "nope/out"), 1),
]


@pytest.mark.parametrize(("arguments", "code"), SAME_ERRORS)
def test_errs_as_the_command_line_does(program, frontend, runtime, arguments, code):
    given, expected = program(*arguments), frontend(*arguments)
    assert (given.code, given.out) == (exit_code(runtime, code), "")
    assert given.err.startswith(f"{NAME}: ")
    assert given.err.count("\n") == 1
    assert expected.code == code
    assert given.err.replace(NAME, "wasm-frontend") == expected.err


# What is of this program alone.
OWN_ERRORS = [
    (("frobnicate",), 2, "unknown command 'frobnicate', expected run, info or ops (--help)"),
    ((), 2, "no command given, expected run, info or ops"),
    (("-o", "Add"), 2, "unknown flag '-o'"),
    ((*RUN, "-c", "x.wasm"), 2, "unknown flag '-c'"),
    ((*RUN, "--threads", "2"), 2, "unknown flag '--threads'"),
    ((*RUN, "--image", "size=8x8"), 2, "unknown flag '--image'"),
    (("run", "digits.mindir", "--input", "scan.png"), 3, "scan.png: a PNG picture, expected an .npy"),
    (("run", "digits.mindir", "--input", "few.txt"), 3, "few.txt: an unknown kind of file, expected an .npy"),
    (
        ("info", "../digits.mindir"),
        3,
        "../digits.mindir: the runtime does not permit that, expected a path into a folder",
    ),
    ((*RUN, "--memory-limit", "1"), 4, "digits.mindir: out of memory: "),
    ((*RUN, "--output", "taken"), 1, "taken/0_Default_Softmax-op0.npy: "),
]


@pytest.mark.parametrize(("arguments", "code", "fragment"), OWN_ERRORS)
def test_errs_in_its_own_way(program, runtime, arguments, code, fragment):
    given = program(*arguments)
    assert (given.code, given.out) == (exit_code(runtime, code), "")
    assert given.err.startswith(f"{NAME}: {fragment}"), given
    assert given.err.count("\n") == 1


def test_without_an_open_folder_it_says_how_to_open_one(runtime, folder):
    for arguments in (RUN, ("info", folder / "digits.mindir")):
        given = call([*CLOSED[runtime], *arguments], folder)
        assert (given.code, given.out) == (exit_code(runtime, 3), "")
        assert "in no folder that the runtime opens to the program" in given.err
        assert "--dir FOLDER" in given.err


@pytest.mark.parametrize("output", ["taken", "scan.npy", "nope/out"])
def test_what_cannot_be_written_leaves_nothing(program, folder, output):
    before = sorted(folder.rglob("*"))
    assert program(*RUN, "--output", output).code == 1
    assert sorted(folder.rglob("*")) == before


def test_outputs_are_replaced_whole(program, folder):
    (folder / "out").mkdir()
    (folder / "out" / "0_Default_Softmax-op0.npy").write_text("before")
    assert program(*RUN, "--output", "out").code == 0
    assert np.load(folder / "out" / "0_Default_Softmax-op0.npy").argmax() == 3
    assert len(list((folder / "out").iterdir())) == 2


def test_a_full_device_is_an_error(program):
    with open("/dev/full", "wb") as full:
        given = program("ops", stdout=full)
    assert given.code == 1
    assert re.fullmatch(f"{NAME}: standard output: (No space left on device|I/O error)\n", given.err)


def test_a_reader_that_left_is_an_error(program, runtime):
    reading, writing = os.pipe()
    os.close(reading)
    given = program("ops", stdout=writing)
    os.close(writing)
    if runtime == "wazero":  # Go ends its own process by SIGPIPE
        assert given.code == -13
        return
    assert given.code == 1
    assert given.err.startswith(f"{NAME}: standard output: ")


def test_a_time_limit_ends_a_run(program, runtime, folder):
    given = program(*RUN, "--repeat", "1000000", "--timeout", "0.5")
    assert given.code == exit_code(runtime, 4)
    assert given.err == f"{NAME}: time limit 0.5 s exceeded (--timeout)\n"


def test_tells_its_version_and_flags(program):
    version = re.search(r"project\(msw VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
    assert program("--version").out == f"{NAME} {version} (WASI preview 1)\n"
    shown = program("--help").out
    assert f"{NAME} run MODEL" in shown
    assert not re.search(r"wasm-frontend|--threads|--relaxed|--op-type|--image", shown)


COMMANDS = re.findall(r"^    \$ (.*)$", README, re.M)


def test_the_page_has_commands():
    assert len(COMMANDS) >= 6


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_runs(command):
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout or "--output" in command
