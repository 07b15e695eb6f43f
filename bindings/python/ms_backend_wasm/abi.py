"""The interface of include/msw.h as data: structs, functions and numbers, for any machine that runs it.

Layouts are C's own, so one description serves the wasm module (4-byte pointers) and a native build (8-byte pointers).
"""

from __future__ import annotations

from typing import Any

import numpy as np

VERSION = 1
KIND_LIBRARY, KIND_OPERATORS, KIND_MODEL = 1, 2, 3
OK, MORE, USAGE, INVALID, LIMIT, UNSUPPORTED = range(6)
ENGINE_OTHER, ENGINE_CRANELIFT = range(2)
MAX_RANK = 8
MAX_DIM = (1 << 31) - 1

# Arguments and result of each function: i 32 bits, l 64 bits, p a pointer or a size.
FUNCTIONS: dict[str, tuple[str, str]] = {
    "msw_abi_version": ("", "i"),
    "msw_module_kind": ("", "i"),
    "msw_error": ("", "p"),
    "msw_peak": ("i", "i"),
    "msw_alloc": ("p", "p"),
    "msw_free": ("p", ""),
    "msw_tune": ("i", ""),
    "msw_dtype_at": ("i", "p"),
    "msw_operator_at": ("i", "p"),
    "msw_model_open": ("l", "p"),
    "msw_load_step": ("pp", "i"),
    "msw_model_file": ("pi", "p"),
    "msw_model_file_size": ("pil", "i"),
    "msw_model_from_operator": ("pipi", "p"),
    "msw_model_free": ("p", ""),
    "msw_model_info": ("p", "p"),
    "msw_model_input": ("pi", "p"),
    "msw_model_output": ("pi", "p"),
    "msw_model_state": ("pi", "p"),
    "msw_model_node": ("pi", "p"),
    "msw_model_pass": ("pi", "p"),
    "msw_run_new": ("pp", "p"),
    "msw_run_free": ("p", ""),
    "msw_run_input": ("pi", "p"),
    "msw_run_output": ("pi", "p"),
    "msw_run_state": ("pi", "p"),
    "msw_run_plan": ("p", "p"),
    "msw_run_next_step": ("p", "p"),
    "msw_run": ("p", "i"),
    "msw_run_some": ("pi", "i"),
    "msw_run_restart": ("p", ""),
}

# Element of an attribute by its kind: int, ints, float, floats.
ATTRIBUTE_KINDS: dict[int, type[np.generic]] = {1: np.int64, 2: np.int64, 3: np.float64, 4: np.float64}


def structs(pointer_bytes: int) -> dict[str, Any]:
    """The structs of msw.h where a pointer, and so a size, has that many bytes."""
    ptr = size = f"<u{pointer_bytes}"

    def struct(*fields: Any) -> Any:
        return np.dtype(list(fields), align=True)

    tensor_type = struct(("dtype", "<i4"), ("rank", "<i4"), ("dims", "<i4", (MAX_RANK,)))
    return {
        "msw_error": struct(("status", "<i4"), ("node", "<i4"), ("offset", "<i8"), ("text", ptr)),
        "msw_type": tensor_type,
        "msw_tensor": struct(("name", ptr), ("data", ptr), ("bytes", size), ("type", tensor_type)),
        "msw_dtype_info": struct(("dtype", "<i4"), ("number", "<i4"), ("bytes", size), ("name", ptr), ("label", ptr)),
        "msw_attr_spec": struct(("name", ptr), ("kind", "<i4"), ("required", "<i4")),
        "msw_operator": struct(
            ("name", ptr),
            ("dtypes", "<u4"),
            ("answer", "<i4"),
            ("inputs_min", "<i4"),
            ("inputs_max", "<i4"),
            ("outputs", "<i4"),
            ("attr_count", "<i4"),
            ("attrs", ptr),
        ),
        "msw_attr": struct(("name", ptr), ("kind", "<i4"), ("count", "<i4"), ("values", ptr)),
        "msw_request": struct(("offset", "<u8"), ("destination", ptr), ("bytes", size), ("file", "<u4")),
        "msw_model_info": struct(
            ("format", ptr),
            ("producer", ptr),
            ("parameters", "<u8"),
            ("parameter_bytes", "<u8"),
            ("nodes", "<i4"),
        ),
        "msw_node": struct(("name", ptr), ("op", ptr), ("output", tensor_type), ("part_count", "<i4"), ("parts", ptr)),
        "msw_step": struct(("operations", "<u8"), ("bytes", "<u8"), ("node", "<i4"), ("output", tensor_type)),
        "msw_pass": struct(
            ("name", ptr), ("about", ptr), ("changes", "<i4"), ("nodes_before", "<i4"), ("nodes_after", "<i4")
        ),
        "msw_plan": struct(
            ("arena_bytes", size),
            ("live_bytes", size),
            ("tensor_bytes", size),
            ("weight_bytes", size),
            ("steps", "<i4"),
        ),
    }
