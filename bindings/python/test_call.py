"""What a model takes and gives: arrays of every layout, names, data types; times of its nodes; deadlines."""

import json
import signal
import threading
import time

import ms_backend_wasm as msw
import numpy as np
import pytest
from ms_backend_wasm import steps
from ms_backend_wasm.backend import Backend
from ms_backend_wasm.difference import difference
from ms_backend_wasm.tensor import Element, TensorSpec

FLOATS = np.array([0.0, -0.0, 1.0, -1.5, 1e-40, 3e38, np.inf, -np.inf, np.nan], np.float32)


@pytest.fixture(scope="module")
def model(digits):
    return msw.load(digits)


def same(got, want) -> bool:
    return all(np.array_equal(g, w) for g, w in zip(got, want, strict=True))


@pytest.mark.parametrize(
    "arrange",
    [
        np.asfortranarray,
        lambda x: x.astype(">f4"),
        lambda x: np.repeat(x, 3, axis=-1)[..., ::3],
        lambda x: np.ascontiguousarray(x[..., ::-1])[..., ::-1],
        lambda x: np.concatenate([np.zeros(1, np.uint8), x.view(np.uint8).ravel()])[1:].view("f4").reshape(x.shape),
        lambda x: x.tolist(),
        lambda x: x.astype(int).tolist(),
        lambda x: np.lib.stride_tricks.as_strided(x, writeable=False),
    ],
    ids=["Fortran", "big-endian", "strided", "backwards", "unaligned", "list", "list of int", "read-only"],
)
def test_the_layout_of_an_input_is_free(model, scan, arrange):
    assert same(model(arrange(scan)), model(scan))


def test_inputs_may_be_a_dict(model, scan):
    assert same(model({"x": scan}), model(scan))
    assert same(model.run({"x": scan}).outputs, model(x=scan))


@pytest.mark.parametrize(
    ("give", "words"),
    [
        (lambda x: ("text",), "input 'x': data type <U4"),
        (lambda x: (None,), "input 'x': data type object"),
        (lambda x: ([[1.0], [2.0, 3.0]],), "input 'x'"),
        (lambda x: (x.astype(np.complex64),), "input 'x': data type complex64"),
        (lambda x: (x[0],), "1,8,8"),
        (lambda x: (x[:0],), "0,1,8,8"),
        (lambda x: (np.float32(1),), "float32[]"),
        (lambda x: (np.broadcast_to(np.float32(0), (1 << 31,)),), "a dimension of 2147483648, at most 2147483647"),
        (lambda x: ({"y": x},), "inputs y given, the model takes x"),
        (lambda x: ({},), "0 inputs given"),
    ],
)
def test_a_wrong_input_is_refused(model, scan, give, words):
    with pytest.raises(msw.MswError) as refusal:
        model(*give(scan))
    assert words in str(refusal.value)
    assert len(model(scan)) == 2


@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 0, 3), (3, 1, 2)])
def test_scalars_and_empty_arrays_keep_their_shape(shape):
    x = np.arange(np.prod(shape, dtype=int), dtype=np.float32).reshape(shape)
    z = msw.operator("Add", x, np.float32(1))
    assert z.shape == shape
    assert np.array_equal(z, x + 1)


def test_a_list_takes_the_data_type_of_the_model_if_it_fits():
    spec = TensorSpec("x", np.dtype(np.uint8), (-1,), "uint8")
    assert spec.accept([1, 255]).dtype == np.uint8
    assert spec.accept([]).dtype == np.uint8
    for wrong in ([256], [-1], [1.5]):
        with pytest.raises(msw.UsageError, match="input 'x'"):
            spec.accept(wrong)


def test_bfloat16_rounds_to_nearest_even():
    """By the definition: of the two neighbours the nearer, and of two as near the one whose last bit is 0."""
    element = Element(8, "bfloat16")
    rng = np.random.default_rng(0)
    values = np.concatenate([FLOATS, rng.normal(size=200).astype(np.float32), [1 + 2**-8, 1 + 3 * 2**-8]])
    values = values.astype(np.float32)
    element.write(values, place := np.zeros(2 * len(values), np.uint8))
    for value, got in zip(values, element.read(place, values.shape), strict=True):
        if not np.isfinite(value):
            assert got == value or (np.isnan(got) and np.isnan(value))
            continue
        upper = int(value.view(np.uint32)) >> 16
        below, above = (np.uint32(bits << 16).view(np.float32) for bits in (upper, upper + 1))
        gaps = [abs(float(value) - float(below)), abs(float(above) - float(value))]
        even = above if upper & 1 else below
        assert got == (even if gaps[0] == gaps[1] else below if gaps[0] < gaps[1] else above)


def test_a_model_can_be_planned_before_its_first_call(digits, scan, model):
    fresh = msw.load(digits)
    fresh.prepare()
    assert len(fresh._plans) == 1
    assert same(fresh(scan), model(scan))
    assert len(fresh._plans) == 1


def test_a_profile_has_a_time_for_each_node(model, scan):
    result = model.run(scan, profile=True)
    assert same(result.outputs, model(scan))
    profile = result.profile
    assert {time.node.name for time in profile.nodes} <= {node.name for node in model.nodes}
    assert all(time.seconds >= 0 and time.count == 1 for time in profile.nodes)
    assert sum(profile.by_op().values()) == pytest.approx(profile.seconds)
    assert 0 < profile.seconds <= result.seconds
    assert "Conv2D" in str(profile)
    assert f"in all {len(profile.nodes)} nodes" in str(profile)


def test_a_profile_knows_the_work_and_the_limit(model, scan):
    profile = model.run(scan, profile=True).profile
    assert profile.limit > 0.1
    (convolution,) = (time for time in profile.nodes if time.output.shape[-1] == 16)
    assert convolution.operations == 8 * 8 * 16 * (2 * 3 * 3 + 2)  # of a picture of 8 x 8; bias and ReLU
    assert convolution.gflops == pytest.approx(convolution.operations / convolution.seconds * 1e-9)
    assert len(convolution.node.parts) == 3
    assert convolution.node.name in convolution.node.parts
    assert "GFLOP/s of multiply-adds" in str(profile)


def test_a_profile_as_json_has_what_the_command_line_gives(model, scan):
    profile = model.run(scan, profile=True).profile
    table = json.loads(json.dumps(profile.as_dict()))
    assert set(table) == {"runs", "ms", "gflops", "limit_gflops", "nodes"}
    assert sum(row["share"] for row in table["nodes"]) == pytest.approx(1)
    row = next(row for row in table["nodes"] if row["op"].startswith("Conv2D"))
    assert row["of_limit"] == pytest.approx(row["gflops"] / table["limit_gflops"])
    assert row["dtype"] == "float32"


def test_a_result_tells_the_memory_of_its_plan(model, scan):
    memory = model.run(scan).memory
    assert scan.nbytes < memory.alive <= memory.activations <= memory.unshared
    assert memory.weights >= model.info.parameter_bytes  # packing pads


def test_a_result_has_names(model, scan):
    result = model.run(scan)
    assert result.profile is None
    assert list(result.as_dict()) == [spec.name for spec in model.outputs]
    assert np.array_equal(result[model.outputs[1].name], result[1])
    with pytest.raises(ValueError, match="not in list"):
        result["none"]


def test_it_shows_what_it_is(model):
    text = repr(model)
    assert "digits.mindir: MindIR by MindSpore 2.10.0" in text
    assert "in   x: float32[1,1,8,8]" in text
    assert text.count("out  ") == 2
    assert model.info.format == "MindIR"


class Slow:
    """The real machine, each step of which takes a while."""

    def __init__(self, machine, seconds):
        self._machine, self._seconds = machine, seconds
        self.pointer_bytes, self.engine = machine.pointer_bytes, machine.engine
        self.view, self.string = machine.view, machine.string

    def call(self, name, *arguments):
        if name == "msw_run_some":
            time.sleep(self._seconds)
        return self._machine.call(name, *arguments)


@pytest.fixture
def slow(digits, monkeypatch):
    monkeypatch.setattr(steps, "CHUNK_SECONDS", 0.0)  # one step at a time
    fast = msw.load(digits)
    return Backend(Slow(fast._backend.machine, 0.02)).load(digits, timeout=0.05), fast


def test_a_run_ends_at_its_deadline_between_steps(slow, scan):
    model, fast = slow
    with pytest.raises(msw.LimitError, match=r"time limit of 0\.05 s exceeded"):
        model(scan)
    with pytest.raises(msw.LimitError, match=r"time limit of 0\.05 s exceeded"):
        model.run(scan, profile=True)
    model.timeout = None
    assert same(model(scan), fast(scan))


@pytest.fixture
def pythons_own_sigint():
    """MindSpore, where a test has imported it, ends the process at Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)


@pytest.mark.usefixtures("pythons_own_sigint")
def test_ctrl_c_ends_a_run_and_the_next_begins_anew(slow, scan):
    model, fast = slow
    model.timeout = None
    timer = threading.Timer(0.1, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        model(scan)
    timer.join()
    assert same(model(scan), fast(scan))


@pytest.mark.parametrize(
    ("got", "want", "relative", "ulp"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0, 0),
        ([1.0, np.nextafter(np.float32(2), np.float32(3))], [1.0, 2.0], 2**-23, 1),
        ([-0.0], [0.0], 0.0, 0),
        ([np.nan, np.inf], [np.nan, np.inf], 0.0, 0),
        ([1.0], [np.nan], np.inf, None),
        ([np.inf], [-np.inf], np.inf, None),
        ([1e-45], [-1e-45], 2.0, 2),
        ([3.0, 0.0], [4.0, 0.0], 0.25, 1 << 22),
    ],
)
def test_differences_are_those_of_floating_point(got, want, relative, ulp):
    found = difference(np.array(got, np.float32), np.array(want, np.float32))
    assert found.relative == pytest.approx(relative)
    assert ulp is None or found.ulp == ulp


def test_arrays_of_another_kind_are_no_match():
    assert difference(np.zeros(2, np.float32), np.zeros(3, np.float32)).relative == np.inf
    assert "int32[2], MindSpore float32[2]" in str(difference(np.zeros(2, np.int32), np.zeros(2, np.float32)))
