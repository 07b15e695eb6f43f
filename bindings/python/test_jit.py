"""@ms.jit(backend="wasm"): MindSpore's own compiler with the sandbox behind it, against MindSpore without it.

fallback="error" is set wherever wasm has to run, and the counts say that it did.
"""

import os
import stat
import subprocess
import sys
import warnings
from pathlib import Path

import mindspore as ms
import ms_backend_wasm as msw
import numpy as np
import pytest
from mindspore import nn, ops
from ms_backend_wasm import jit
from ms_backend_wasm.jit import build

X = np.random.default_rng(0).normal(size=(2, 3)).astype(np.float32)


class LeNet(nn.Cell):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, pad_mode="valid")
        self.conv2 = nn.Conv2d(6, 16, 5, pad_mode="valid")
        self.relu, self.pool, self.flatten = nn.ReLU(), nn.MaxPool2d(2, 2), nn.Flatten()
        self.fc1, self.fc2, self.fc3 = nn.Dense(400, 120), nn.Dense(120, 84), nn.Dense(84, 10)

    def construct(self, x):
        x = self.pool(self.relu(self.conv1(x)))
        x = self.flatten(self.pool(self.relu(self.conv2(x))))
        return self.fc3(self.relu(self.fc2(self.relu(self.fc1(x)))))


class Scale(nn.Cell):
    def __init__(self):
        super().__init__()
        self.weight = ms.Parameter(ms.Tensor([1.0, -2.0, 3.0], ms.float32), name="weight")

    def construct(self, x):
        return x * self.weight


def nested(x, y):
    return (ops.relu(x), [x + y, (x * 2.0,)]), y


def listed(x):
    return {"double": x + x}


def choose(x, flag):
    y = x + 1 if flag else ops.relu(x) * 3
    return y, x


def lacking(x):
    return ops.lgamma(x) + x


@pytest.fixture
def wasm(tmp_path, monkeypatch):
    """Graphs that do not run in the sandbox are errors; MindSpore's context is put back."""
    monkeypatch.chdir(tmp_path)  # MindSpore leaves files where it runs
    mode = ms.get_context("mode")
    ms.set_context(mode=ms.PYNATIVE_MODE)  # whatever the tests before have left
    jit.register(fallback="error")
    yield jit
    ms.set_context(mode=mode)


def ran(before: jit.Counts) -> int:
    return jit.counts().wasm_runs - before.wasm_runs


def equal(got, want) -> bool:
    if isinstance(want, (tuple, list)):
        return type(got) is type(want) and len(got) == len(want) and all(map(equal, got, want))
    return got.dtype == want.dtype and np.array_equal(got.asnumpy(), want.asnumpy())


def test_lenet_unchanged_agrees_with_mindspore(wasm):
    net, x = LeNet(), ms.Tensor(np.random.default_rng(1).normal(size=(4, 1, 32, 32)).astype(np.float32))
    want, before = net(x).asnumpy(), jit.counts()
    got = ms.jit(net, backend="wasm")(x).asnumpy()
    assert ran(before) == 1
    assert np.abs(got - want).max() <= 1e-4 * np.abs(want).max()
    assert not np.array_equal(want[0], want[1])


def test_a_function_answers_nested_tuples_and_lists(wasm):
    before = jit.counts()
    x = ms.Tensor(X)
    assert equal(ms.jit(nested, backend="wasm")(x, x), nested(x, x))
    assert ran(before) == 1


@pytest.mark.parametrize("dtype", [ms.float32, ms.float16, ms.bfloat16, ms.int32])
def test_data_types_are_kept(wasm, dtype):
    x = ms.Tensor(X * 10).astype(dtype)
    before = jit.counts()
    got = ms.jit(_add, backend="wasm")(x, x)
    assert got.dtype == dtype
    assert np.array_equal(got.astype(ms.float32).asnumpy(), (x + x).astype(ms.float32).asnumpy())
    assert ran(before) == 1


def _add(x, y):
    return x + y


@pytest.mark.parametrize("shape", [(), (1,), (0, 3), (2, 1, 3)])
def test_shapes_are_kept(wasm, shape):
    x = ms.Tensor(np.ones(shape, np.float32))
    got = ms.jit(_add, backend="wasm")(x, x)
    assert got.shape == shape
    assert (got.asnumpy() == 2).all()


def test_a_view_is_taken_as_the_values_it_shows(wasm):
    x = ms.Tensor(X)
    assert equal(ms.jit(_add, backend="wasm")(x.T, x.T), x.T + x.T)
    assert equal(ms.jit(_add, backend="wasm")(x[:, 1:], x[:, :-1]), x[:, 1:] + x[:, :-1])


def test_weights_are_uploaded_once_and_again_when_they_change(wasm):
    net, x = Scale(), ms.Tensor(X)
    graph, before = ms.jit(net, backend="wasm"), jit.counts().uploads
    for change in (
        lambda: None,
        lambda: net.weight.set_data(ms.Tensor([4.0, 5.0, 6.0], ms.float32)),
        lambda: ops.assign_add(net.weight, ms.Tensor([1.0, 1.0, 1.0], ms.float32)),
        lambda: net.weight.asnumpy().__setitem__(0, 9.0),
    ):
        change()
        for _ in range(3):
            assert equal(graph(x), x * net.weight)
    assert jit.counts().uploads - before == 4


def test_graph_mode_through_jit_config(wasm):
    net, x = Scale(), ms.Tensor(X)
    want, before = net(x), jit.counts()
    ms.set_context(mode=ms.GRAPH_MODE)
    net.set_jit_config(ms.JitConfig(jit_level="O0", backend="wasm"))
    assert equal(net(x), want)
    assert ran(before) == 1


def test_model_predict(wasm):
    net, x = Scale(), ms.Tensor(X)
    want, before = net(x), jit.counts()
    ms.set_context(mode=ms.GRAPH_MODE)
    net.set_jit_config(ms.JitConfig(jit_level="O0", backend="wasm"))
    assert equal(ms.Model(net).predict(x), want)
    assert ran(before) == 1


def test_open_sizes_are_planned_as_they_come(wasm):
    graph, before = ms.jit(_add, backend="wasm", dynamic=1), jit.counts()
    for rows in range(1, 7):
        x = ms.Tensor(np.full((rows, 2), rows, np.float32))
        assert equal(graph(x, x), x + x)
    assert ran(before) == 6


def test_a_missing_operator_is_named(wasm):
    with pytest.raises(msw.UnsupportedError, match=r"graph 'lacking': .*\(Lgamma\)"):
        ms.jit(lacking, backend="wasm")(ms.Tensor(X))


def test_a_graph_that_mindir_cannot_hold_is_mindspores(wasm):
    with pytest.raises(msw.UnsupportedError, match=r"graph 'listed.*': .*MindIR"):
        ms.jit(listed, backend="wasm")(ms.Tensor(X))
    jit.register(fallback="native")
    with pytest.warns(jit.FallbackWarning, match=r"graph 'listed.*' runs on MindSpore's own backend: .*MindIR"):
        answer = ms.jit(listed, backend="wasm")(ms.Tensor(X))
    assert np.array_equal(answer["double"].asnumpy(), X + X)


def test_branches_are_taken_as_the_data_say(wasm):
    graph, x, before = ms.jit(choose, backend="wasm"), ms.Tensor(X), jit.counts()
    for flag in (True, False):
        assert equal(graph(x, ms.Tensor(flag)), choose(x, flag))
    assert ran(before) == 2


def test_a_graph_with_a_missing_operator_runs_whole_on_mindspore(wasm):
    jit.register(fallback="native")
    before = jit.counts()
    with pytest.warns(jit.FallbackWarning, match=r"graph 'lacking' runs on MindSpore's own .*\(Lgamma\)") as caught:
        got = ms.jit(lacking, backend="wasm")(ms.Tensor(X))
    assert caught[0].filename == __file__
    assert equal(got, lacking(ms.Tensor(X)))
    assert (ran(before), jit.counts().native_graphs - before.native_graphs) == (0, 1)


def test_a_limit_is_an_error_and_the_next_run_goes_on(wasm):
    x = ms.Tensor(np.ones((1 << 20, 4), np.float32))
    jit.register(fallback="error", memory_limit=8 << 20)
    with pytest.raises(msw.LimitError, match="memory"):
        ms.jit(_add, backend="wasm")(x, x)
    jit.register(fallback="error")
    assert (ms.jit(_add, backend="wasm")(x, x).asnumpy() == 2).all()


def test_a_wrong_fallback_is_refused():
    with pytest.raises(msw.UsageError, match="fallback is 'maybe', expected 'native' or 'error'"):
        jit.register(fallback="maybe")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "ms-backend-wasm" / "python" / "shim"


def compiler(tmp_path: Path, script: str) -> str:
    path = tmp_path / "compiler"
    path.write_text(f"#!/bin/sh\nif [ $1 = --version ]; then echo toy 1; exit; fi\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_a_missing_compiler_is_named(cache, monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(msw.MissingError, match=r"needs a C\+\+ compiler .*no-such-compiler"):
        build.shim(ms)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'shim.cc:3: error: no member x' >&2; exit 1", r"does not compile for MindSpore 2\.10\.0: .*no member x"),
        ('for a; do [ "$p" = -o ] && echo hello > "$a"; p=$a; done', r"fails its self-test with MindSpore 2\.10\.0"),
    ],
    ids=["does not compile", "is no library"],
)
def test_a_shim_that_does_not_work_is_refused_and_not_kept(cache, tmp_path, monkeypatch, script, words):
    """As with a version of MindSpore that we do not know."""
    monkeypatch.setenv("CXX", compiler(tmp_path, f"p=; {script}"))
    with pytest.raises(msw.UnsupportedError, match=words):
        build.shim(ms)
    assert list(cache.iterdir()) == []


def test_a_compiler_that_hangs_is_ended(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("CXX", compiler(tmp_path, "exec sleep 60"))
    monkeypatch.setattr(build, "COMPILE_SECONDS", 0.3)
    with pytest.raises(msw.LimitError, match="took more than"):
        build.shim(ms)


@pytest.mark.parametrize("harm", ["writable by others", "a link"])
def test_a_shim_that_others_may_have_written_is_built_anew(cache, tmp_path, monkeypatch, harm):
    monkeypatch.setattr(build, "_compile", lambda compiler, home, made, version: made.write_text("library"))
    monkeypatch.setattr(build, "_test", lambda made, version: None)
    path = build.shim(ms)
    other = tmp_path / "other"
    other.write_text("another")
    path.write_text("another")
    if harm == "a link":
        path.unlink()
        path.symlink_to(other)
    else:
        path.chmod(0o666)
    assert build.shim(ms).read_text() == "library"
    assert other.read_text() == "another"


@pytest.mark.parametrize("part", ["FLAGS", "INCLUDES", "LIBRARIES", "SELF_TEST"])
def test_a_shim_made_or_tested_in_another_way_is_another(cache, tmp_path, monkeypatch, part):
    monkeypatch.setattr(build, "_compile", lambda compiler, home, made, version: made.write_text("library"))
    monkeypatch.setattr(build, "_test", lambda made, version: None)
    first = build.shim(ms)
    other = tmp_path / "self_test.py"
    other.write_text("another")
    monkeypatch.setattr(build, part, other if part == "SELF_TEST" else [*getattr(build, part), "another"])
    assert build.shim(ms) != first


def test_the_shim_is_built_once_and_found_again(wasm, monkeypatch):
    first = build.shim(ms)
    monkeypatch.setattr(build, "_compile", None)
    assert build.shim(ms) == first
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        jit.register(fallback="error")


def test_a_program_ends_cleanly_after_using_it(wasm, tmp_path):
    """MindSpore, wasmtime and Python each take down what they own at the end."""
    program = tmp_path / "program.py"
    program.write_text(
        "import mindspore as ms\n"
        "from ms_backend_wasm import jit\n"
        "jit.register(fallback='error')\n"
        "@ms.jit(backend='wasm')\n"
        "def twice(x):\n"
        "    return x + x\n"
        "print(twice(ms.Tensor([1.0, 2.0])))\n"
    )
    search = str(Path(msw.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, program], env={**os.environ, "PYTHONPATH": search}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "[2. 4.]\n", "")
