"""The tuner: which tiles it tries, how it picks, what it keeps, and that it drops kernels that are wrong."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from itertools import cycle
from pathlib import Path

import numpy as np
import onnx
import pytest
import tune
from models import model as model_file
from msw_tvm.errors import BuildError
from msw_tvm.schedules import (
    Conv2d,
    Depthwise,
    DepthwiseTile,
    Matmul,
    Measured,
    Records,
    Tile,
    default_tile,
    kernel,
    load,
    parse,
)
from msw_tvm.schedules.product import packed_shape
from msw_tvm.tuner import bench, model, space
from msw_tvm.tuner.bench import Bench
from msw_tvm.tuner.cost import cost
from msw_tvm.tuner.progress import Progress
from msw_tvm.tuner.report import report
from msw_tvm.tuner.search import search
from msw_tvm.tuner.tuning import tune as tune_tiles
from onnx import TensorProto, helper
from tvm import te

PROGRAM = Path(tune.__file__)
KEYS = [
    "conv2d n1 h224 w224 c3 o64 k7x7 s2 p3 d1",
    "conv2d n1 h56 w56 c64 o64 k3x3 s1 p1 d1",
    "conv2d n1 h7 w7 c2048 o512 k1x1 s1 p0 d1",
    "depthwise n1 h112 w112 c96 o96 k3x3 s2 p1 d1",
    "matmul m1 k2048 o1000",
]
MEASURED = Measured(1.25, (1.2, 1.31), 30.0, 24.0, 40, 1, "wasmtime 50.0.1", "a processor")


@pytest.mark.parametrize("key", KEYS)
def test_of_all_legal_tiles_dozens_are_tried(key):
    workload = parse(key)
    legal, tried = space.legal(workload), space.candidates(workload, 40, False)
    assert len(set(legal)) == len(legal) >= len(tried) - 1
    assert all(tile.fitted(workload) == tile for tile in legal)
    assert tried[0] == default_tile(workload).fitted(workload)
    assert 24 <= len(tried) <= 40
    assert len(set(tried)) == len(tried)


def test_winograd_is_tried_where_its_weights_stay_small():
    def sides(key):
        return {tile.winograd for tile in space.legal(parse(key))}

    assert sides("conv2d n1 h28 w28 c128 o128 k3x3 s1 p1 d1") == {0, 2, 4}
    assert sides("conv2d n1 h14 w14 c256 o256 k3x3 s1 p1 d1") == {0, 2}  # F(4, 3): 36 numbers instead of 9, 7 MB more
    assert sides("conv2d n1 h28 w28 c128 o128 k3x3 s2 p1 d1") == {0}


@pytest.mark.parametrize(
    ("worse", "better", "workload"),
    [
        (Tile(16, 16), Tile(4, 16), Matmul(64, 512, 64)),  # 64 sums for 16 registers
        (Tile(1, 4), Tile(4, 8), Matmul(64, 512, 64)),  # each load serves one product
        (Tile(4, 16, sweep=1), Tile(7, 16, sweep=1), Matmul(49, 512, 64)),  # 52 rows instead of 49
        (Tile(4, 32), Tile(4, 16), Matmul(64, 512, 48)),  # 64 columns instead of 48
        (Tile(4, 8, 4, 0), Tile(4, 8, 4, 1), Matmul(64, 512, 64)),
        (Tile(4, 8, sweep=1), Tile(4, 8, sweep=16), Matmul(64, 4608, 512)),  # 9 MB of weights once, not 16 times
        (Tile(4, 8), Tile(4, 8, winograd=4), Conv2d(1, 56, 56, 64, 64, (3, 3), padding=(1, 1, 1, 1))),
        (DepthwiseTile(8, 16, 4), DepthwiseTile(8, 16, 7), Depthwise(1, 7, 7, 64, 64, (3, 3), padding=(1, 1, 1, 1))),
    ],
)
def test_cost_of_the_obvious(worse, better, workload):
    assert cost(workload, worse, False) > cost(workload, better, False)


def test_fused_products_cost_less():
    workload, fused = Matmul(64, 512, 64), Tile(4, 16, fours=1)
    assert cost(workload, fused, True) < cost(workload, fused, False)
    assert fused in space.legal(workload, True)
    assert fused not in space.legal(workload)


def drifting(times):
    """Times whose clock changes between two states, as that of a shared machine does."""
    states = cycle([1.0] * 37 + [1.6] * 23)
    return lambda candidate: times[candidate] * next(states)


def test_search_finds_the_fastest_although_the_clock_drifts():
    times = {n: 1.0 + (n * 7 % 40) / 100 for n in range(40)} | {"default": 1.2, 17: 0.8}
    won = search("default", range(40), drifting(times))
    assert won.candidate == 17
    assert won.ratio == pytest.approx(1.5, rel=0.05)
    assert won.spread[0] <= won.ratio <= won.spread[1]


@pytest.mark.parametrize("others", [[], [1, 2, 3, 4, 5]])
def test_search_keeps_the_default_where_nothing_is_faster(others):
    won = search("default", others, lambda candidate: 1.0 if candidate == "default" else 1.0 + candidate)
    assert (won.candidate, won.ratio, won.seconds) == ("default", 1.0, 1.0)


def test_search_ends_after_its_time():
    times, now = {n: 2.0 - n / 100 for n in range(100)} | {"default": 3.0}, [0.0]

    def measure(candidate):
        now[0] += times[candidate]
        return times[candidate]

    won = search("default", range(100), measure, limit=1.0, clock=lambda: now[0])
    assert won.candidate == 99
    assert now[0] < 700  # one turn of all and the last round of three: not all rounds


def instead(number):
    """A maker of kernels that take what they should, and whose numbers are number(x, i)."""

    def make(workload, tile, name):
        x = te.placeholder((workload.m, workload.k))
        weights = te.placeholder(packed_shape(workload, tile))
        answer = te.compute((workload.m, workload.o), lambda i, j: number(x, i) + 0 * weights[0, 0, 0, 0])
        return te.create_prim_func([x, weights, answer]).with_attr("global_symbol", name)

    return make


zeros = instead(lambda x, i: x[i, 0] * 0)
outside = instead(lambda x, i: x[i + (1 << 25), 0])  # 2 GiB behind the memory's beginning: a trap


def unschedulable(workload, tile, name):
    raise ValueError("no such loop")


@pytest.mark.parametrize("broken", [zeros, outside, unschedulable], ids=["wrong", "trap", "no schedule"])
@pytest.mark.parametrize("relaxed", [False, True])
def test_a_wrong_candidate_is_dropped(monkeypatch, broken, relaxed):
    workload, bad = Matmul(8, 16, 8), Tile(2, 4)
    tiles = [Tile(), bad, Tile(8, 8)]
    monkeypatch.setattr(bench, "kernel", lambda w, t, name: (broken if t == bad else kernel)(w, t, name))
    found = Bench(workload, tiles, relaxed)
    assert list(found.runs) == [Tile(), Tile(8, 8)]
    assert found.dropped == 1


@pytest.mark.parametrize("relaxed", [False, True])
def test_correct_candidates_give_the_very_numbers_of_the_reference(relaxed):
    workload = Conv2d(1, 16, 16, 64, 32, (3, 3), padding=(1, 1, 1, 1))
    tiles = [Tile(winograd=side, fours=fours).fitted(workload) for side in (0, 2, 4) for fours in (0, 1)]
    assert Bench(workload, tiles, relaxed).dropped == 0


def test_a_default_that_is_wrong_is_our_fault(monkeypatch):
    monkeypatch.setattr(bench, "kernel", zeros)
    with pytest.raises(BuildError, match="the kernel used without records is wrong"):
        tune_tiles(Matmul(8, 16, 8), [Tile(), Tile(2, 8)], False, 1.0)


class Clock:
    """Passes by as much as the candidate that runs is said to take."""

    def __init__(self):
        self.now, self.step = 0.0, 0.0

    def __call__(self):
        self.now += self.step
        return self.now


def test_tuning_of_two_candidates(monkeypatch):
    """The kernels are compiled and run; only the clock is not the machine's."""
    clock, slow, fast = Clock(), Tile().fitted(Matmul(12, 16, 8)), Tile(6, 8)
    check = Bench._check

    def timed(run, seconds):
        def called(repeats):
            clock.step = seconds * repeats
            return run(repeats)

        return called

    def checked(self, *args):
        check(self, *args)
        self.runs = {tile: timed(run, {slow: 0.003, fast: 0.002}[tile]) for tile, run in self.runs.items()}

    monkeypatch.setattr(Bench, "_check", checked)
    tile, measured = tune_tiles(Matmul(12, 16, 8), [slow, fast], False, 1e9, clock)
    assert tile == fast
    assert (measured.ratio, measured.quartiles, measured.tried, measured.dropped) == (1.5, (1.5, 1.5), 2, 0)
    assert measured.engine.startswith("wasmtime ")


def some_records():
    records = Records()
    records.put(parse(KEYS[1]), Tile(7, 16, winograd=4), False, MEASURED)
    records.put(parse(KEYS[4]), Tile(1, 32))
    records.put(parse(KEYS[3]), DepthwiseTile(4, 8, 2), True, MEASURED)
    return records


def test_records_and_measurements_come_back(tmp_path):
    records = some_records()
    records.save(tmp_path / "r.json")
    assert load(tmp_path / "r.json") == records
    text = (tmp_path / "r.json").read_text()
    load(tmp_path / "r.json").save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text() == text
    assert list(json.loads(text)["plain"]) == sorted(records.tiles["plain"])


def test_records_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "r.json"
    some_records().save(path)
    before = path.read_text()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        Records().save(path)
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("measured", "says"),
    [
        (4, "measured: 4, expected an object of ratio"),
        ({"ratio": 1}, "expected an object of ratio, quartiles"),
        ({**vars(MEASURED), "ratio": "fast"}, "ratio is 'fast'"),
        ({**vars(MEASURED), "quartiles": [1, 2, 3]}, "expected two numbers"),
        ({**vars(MEASURED), "engine": 50}, "engine is 50"),
    ],
)
def test_a_measurement_with_a_mistake(tmp_path, measured, says):
    (tmp_path / "r.json").write_text(json.dumps({"plain": {KEYS[4]: {"rows": 1, "measured": measured}}}))
    with pytest.raises(BuildError, match=says):
        load(tmp_path / "r.json")


def test_report_counts_what_reaches_the_aim():
    records = some_records()
    records.put(parse(KEYS[0]), Tile(2, 16), False, Measured(**{**vars(MEASURED), "ratio": 1.4}))
    text = report(records, KEYS, False)
    assert text.index(KEYS[0]) < text.index(KEYS[1])
    assert "1 of 2 workloads are at least 1.3 times as fast" in text


def test_progress_without_a_terminal_is_a_line_for_each():
    stream = io.StringIO()
    with Progress(2, stream) as progress:
        progress.note("compiling")
        progress.step("first")
        progress.step("second")
    assert stream.getvalue() == "[1/2] first\n[2/2] second\n"


def tensor(name, *shape):
    return helper.make_tensor(name, TensorProto.FLOAT, shape, np.zeros(shape, np.float32).ravel())


def value(name, *shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def save_model(path, nodes, inputs, outputs, constants):
    graph = helper.make_graph(nodes, "g", inputs, outputs, constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(made, str(path))
    return path


def many_kinds(path):
    """A model of many kinds of convolutions and products."""
    nodes = [
        helper.make_node("Conv", ["x", "w0"], ["a"], kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER"),
        helper.make_node("Conv", ["a", "w1", "b1"], ["b"], pads=[0, 1, 2, 3], dilations=[1, 2]),
        helper.make_node("Conv", ["b", "w2"], ["c"], group=8),
        helper.make_node("Conv", ["c", "w3"], ["d"], group=2),
        helper.make_node("Conv", ["a", "w1", "b1"], ["same"], pads=[0, 1, 2, 3], dilations=[1, 2]),
        helper.make_node("Flatten", ["d"], ["e"]),
        helper.make_node("ConstantOfShape", ["shape"], ["w4"]),
        helper.make_node("Gemm", ["e", "w4"], ["f"], transB=1),
        helper.make_node("MatMul", ["y", "w5"], ["g"]),
        helper.make_node("MatMul", ["g", "z"], ["h"]),
    ]
    constants = [tensor("w0", 8, 3, 3, 3), tensor("w1", 8, 8, 3, 1), tensor("b1", 8), tensor("w2", 16, 1, 1, 1)]
    shape = helper.make_tensor("shape", TensorProto.INT64, [2], [10, 16 * 2 * 8])
    constants += [tensor("w3", 16, 8, 1, 1), shape, tensor("w5", 6, 4)]
    inputs = [value("x", 1, 3, 4, 7), value("y", 3, 5, 6), value("z", 3, 4, 5)]
    outputs = [value("f", 1, 10), value("h", 3, 5, 5), value("same", 1, 8, 2, 8)]
    return save_model(path, nodes, inputs, outputs, constants)


def test_workloads_of_a_model(tmp_path):
    path = many_kinds(tmp_path / "m.onnx")
    assert [workload.key for workload in model.workloads(path, {})] == [
        "conv2d n1 h4 w7 c3 o8 k3x3 s2 p0x1x1x1 d1",
        "conv2d n1 h2 w4 c8 o8 k3x1 s1 p0x1x2x3 d1x2",
        "depthwise n1 h2 w8 c8 o16 k1x1 s1 p0 d1",
        "matmul m1 k256 o10",
        "matmul m15 k6 o4",
    ]


def test_shipped_records_fit_their_workloads():
    shipped = load(PROGRAM.with_name("records.json"))
    for kind, tiles in shipped.tiles.items():
        for key, tile in tiles.items():
            assert tile.fitted(parse(key)) == tile, key
            assert shipped.measured[kind][key].ratio >= 1


@pytest.mark.parametrize("name", ["squeezenet", "resnet50", "lite0"])
def test_shipped_records_know_the_workloads_of(name):
    known = load(PROGRAM.with_name("records.json")).tiles["plain"]
    assert [workload.key for workload in model.workloads(model_file(name), {}) if workload.key not in known] == []


def products(path, count):
    """A model of so many different products."""
    nodes = [helper.make_node("MatMul", ["x", f"w{i}"], [f"z{i}"]) for i in range(count)]
    constants = [tensor(f"w{i}", 16, 8 + 4 * i) for i in range(count)]
    return save_model(path, nodes, [value("x", 6, 16)], [value(f"z{i}", 6, 8 + 4 * i) for i in range(count)], constants)


def run(*args, **how):
    return subprocess.run([sys.executable, PROGRAM, *map(str, args)], capture_output=True, text=True, **how)


def test_what_has_records_is_left_alone(tmp_path):
    path, records = products(tmp_path / "m.onnx", 3), tmp_path / "r.json"
    kept = Records()
    kept.put(parse("matmul m6 k16 o12"), Tile(6, 12), False, MEASURED)
    kept.save(records)
    done = run(path, "-o", records, "--candidates", 3, "--only", "matmul m6 k16 o8", "matmul m6 k16 o12")
    assert done.returncode == 0, done.stderr
    found = load(records)
    assert set(found.tiles["plain"]) == {"matmul m6 k16 o8", "matmul m6 k16 o12"}
    assert found.measured["plain"]["matmul m6 k16 o12"] == MEASURED
    assert found.measured["plain"]["matmul m6 k16 o8"].tried == 3
    assert "[1/1] matmul m6 k16 o8" in done.stderr
    assert "of 2 workloads are at least 1.3 times as fast" in done.stdout
    again = run("--verify", "-o", records)
    assert again.returncode == 0, again.stderr
    assert "of 2 workloads" in again.stdout
    assert load(records) == found


def test_an_interrupt_keeps_what_is_done(tmp_path):
    path, records = products(tmp_path / "m.onnx", 30), tmp_path / "r.json"
    command = [sys.executable, PROGRAM, path, "-o", records, "--candidates", "4"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not records.exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert 1 <= len(load(records).tiles["plain"]) < 30
    assert sorted(tmp_path.iterdir()) == [path, records]


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        ([], 2, "no model, expected MODEL.onnx or --conv KEY"),
        (["none.onnx"], 3, "none.onnx: No such file or directory"),
        (["text.onnx"], 3, "text.onnx: not an ONNX file, expected a model"),
        (["add.onnx"], 3, "add.onnx: nothing to tune, expected a convolution or a product"),
        (["m.onnx", "--only", "matmul m6 k16 o9"], 3, "not in m.onnx, expected one of matmul m6 k16 o8"),
        (["m.onnx", "--only", "matmul"], 3, "'matmul': no workload, expected such as"),
        (["--conv", "conv9d n1"], 3, "'conv9d n1': no workload, expected such as"),
        (["m.onnx", "-o", "bad.json"], 3, "bad.json: Expecting .*: line 2 column 12 "),
        (["m.onnx", "-o", "there.json", "--verify"], 3, "there.json: no record of matmul m6 k16 o8"),
        (["m.onnx", "-o", "none/r.json"], 3, "none/r.json: its folder is not there, expected a place to write to"),
        (["--report", "-o", "none.json"], 3, "none.json: no such file, expected a records file"),
        (["m.onnx", "--candidates", "0"], 2, "argument --candidates: invalid number value: '0'"),
    ],
)
def test_mistakes_are_told_in_one_line(tmp_path, args, code, says):
    (tmp_path / "text.onnx").write_text("what is this")
    (tmp_path / "bad.json").write_text('{\n  "plain": nothing\n}\n')
    products(tmp_path / "m.onnx", 2)
    nodes = [helper.make_node("Add", ["x", "x"], ["z"])]
    save_model(tmp_path / "add.onnx", nodes, [value("x", 2)], [value("z", 2)], [])
    Records().save(tmp_path / "there.json")
    done = run(*args, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("tune.py: ")
    assert re.search(says, last), last
