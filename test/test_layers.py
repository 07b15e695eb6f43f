"""The include law's checker finds what it must find: a law whose check cannot fail is no law."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECKER = Path(__file__).parent.parent / "tools" / "check_layers.py"


def check(root: Path, files: dict[str, str]) -> subprocess.CompletedProcess:
    for name, text in files.items():
        path = root / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return subprocess.run([sys.executable, CHECKER, root], capture_output=True, text=True)


def test_own_and_earlier_layers_are_allowed(tmp_path):
    files = {
        "graph/plan.c": '#include "msw.h"\n#include <stdint.h>\n#include "base/arena.h"\n#include "graph/plan.h"\n',
        "base/arena.h": "",
        "graph/plan.h": '#include "ops/ops.def"\n',
    }
    result = check(tmp_path, files)
    assert (result.returncode, result.stdout) == (0, "3 files, 0 violations of the include law\n")


@pytest.mark.parametrize(
    ("name", "line", "complaint"),
    [
        ("base/arena.c", '#include "graph/plan.h"', 'src/base/arena.c:2: "graph/plan.h" base may not include graph'),
        ("kernels/add.c", '  #  include "ops/ops.def"', "kernels may not include ops"),
        ("ops/ops.def", '#include "read/mindir.h"', 'src/ops/ops.def:2: "read/mindir.h" ops may not include read'),
        ("kernels/hot/gemm.h", '#include "api/model.h"', "kernels may not include api"),
        ("ops/add.c", '#include "add.h"', "is neither"),
        ("ops/add.c", '#include "../api/model.h"', "is neither"),
        ("read/mindir.c", '#include "base/../api/model.h"', "is neither"),
        ("kernels/norm.c", '#include "simd/simd_relaxed.h"', "is for files of kernels/hot, and headers of simd, alone"),
        ("simd/pow.c", '#include "simd/simd_relaxed.h"', "is for files of kernels/hot, and headers of simd, alone"),
        ("extra/new.c", "", "src/extra/new.c: not in a layer"),
    ],
)
def test_a_violation_is_named_with_its_place(tmp_path, name, line, complaint):
    result = check(tmp_path, {name: f"/* a file */\n{line}\n"})
    assert result.returncode == 1
    assert complaint in result.stdout


def test_tests_may_include_anything(tmp_path):
    result = check(tmp_path, {"base/arena_test.c": '#include "api/model.h"\n', "base/arena.c": ""})
    assert result.returncode == 0


def test_an_empty_tree_is_no_success(tmp_path):
    assert check(tmp_path, {}).returncode == 1
