"""`make install PREFIX=` gives a tree that works on its own, for a stranger's program and for the command line."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAM = """
#include <msw.h>
#include <stdio.h>

int main(void)
{
    printf("%u %s\\n", (unsigned)msw_abi_version(), msw_dtype_at(0)->name);
    return msw_abi_version() == MSW_ABI_VERSION ? 0 : 1;
}
"""
CMAKELISTS = """
cmake_minimum_required(VERSION 3.20)
project(stranger LANGUAGES C)
find_package(msw 0.1 REQUIRED)
add_executable(stranger stranger.c)
target_link_libraries(stranger PRIVATE msw::msw)
"""


def run(*command, cwd: Path, **environment: str) -> str:
    """Standard output of a command that must succeed."""
    result = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
    return result.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory) -> Path:
    """An installed tree that has been moved after installing: nothing in it may depend on where it was."""
    first = tmp_path_factory.mktemp("install") / "first"
    run("make", "install", f"PREFIX={first}", cwd=ROOT)
    return Path(shutil.move(first, first.with_name("moved")))


@pytest.fixture
def stranger(tmp_path) -> Path:
    (tmp_path / "stranger.c").write_text(PROGRAM)
    (tmp_path / "CMakeLists.txt").write_text(CMAKELISTS)
    return tmp_path


def test_a_program_builds_through_pkg_config(prefix, stranger):
    environment = {"PKG_CONFIG_PATH": str(prefix / "lib" / "pkgconfig")}
    flags = run("pkg-config", "--cflags", "--libs", "msw", cwd=stranger, **environment).split()
    run("cc", "-o", "stranger", "stranger.c", *flags, cwd=stranger)
    assert run("./stranger", cwd=stranger) == "1 float32\n"


def test_a_program_builds_through_find_package(prefix, stranger):
    run("cmake", "-S", ".", "-B", "out", f"-DCMAKE_PREFIX_PATH={prefix}", cwd=stranger)
    run("cmake", "--build", "out", cwd=stranger)
    assert run("out/stranger", cwd=stranger) == "1 float32\n"


def test_what_is_installed(prefix):
    have = {str(p.relative_to(prefix)) for p in prefix.rglob("*") if p.is_file()}
    want = {
        "bin/wasm-frontend",
        "lib/libwasmtime.so",
        "lib/libmsw.a",
        "include/msw.h",
        "share/ms-backend-wasm/ms_backend_wasm.wasi.wasm",
        "share/ms-backend-wasm/ms_backend_wasm-relaxed.wasm",
        "share/ms-backend-wasm/ms_backend_wasm.ops.json",
        "lib/pkgconfig/msw.pc",
        "lib/cmake/msw/mswConfig.cmake",
    }
    assert want - have == set()


def test_nothing_installed_names_the_build_tree(prefix):
    leaks = [
        p for p in prefix.rglob("*") if p.is_file() and p.suffix not in {".so", ".a"} and p.name != "wasm-frontend"
    ]
    assert [p for p in leaks if str(ROOT).encode() in p.read_bytes()] == []


def test_the_command_line_runs_on_its_own_libraries_and_module(prefix, tmp_path):
    frontend = prefix / "bin" / "wasm-frontend"
    assert run(frontend, "--version", cwd=tmp_path).strip() != ""
    needed = run("ldd", frontend, cwd=tmp_path)
    assert f"libwasmtime.so => {prefix}/bin/../lib/libwasmtime.so" in needed
    # The build tree's module is not beside this program, so a run that succeeds has found the installed one.
    numbers = (
        '[{"input-data": [1, 2], "dim-size": 1, "shape": [2]}, {"input-data": [3, 4], "dim-size": 1, "shape": [2]}]'
    )
    run(frontend, "-o", "Add", "-I", numbers, cwd=tmp_path)
