"""TOPI's operators in wasmtime: some of each family against their oracles, and that the sweep leaves none out."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tvm
from msw_tvm.link import link_kernels
from msw_tvm.runner import Kernels
from msw_tvm.target import compile_kernels
from topi.case import Case, Made
from topi.families import CASES
from topi.inventory import HELPERS, public_functions, public_operators
from topi.known import BROKEN
from topi.report import listed
from topi.sweep import run_batch, unexpected
from topi.trial import AGREES, BUILD_ERROR, CRASH, DISAGREES, RUN_ERROR, Verdict, compare, try_cases
from tvm import te, topi

PROGRAM = Path(__file__).resolve().parents[1] / "topi_sweep.py"
PAGE = Path(__file__).resolve().parents[2] / "docs/TOPI.md"

SOME = [
    "erf",
    "cast:float16",
    "logical_xor",
    "divide",
    "sum",
    "argmax:last",
    "cumsum:exclusive, int64",
    "strided_slice",
    "scatter_nd:add",
    "sort",
    "sort:float16",
    "argsort:valid counts",
    "topk",
    "searchsorted",
    "dft",
    "nn.conv2d_nchw",
    "nn.conv2d_NCHWc_int8",
    "nn.conv2d_transpose_nchw",
    "nn.depthwise_conv2d_nhwc",
    "nn.dense",
    "nn.bitserial_dense",
    "nn.batch_norm",
    "nn.softmax",
    "nn.nll_loss:mean",
    "nn.mirror_pad",
    "nn.pool2d",
    "image.resize2d",
    "vision.non_max_suppression",
    "vision.all_class_non_max_suppression",
    "vision.roi_align",
]


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    return {verdict.name: verdict for verdict in try_cases([CASES[name] for name in SOME])}


@pytest.mark.parametrize("name", SOME)
def test_operator_agrees_with_its_oracle(name: str, verdicts: dict[str, Verdict]) -> None:
    assert verdicts[name].verdict == AGREES, verdicts[name].text


def test_every_public_operator_has_a_case_and_every_other_function_a_reason() -> None:
    assert {case.operator for case in CASES.values()} == public_operators()
    assert HELPERS.keys() <= public_functions()
    assert BROKEN.keys() <= CASES.keys()


def test_there_are_as_many_cases_as_promised() -> None:
    assert len(public_operators() - {CASES[name].operator for name in BROKEN}) >= 170


def test_page_lists_the_cases() -> None:
    assert sorted(listed(PAGE)) == sorted(CASES)
    for name in HELPERS:
        assert f"| `{name}` | " in PAGE.read_text()


# Their only values are their definition: a shape, a constant, a mark at each place.
PLAIN = {"full", "full_like", "tensor_size"}


@pytest.mark.parametrize("name", sorted(CASES.keys() - PLAIN))
def test_case_expects_more_than_one_value(name: str) -> None:
    made = CASES[name].made()
    values = np.concatenate([array.astype("float64").reshape(-1) for array in made.outputs()])
    assert values.size == 1 or np.unique(values).size > 1


@pytest.mark.parametrize(
    ("given", "expected", "wrong"),
    [
        (np.zeros(3, "float32"), np.zeros(4), "shape"),
        (np.zeros(3, "float32"), np.array([0, 0, 1e-4]), "error"),
        (np.array([1, np.nan], "float32"), np.array([1, 2]), "error nan"),
        (np.array([1, 2], "float32"), np.array([1, np.inf]), "infinities"),
        (np.array([1, 2], "int32"), np.array([1, 3]), "1 of 2"),
        (np.array([1, 2], "int32"), np.array([1.0, 2.0]), "data type"),
        (np.array([True]), np.array([1]), "data type"),
    ],
)
def test_comparison_sees_what_differs(given: np.ndarray, expected: np.ndarray, wrong: str) -> None:
    assert wrong in compare(given, expected)[1]


def test_a_wrong_answer_a_trap_and_a_refusal_have_verdicts_of_their_own() -> None:
    x = np.arange(5, dtype="float32")
    far = np.array([1 << 28], "int32")  # 1 GiB behind the tensor

    def refuse(x: te.Tensor) -> te.Tensor:
        raise ValueError("no\nnot this one")

    made = {
        "wrong": Made([x], topi.negative, x + 1),
        "short": Made([x], topi.negative, -x[:4]),
        "trap": Made([x, far], lambda x, i: topi.take(x, i, 0, mode="fast"), x[:1]),
        "refused": Made([x], refuse, x),
        "right": Made([x], topi.negative, -x),
    }
    cases = [Case(name, "", "numpy", lambda random, m=m: m) for name, m in made.items()]
    found = {verdict.name: verdict for verdict in try_cases(cases)}
    assert {name: verdict.verdict for name, verdict in found.items()} == {
        "wrong": DISAGREES,
        "short": DISAGREES,
        "trap": RUN_ERROR,
        "refused": BUILD_ERROR,
        "right": AGREES,
    }
    assert found["refused"].text == "ValueError: not this one"
    assert list(unexpected([found["wrong"], found["right"]], {})) == [
        f"wrong: disagrees {found['wrong'].text}, expected: agrees"
    ]


def test_a_case_that_ends_its_process_is_found_and_the_others_keep_their_verdicts() -> None:
    verdicts = run_batch(["abs", "nn.batch_to_space_nd"])
    assert [verdict.verdict for verdict in verdicts] == [AGREES, CRASH]
    assert "the process ended with" in verdicts[1].text


def test_an_unknown_packed_function_is_an_error_that_names_it(tmp_path: Path) -> None:
    x = te.placeholder((3,), "float32", "x")

    def call(ins: list, outs: list) -> tvm.ir.Expr:
        return tvm.tirx.call_packed("tvm.contrib.cblas.nothing", ins[0], outs[0])

    z = te.extern((3,), [x], call, dtype="float32")
    module = tvm.IRModule({"f": te.create_prim_func([x, z]).with_attr("global_symbol", "f")})
    compile_kernels(module, tmp_path / "f.o")
    link_kernels(["f"], [tmp_path / "f.o"], tmp_path / "f.wasm")
    with pytest.raises(RuntimeError, match=r"tvm\.contrib\.cblas\.nothing: not a function of this runtime"):
        Kernels(tmp_path / "f.wasm").call("f", np.zeros(3, "float32"), np.zeros(3, "float32"))


def test_program_says_what_it_does_not_know() -> None:
    done = subprocess.run([sys.executable, str(PROGRAM), "nn.nothing"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("topi_sweep.py: nn.nothing: no such case, expected")


def test_program_prints_the_verdicts_of_what_it_is_asked_for() -> None:
    before = PAGE.read_bytes()
    done = subprocess.run([sys.executable, str(PROGRAM), "topk"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("agrees") == 4
    assert PAGE.read_bytes() == before


def test_program_without_tvm_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "tvm.py").write_text("raise ImportError('not here')\n")
    command = [sys.executable, str(PROGRAM), "topk"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert done.returncode == 1
    assert done.stderr.startswith("topi_sweep.py: apache-tvm: not here, expected the packages of")


def has_child(process: subprocess.Popen) -> bool:
    tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
    return any(task.read_text().split() for task in tasks)


def test_an_interrupted_program_writes_no_page() -> None:
    before = PAGE.read_bytes()
    program = subprocess.Popen(
        [sys.executable, str(PROGRAM)], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while program.poll() is None and not has_child(program):
        time.sleep(0.1)
    os.killpg(program.pid, signal.SIGINT)
    errors = program.communicate(timeout=60)[1]
    assert program.returncode == 130
    assert errors.splitlines()[-1] == "topi_sweep.py: interrupted"
    assert PAGE.read_bytes() == before
