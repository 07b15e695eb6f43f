"""Attributes and constant inputs of MindIR that are missing or odd are errors that name node, operator and attribute.

Each case exports a net of test_mindir_nets.py, changes one thing in the file, and reads it.
"""

import mindspore as ms
import ms_backend_wasm as msw
import pytest
import test_mindir_nets as nets
from mindspore.train import mind_ir_pb2
from test_mindir_nets import _graph_mode, export  # noqa: F401

KINDS = mind_ir_pb2.AttributeProto


def primitive(model, name):
    return next(p for p in model.primitives if p.op_type == name)


def node(model, name):
    keys = {p.name for p in model.primitives if p.op_type == name}
    return next(n for n in model.graph.node if n.op_type.removeprefix("REF::") in keys)


def set_value(attribute, value):
    name = attribute.name
    attribute.Clear()
    attribute.name = name
    if isinstance(value, str):
        attribute.type, attribute.s = KINDS.STRING, value.encode()
    elif isinstance(value, int):
        attribute.type, attribute.i = KINDS.INT64, value
    else:
        attribute.type = KINDS.TUPLE
        for part in value:
            set_value(attribute.values.add(), part)


def attribute(op, name, value):
    """A change: this attribute of the primitive gets a value, or goes."""

    def change(model):
        holder = primitive(model, op).attribute
        index = next((i for i, a in enumerate(holder) if a.name == name), None)
        if value is None:
            del holder[index]
        else:
            found = holder.add(name=name) if index is None else holder[index]
            set_value(found, value)

    return change


def constant(op, index, value):
    """A change: this input of the node becomes another constant."""

    def change(model):
        user = node(model, op)
        made = mind_ir_pb2.NodeProto(op_type="Constant", name="made", output=["made"])
        set_value(made.attribute.add(name="value"), value)
        user.input[index] = "made"
        rest = list(model.graph.node)
        del model.graph.node[:]
        model.graph.node.extend([made, *rest])

    return change


def declared(op, dims):
    """A change: the node declares these dims for its results."""

    def change(model):
        shape = next(a for a in node(model, op).attribute if a.name == "shape")
        for tensor in [*shape.tensors, *(t for part in shape.values for t in part.tensors)]:
            tensor.dims[:] = dims

    return change


def number_type(model):
    """A change: the paddings of MirrorPad are floats."""
    paddings = node(model, "MirrorPad").input[1]
    made = next(n for n in model.graph.node if n.output[0] == paddings)
    made.attribute[0].tensors[0].data_type = 11


CASES = [
    ("Pads", attribute("Pad", "paddings", None), "attribute 'paddings' is missing"),
    ("Pads", attribute("Pad", "paddings", 3), "attribute 'paddings' must be pairs of whole numbers"),
    ("Pads", attribute("Pad", "paddings", [[1, 2, 3]]), "attribute 'paddings' must be pairs of whole numbers"),
    ("Pads", attribute("MirrorPad", "mode", "ODD"), "attribute 'mode' must be constant, reflect, edge, symmetric"),
    ("Pads", attribute("PadV3", "paddings_contiguous", 0), "attribute 'paddings_contiguous' must be true"),
    ("Pads", constant("PadV3", 1, [1, 2, 3]), "input 'paddings' must be pairs for at most 8 axes"),
    ("Pads", number_type, "input 'paddings' must be a short constant of whole numbers"),
    ("Joins", attribute("Stack", "axis", None), "attribute 'axis' is missing"),
    ("Joins", attribute("Stack", "axis", "last"), "attribute 'axis' must be a whole number"),
    ("MorePools", attribute("MaxPool3DWithArgmax", "pads", [1]), "attribute 'pads' must be a tuple of 3 whole numbers"),
    ("MorePools", attribute("AvgPool3D", "kernel_size", [1, 2]), "'kernel_size' must be a tuple of 5 whole numbers"),
    ("MorePools", attribute("AvgPool3D", "ceil_mode", "no"), "attribute 'ceil_mode' must be a whole number"),
    ("MorePools", attribute("AdaptiveAvgPool2D", "output_size", 3), "'output_size' must be a tuple of 2 whole numbers"),
    ("Deconvolutions", constant("Conv2DTranspose", 2, [1, 2]), "height and width of the answer must be constants"),
    ("Deconvolutions", constant("BiasAdd", 2, 7), "format must be 0 (NCHW), 1 (NHWC) or 14 (NCDHW), got 7"),
    ("Recurrence", attribute("LSTM", "proj_size", 2), "attribute 'proj_size' must be 0"),
    ("Letters", attribute("Einsum", "equation", 3), "attribute 'equation' must be a short text"),
    ("MintMoves", constant("NarrowView", 2, -1), "begin[1] is 2 and size[1] is 2, for 3 of [2,3,4]"),
    ("MintMoves", constant("NarrowView", 1, [1]), "input 1 must be a constant whole number"),
    ("MintMoves", constant("TransposeExtView", 1, 9), "input 1 must be an axis of rank 3"),
    ("MintMoves", declared("SplitTensorView", [-1, -1, 4]), "must declare the sizes of the parts along axis 1"),
    ("Without", declared("FlattenExt", [-1, -1]), "must declare all sizes of the result but one"),
    ("MintConvolution", constant("Conv2DExt", 3, "same"), "input 'stride' must be one or two constant whole numbers"),
    ("MintConvolution", constant("Conv2DExt", 6, "same"), "takes 7 inputs, the last a constant whole number"),
]


def find(name):
    """A net's class with inputs for it."""
    more = [(nets.Without, [nets.floats(3, 4)]), (nets.MintConvolution, [nets.floats(1, 4, 5, 5)])]
    return next((net, arrays) for net, arrays in nets.NETS + nets.WITHOUT_KERNELS + more if net.__name__ == name)


@pytest.mark.parametrize(("name", "change", "message"), CASES, ids=[f"{case[0]}-{case[2][:40]}" for case in CASES])
def test_what_is_missing_or_odd_is_named(name, change, message, tmp_path):
    net, arrays = find(name)
    file = export(net(), [ms.Tensor(x) for x in arrays], tmp_path / "net.mindir")
    model = mind_ir_pb2.ModelProto()
    model.ParseFromString(file.read_bytes())
    change(model)
    with pytest.raises(msw.MswError) as refusal:
        msw.load(model.SerializeToString())
    assert message in str(refusal.value)
