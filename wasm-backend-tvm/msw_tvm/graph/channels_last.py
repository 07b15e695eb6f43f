"""Turns images from channels first (NCHW), as ONNX has them, to channels last (NHWC), in which kernels read vectors.

A value is kept in the layout its maker likes best, and moved by permute_dims where a reader needs the other; weights
are moved here, by numpy.
"""

import numpy as np
from tvm import IRModule, relax
from tvm.ir import Call, GenericConst, Op

TO_LAST, TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]
LAST_OF = {0: 0, 1: 3, 2: 1, 3: 2}  # where an axis of NCHW lies in NHWC
EACH = """
add subtract multiply divide floor_divide power maximum minimum mod floor_mod clip abs ceil cos erf exp floor
log negative round rsqrt sigmoid sign sin sqrt square tan tanh where less less_equal greater greater_equal
equal not_equal logical_and logical_or logical_not isnan isinf astype nn.relu nn.relu6 nn.leakyrelu nn.gelu
nn.gelu_tanh nn.silu nn.softplus nn.selu
"""
EACH_ELEMENT = {f"relax.{name}" for name in EACH.split()}
REDUCTIONS = {f"relax.{name}" for name in ("mean", "sum", "max", "min", "prod", "variance", "std")}
POOLS = {"relax.nn.max_pool2d": relax.op.nn.max_pool2d, "relax.nn.avg_pool2d": relax.op.nn.avg_pool2d}
RESHAPES = {"relax.reshape", "relax.flatten", "relax.squeeze"}
MOVES = RESHAPES | {"relax.expand_dims", "relax.permute_dims"}


def _shape(expr: relax.Expr) -> list[int] | None:
    shape = getattr(expr.ty, "shape", None)
    return [int(dim) for dim in shape] if shape is not None else None


def _rank(expr: relax.Expr) -> int:
    return expr.ty.ndim if isinstance(expr.ty, relax.TensorType) else -1


def _constant(array: np.ndarray) -> GenericConst:
    return relax.const(np.ascontiguousarray(array), str(array.dtype))


def _moved(constant: GenericConst) -> GenericConst:
    """A constant that is broadcast against channels first, for channels last."""
    array = constant.value.numpy()
    if array.ndim == 0 or array.size == 1:
        return constant
    return _constant(array.reshape((1,) * (4 - array.ndim) + array.shape).transpose(TO_LAST))


class _Rewriter:
    def __init__(self, builder: relax.BlockBuilder):
        self.builder = builder
        self.first: dict[relax.Var, relax.Expr] = {}  # old variable -> its value, channels first or of another rank
        self.last: dict[relax.Var, relax.Expr] = {}  # old variable -> its value with channels last

    def as_first(self, expr: relax.Expr) -> relax.Expr:
        if isinstance(expr, relax.Var):
            if expr not in self.first:
                self.first[expr] = self._move(self.last[expr], TO_FIRST, expr.name)
            return self.first[expr]
        if isinstance(expr, relax.Tuple):
            return relax.Tuple([self.as_first(field) for field in expr.fields])
        return expr

    def as_last(self, expr: relax.Expr) -> relax.Expr:
        if isinstance(expr, GenericConst):
            return _moved(expr)
        if _rank(expr) != 4:
            return self.as_first(expr)
        if isinstance(self.first.get(expr), GenericConst):
            return _moved(self.first[expr])
        if expr not in self.last:
            self.last[expr] = self._move(self.first[expr], TO_LAST, expr.name)
        return self.last[expr]

    def _move(self, expr: relax.Expr, axes: list[int], name: str) -> relax.Expr:
        return self.builder.emit(relax.op.permute_dims(expr, axes), name_hint=f"layout_{name}")

    def is_last(self, expr: relax.Expr) -> bool:
        return isinstance(expr, relax.Var) and expr in self.last and expr not in self.first

    def bind(self, var: relax.Var, value: relax.Expr) -> None:
        """Rewrite one binding: with channels last where the operator can and gains, else as it was."""
        known = self._constant(value)
        if known is not None:
            self.first[var] = known
            return
        made = self._call_last(value) if isinstance(value, Call) and isinstance(value.op, Op) else None
        if made is not None:
            emitted = self.builder.emit(made, name_hint=var.name)
            (self.last if _rank(var) == 4 and not _keeps_axes(value) else self.first)[var] = emitted
        elif isinstance(value, Call):
            self.first[var] = self.builder.emit(self._call_first(value), name_hint=var.name)
        elif isinstance(value, relax.Var):
            self._alias(var, value)
        elif isinstance(value, relax.TupleGetItem):
            again = relax.TupleGetItem(self.as_first(value.tuple_value), value.index)
            self.first[var] = self.builder.emit(again, name_hint=var.name)
        else:
            self.first[var] = self.builder.emit(self.as_first(value), name_hint=var.name)

    def _constant(self, value: relax.Expr) -> GenericConst | None:
        """A constant in another shape or order: TVM's own folding compiles a kernel for each."""
        if not isinstance(value, Call) or not isinstance(value.op, Op) or value.op.name not in MOVES:
            return None
        x = self.first.get(value.args[0]) if isinstance(value.args[0], relax.Var) else value.args[0]
        if not isinstance(x, GenericConst):
            return None
        array = x.value.numpy()
        if value.op.name == "relax.permute_dims":
            axes = value.attrs.axes
            return _constant(array.transpose([int(axis) for axis in axes] if axes is not None else None))
        return _constant(array.reshape(_shape(value)))

    def _alias(self, var: relax.Var, value: relax.Var) -> None:
        for layout in (self.first, self.last):
            if value in layout:
                layout[var] = layout[value]

    def _call_first(self, call: Call) -> Call:
        return Call(call.op, [self.as_first(arg) for arg in call.args], call.attrs, call.ty_args)

    def _call_last(self, call: Call) -> Call | None:
        """The same operator on channels last, or None: it stays as it is."""
        name = call.op.name
        if name == "relax.nn.conv2d":
            return self._conv(call)
        if name in POOLS:
            return self._pool(call, POOLS[name])
        if name in EACH_ELEMENT:
            return self._each_element(call)
        if not any(self.is_last(arg) for arg in _flat(call.args)):
            return None
        if name in RESHAPES:
            return self._reshape(call)
        if name in REDUCTIONS:
            return self._reduce(call)
        method = {
            "relax.concat": self._concat,
            "relax.permute_dims": self._permute,
            "relax.nn.softmax": self._softmax,
            "relax.nn.pad": self._pad,
            "relax.image.resize2d": self._resize,
        }.get(name)
        return method(call) if method else None

    def _conv(self, call: Call) -> Call | None:
        at, kernel = call.attrs, call.args[1]
        if at.data_layout != "NCHW" or at.kernel_layout != "OIHW":
            return None
        if isinstance(kernel, GenericConst):
            weight = _constant(kernel.value.numpy().transpose(2, 3, 1, 0))
        else:
            weight = self.builder.emit(relax.op.permute_dims(self.as_first(kernel), [2, 3, 1, 0]))
        same = {"strides": at.strides, "padding": at.padding, "dilation": at.dilation, "groups": at.groups}
        layout = {"data_layout": "NHWC", "kernel_layout": "HWIO", "out_dtype": at.out_dtype or None}
        return relax.op.nn.conv2d(self.as_last(call.args[0]), weight, **same, **layout)

    def _pool(self, call: Call, make) -> Call | None:
        at = call.attrs
        if at.layout != "NCHW":
            return None
        same = (at.pool_size, at.strides, at.padding, at.dilation, at.ceil_mode, at.count_include_pad)
        return make(self.as_last(call.args[0]), *same, layout="NHWC")

    def _each_element(self, call: Call) -> Call | None:
        """All its tensors are images, numbers or constants, and one of the images has its channels last."""
        tensors = [arg for arg in call.args if isinstance(arg.ty, relax.TensorType)]
        images = [arg for arg in tensors if isinstance(arg, relax.Var) and _rank(arg) == 4]
        others = [arg for arg in tensors if isinstance(arg, relax.Var) and _rank(arg) not in (0, 4)]
        if others or not any(self.is_last(arg) for arg in images):
            return None
        args = [self.as_last(arg) if isinstance(arg.ty, relax.TensorType) else arg for arg in call.args]
        return Call(call.op, args, call.attrs, call.ty_args)

    def _concat(self, call: Call) -> Call | None:
        fields = list(_flat(call.args))
        if any(_rank(field) != 4 for field in fields):
            return None
        return relax.op.concat([self.as_last(field) for field in fields], LAST_OF[int(call.attrs.axis) % 4])

    def _softmax(self, call: Call) -> Call:
        return relax.op.nn.softmax(self.as_last(call.args[0]), LAST_OF[int(call.attrs.axis) % 4])

    def _pad(self, call: Call) -> Call:
        pairs = [call.attrs.pad_width[i : i + 2] for i in range(0, 8, 2)]
        widths = [int(x) for axis in TO_LAST for x in pairs[axis]]
        return relax.op.nn.pad(self.as_last(call.args[0]), widths, call.attrs.pad_mode, call.attrs.pad_value)

    def _resize(self, call: Call) -> Call | None:
        at = call.attrs
        if at.layout != "NCHW":
            return None
        names = (
            "roi method coordinate_transformation_mode rounding_method cubic_alpha cubic_exclude extrapolation_value"
        )
        same = {name: getattr(at, name) for name in names.split()}
        same["roi"] = tuple(float(x) for x in at.roi)
        return relax.op.image.resize2d(self.as_last(call.args[0]), call.args[1], layout="NHWC", **same)

    def _reduce(self, call: Call) -> Call | None:
        """Over axes of an image; without keepdims what is left must have the order it has in NCHW."""
        axes = range(4) if call.attrs.axis is None else sorted(int(axis) % 4 for axis in call.attrs.axis)
        left = [axis for axis in TO_LAST if axis not in axes]
        if not call.attrs.keepdims and left != sorted(left):
            return None
        make = getattr(relax.op, call.op.name.removeprefix("relax."))
        return make(self.as_last(call.args[0]), [LAST_OF[axis] for axis in axes], bool(call.attrs.keepdims))

    def _permute(self, call: Call) -> relax.Expr:
        axes = call.attrs.axes
        wanted = [int(axis) % 4 for axis in axes] if axes is not None else [3, 2, 1, 0]
        order = [LAST_OF[axis] for axis in wanted]
        image = self.as_last(call.args[0])
        return image if order == [0, 1, 2, 3] else relax.op.permute_dims(image, order)

    def _reshape(self, call: Call) -> Call | None:
        """An image of one pixel or one channel has its bytes in the same order in both layouts."""
        _, channels, height, width = _shape(call.args[0])
        target = _shape(call)
        if target is None or (channels != 1 and height * width != 1):
            return None
        return relax.op.reshape(self.as_last(call.args[0]), target)


def _keeps_axes(call: Call) -> bool:
    """True where the result has the axes that ONNX says, also when the operands have their channels last."""
    return call.op.name in RESHAPES or call.op.name == "relax.permute_dims"


def _flat(args) -> list[relax.Expr]:
    return [x for arg in args for x in (arg.fields if isinstance(arg, relax.Tuple) else [arg])]


def channels_last(module: IRModule) -> IRModule:
    """The function main rewritten; its inputs and outputs keep their layout."""
    main = module["main"]
    builder = relax.BlockBuilder(module)
    rewriter = _Rewriter(builder)
    params = [relax.Var(param.name, param.ty) for param in main.params]
    rewriter.first.update(zip(main.params, params, strict=True))
    name = next(var for var in module.get_global_vars() if var.name_hint == "main")
    with builder.function("main_last", params):
        with builder.dataflow():
            for block in main.body.blocks:
                for binding in block.bindings:
                    rewriter.bind(binding.var, binding.value)
            outputs = builder.emit_output(rewriter.as_first(main.body.body))
        builder.emit_func_output(outputs)
    made = builder.get()
    functions = {var: function for var, function in made.functions.items() if var.name_hint != "main"}
    rest = {var: function for var, function in functions.items() if var.name_hint != "main_last"}
    return IRModule({**rest, name: made["main_last"].with_attr("global_symbol", "main")})
