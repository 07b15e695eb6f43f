"""What tvm.topi offers, found by walking its modules, and which of it are helpers instead of operators."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable

import tvm_ffi
from tvm import topi

# Parts of the package that hold no operators for this machine.
LEFT_OUT = {
    "tvm.topi.gpu": "the same operators for GPUs",
    "tvm.topi.testing": "TVM's own oracles in numpy",
    "tvm.topi.cpp": "what the Python functions call; what they leave out is listed as cpp.NAME",
    "tvm.topi._te_tensor_overload": "the arithmetic of te.Tensor's signs",
}
SHAPES = "computes a shape, a padding or a stride, no tensor"
PLACES = "an expression for one element, part of its operators"
LOOPS = "writes loops into an open builder, part of its operators"
QUESTION = "answers a question about an argument, no tensor"
HELPERS = {
    "cpp.relax_dynamic_strided_slice": "called by dynamic_strided_slice",
    "cpp.utils.bilinear_sample_nchw": PLACES,
    "cpp.utils.bilinear_sample_nhwc": PLACES,
    "image.can_convert_multiply_to_intdiv": QUESTION,
    "image.get_1d_indices": PLACES,
    "image.get_1d_pixel": PLACES,
    "image.get_2d_indices": PLACES,
    "image.get_2d_pixel": PLACES,
    "image.get_3d_indices": PLACES,
    "image.get_3d_pixel": PLACES,
    "image.get_closest_index": PLACES,
    "image.get_inx": PLACES,
    "binary_search": LOOPS,
    "make_idx": PLACES,
    "within_index": PLACES,
    "get_const_tuple": SHAPES,
    "nn.bitserial_util.binary_op_multiplier": "bits of a type's name",
    "nn.equal_const_int": QUESTION,
    "nn.get_const_int": SHAPES,
    "nn.get_pad_tuple": SHAPES,
    "nn.get_pad_tuple1d": SHAPES,
    "nn.get_pad_tuple3d": SHAPES,
    "nn.get_pad_tuple_generic": SHAPES,
    "nn.get_padded_shape": SHAPES,
    "nn.simplify": SHAPES,
    "nn.utils.infer_pad": SHAPES,
    "nn.utils.infer_pad3d": SHAPES,
    "nn.utils.infer_stride": SHAPES,
    "nn.winograd_transform_matrices": "constants of the Winograd operators",
    "image.nchw_pack_layout": QUESTION,
    "image.nchw_xc_layout": QUESTION,
    "tag.is_broadcast": QUESTION,
    "tag.is_injective": QUESTION,
    "utils.ceil_div": SHAPES,
    "utils.get_const_float": SHAPES,
    "utils.get_float_tuple": SHAPES,
    "utils.get_max_power2_factor": SHAPES,
    "utils.get_shape": SHAPES,
    "utils.is_dynamic_shape": QUESTION,
    "utils.is_empty_shape": QUESTION,
    "utils.is_target": QUESTION,
    "utils.ncw_pack_layout": QUESTION,
    "utils.ncw_xc_layout": QUESTION,
    "utils.prod": SHAPES,
    "utils.ravel_index": PLACES,
    "utils.swap": SHAPES,
    "utils.traverse_inline": "walks a schedule",
    "utils.unravel_index": PLACES,
    "vision.binary_search": LOOPS,
    "vision.collect_selected_indices": "a step of all_class_non_max_suppression",
    "vision.collect_selected_indices_and_scores": "a step of all_class_non_max_suppression",
    "vision.nms_util.calculate_overlap": PLACES,
    "vision.run_all_class_nms": "a step of all_class_non_max_suppression",
}

SPACES = {"": topi, "nn.": topi.nn, "image.": topi.image, "vision.": topi.vision}


def public_name(function: Callable, module: str) -> str:
    """The shortest name behind tvm.topi under which a function is found."""
    name = function.__name__
    for prefix, space in SPACES.items():
        if getattr(space, name, None) is function:
            return prefix + name
    return f"{module.removeprefix('tvm.topi.')}.{name}"


def python_functions() -> set[str]:
    modules = [importlib.import_module(found.name) for found in pkgutil.walk_packages(topi.__path__, "tvm.topi.")]
    names = set()
    for module in [topi, *modules]:
        if not module.__name__.startswith(tuple(LEFT_OUT)):
            own = [f for name, f in vars(module).items() if name[0] != "_" and inspect.isfunction(f)]
            names |= {public_name(f, module.__name__) for f in own if f.__module__ == module.__name__}
    return names


def native_functions(known: set[str]) -> set[str]:
    """What TVM's library registers as topi.NAME, but has no Python function of that name."""
    registered = tvm_ffi.registry.list_global_func_names()
    names = {name.removeprefix("topi.") for name in registered if name.startswith("topi.")}
    return {f"cpp.{name}" for name in names - known}


def public_functions() -> set[str]:
    """Every public function of tvm.topi for the CPU, operators and helpers."""
    python = python_functions()
    return python | native_functions(python)


def public_operators() -> set[str]:
    return public_functions() - HELPERS.keys()
