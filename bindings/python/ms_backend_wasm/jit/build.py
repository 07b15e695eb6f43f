"""Builds shim.cc against the MindSpore that is installed, once for each version of it and of the compiler.

A library enters the cache only after it has passed self_test.py in a process of its own: another layout of MindSpore's
classes may compile and then crash.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from ..compiled import cache_folder, trusted_file
from ..errors import LimitError, MissingError, UnsupportedError

SOURCE = Path(__file__).with_name("shim.cc")
SELF_TEST = Path(__file__).with_name("self_test.py")
COMPILE_SECONDS = 120
TEST_SECONDS = 120
# As MindSpore itself was built: without the last two, or robin_hood, its classes are laid out differently, silently.
FLAGS = ["-std=c++17", "-O1", "-fPIC", "-shared", "-w", "-D_GLIBCXX_USE_CXX11_ABI=0", "-DENABLE_FAST_HASH_TABLE=1"]
INCLUDES = [
    ".",
    "third_party",
    "third_party/include",
    "third_party/robin_hood_hashing",
    "third_party/robin_hood_hashing/include",
    "mindspore",
    "mindspore/ccsrc",
    "mindspore/ccsrc/include",
    "mindspore/core",
    "mindspore/core/include",
    "mindspore/core/mindrt/include",
    "mindspore/ops",
    "mindspore/ops/include",
]
LIBRARIES = ["-lmindspore_core", "-lmindspore_common", "-lmindspore_backend_manager"]


def shim(ms: Any) -> Path:
    """The library for this MindSpore, from the cache or made now."""
    compiler = os.environ.get("CXX", "g++")
    folder = cache_folder("shim")
    if folder is None:
        raise MissingError("no cache folder: XDG_CACHE_HOME or HOME must name a folder that is ours alone")
    path = folder / f"{_key(ms, compiler)}.so"
    if not trusted_file(path):
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            made = Path(temporary, "shim.so")
            _compile(compiler, Path(ms.__file__).parent, made, ms.__version__)
            _test(made, ms.__version__)
            made.replace(path)
    return path


def _key(ms: Any, compiler: str) -> str:
    """A hash of all that a library is made of, and of what it had to pass."""
    known = [SOURCE.read_text(), SELF_TEST.read_text(), *FLAGS, *INCLUDES, *LIBRARIES]
    known += [ms.__version__, ms.__file__, compiler, _version(compiler), sys.version]
    return hashlib.sha256(chr(0).join(known).encode()).hexdigest()


def _version(compiler: str) -> str:
    try:
        return subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise MissingError(f"the wasm backend needs a C++ compiler (g++, or CXX): {error}") from None


def _compile(compiler: str, home: Path, made: Path, version: str) -> None:
    include = home / "include"
    folders = [f"-I{include / name}" for name in INCLUDES] + [f"-I{sysconfig.get_paths()['include']}"]
    link = [f"-L{home / 'lib'}", *LIBRARIES, f"-Wl,-rpath,{home / 'lib'}"]
    done = _run([compiler, *FLAGS, *folders, str(SOURCE), "-o", str(made), *link], COMPILE_SECONDS)
    if done.returncode:
        first = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr.strip()[-200:])
        raise UnsupportedError(f"the wasm backend does not compile for MindSpore {version}: {first}")


def _test(made: Path, version: str) -> None:
    done = _run([sys.executable, "-m", f"{__package__}.self_test", str(made)], TEST_SECONDS)
    if done.returncode:
        last = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
        raise UnsupportedError(f"the wasm backend fails its self-test with MindSpore {version}: {last}")


def _run(command: list[str], seconds: int) -> subprocess.CompletedProcess[str]:
    package = str(Path(__file__).parent.parent.parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([package, os.environ.get("PYTHONPATH", "")])}
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=seconds, env=environment)
    except subprocess.TimeoutExpired:
        raise LimitError(f"{Path(command[0]).name}: took more than {seconds} s") from None
