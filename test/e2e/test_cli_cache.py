"""Compiled code of modules with a digest: found without reading them, never run for bytes that it was not made of."""

import hashlib
import json
import os
import shutil
import subprocess
import time

import pytest
import toys
from cli import PROGRAM, tensor_json

YOUNG_SECONDS = 3.1  # more than the time in which a file could change and keep its times (cache_digest.c)


def settle(*paths):
    """Wait until the files are old enough to be known by their times, of which ctime cannot be set."""
    youngest = max(path.stat().st_ctime for path in paths)
    time.sleep(max(0, youngest + YOUNG_SECONDS - time.time()))


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache" / "ms-backend-wasm"


@pytest.fixture
def run(frontend, environment, cache):
    return lambda path, **options: frontend(
        "run", path, "--json", env={**environment, "XDG_CACHE_HOME": str(cache.parent)}, **options
    )


def value(answer) -> float:
    assert answer.code == 0, answer
    (number,) = answer.json["outputs"][0]["values"]
    return number


def kept(cache, suffix):
    (path,) = cache.glob(f"*.{suffix}")
    return path


def refused(answer, path):
    assert (answer.code, answer.out) == (3, ""), answer
    assert f"{path}: its bytes are not those" in answer.err


def write_three(folder):
    path = folder / "three.wasm"
    path.write_bytes(toys.with_digest(toys.answering(3)))
    settle(path)
    return path


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """A module that answers 3, old enough, for tests that leave it as it is."""
    return write_three(tmp_path_factory.mktemp("three"))


@pytest.fixture
def settled(tmp_path):
    """The same for tests that change it."""
    return write_three(tmp_path)


def bytes_read(path, cache) -> int:
    """By the program while it runs a module: what Linux counts of a process that has ended and was not waited for."""
    env = {**os.environ, "XDG_CACHE_HOME": str(cache.parent)}
    command = [PROGRAM, "run", path, "--json"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    with open(f"/proc/{process.pid}/io") as file:
        counted = dict(line.split(": ") for line in file)
    assert process.wait() == 0
    return int(counted["rchar"])


def test_the_second_start_reads_no_weights_and_compiles_nothing(run, cache, tmp_path):
    size = 8 << 20
    path = tmp_path / "large.wasm"
    weights = f'(data (i32.const 65536) "{"w" * size}")'
    path.write_bytes(
        toys.with_digest(
            toys.module({"msw_module_kind": "(i32.const 3)"}, memory='(memory (export "memory") 200)', after=weights)
        )
    )
    settle(path)
    assert bytes_read(path, cache) > size
    written = {name: (cache / name).stat() for name in os.listdir(cache)}
    assert bytes_read(path, cache) < size / 8
    assert {name: (cache / name).stat().st_ctime_ns for name in os.listdir(cache)} == {
        name: status.st_ctime_ns for name, status in written.items()
    }
    assert sorted(name.split(".")[-1] for name in written) == ["code", "note"]
    assert all(status.st_mode & 0o777 == 0o600 for status in written.values())


def edit(path, number, times=None):
    """Another weight in place, below the digest that the file keeps."""
    digest = path.read_bytes()[21:53]
    with path.open("r+b") as file:
        file.write(toys.with_digest(toys.answering(number), digest))
    if times:
        os.utime(path, ns=times)


@pytest.mark.parametrize("hidden", [False, True])
def test_an_edited_weight_is_refused(run, settled, hidden):
    for _ in range(2):
        assert value(run(settled)) == 3
    status = settled.stat()
    edit(settled, 4, (status.st_atime_ns, status.st_mtime_ns) if hidden else None)
    assert settled.stat().st_size == status.st_size
    for _ in range(2):
        refused(run(settled), settled)
    settle(settled)
    refused(run(settled), settled)


def test_an_edit_right_after_a_run_is_seen(run, tmp_path):
    """Within a step of the kernel's clock both have the same times."""
    path = tmp_path / "young.wasm"
    for _ in range(20):
        path.write_bytes(toys.with_digest(toys.answering(3)))
        assert value(run(path)) == 3
        edit(path, 4)
        refused(run(path), path)


def test_an_edited_weight_is_refused_without_a_cache(frontend, environment, tmp_path):
    path = tmp_path / "edited.wasm"
    path.write_bytes(toys.with_digest(toys.answering(3)))
    edit(path, 4)
    refused(frontend("run", path, env={**environment, "XDG_CACHE_HOME": "/proc"}), path)


def moved(path):
    return path.rename(path.with_name("elsewhere.wasm"))


def touched(path):
    path.touch()
    return path


def copied(path):
    return shutil.copy(path, path.with_name("copy.wasm"))


def written_anew(path):
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("change", [moved, touched, copied, written_anew])
def test_the_same_bytes_in_another_file_take_over_the_code(run, cache, settled, change):
    assert value(run(settled)) == 3
    code, note = kept(cache, "code").stat(), kept(cache, "note").read_bytes()
    path = change(settled)
    assert value(run(path)) == 3
    assert kept(cache, "note").read_bytes() == note, "too young to be known by its times"
    settle(path)
    for _ in range(2):
        assert value(run(path)) == 3
    assert kept(cache, "note").read_bytes() != note
    assert kept(cache, "code").stat().st_ctime_ns == code.st_ctime_ns, "not compiled again"


def test_a_replaced_file_answers_with_its_own_weights(run, cache, settled):
    assert value(run(settled)) == 3
    new = settled.with_name("new.wasm")
    new.write_bytes(toys.with_digest(toys.answering(4)))
    new.replace(settled)
    for _ in range(2):
        assert value(run(settled)) == 4
    assert len(list(cache.glob("*.code"))) == 2


def test_a_file_that_claims_anothers_digest_gets_nothing_and_spoils_nothing(run, cache, settled):
    other = settled.with_name("other.wasm")
    other.write_bytes(settled.read_bytes())
    edit(other, 4)
    settle(other)
    refused(run(other), other)
    assert not list(cache.glob("*"))
    assert value(run(settled)) == 3
    before = {path: path.read_bytes() for path in cache.iterdir()}
    refused(run(other), other)
    assert {path: path.read_bytes() for path in cache.iterdir()} == before
    assert value(run(settled)) == 3


@pytest.mark.parametrize("suffix", ["code", "note"])
@pytest.mark.parametrize("damage", ["empty", "short", "long", "flipped", "gone", "shared", "link", "folder"])
def test_a_damaged_entry_is_made_again(run, cache, three, suffix, damage):
    assert value(run(three)) == 3
    path = kept(cache, suffix)
    whole = path.read_bytes()
    middle = len(whole) // 2
    damaged = {
        "empty": b"",
        "short": whole[:-1],
        "long": whole + b"\0",
        "flipped": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
    }
    if damage in damaged:
        path.write_bytes(damaged[damage])
    elif damage == "shared":
        path.chmod(0o666)
    else:
        path.unlink()
    if damage == "link":
        other = path.with_name("other")
        other.write_bytes(whole)
        path.symlink_to(other)
    if damage == "folder":
        path.mkdir()
    for _ in range(2):
        assert value(run(three)) == 3
    if damage != "folder":
        assert not path.is_symlink()
        assert path.stat().st_mode & 0o777 == 0o600
        assert (suffix == "note") or path.read_bytes() == whole, "compiled again"


@pytest.mark.parametrize("home", [None, "/nonexistent", "/dev/null", "/proc", "relative"])
def test_no_place_for_a_cache_is_no_error(frontend, environment, three, home):
    env = {name: text for name, text in environment.items() if name not in ("HOME", "XDG_CACHE_HOME")}
    if home:
        env["HOME"] = home
    assert value(frontend("run", three, "--json", env=env)) == 3


def test_a_full_disk_keeps_nothing_and_answers(run, cache, three):
    """The program may write no more than so many bytes to a file: a part of the code."""
    limited = ["/bin/sh", "-c", 'ulimit -f 8; exec "$@"', "sh", PROGRAM, "run", str(three), "--json"]
    env = {**os.environ, "XDG_CACHE_HOME": str(cache.parent)}
    done = subprocess.run(limited, env=env, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["outputs"][0]["values"] == [3]
    assert list(cache.iterdir()) == []
    assert value(run(three)) == 3


def test_the_oldest_go_where_all_together_are_large(run, cache, three):
    cache.mkdir(parents=True, mode=0o700)
    for i, name in enumerate(["oldest", "older", "old"]):
        (cache / name).write_bytes(b"")
        os.truncate(cache / name, 400 << 20)  # without blocks on the disk
        os.utime(cache / name, (1000 + i, 1000 + i))
    assert value(run(three)) == 3
    assert not (cache / "oldest").exists()
    assert {"older", "old"} < set(os.listdir(cache))
    assert len(os.listdir(cache)) == 4


def test_only_the_first_section_is_a_claim(run, cache, tmp_path):
    """Anywhere else it is one of the sections that hosts skip, whatever it says."""
    wasm, path = toys.answering(3), tmp_path / "last.wasm"
    path.write_bytes(wasm + toys.with_digest(b"\0" * 8, bytes(32))[8:])
    assert value(run(path)) == 3
    (entry,) = cache.iterdir()
    assert entry.suffix not in (".code", ".note")


def test_what_is_cut_off_is_refused(run, cache, tmp_path):
    whole, path = toys.with_digest(toys.answering(3)), tmp_path / "cut.wasm"
    for end in range(len(whole)):
        if end % 97 == 0 or end in (7, 8, 9, 20, 21, 52, 53, 54, len(whole) - 1):
            path.write_bytes(whole[:end])
            answer = run(path)
            assert (answer.code, answer.out) == (3, ""), (end, answer)
            assert str(path) in answer.err
    assert not cache.exists() or not list(cache.glob("*.code"))


def test_a_library_may_carry_a_digest_too(frontend, environment, cache, tmp_path):
    path = tmp_path / "library.wasm"
    path.write_bytes(toys.with_digest(toys.module()))
    settle(path)
    env = {**environment, "XDG_CACHE_HOME": str(cache.parent)}
    scalar = json.dumps([tensor_json([7], [])])
    answers = [frontend("-c", path, "-o", "Op", "-I", scalar, env=env).succeeds().out for _ in range(2)]
    assert answers[0] == answers[1]
    name = hashlib.sha256(toys.module()[8:]).hexdigest()
    assert all(entry.startswith(name) for entry in os.listdir(cache))
