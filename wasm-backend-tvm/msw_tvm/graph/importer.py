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
from .load import DOMAINS, node_place

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


class _Importer(onnx_frontend.ONNXGraphImporter):
    """TVM's importer, which converts node after node; each result gets a name that leads back to its node."""

    node = -1

    def _construct_nodes(self, graph: onnx.GraphProto) -> None:
        self.onnx_nodes = graph.node
        super()._construct_nodes(graph)

    def _convert_operator(self, op_name: str, inputs: list, attrs: dict, opset: int) -> relax.Expr:
        self.node += 1
        try:
            made = self._own(op_name, list(inputs), attrs)
            if made is None:
                made = super()._convert_operator(op_name, inputs, attrs, opset)
        except Exception as error:  # the importer raises whatever its converters happen to
            place = node_place(self.onnx_nodes[self.node])
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise BuildError(f"{place}: TVM cannot import it: {reason}") from error
        return self.bb.emit(made, name_hint=f"onnx_{self.node}_") if isinstance(made, Call) else made

    def _own(self, op_name: str, inputs: list, attrs: dict) -> relax.Expr | None:
        """Of operators that TVM imports as more kernels than they need; None: as TVM does it."""
        if op_name == "Clip":
            return self._clip(inputs, attrs)
        if op_name in PAIRWISE and inputs:
            return self.bb.normalize(reduce(PAIRWISE[op_name], inputs)) if len(inputs) > 1 else inputs[0]
        return None

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
        return self.bb.normalize(relax.op.clip(inputs[0], low, high))


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
