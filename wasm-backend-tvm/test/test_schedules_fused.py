"""Small Relax graphs, legalized, fused and scheduled by msw_tvm.schedules, in wasmtime against numpy."""

import numpy as np
import pytest
import tvm
from msw_tvm.link import link_kernels
from msw_tvm.runner import Kernels
from msw_tvm.schedules import Records, legalize_map, schedule_module
from msw_tvm.target import compile_kernels
from tvm import relax, tirx
from tvm.ir import GenericConst
from tvm.relax import transform
from tvm.relax.op import nn

RANDOM = np.random.default_rng(0)
NHWC = {"data_layout": "NHWC", "kernel_layout": "HWIO"}


def numbers(*shape):
    return RANDOM.standard_normal(shape, np.float32)


def const(array):
    return relax.const(array, "float32")


class Graph:
    """A graph of one function, built by `make` from variables of the inputs' shapes."""

    def __init__(self, make, *inputs, records=None):
        self.inputs = inputs
        self.records = records or Records()
        builder = relax.BlockBuilder()
        variables = [relax.Var(f"x{i}", relax.TensorType(x.shape, "float32")) for i, x in enumerate(inputs)]
        with builder.function("main", variables):
            with builder.dataflow():
                made = builder.emit_output(make(*variables))
            builder.emit_func_output(made)
        self.module = builder.get()

    def lower(self):
        module = transform.LegalizeOps(legalize_map(self.records))(self.module)
        module = transform.FuseOps()(transform.AnnotateTIROpPattern()(module))
        return transform.DeadCodeElimination()(transform.FuseTIR()(module))

    def run(self, folder, schedule=schedule_module):
        """The answer of the scheduled kernels, called one after another."""
        module = schedule(self.lower())
        named = {var.name_hint: f for var, f in module.functions_items() if isinstance(f, tirx.PrimFunc)}
        kernels = {name: function.with_attr("global_symbol", name) for name, function in named.items()}
        compile_kernels(tvm.IRModule(kernels), folder / "k.o")
        link_kernels(list(kernels), [folder / "k.o"], folder / "k.wasm")
        instance = Kernels(folder / "k.wasm")
        main = module["main"]
        values = dict(zip(main.params, self.inputs, strict=True))
        steps = [binding for block in main.body.blocks for binding in block.bindings]
        for step in steps:
            call = step.value
            if not isinstance(call, tvm.ir.Call):
                values[step.var] = values[call]
                continue
            args = [a.value.numpy() if isinstance(a, GenericConst) else values[a] for a in call.args[1].fields]
            answer = np.zeros([int(size) for size in step.var.ty.shape], step.var.ty.dtype.dtype)
            instance.call(call.args[0].name_hint, *args, answer)
            values[step.var] = answer
        return len(kernels), values[main.body.body]


def conv(x, w, stride=1, padding=(0, 0, 0, 0), groups=1):
    """Plain loops over the kernel, in float64."""
    top, left, bottom, right = padding
    image = np.pad(x.astype(np.float64), ((0, 0), (top, bottom), (left, right), (0, 0)))
    kh, kw, c, o = w.shape
    height, width = (image.shape[1] - kh) // stride + 1, (image.shape[2] - kw) // stride + 1
    answer = np.zeros((x.shape[0], height, width, o))
    for group in range(groups):
        for i in range(kh):
            for j in range(kw):
                seen = image[:, i : i + (height - 1) * stride + 1 : stride, j : j + (width - 1) * stride + 1 : stride]
                part = slice(group * o // groups, (group + 1) * o // groups)
                answer[..., part] += seen[..., group * c : (group + 1) * c] @ w[i, j, :, part].astype(np.float64)
    return answer


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def close(got, expected):
    # Sums of at most some hundred products of numbers around 1; float32 has 6e-8 of relative error a step.
    np.testing.assert_allclose(got, expected, rtol=2e-5, atol=2e-5)


def test_convolution_with_bias_and_relu(tmp_path):
    x, w, b = numbers(1, 10, 10, 3), numbers(7, 7, 3, 10), numbers(1, 1, 1, 10)
    graph = Graph(lambda x: nn.relu(nn.conv2d(x, const(w), 2, 3, **NHWC) + const(b)), x)
    count, answer = graph.run(tmp_path)
    assert count == 1
    close(answer, np.maximum(conv(x, w, 2, (3, 3, 3, 3)) + b, 0))


@pytest.mark.parametrize(("size", "channels"), [(7, 10), (8, 16), (5, 3)])
def test_convolution_with_residual(tmp_path, size, channels):
    x, y = numbers(1, size, size, 12), numbers(1, size, size, channels)
    w, b = numbers(1, 1, 12, channels), numbers(channels)

    def make(x, y):
        return nn.relu(nn.conv2d(x, const(w), **NHWC) + const(b) + y)

    count, answer = Graph(make, x, y).run(tmp_path)
    assert count == 1
    close(answer, np.maximum(conv(x, w) + b + y, 0))


def test_convolution_with_swish(tmp_path):
    x, w, b = numbers(2, 7, 7, 8), numbers(3, 3, 8, 12), numbers(12)

    def make(x):
        sums = nn.conv2d(x, const(w), padding=1, **NHWC) + const(b)
        return sums * relax.op.sigmoid(sums)

    count, answer = Graph(make, x).run(tmp_path)
    sums = conv(x, w, 1, (1, 1, 1, 1)) + b
    assert count == 1
    close(answer, sums * sigmoid(sums))


def test_convolution_of_another_order_of_weights(tmp_path):
    x, w = numbers(1, 6, 5, 4), numbers(3, 2, 4, 6)
    weights = const(np.ascontiguousarray(w.transpose(3, 2, 0, 1)))
    graph = Graph(lambda x: nn.conv2d(x, weights, padding=(1, 0, 0, 1), data_layout="NHWC", kernel_layout="OIHW"), x)
    close(graph.run(tmp_path)[1], conv(x, w, 1, (1, 0, 0, 1)))


@pytest.mark.parametrize("shape", [(1, 40), (3, 5, 40)])
def test_product_with_bias_and_clip(tmp_path, shape):
    x, w, b = numbers(*shape), numbers(40, 30), numbers(30)
    graph = Graph(lambda x: relax.op.clip(relax.op.matmul(x, const(w)) + const(b), -1, 2), x)
    count, answer = graph.run(tmp_path)
    assert count == 1
    close(answer, np.clip(x.astype(np.float64) @ w + b, -1, 2))


def test_product_of_two_inputs(tmp_path):
    x, y = numbers(3, 8, 20), numbers(3, 20, 6)
    close(Graph(relax.op.matmul, x, y).run(tmp_path)[1], x.astype(np.float64) @ y)


@pytest.mark.parametrize("groups", [2, 8])
def test_convolution_in_groups(tmp_path, groups):
    x, w = numbers(1, 9, 7, 8), numbers(3, 3, 8 // groups, 8)
    graph = Graph(lambda x: nn.relu(nn.conv2d(x, const(w), 2, 1, groups=groups, **NHWC)), x)
    close(graph.run(tmp_path)[1], np.maximum(conv(x, w, 2, (1, 1, 1, 1), groups), 0))


def test_pools_softmax_and_layouts(tmp_path):
    x = numbers(1, 3, 9, 10)

    def make(x):
        images = relax.op.permute_dims(x, [0, 2, 3, 1])
        pooled = nn.max_pool2d(images, (3, 3), (2, 2), (1, 1, 1, 1), layout="NHWC")
        return nn.softmax(relax.op.mean(pooled, [1, 2]))

    image = np.pad(x[0].transpose(1, 2, 0), ((1, 1), (1, 1), (0, 0)), constant_values=-np.inf)
    seen = np.lib.stride_tricks.sliding_window_view(image, (3, 3), (0, 1))[::2, ::2]
    mean = seen.max((-1, -2)).astype(np.float64).mean((0, 1))
    close(Graph(make, x).run(tmp_path)[1], (np.exp(mean) / np.exp(mean).sum())[None])


def pool(kind, *how):
    return lambda x: kind(x, *how, layout="NHWC")


ANY = {
    "product of batches": (relax.op.matmul, (3, 8, 20), (3, 20, 16)),
    "product of odd sizes": (relax.op.matmul, (7, 5), (5, 9)),
    "product, transposed": (lambda x, y: relax.op.matmul(x, relax.op.permute_dims(y)), (8, 12), (16, 12)),
    "weights given": (lambda x, w: nn.conv2d(x, w, padding=1, **NHWC), (1, 9, 7, 8), (3, 3, 8, 12)),
    "channels first": (lambda x, w: nn.relu(nn.conv2d(x, w, 2, 1)), (1, 8, 9, 8), (12, 8, 3, 3)),
    "groups of four": (lambda x, w: nn.conv2d(x, w, padding=1, groups=4, **NHWC), (1, 6, 6, 16), (3, 3, 4, 16)),
    "groups of three": (lambda x, w: nn.conv2d(x, w, groups=4, **NHWC), (1, 6, 6, 12), (3, 3, 3, 12)),
    "one dimension": (lambda x, w: nn.conv1d(x, w, padding=1), (1, 8, 32), (12, 8, 3)),
    "transposed convolution": (lambda x, w: nn.conv2d_transpose(x, w, 2), (1, 8, 7, 7), (8, 6, 2, 2)),
    "largest": (pool(nn.max_pool2d, (3, 3), (2, 2), (1, 1, 1, 1)), (1, 9, 12, 8)),
    "average": (pool(nn.avg_pool2d, (3, 3), (2, 2), (1, 1, 1, 1)), (1, 9, 12, 20)),
    "mean and clip": (lambda x: relax.op.clip(relax.op.mean(x, [1, 2]), 0, 1), (2, 5, 7, 24)),
    "sum of rows": (lambda x: relax.op.sum(x, 1), (16, 9)),
    "sum of all": (relax.op.sum, (16, 4)),
    "softmax": (nn.softmax, (4, 8, 16)),
    "place of the largest": (lambda x: relax.op.argmax(x, 1), (8, 12)),
    "variance": (lambda x: relax.op.variance(x, 0), (9, 12)),
    "resized": (lambda x: relax.op.image.resize2d(x, (10, 14), layout="NHWC"), (1, 5, 7, 4)),
    "put together": (lambda x, y: relax.op.concat([x, y], 3), (1, 3, 5, 6), (1, 3, 5, 2)),
    "turned": (lambda x: nn.relu(relax.op.permute_dims(x, [0, 2, 3, 1])), (1, 12, 3, 8)),
    "numbers put elsewhere": (
        lambda x, y: relax.op.scatter_nd(x, relax.const(np.array([[2], [0]]), "int64"), y, "add"),
        (4, 8),
        (2, 8),
    ),
    "one number": (lambda x: x * x, ()),
}


@pytest.mark.parametrize("name", ANY)
def test_schedule_changes_no_answer(tmp_path, name):
    make, *shapes = ANY[name]
    inputs = [numbers(*shape) for shape in shapes]
    graph = Graph(make, *inputs)
    _, plain = graph.run(tmp_path, lambda module: module)
    _, scheduled = graph.run(tmp_path)
    # The schedule keeps the order of each sum; LLVM may only round the same numbers elsewhere.
    np.testing.assert_allclose(scheduled, plain, rtol=1e-6, atol=1e-6)
    assert scheduled.any()
