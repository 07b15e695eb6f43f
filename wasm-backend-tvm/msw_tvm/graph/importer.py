"""From a checked ONNX graph to Relax, by TVM's own importer; each value made by a node remembers the node."""

import contextlib
import io
import re
import warnings
from functools import reduce

import numpy as np
import onnx
from tvm import IRModule, relax
from tvm.ir import Call, GenericConst
from tvm.relax.frontend.onnx import onnx_frontend

from ..errors import BuildError
from .load import DOMAINS, dims_of, dtype_name, is_fixed, node_place

# Of any number of inputs, which the importer stacks and then reduces.
PAIRWISE = {"Sum": relax.op.add, "Max": relax.op.maximum, "Min": relax.op.minimum}
CONTROL_FLOW = {"If", "Loop", "Scan"}


def known_operators() -> set[str]:
    """What TVM imports and a flat plan can run."""
    return (set(onnx_frontend._get_convert_map()) | {"Constant"}) - CONTROL_FLOW


def node_of(name: str) -> int | None:
    """Index of the ONNX node whose result a variable of this name holds, if any."""
    found = re.match(r"onnx_(\d+)_", name)
    return int(found[1]) if found else None


def _constant(value: relax.Expr | None, default: float) -> float | None:
    if value is None:
        return default
    return value.value.numpy().item() if isinstance(value, GenericConst) and value.value.numpy().size == 1 else None


def _describe(ty: relax.Type) -> str | None:
    """Data type and shape of a tensor, None where they are not known."""
    known = isinstance(ty, relax.TensorType) and isinstance(ty.shape, relax.ShapeExpr)
    if not known or not all(hasattr(size, "value") for size in ty.shape):
        return None
    return f"{ty.dtype}{[int(size) for size in ty.shape]}"


def _is_half(x: relax.Expr) -> bool:
    return isinstance(x.ty, relax.TensorType) and str(x.ty.dtype) == "float16"


class _Importer(onnx_frontend.ONNXGraphImporter):
    """TVM's importer, which converts node after node; each result gets a name that leads back to its node."""

    node = -1

    def _construct_nodes(self, graph: onnx.GraphProto) -> None:
        self.onnx_nodes = graph.node
        read = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
        told = [value for value in [*graph.value_info, *graph.output] if value.name in read]
        self.wanted = {v.name: f"{dtype_name(v.type.tensor_type.elem_type)}{dims_of(v)}" for v in told if is_fixed(v)}
        super()._construct_nodes(graph)

    def _convert_operator(self, op_name: str, inputs: list, attrs: dict, opset: int) -> relax.Expr:
        self.node += 1
        try:
            made = self._own(op_name, list(inputs), attrs)
            if made is None:
                made = super()._convert_operator(op_name, inputs, attrs, opset)
            self._check(self.bb.normalize(made))
        except BuildError:
            raise
        except Exception as error:  # the importer raises whatever its converters happen to
            place = node_place(self.onnx_nodes[self.node])
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise BuildError(f"{place}: TVM cannot import it: {reason}") from error
        return self.bb.emit(made, name_hint=f"onnx_{self.node}_") if isinstance(made, Call) else made

    def _check(self, made: relax.Expr) -> None:
        """What TVM makes of a node has to have the data types and shapes that ONNX says."""
        node = self.onnx_nodes[self.node]
        types = made.ty.fields if isinstance(made.ty, relax.TupleType) else [made.ty]
        for name, ty in zip(node.output, types, strict=False):
            wanted = self.wanted.get(name)
            if wanted is not None and (mine := _describe(ty)) and mine != wanted:
                raise BuildError(f"{node_place(node)}: TVM makes {mine} of it, expected {wanted} for '{name}'")

    def _own(self, op_name: str, inputs: list, attrs: dict) -> relax.Expr | None:
        """Of operators that TVM imports wrongly or as more kernels than they need; None: as TVM does it."""
        if op_name == "Clip":
            return self._clip(inputs, attrs)
        if op_name == "IsInf":
            return self._is_inf(inputs[0], attrs)
        if op_name == "Cast" and attrs["to"] == onnx.TensorProto.DOUBLE and _is_half(inputs[0]):
            raise ValueError("LLVM makes no valid WebAssembly of float16 to float64, expected float32")
        if op_name in PAIRWISE and inputs:
            return self.bb.normalize(reduce(PAIRWISE[op_name], inputs)) if len(inputs) > 1 else inputs[0]
        return None

    def _is_inf(self, x: relax.Expr, attrs: dict) -> relax.Expr | None:
        """Of one sign alone; TVM's own takes both."""
        signs = attrs.get("detect_positive", 1), attrs.get("detect_negative", 1)
        if signs == (1, 1):
            return None
        bounds = {(1, 0): np.inf, (0, 1): -np.inf, (0, 0): np.nan}  # nothing is equal to a NaN
        return self.bb.normalize(relax.op.equal(x, relax.const(bounds[signs], x.ty.dtype.dtype)))

    def _clip(self, inputs: list, attrs: dict) -> relax.Expr | None:
        """Clip with constant bounds; the importer's own tests whether bounds are numbers, while running."""
        bounds = inputs[1:] + [None] * (3 - len(inputs))
        low = _constant(bounds[0], attrs.get("min", -np.inf))
        high = _constant(bounds[1], attrs.get("max", np.inf))
        if (
            not inputs[0].ty.dtype.dtype.startswith("float")
            or low is None
            or high is None
            or np.isnan([low, high]).any()
        ):
            return None
        return self.bb.normalize(relax.op.clip(inputs[0], min(low, high), high))


def import_onnx(model: onnx.ModelProto) -> IRModule:
    """The model as a Relax module with the function main; weights are constants."""
    opset = next(entry.version for entry in model.opset_import if entry.domain in DOMAINS)
    importer = _Importer({}, "float32")
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            return importer.from_onnx(model.graph, opset)
        except Exception:
            if importer.node >= 0:  # a builder that goes with a block open says so on stderr
                importer.bb._end_block()
            raise
