"""From TVM's intermediate representation to an object file for wasm32."""

from pathlib import Path

try:
    import tvm
except ImportError as error:
    from .errors import OURS, BuildError

    raise BuildError(
        f"apache-tvm: {error}, expected the packages of tools/requirements-tvm.txt: make tvm", OURS
    ) from None

FEATURES = ["+simd128", "+bulk-memory", "+nontrapping-fptoint", "+sign-ext"]


def wasm_target(relaxed: bool = False) -> "tvm.target.Target":
    """The machine kernels are made for; relaxed: a product may be added to a sum in one rounding."""
    features = [*FEATURES, "+relaxed-simd"] if relaxed else FEATURES
    return tvm.target.Target(
        {"kind": "llvm", "mtriple": "wasm32-unknown-unknown-wasm", "mattr": features, "vector-width": 128}
    )


def compile_kernels(module: "tvm.IRModule", path: Path, relaxed: bool = False, checked: bool = True) -> None:
    """Write the functions of a module (PrimFuncs with a global_symbol) as the object file `path`.

    Unchecked kernels believe their arguments: for a runtime that has made them, at a third of the size.
    """
    # Without a system library's prefix objects call the runtime through pointers that nobody sets.
    with tvm.transform.PassContext(config={"tirx.disable_assert": not checked}):
        library = tvm.tirx.build(module.with_attr("system_lib_prefix", ""), target=wasm_target(relaxed))
    library.write_to_file(str(path), "o")
