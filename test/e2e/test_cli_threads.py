"""--threads: the same bits for any number, and a thread that dies costs a note, never the answer or a hang."""

import os
import resource
import shutil
import subprocess

import numpy as np
import pytest
import toys
from cli import HANG_SECONDS, PROGRAM, ROOT

DIGITS = ROOT / "test" / "models" / "digits.mindir"
SCAN = ROOT / "test" / "models" / "digits_scans" / "3.png"
PROCESSORS = len(os.sched_getaffinity(0))

needs_two = pytest.mark.skipif(PROCESSORS < 2, reason="one processor, so one thread")


@pytest.mark.parametrize("count", ["0", "-1", "65", "1e9", "abc", "", "2.0", "99999999999999999999"])
def test_case_16_a_number_that_is_none(frontend, count):
    answer = frontend("run", DIGITS, "--threads", count)
    answer.fails(2, f"--threads: expected an integer from 1 to 64, got '{count}'")


def test_more_than_there_are_processors(frontend):
    answer = frontend("run", DIGITS, "--input", SCAN, "--threads", "64")
    noun = "processor" if PROCESSORS == 1 else "processors"
    assert answer.code == 0
    assert f"--threads: 64, but there {'is' if PROCESSORS == 1 else 'are'} {PROCESSORS} {noun} here" in answer.err


def test_one_processor_is_one_thread(frontend):
    only = {min(os.sched_getaffinity(0))}
    answer = frontend("run", DIGITS, "--input", SCAN, preexec_fn=lambda: os.sched_setaffinity(0, only))
    assert answer.succeeds().out == frontend("run", DIGITS, "--input", SCAN, "--threads", "1").succeeds().out


def test_only_run_has_threads(frontend):
    frontend("info", DIGITS, "--threads", "2").fails(2, "unknown flag '--threads'")


@needs_two
def test_the_answer_is_the_same(frontend, tmp_path):
    outputs = []
    for threads in ("1", "2"):
        frontend("run", DIGITS, "--input", SCAN, "--threads", threads, "--output", tmp_path / threads).succeeds()
        outputs.append([np.load(path).tobytes() for path in sorted((tmp_path / threads).iterdir())])
    assert outputs[0] == outputs[1]


@needs_two
def test_a_module_without_threads_runs_in_one(frontend, hand_made, inputs_of_op):
    answer = frontend("run", DIGITS, "-c", hand_made(), "--threads", "2", *inputs_of_op)
    assert (answer.code, "a module without threads, so one" in answer.err) == (0, True), answer
    frontend("run", DIGITS, "-c", hand_made(), *inputs_of_op).succeeds()


@pytest.fixture
def inputs_of_op(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.float32(2.5))
    return ["--input", f"float32={path}"]


@pytest.fixture
def run_threads(frontend, hand_made, inputs_of_op):
    """Runs a hand-made module with threads and these bodies."""

    def run(bodies, extra="", **changes):
        module = hand_made(bodies, memory=toys.SHARED, threads=True, extra=extra, **changes)
        return frontend("run", DIGITS, "-c", module, "--threads", "2", *inputs_of_op)

    return run


GONE = f"(i32.atomic.load (i32.const {toys.THREAD}))"
ENDED = "(global $ended (mut i32) (i32.const 0))"
LOST_UNTIL_ENDED = "(if (result i32) (global.get $ended) (then (i32.const 0)) (else {} (i32.const 6)))"
END = {"msw_threads_end": "(global.set $ended (i32.const 1))"}


@needs_two
def test_the_hand_made_module_with_threads_works(run_threads):
    assert run_threads({}).succeeds().out == "0 float32 float32 []: 2.5\n"


@needs_two
def test_a_thread_that_traps_is_reported_and_the_run_is_done_in_one(run_threads):
    until_gone = f"(loop $again (br_if $again (i32.eqz {GONE})))"
    bodies = {"msw_thread_run": "unreachable", "msw_run_some": LOST_UNTIL_ENDED.format(until_gone), **END}
    answer = run_threads(bodies, extra=ENDED)
    assert (answer.code, answer.out) == (0, "0 float32 float32 []: 2.5\n"), answer
    assert answer.err.endswith("module.wasm: a thread ended in the middle of its work, going on in one\n"), answer


@needs_two
def test_a_thread_that_never_ends_does_not_hold_up_the_answer(run_threads):
    forever = "(loop $again (br $again))"
    assert run_threads({"msw_thread_run": forever}).code == 0


@needs_two
def test_a_lost_thread_that_does_not_end_is_an_error(run_threads):
    bodies = {"msw_thread_run": "(loop $again (br $again))", "msw_run_some": LOST_UNTIL_ENDED.format(""), **END}
    answer = run_threads(bodies, extra=ENDED)
    assert (answer.code, "another thread does not end" in answer.err) == (1, True), answer


@needs_two
def test_a_module_that_loses_threads_for_ever(run_threads):
    answer = run_threads({"msw_run_some": "(i32.const 6)"})
    assert (answer.code, "it went wrong" in answer.err or "status" in answer.err) == (3, True), answer


@needs_two
@pytest.mark.parametrize("name", ["msw_thread_new", "msw_thread_run", "msw_threads_end"])
def test_a_missing_export_is_named(frontend, hand_made, inputs_of_op, name):
    module = hand_made(memory=toys.SHARED, threads=True, without=(name,))
    answer = frontend("run", DIGITS, "-c", module, "--threads", "2", *inputs_of_op)
    answer.fails(3, f"export '{name}' missing, expected a function")


@needs_two
@pytest.mark.parametrize("block", [0x7FFFFFFC, 131068, 642])
def test_a_block_outside_memory_is_refused(run_threads, block):
    run_threads({"msw_thread_new": f"(i32.const {block})"}).fails(3, "msw_thread_new gave ")


@needs_two
def test_no_room_for_threads_is_the_modules_own_error(run_threads):
    run_threads({"msw_thread_new": "(i32.const 0)"}).fails(3, "it went wrong")


@needs_two
def test_another_import_is_refused(frontend, hand_made, inputs_of_op):
    for memory in (toys.SHARED.replace('"memory" (memory 2', '"other" (memory 2'), toys.SHARED.replace(" shared", "")):
        module = hand_made(memory=memory, threads=True)
        frontend("run", DIGITS, "-c", module, "--threads", "2", *inputs_of_op).fails(3, "unknown import 'env::")


@pytest.mark.parametrize("threads", ["1", "2"])
def test_a_shared_memory_of_its_own_is_refused(frontend, hand_made, inputs_of_op, threads):
    module = hand_made(memory='(memory (export "memory") 2 64 shared)')
    answer = frontend("run", DIGITS, "-c", module, "--threads", threads, *inputs_of_op)
    answer.fails(3, "export 'memory' is a shared memory of its own, expected one that it imports")


def test_a_module_with_threads_runs_in_one(frontend, hand_made, inputs_of_op):
    module = hand_made(memory=toys.SHARED, threads=True)
    answer = frontend("run", DIGITS, "-c", module, "--threads", "1", *inputs_of_op)
    assert answer.succeeds().out == "0 float32 float32 []: 2.5\n"
    frontend("info", DIGITS, "-c", module).succeeds()


@needs_two
def test_our_module_with_threads_is_missing(environment, tmp_path):
    for folder in ("bin", "wasm"):
        (tmp_path / folder).mkdir()
    program = shutil.copy(PROGRAM, tmp_path / "bin" / "wasm-frontend")
    shutil.copy(ROOT / "build" / "wasm" / "ms_backend_wasm.wasi.wasm", tmp_path / "wasm")
    command = [program, "run", DIGITS, "--input", SCAN]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=HANG_SECONDS)
    assert done.returncode == 0, done
    assert done.stderr == "wasm-frontend: one thread: the module with threads is missing\n"


@pytest.mark.skipif("asan" in str(PROGRAM), reason="AddressSanitizer needs terabytes of addresses")
@pytest.mark.parametrize("threads", ["1", "2"])
def test_too_few_addresses_for_a_memory(frontend, threads):
    few = (2 << 30, 2 << 30)
    limit = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_AS, few)}
    answer = frontend("run", DIGITS, "--input", SCAN, "--threads", threads, **limit)
    assert (answer.code, answer.out) == (4, "")
    assert "no room for the 4 GiB of addresses" in answer.err
    assert "?" not in answer.err
    assert ("one thread: no shared memory is to be had" in answer.err) == (min(PROCESSORS, int(threads)) > 1)
