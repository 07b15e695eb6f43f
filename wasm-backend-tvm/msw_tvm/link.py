"""From objects and a generated table to a module, by clang-22 and wasm-ld-22."""

import re
import shutil
import subprocess
from pathlib import Path

import wasmtime

from .errors import OURS, BuildError

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / "wasm-backend-tvm/runtime"
ARCHIVES = ROOT / "build/wasm/tvm"
LIBC = Path("/usr/lib/wasm32-wasi")  # musl's libm; nothing of it that would import
BUILTINS = Path("/usr/lib/llvm-22/lib/clang/22/lib/wasi/libclang_rt.builtins-wasm32.a")
STACK_BYTES = 262144


def run_tool(command: list[str]) -> None:
    if not shutil.which(command[0]):
        raise BuildError(
            f"{command[0]} is missing, expected the Debian packages of tools/apt-packages.txt: make tvm", OURS
        )
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise BuildError(f"{command[0]}: {done.stderr.strip()[:2000]}", OURS)


def compile_table(source: Path, target: Path) -> None:
    """Compile a generated C file, which includes headers of runtime/."""
    include = [f"-I{path}" for path in (RUNTIME, ROOT / "include", ROOT / "src")]
    flags = [
        "--target=wasm32",
        "-std=c17",
        "-Os",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-ffreestanding",
        "-fvisibility=hidden",
    ]
    run_tool(["clang-22", *flags, *include, "-c", str(source), "-o", str(target)])


def exported(header: Path) -> list[str]:
    """Names of the functions that a header marks with MSW_API."""
    return re.findall(r"^MSW_API .*?\b(\w+)\(", header.read_text(), re.MULTILINE)


def archive_of(kind: str) -> Path:
    """The runtime of a kind of module (cmake/tvm.cmake)."""
    archive = ARCHIVES / f"libtvm_{kind}.a"
    if not archive.exists():
        raise BuildError(f"{archive}: no such file, expected after make module", OURS)
    return archive


def link(kind: str, objects: list[Path], target: Path) -> None:
    """Link objects with the runtime of a kind of module into a module that imports nothing."""
    archive = archive_of(kind)
    header = RUNTIME / "kernels.h" if kind == "kernels" else ROOT / "include/msw.h"
    names = exported(header) + (["msw_alloc", "msw_free"] if kind == "kernels" else [])
    run_tool(
        [
            "wasm-ld-22",
            "--no-entry",
            *(f"--export={name}" for name in names),
            *map(str, objects),
            str(archive),
            f"-L{LIBC}",
            "-lc",
            str(BUILTINS),
            "--gc-sections",
            "--strip-all",
            "--stack-first",
            "-z",
            f"stack-size={STACK_BYTES}",
            "-o",
            str(target),
        ]
    )
    _validate(target)


def _validate(module: Path) -> None:
    """LLVM makes invalid code of a few conversions: said here rather than by every host."""
    try:
        wasmtime.Module.validate(wasmtime.Engine(), module.read_bytes())
    except wasmtime.WasmtimeError as error:
        reason = " ".join(str(error).split())
        raise BuildError(f"the compiler made an invalid module: {reason}", OURS) from None


def link_kernels(names: list[str], objects: list[Path], target: Path) -> None:
    """A module of bare kernels (runtime/kernels.h), called by the names their functions have in TVM."""
    source = target.with_suffix(".table.c")
    declared = "".join(f"tvm_function __tvm_ffi_{name};\n" for name in names)
    rows = "".join(f'    {{"{name}", __tvm_ffi_{name}}},\n' for name in names)
    source.write_text(
        f'#include "kernels.h"\n\n{declared}\nconst struct tvm_kernel kernel_table[] = {{\n{rows}}};\n'
        f"const uint32_t kernel_count = {len(names)};\n"
    )
    table = source.with_suffix(".o")
    compile_table(source, table)
    link("kernels", [*objects, table], target)
