"""Parameters that a graph under @ms.jit(backend="wasm") writes to: MindSpore's own change, and theirs are seen here.

After Parameter.set_data MindSpore 2.10's own ms.jit goes on with what it wrote itself, unlike its GRAPH_MODE. Where it
is the oracle, ops.assign changes parameters from outside.
"""

import mindspore as ms
import ms_backend_wasm as msw
import nets_of_states as nets
import numpy as np
import pytest
from mindspore import nn, ops
from ms_backend_wasm import jit


@pytest.fixture(autouse=True)
def wasm(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MindSpore leaves files where it compiles
    mode = ms.get_context("mode")
    ms.set_context(mode=ms.PYNATIVE_MODE)  # whatever the tests before have left
    jit.register(fallback="error")
    yield
    ms.set_context(mode=mode)


def as_list(answer):
    return list(answer) if isinstance(answer, (tuple, list)) else [answer]


def close(got, want):
    """Sums of a few products: one rounding each, which MindSpore may order otherwise."""
    got, want = got.asnumpy(), want.asnumpy()
    return got.dtype == want.dtype and got.shape == want.shape and np.allclose(got, want, 1e-5, 1e-6)


def same_parameters(ours, theirs):
    return all(close(p, q) for p, q in zip(ours.get_parameters(), theirs.get_parameters(), strict=True))


@pytest.mark.parametrize("make", nets.NETS)
def test_parameters_change_as_in_mindspore(make):
    """From outside too, before the third call; the model is uploaded once."""
    ours, theirs = make(), make()
    for p, q in zip(ours.get_parameters(), theirs.get_parameters(), strict=True):
        q.set_data(ms.Tensor(p.asnumpy()))
    begin = [p.asnumpy().copy() for p in ours.get_parameters()]
    graph, native, before = ms.jit(ours, backend="wasm"), ms.jit(theirs), jit.counts()
    for call, sign in enumerate((1, -1, -1, 1, 1)):
        x = ms.Tensor(sign * np.arange(1, 4, dtype=np.float32) / 7)
        if call == 2:
            for net in (ours, theirs):
                for p, old in zip(net.get_parameters(), begin, strict=True):
                    if not np.array_equal(p.asnumpy(), old):
                        ops.assign(p, p + ms.Tensor(1, p.dtype))
        assert all(map(close, as_list(graph(x)), as_list(native(x))))
        assert same_parameters(ours, theirs)
    assert jit.counts().wasm_runs - before.wasm_runs == 5
    assert jit.counts().uploads - before.uploads == 1
    assert any(not np.array_equal(p.asnumpy(), old) for p, old in zip(ours.get_parameters(), begin, strict=True))


ONE = np.ones(3, np.float32)


def set_data(net):
    net.n.set_data(ms.Tensor(net.n.asnumpy() + 10))


def write_in_place(net):
    net.n.asnumpy()[...] += 10


@pytest.mark.parametrize("change", [set_data, write_in_place])
@pytest.mark.parametrize("in_graph_mode", [False, True])
def test_a_parameter_set_from_outside_is_seen(change, in_graph_mode):
    net = nets.Counter()
    graph = net if in_graph_mode else ms.jit(net, backend="wasm")
    if in_graph_mode:
        ms.set_context(mode=ms.GRAPH_MODE)
        net.set_jit_config(ms.JitConfig(jit_level="O0", backend="wasm"))
    held, before = np.array([1, 2, 3], np.float32), jit.counts()
    for call in range(4):
        if call == 2:
            change(net)
            held += 10
        held += 1
        assert np.array_equal(graph(ms.Tensor(ONE)).asnumpy(), held * 2)
        assert np.array_equal(net.n.asnumpy(), held)
    assert jit.counts().wasm_runs - before.wasm_runs == 4


class Brain(nn.Cell):
    def __init__(self):
        super().__init__()
        self.n = nets.parameter([1, 2, 3], "n", ms.bfloat16)

    def construct(self, x):
        ops.assign_add(self.n, x)
        return self.n * 2


def test_a_bfloat16_parameter_is_counted():
    net, x = Brain(), ms.Tensor(ONE, ms.bfloat16)
    graph = ms.jit(net, backend="wasm")
    for call in range(1, 4):
        assert graph(x).float().asnumpy().tolist() == [2 * (n + call) for n in (1, 2, 3)]
        assert net.n.float().asnumpy().tolist() == [n + call for n in (1, 2, 3)]


def test_two_graphs_write_to_one_parameter():
    net = nets.Counter()

    @ms.jit(backend="wasm")
    def halve(x):
        ops.assign(net.n, net.n * 0.5)
        return net.n + x

    graph = ms.jit(net, backend="wasm")
    assert graph(ms.Tensor(ONE)).asnumpy().tolist() == [4, 6, 8]
    assert halve(ms.Tensor(ONE)).asnumpy().tolist() == [2, 2.5, 3]
    assert graph(ms.Tensor(ONE)).asnumpy().tolist() == [4, 5, 6]
    assert net.n.asnumpy().tolist() == [2, 2.5, 3]


def test_states_go_on_over_changing_shapes():
    net = OpenCounter()
    graph, held = ms.jit(net, backend="wasm", dynamic=1), np.array([1, 2, 3], np.float32)
    for rows in (1, 2, 3, 4, 5, 6, 1, 2):
        x = np.full((rows, 3), rows, np.float32)
        held += x.sum(0)
        assert np.array_equal(graph(ms.Tensor(x)).asnumpy(), x + held)
        assert np.array_equal(net.n.asnumpy(), held)


class OpenCounter(nets.One):
    def construct(self, x):
        ops.assign_add(self.n, x.sum(0))
        return x + self.n


class Looked(nets.One):
    """Writes, and then fails where the index is out of range."""

    def __init__(self):
        super().__init__()
        self.gather = ops.GatherD()

    def construct(self, x, i):
        ops.assign_add(self.n, x)
        return self.gather(self.n, 0, i)


def test_a_run_that_fails_leaves_the_parameters():
    net = Looked()
    graph = ms.jit(net, backend="wasm")
    with pytest.raises(msw.InvalidError, match="9"):
        graph(ms.Tensor(ONE), ms.Tensor([0, 9, 1], ms.int32))
    assert net.n.asnumpy().tolist() == [1, 2, 3]


class WritesInput(nn.Cell):
    def construct(self, x):
        x += 1
        return x * 2


class WritesInputInBranch(nn.Cell):
    def construct(self, x):
        if x.sum() > 0:
            x += 1
        return x * 2


class WritesInputInLoop(nn.Cell):
    def construct(self, x):
        i = ops.zeros_like(x).sum()
        while i < 3:
            x += i
            i = i + 1
        return x * 2


@pytest.mark.parametrize("make", [WritesInput, WritesInputInBranch, WritesInputInLoop])
def test_an_input_is_not_written(make):
    """The caller's tensor would have to change: such graphs are MindSpore's."""
    with pytest.raises(msw.UnsupportedError, match=r"Inplace.* writes to 'x'"):
        ms.jit(make(), backend="wasm")(ms.Tensor(ONE))


class WritesOwn(nn.Cell):
    def construct(self, x):
        y = x * 2
        i = ops.zeros_like(x).sum()
        while i < 3:
            y += x
            i = i + 1
        return y


def test_a_tensor_of_the_graph_is_written():
    assert ms.jit(WritesOwn(), backend="wasm")(ms.Tensor(ONE)).asnumpy().tolist() == [5, 5, 5]
