"""Arguments, files and signals: cases 15 and 17 to 21 of the list of bad inputs."""

import ctypes
import os
import pty
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import toys
from cli import HANG_SECONDS, PROGRAM

DEFAULT_INPUTS = Path("/opt/ms-backend-wasm/inputs.json")
SCALAR = '[{"input-data": [1], "dim-size": 0, "shape": []}]'
INPUT = ["-I", '[{"input-data": [1], "dim-size": 1, "shape": [1]}]']


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--opt-type", "Add"], "unknown flag '--opt-type' (did you mean '--op-type'?)"),
        (["-x"], "unknown flag '-x'"),
        (["-o"], "flag '-o' needs a value, expected NAME"),
        (["--timeout"], "flag '--timeout' needs a value, expected SECONDS"),
        (["--top", "3"], "unknown flag '--top'"),
        (["rum"], "unknown command 'rum' (did you mean 'run'?)"),
        (["-o", "Add", "extra"], "unexpected argument 'extra'"),
        (["run"], "no model given, expected wasm-frontend run MODEL"),
        (["info"], "no model given, expected wasm-frontend info MODEL"),
        (["run", "a", "b"], "unexpected argument 'b'"),
        (["run", "a", "-o", "Add"], "unknown flag '-o'"),
        (["--timeout", "abc"], "--timeout: expected a number from 0.001 to 1e+06, got 'abc'"),
        (["--timeout", "0"], "--timeout: expected a number"),
        (["--timeout", "-1"], "--timeout: expected a number"),
        (["--timeout", "nan"], "--timeout: expected a number"),
        (["--timeout", "1e9"], "--timeout: expected a number"),
        (["--memory-limit", "0"], "--memory-limit: expected an integer from 1 to 4096, got '0'"),
        (["--memory-limit", "1.5"], "--memory-limit: expected an integer"),
        (["--memory-limit", "99999999999999999999"], "--memory-limit: expected an integer"),
        (["--memory-limit", ""], "--memory-limit: expected an integer"),
    ],
)
def test_case_15_usage(frontend, arguments, expected):
    frontend(*arguments).fails(2, expected)


def test_both_sources_of_inputs(frontend, toy):
    frontend("-c", toy(1), "-o", "Plus", *INPUT, "-i", "x.json").fails(2, "both -I and -i given, expected one of them")


@pytest.mark.skipif(DEFAULT_INPUTS.exists(), reason="this machine has the default inputs")
def test_case_15_without_arguments_it_is_add_on_the_default_file(frontend):
    frontend().fails(3, f"{DEFAULT_INPUTS}: No such file or directory", "-i FILE or -I JSON (--help)")


def test_case_17_paths_that_cannot_be_read(frontend, toy, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    missing = tmp_path / "missing"
    expectations = [
        (tmp_path, "Is a directory, expected a regular file"),
        (fifo, "Not a regular file, expected a regular file"),
        ("/dev/zero", "Not a regular file"),
        (missing, "No such file or directory"),
        (f"{missing}/x", "No such file or directory"),
        ("", "No such file or directory"),
        ("x" * 5000, "xxx... (5000 bytes): File name too long"),
    ]
    for path, expected in expectations:
        given = "" if path == "" else f"{path}: " if len(str(path)) < 100 else "xxx"
        frontend("run", path, "-c", toy(1)).fails(3, given, expected)
        frontend("-c", path, "-o", "Plus").fails(3, given, expected)
        frontend("-c", toy(1), "-o", "Plus", "-i", path).fails(3, given, expected)
        frontend("run", toy(3), "--input", f"x={path}").fails(3, given, expected)
        frontend("run", toy(3), "--input", f"x={path}.npz").fails(3)


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read every file")
def test_case_17_a_file_without_permission(frontend, toy, tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(b"x")
    path.chmod(0)
    frontend("run", path, "-c", toy(1)).fails(3, "Permission denied")


@pytest.fixture
def sample(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.array([[1, 2]], np.float32))
    return path


def test_case_18_outputs_that_cannot_be_written(frontend, toy, tmp_path, sample):
    run = ["run", toy(3), "--input", sample, "--output"]
    frontend(*run, sample).fails(1, "expected a directory")
    frontend(*run, tmp_path / "a" / "b").fails(1, "No such file or directory")
    frontend(*run, "/dev/full").fails(1, "/dev/full: ", "expected a directory")
    out = tmp_path / "out"
    (out / "0_scaled_z.npy").mkdir(parents=True)
    frontend(*run, out).fails(1, "0_scaled_z.npy: Is a directory")
    assert [path.name for path in out.iterdir()] == ["0_scaled_z.npy"], "nothing is left"


def large_output(hand_made, elements: int) -> Path:
    """A module with a model that takes a float32 and gives a vector of that many."""
    scalar = toys.first(toys.SCALAR)
    pages = 1 + (toys.DATA + 4 * elements) // 65536
    return hand_made(
        {"msw_model_input": scalar, "msw_run_input": scalar},
        memory=f'(memory (export "memory") {pages})',
        tensor=toys.tensor(size=4 * elements, rank=1, dims=[elements]),
    )


def test_case_18_a_file_that_may_not_grow(frontend, hand_made, tmp_path):
    module = large_output(hand_made, 1_000_000)
    np.save(tmp_path / "x.npy", np.float32(1))
    out = tmp_path / "out"
    out.mkdir()
    (out / "0_float32.npy").write_bytes(b"before")

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    command = ["run", tmp_path / "x.npy", "-c", module, "--input", tmp_path / "x.npy", "--output", out]
    frontend(*command, preexec_fn=limit).fails(1, "0_float32.npy: File too large")
    assert [(path.name, path.read_bytes()) for path in out.iterdir()] == [("0_float32.npy", b"before")]
    frontend(*command).succeeds()
    assert np.load(out / "0_float32.npy").shape == (1_000_000,)


def test_case_18_standard_output_that_cannot_be_written(toy, sample, environment):
    command = [PROGRAM, "run", toy(3), "--input", sample]
    common = {"env": environment, "stderr": subprocess.PIPE, "timeout": HANG_SECONDS}
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, **common)
    assert (done.returncode, done.stderr) == (1, b"wasm-frontend: standard output: No space left on device\n")
    done = subprocess.run(command, preexec_fn=lambda: os.close(1), **common)
    assert (done.returncode, done.stderr) == (1, b"wasm-frontend: standard output: Bad file descriptor\n")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, stdout=writer, **common)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"wasm-frontend: standard output: Broken pipe\n")


def test_case_18_a_closed_standard_output_does_not_become_the_output_file(toy, tmp_path, sample, environment):
    out = tmp_path / "out"
    command = [PROGRAM, "run", toy(3), "--input", sample, "--output", out]
    done = subprocess.run(command, env=environment, preexec_fn=lambda: os.closerange(0, 3), timeout=HANG_SECONDS)
    assert done.returncode == 0, "nothing was to be printed"
    assert np.load(out / "0_scaled_z.npy").tolist() == [[3, 6]]


def test_case_19_an_input_is_never_overwritten(frontend, toy, tmp_path):
    path = tmp_path / "0_scaled_z.npy"
    np.save(path, np.array([[1, 2]], np.float32))
    before = path.read_bytes()
    (tmp_path / "link").symlink_to(tmp_path)
    for directory in (tmp_path, tmp_path / "link", f"{tmp_path}/./"):
        frontend("run", toy(3), "--input", path, "--output", directory).fails(2, "both an input and an output")
    assert path.read_bytes() == before


def test_case_20_arguments_that_are_too_long_or_not_utf8(frontend, toy):
    frontend("-c", toy(1), "-o", "x" * 130_000, *INPUT).fails(2, "unknown operator 'xxx", "... (130000 bytes)'")
    frontend("x" * 130_000).fails(2, "unknown command 'xxx", "... (130000 bytes)'")
    frontend("--" + "x" * 130_000).fails(2, "unknown flag '--xxx", "... (130002 bytes)'")
    frontend("-o", b"\xff\xfe").fails(2, "argument 2: invalid UTF-8")
    frontend("run", b"\xed\xa0\x80").fails(2, "argument 2: invalid UTF-8")
    with pytest.raises(OSError, match="too long"):  # the kernel's answer to a million characters
        frontend("-o", "x" * 1_000_000)


def wait_until_handled(pid: int, number: int) -> None:
    """Until the process has a handler for the signal."""
    while True:
        caught = next(
            line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigCgt")
        )
        if int(caught.split()[1], 16) >> (number - 1) & 1:
            return
        time.sleep(0.001)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_case_21_signals_end_a_run(hand_made, environment, number, code):
    module = hand_made({"msw_run_some": "(loop (br 0)) (unreachable)"})
    command = [PROGRAM, "-c", module, "-o", "Op", "-I", SCALAR]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        wait_until_handled(process.pid, number)
        process.send_signal(number)
        assert process.communicate(timeout=HANG_SECONDS) == (b"", b"")
    assert process.returncode == code


TGKILL = 234  # x86-64


@pytest.mark.parametrize("thread", ["main", "compiler"])
def test_case_21_a_signal_while_writing_leaves_no_file(hand_made, tmp_path, environment, thread):
    environment["XDG_CACHE_HOME"] = "/dev/null"  # so that the module is compiled, by threads that stay
    module = large_output(hand_made, 66_000_000)  # long enough to be met while being written
    np.save(tmp_path / "x.npy", np.float32(1))
    (tmp_path / "model").write_bytes(b"model")
    out = tmp_path / "out"
    command = [PROGRAM, "run", tmp_path / "model", "-c", module, "--input", tmp_path / "x.npy", "--output", out]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as process:
        while not list(out.glob("*.tmp")):
            assert process.poll() is None, process.stderr.read()
        threads = sorted(int(path.name) for path in Path(f"/proc/{process.pid}/task").iterdir())
        receiver = process.pid if thread == "main" else next(number for number in threads if number != process.pid)
        assert ctypes.CDLL(None).syscall(TGKILL, process.pid, receiver, int(signal.SIGTERM)) == 0
        _, err = process.communicate(timeout=HANG_SECONDS)
    assert (process.returncode, err) == (143, b"")
    assert list(out.iterdir()) == []


def test_progress_is_shown_on_a_terminal_only(hand_made, environment):
    module = hand_made({"msw_run_some": "(i32.const 1)"})  # steps without end
    command = [PROGRAM, "-c", module, "-o", "Op", "-I", SCALAR, "--timeout", "1.5"]
    terminal, end = pty.openpty()
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=end, timeout=HANG_SECONDS)
    os.close(end)
    seen = os.read(terminal, 100_000).decode()
    os.close(terminal)
    assert (done.returncode, done.stdout) == (4, b"")
    assert "\r\x1b[Krunning 100 %" in seen
    assert seen.endswith("\r\x1b[Kwasm-frontend: time limit 1.5 s exceeded (--timeout)\r\n")
    done = subprocess.run(command, env=environment, capture_output=True, timeout=HANG_SECONDS)
    assert done.stderr == b"wasm-frontend: time limit 1.5 s exceeded (--timeout)\n"


def test_the_defaults_are_add_and_fp32(frontend):
    answer = frontend("-i", toys.ROOT / "scenarios" / "ms-nonweb-plat" / "config" / "inputs.json")
    assert answer.succeeds().json["input-data"] == {"FP32Array": [4, 6, 8, 10]}


@pytest.fixture
def installed(tmp_path, environment):
    """installed(folder, module): a copy of the program in PREFIX/bin and of the module in PREFIX/folder; runs it."""

    def install(folder: str, module: Path, *arguments):
        (tmp_path / "prefix" / "bin").mkdir(parents=True, exist_ok=True)
        program = shutil.copy(PROGRAM, tmp_path / "prefix" / "bin" / "wasm-frontend")
        (tmp_path / "prefix" / folder).mkdir(parents=True)
        shutil.copy(module, tmp_path / "prefix" / folder / "ms_backend_wasm.wasi.wasm")
        command = [program, *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=HANG_SECONDS)

    return install


@pytest.mark.parametrize("folder", ["wasm", "share/ms-backend-wasm"])
def test_the_module_is_found_beside_the_program(installed, toy, folder):
    done = installed(folder, toy(1), "ops")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Plus ")


def test_the_folder_of_the_build_comes_first(installed, toy):
    installed("share/ms-backend-wasm", toy(3), "ops")
    assert installed("wasm", toy(1), "ops").stdout.startswith("Plus ")


def test_our_own_module_meets_the_time_limit_too(installed, hand_made):
    """It is compiled without interruption points: a timer of the process ends it."""
    module = hand_made({"msw_run_some": "(loop (br 0)) (unreachable)"})
    done = installed("wasm", module, "-o", "Op", "-I", SCALAR, "--timeout", "0.3")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == "wasm-frontend: time limit 0.3 s exceeded (--timeout)\n"
