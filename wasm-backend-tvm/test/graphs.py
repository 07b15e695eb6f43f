"""For tests of the graph builder: small ONNX graphs, built, run by the Python binding and by onnxruntime."""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from msw_tvm.graph.build import Options, build
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bindings/python"))
import ms_backend_wasm as msw  # noqa: E402

RELATIVE = 1e-4  # issue 6: largest absolute error over largest absolute value


def graph(
    nodes: list[onnx.NodeProto],
    inputs: dict[str, list],
    outputs: list[str] | dict[str, int],
    weights: dict[str, np.ndarray] | None = None,
    opset: int = 18,
    dtypes: dict[str, int] | None = None,
) -> onnx.ModelProto:
    """A model over inputs of given shapes, float32 unless `dtypes` says otherwise; shapes of outputs are inferred."""
    named = outputs if isinstance(outputs, dict) else dict.fromkeys(outputs, TensorProto.FLOAT)
    types = dtypes or {}
    given = [helper.make_tensor_value_info(n, types.get(n, TensorProto.FLOAT), dims) for n, dims in inputs.items()]
    made = [helper.make_tensor_value_info(name, dtype, None) for name, dtype in named.items()]
    constants = [numpy_helper.from_array(array, name) for name, array in (weights or {}).items()]
    whole = helper.make_graph(nodes, "test", given, made, constants)
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    return onnx.shape_inference.infer_shapes(model, strict_mode=True)


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def arrays_for(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    given = {tensor.name for tensor in model.graph.initializer}
    made = {}
    for i, value in enumerate(value for value in model.graph.input if value.name not in given):
        shape = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        dtype = helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
        made[value.name] = (random(*shape, seed=i) * (1 if dtype == np.float32 else 10)).astype(dtype)
    return made


def reference(model: onnx.ModelProto, given: dict[str, np.ndarray]) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, given)


def save(model: onnx.ModelProto, folder: Path, name: str = "net") -> Path:
    path = folder / f"{name}.onnx"
    onnx.save(model, str(path))
    return path


def check(model: onnx.ModelProto, folder: Path, options: Options | None = None) -> msw.Model:
    """Build, run, and compare with onnxruntime: types equal, values close; returns the loaded module."""
    given = arrays_for(model)
    target = folder / "net.tvm.wasm"
    build(save(model, folder), target, options or Options())
    loaded = msw.load(target)
    answers = list(loaded(**given))
    expected = reference(model, given)
    assert len(answers) == len(expected)
    for mine, theirs in zip(answers, expected, strict=True):
        same(mine, theirs)
    return loaded


def same(mine: np.ndarray, theirs: np.ndarray) -> None:
    assert mine.dtype == theirs.dtype
    assert mine.shape == theirs.shape
    if theirs.dtype.kind != "f":
        assert np.array_equal(mine, theirs)
        return
    assert np.abs(theirs).max() > 0, "a reference of zeros shows nothing"
    assert np.abs(mine - theirs).max() <= RELATIVE * np.abs(theirs).max()
