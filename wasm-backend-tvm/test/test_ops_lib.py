"""build_ops_lib.py: its module through Python and the command line, its operators against oracles, wrong lists."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import wasmtime

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bindings/python"))

import ms_backend_wasm as msw  # noqa: E402
from msw_tvm.operators.kinds import KINDS  # noqa: E402
from msw_tvm.operators.listing import read_list  # noqa: E402
from operator_oracles import ABSOLUTE, FLOATS, ORACLES, SHIFTS  # noqa: E402

PROGRAM = ROOT / "wasm-backend-tvm/build_ops_lib.py"
FRONTEND = Path(os.environ.get("MSW_FRONTEND", ROOT / "build/bin/wasm-frontend"))
SHIPPED = read_list(PROGRAM.with_name("operators.txt"), KINDS)
CASES = [pytest.param(line, dtype, id=f"{line.name}-{dtype}") for line in SHIPPED for dtype in line.dtypes]
INPUTS = ROOT / "scenarios/ms-nonweb-plat/config/inputs.json"

ROUNDINGS = 4e-7  # relative: three roundings of a function of the C library or of TVM's formula


def build(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, PROGRAM, *arguments], capture_output=True, text=True, cwd=ROOT)


@pytest.fixture(scope="session")
def module() -> Path:
    done = build()
    assert done.returncode == 0, done.stderr
    return ROOT / "build/wasm/wasm_ops.wasm"


def check(got, inputs, name, sums=1, **attributes):
    """Against the oracle in float64; a sum of n numbers may lose n roundings of the sum of what it adds up."""
    floats = inputs[0].dtype == np.float32
    with np.errstate(all="ignore"):
        want = np.asarray(ORACLES[name](*(x.astype(np.float64) if floats else x for x in inputs), **attributes))
        if floats and want.dtype == np.float64:
            want = want.astype(np.float32)
    assert got.dtype == want.dtype
    assert got.shape == want.shape
    if not floats or got.dtype != np.float32:
        np.testing.assert_array_equal(got, want)
    else:
        np.testing.assert_allclose(got, want, rtol=ROUNDINGS * sums, atol=ABSOLUTE.get(name, 1e-37))


def numbers(dtype: str, count: int, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    if dtype == "float32":
        every = np.concatenate([FLOATS, random.normal(size=count).astype(np.float32) * 3])
        return every[len(every) - count :]
    info = np.iinfo(dtype)
    extremes = np.array([info.min, info.max, 0, 1], dtype)
    every = np.concatenate([random.integers(info.min, info.max, count, dtype, endpoint=True), extremes])
    return every[len(every) - count :]


def positive_sums(shape, seed=0):
    """Numbers whose sums lose nothing by cancellation."""
    return np.random.default_rng(seed).uniform(0.5, 2, shape).astype(np.float32)


def unary_cases(line, dtype, run):
    for x in (
        numbers(dtype, 57),
        numbers(dtype, 1),
        numbers(dtype, 30).reshape(2, 1, 3, 5),
        numbers(dtype, 4)[2].reshape(()),
    ):
        check(run(x), [x], line.name)
    if dtype == "float32":
        check(run(FLOATS), [FLOATS], line.name)
    assert run(np.zeros((0, 3), dtype)).shape == (0, 3)


SHAPES = [
    ((7,), (7,)),
    ((), ()),
    ((5,), ()),
    ((1,), (3, 4)),
    ((2, 3, 4), (4,)),
    ((2, 3, 4), (2, 1, 4)),
    ((2, 3, 4), (3, 1)),
    ((4, 1), (1, 5)),
    ((2, 1, 3, 1, 5), (4, 1, 2, 1)),
    ((1, 2, 1, 3, 1, 2, 1, 3), (2, 1, 2, 1, 3, 1, 2, 1)),
    ((0, 3), (1, 3)),
]


def binary_cases(line, dtype, run):
    for x_shape, y_shape in SHAPES:
        x = numbers(dtype, int(np.prod(x_shape, initial=1)), 1).reshape(x_shape)
        y = numbers(dtype, int(np.prod(y_shape, initial=1)), 2).reshape(y_shape)
        if line.name in SHIFTS:
            y = np.abs(y % (8 * y.itemsize)).astype(dtype)
        check(run(x, y), [x, y], line.name)
    if dtype == "float32":
        x, y = np.meshgrid(FLOATS, FLOATS)
        check(run(x, y), [x, y], line.name)


def values(dtype, shape):
    if dtype == "float32":
        return positive_sums(shape)
    return numbers(dtype, int(np.prod(shape))).reshape(shape)


def reduce_cases(line, dtype, run):
    x = values(dtype, (3, 4, 1, 5, 7))
    for axis in ([], [0], [-1], [1, 2], [1, -1], [0, 3], [2], [4, 0, 2], [0, 1, 2, 3, 4]):
        for keep_dims in (0, 1):
            check(run(x, axis=axis, keep_dims=keep_dims), [x], line.name, 40, axis=axis, keep_dims=keep_dims)
    for shape in ((1,), (), (513,)):
        y = values(dtype, shape)
        check(run(y), [y], line.name, 40)
    assert run(np.zeros((0, 3), dtype), axis=[1]).shape == (0,)
    for wrong, text in (([5], "axis 5 is outside"), ([1, -4], "axis -4 is given twice")):
        with pytest.raises(msw.InvalidError, match=f"{line.name}: {text}"):
            run(x, axis=wrong)
    with pytest.raises(msw.InvalidError, match="no elements along axis 0"):
        run(np.zeros((0, 3), dtype))


def along_cases(line, dtype, run):
    x = values(dtype, (3, 5, 1, 17))
    for axis in (0, 1, 2, 3, -1, -3):
        check(run(x, axis=axis), [x], line.name, 20, axis=axis)
    check(run(x), [x], line.name, 20)
    assert run(np.zeros((0, 3), dtype), axis=1).shape == (0, 3)
    for wrong in (4, -5):
        with pytest.raises(msw.InvalidError, match=rf"{line.name}: axis {wrong} is outside \[-4,3\] for rank 4"):
            run(x, axis=wrong)
    with pytest.raises(msw.InvalidError, match="a scalar has no axis"):
        run(np.zeros((), dtype))


def index_cases(line, dtype, run):
    along_cases_of_ties = np.array([[2, 5, 5, 1], [0, 0, 0, 0]], dtype)
    for x in (values(dtype, (3, 5, 1, 17)), along_cases_of_ties):
        for axis in range(-x.ndim, x.ndim):
            check(run(x, axis=axis), [x], line.name, axis=axis)
    lowest = np.full((2, 3), -np.inf if dtype == "float32" else np.iinfo(dtype).min, dtype)
    np.testing.assert_array_equal(run(lowest), [0, 0])
    with pytest.raises(msw.InvalidError, match="no elements along axis 1"):
        run(np.zeros((2, 0), dtype))


def matmul_cases(line, dtype, run):
    for a, b, transposed in (
        ((5, 7), (7, 19), {}),
        ((1, 1), (1, 1), {}),
        ((64, 33), (33, 48), {}),
        ((7, 5), (7, 19), {"transpose_a": 1}),
        ((5, 7), (19, 7), {"transpose_b": 1}),
        ((7, 5), (19, 7), {"transpose_a": 1, "transpose_b": 1}),
        ((4,), (4, 3), {}),
        ((3, 4), (4,), {}),
        ((4,), (4,), {}),
        ((2, 1, 3, 4), (5, 4, 6), {}),
        ((2, 3, 4), (4, 6), {}),
        ((3, 4), (2, 4, 6), {}),
        ((2, 4, 3), (4, 6), {"transpose_a": 1}),
        ((3, 0), (0, 2), {}),
        ((0, 3), (3, 2), {}),
    ):
        x, y = positive_sums(a), positive_sums(b, 1)
        check(run(x, y, **transposed), [x, y], line.name, 40, **transposed)
    with pytest.raises(msw.InvalidError, match=r"MatMul: inner sizes differ: 3 of \[2,3\] and 4 of \[4,2\]"):
        run(np.zeros((2, 3), dtype), np.zeros((4, 2), dtype))
    with pytest.raises(msw.InvalidError, match="a vector cannot be transposed"):
        run(np.zeros(3, dtype), np.zeros((3, 2), dtype), transpose_a=1)
    with pytest.raises(msw.InvalidError, match="leading dims"):
        run(np.zeros((2, 3, 4), dtype), np.zeros((3, 4, 5), dtype))
    with pytest.raises(msw.InvalidError, match="needs two matrices"):
        run(np.zeros((), dtype), np.zeros((3, 2), dtype))


def conv2d_cases(line, dtype, run):
    for x, w, how in (
        ((1, 3, 8, 9), (5, 3, 3, 3), {}),
        ((2, 4, 7, 5), (6, 2, 3, 2), {"group": 2, "pads": [1, 0, 2, 1], "strides": [2, 1]}),
        ((1, 6, 9, 9), (6, 1, 3, 3), {"group": 6, "pad_mode": 1, "strides": [2, 2]}),
        ((1, 2, 11, 12), (17, 2, 3, 3), {"dilations": [2, 3], "pad_mode": 1}),
        ((3, 2, 4, 4), (2, 2, 4, 4), {"pad_mode": 2}),
        ((1, 1, 1, 1), (1, 1, 1, 1), {}),
        ((0, 3, 4, 4), (2, 3, 2, 2), {}),
    ):
        image, weights = positive_sums(x), positive_sums(w, 1)
        check(run(image, weights, **how), [image, weights], line.name, 40, **how)
    image, weights = np.zeros((1, 4, 5, 5), dtype), np.zeros((4, 4, 3, 3), dtype)
    for how, text in (
        ({"group": 0}, "group must divide 4 input and 4 output channels, got 0"),
        ({"group": 3}, "group must divide"),
        ({"group": 2}, "want 4 channels a group"),
        ({"strides": [0, 1]}, r"strides\[0\] must be in 1..\d+, got 0"),
        ({"strides": [1]}, "strides must have 2 numbers, got 1"),
        ({"pads": [0, 0, -1, 0]}, r"pads\[2\] must be in 0"),
        ({"dilations": [2, 3]}, "a window of 7 does not fit width 5 with padding 0 and 0"),
        ({"pad_mode": 3}, "pad_mode must be 0"),
    ):
        with pytest.raises(msw.InvalidError, match=f"Conv2D: .*{text}"):
            run(image, weights, **how)
    with pytest.raises(msw.InvalidError, match="needs an image of rank 4"):
        run(image[0], weights)
    with pytest.raises(msw.InvalidError, match="needs weights"):
        run(image, weights[0])


TRY = {
    "unary": unary_cases,
    "binary": binary_cases,
    "reduce": reduce_cases,
    "along": along_cases,
    "index": index_cases,
    "matmul": matmul_cases,
    "conv2d": conv2d_cases,
}


def test_every_operator_has_an_oracle_and_no_other():
    assert {line.name for line in SHIPPED} == set(ORACLES)


@pytest.mark.parametrize(("line", "dtype"), CASES)
def test_an_operator_equals_its_oracle(module, line, dtype):
    TRY[line.kind](line, dtype, lambda *inputs, **how: msw.operator(line.name, *inputs, module=module, **how))


def test_nan_and_infinities_of_a_reduction(module):
    def run(name, *values, **how):
        return msw.operator(name, np.array(values, np.float32), module=module, **how)

    assert run("Nansum", 1, np.nan, 2) == 3
    assert run("CountNonZero", 0, -0.0, np.nan, 2) == 2
    assert run("LogSumExp", -np.inf, -np.inf) == -np.inf
    assert run("LogSumExp", 1000, 1000) == pytest.approx(1000 + np.log(2), rel=1e-6)
    assert run("Argmax", np.nan, 1, 3, np.nan) == 2


def test_the_module_imports_nothing_and_is_of_operators(module):
    engine = wasmtime.Engine()
    assert list(wasmtime.Module.from_file(engine, str(module)).imports) == []
    assert set(msw.operators(module=module)) == {line.name for line in SHIPPED}
    with pytest.raises(msw.MswError, match="this module runs single operators and loads no model"):
        msw.load(ROOT / "test/models/digits.mindir", module=module)


def test_what_hosts_read_of_operators_is_the_table(module):
    text = json.loads(module.with_suffix(".ops.json").read_text())
    assert text["generator"].startswith("Apache TVM 0.27")
    table = msw.operators(module=module)
    ours = json.loads((module.parent / "ms_backend_wasm.ops.json").read_text())["operators"][0]
    for row in text["operators"]:
        assert set(ours) | {"generated"} == set(row)
        operator = table[row["name"]]
        assert row["inputs"] == [operator.inputs_min, operator.inputs_max]
        assert tuple(row["dtypes"]) == tuple(sorted(operator.elements, key=row["dtypes"].index))
        assert [attribute["name"] for attribute in row["attributes"]] == list(operator.attributes)


def test_wrong_uses_are_named(module):
    two = np.zeros(2, np.float32)

    def fails(error, text, *arguments, **how):
        with pytest.raises(error, match=text):
            msw.operator(*arguments, module=module, **how)

    fails(msw.UsageError, "unknown operator 'Nothing'", "Nothing", two)
    fails(msw.InvalidError, "Add takes 2 inputs, got 1", "Add", two)
    fails(msw.UsageError, "ACos has no attribute 'axis'", "ACos", two, axis=1)
    fails(msw.UsageError, r"Add: float64 is not supported \(float32, int32, int8\)", "Add", *2 * [np.zeros(2)])
    fails(msw.InvalidError, r"Add: inputs must have one data type", "Add", two, np.zeros(2, np.int32))
    fails(msw.InvalidError, r"Add: shapes \[2\] and \[3\] cannot be broadcast", "Add", two, np.zeros(3, np.float32))
    column = np.zeros((1 << 15, 1), np.float32)
    fails(msw.LimitError, "larger than 2147483647 bytes", "Add", column, column.T)


def frontend(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run([FRONTEND, *arguments], capture_output=True, text=True)


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["-o", "Sub"], {"FP32Array": [-2, -2, -2, -2]}),
        (["-o", "Sub", "-d", "INT32"], {"INT32Array": [-2, -2, -2, -2]}),
        (["-o", "Mul", "-d", "INT8"], {"INT8Array": [-1, 0, 3, 8]}),
    ],
)
def test_the_command_line_of_2020(module, arguments, answer):
    inputs = json.loads(INPUTS.read_text())
    x, y = (np.array(given["input-data"]) for given in inputs[:2])
    want = {"Sub": x - y, "Mul": x * y}[arguments[1]].astype(int).ravel().tolist()
    done = frontend("-c", module, *arguments, "-i", INPUTS)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert list(shown["input-data"]) == list(answer)
    assert shown["input-data"].popitem()[1] == want
    text = frontend("-c", module, *arguments, "-I", INPUTS.read_text())
    assert text.stdout == done.stdout


def test_an_argmax_of_a_vector_shows_the_element_too(module):
    done = frontend("-c", module, "-o", "Argmax", "-I", '[{"input-data": [5, 9, 8], "dim-size": 1, "shape": [3]}]')
    assert json.loads(done.stdout)["input-data"] == {"FP32Array": [9, 1]}


ONE = '[{"input-data": [2], "dim-size": 1, "shape": [1]}]'


def test_operators_that_our_module_lacks_are_listed_and_run(module):
    ours = json.loads((module.parent / "ms_backend_wasm.ops.json").read_text())["operators"]
    listed = json.loads(frontend("ops", "--json").stdout)
    names = [row["name"] for row in listed]
    assert names[: len(ours)] == [row["name"] for row in ours]
    assert names[len(ours) :] == [
        line.name for line in sorted(SHIPPED, key=lambda line: line.name) if line.name not in names[: len(ours)]
    ]
    assert all(("generated" in row) == (place >= len(ours)) for place, row in enumerate(listed))
    text = frontend("ops").stdout.splitlines()
    assert text[0].startswith("Abs ")
    assert not text[0].endswith("; generated")
    assert sum(line.endswith("; generated") for line in text) == len(listed) - len(ours)
    done = frontend("-o", "Acosh", "-I", ONE)
    assert json.loads(done.stdout)["input-data"]["FP32Array"] == pytest.approx([np.arccosh(2)], rel=1e-6)
    assert "(did you mean 'Acosh'?)" in frontend("-o", "Accosh", "-I", ONE).stderr
    assert frontend("-o", "Acosh", "-I", ONE, "-c", module.parent / "ms_backend_wasm.wasi.wasm").returncode == 2


def test_a_module_that_lies_alone_has_its_own_operators(module, tmp_path):
    for program, name in (
        (FRONTEND, "bin/wasm-frontend"),
        (module.parent / "ms_backend_wasm.wasi.wasm", "wasm/ms_backend_wasm.wasi.wasm"),
    ):
        (tmp_path / name).parent.mkdir()
        shutil.copy(program, tmp_path / name)
    environment = os.environ | {"LD_LIBRARY_PATH": str(ROOT / ".deps/wasmtime/lib")}

    def run(*arguments):
        return subprocess.run(
            [tmp_path / "bin/wasm-frontend", *arguments], capture_output=True, text=True, env=environment
        )

    assert "generated" not in run("ops").stdout
    assert run("-o", "Acosh", "-I", ONE).returncode == 2
    (tmp_path / "wasm/wasm_ops.wasm").write_bytes(b"no module")
    assert run("-o", "Add", "-I", INPUTS.read_text()).returncode == 0
    done = run("-o", "Acosh", "-I", ONE)
    assert done.returncode == 3
    assert "wasm_ops.wasm: not a" in done.stderr


WRONG = [
    ("Foo | unary | float32 | topi.acoss(x) | help", "topi has no 'acoss' (did you mean 'acos'?)"),
    ("Foo | unary | float32 | libm.acos(x) | help", "libm has no 'acos' (did you mean 'acosf'?)"),
    ("Foo | unary | float32 | topi.nn.softmacks(x) | help", "topi.nn has no 'softmacks'"),
    ("Foo | unary | float32 | topi.acos(x)", "a line without its five fields, expected NAME | KIND"),
    ("Foo | unary | float32 |  | help", "a line without its five fields"),
    ("Foo", "a line without its five fields"),
    ("Fo o | unary | float32 | x | help", "'Fo o' is no name"),
    ("Foo | unarry | float32 | x | help", "unknown kind 'unarry' (did you mean 'unary'?), expected unary, binary"),
    ("Foo | unary | float23 | x | help", "unknown data type 'float23' (did you mean 'float32'?), expected float32"),
    ("Foo | unary | int8 int8 | x | help", "a data type is given twice"),
    ("Foo | unary | float32 | topi.exp(x | help", "was never closed in column"),
    ("Foo | unary | float32 | topi.exp(y) | help", "unknown name 'y', expected x, topi, tirx, libm"),
    ("Foo | unary | float32 | __import__('os') | help", "unknown name '__import__'"),
    ("Foo | unary | float32 | topi.__doc__ | help", "topi has no '__doc__'"),
    ("Foo | unary | float32 | [x for x in (1,)] | help", "is not allowed"),
    ("Foo | unary | float32 | 'x' | help", "expected an expression that TVM can build"),
    ("Foo | unary | float32 | libm.atan2f(x) | help", "libm.atan2f takes 2 float32"),
    ("Foo | unary | int32 | libm.acosf(x) | help", "libm.acosf takes 1 float32"),
    ("Foo | unary | float32 | topi.cast(x, 'int4') | help", "gives int4, expected float32, int32"),
    ("Foo | reduce | float32 | topi.exp(x) | help", "gives the sizes [outer, n, inner], expected [outer, inner]"),
    ("Foo | unary | float32 | topi.repeat(x, 2, 0) | help", "gives the sizes [2 * n], expected [n]"),
    ("Foo | binary | float32 | topi.transpose(x) | help", "gives the sizes [columns, rows], expected [rows, columns]"),
    ("Foo | matmul | float32 | topi.sum(x, axis=1) | help", "expected an expression that TVM can build"),
    ("Sub | binary | float32 | x - y | help", "is there already, in wasm-backend-tvm/operators.txt:"),
]


@pytest.mark.parametrize(("text", "reason"), WRONG, ids=[str(i) for i in range(len(WRONG))])
def test_a_wrong_line_is_named_with_its_file(tmp_path, text, reason):
    (tmp_path / "mine.txt").write_text(f"# mine\n\n{text}\n")
    target = tmp_path / "out.wasm"
    done = build("--list", tmp_path / "mine.txt", "-o", target)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert "mine.txt:3: " in done.stderr
    assert reason in done.stderr
    assert not target.exists()


def test_a_list_of_ones_own(tmp_path):
    (tmp_path / "mine.txt").write_text(
        "Cube | unary | float32 int32 | x * x * x | third power\n"
        "Distance | matmul | float32 | tirx.abs(x - y) | sums of absolute differences\n"
    )
    target = tmp_path / "mine.wasm"
    done = build("--list", tmp_path / "mine.txt", "--only", "-o", target)
    assert done.returncode == 0, done.stderr
    assert "2 operators" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"mine.txt", "mine.wasm", "mine.ops.json"}
    x = np.arange(-3, 4, dtype=np.int32)
    np.testing.assert_array_equal(msw.operator("Cube", x, module=target), x**3)
    a, b = positive_sums((5, 7)), positive_sums((3, 7), 1)
    got = msw.operator("Distance", a, b, module=target, transpose_b=1)
    np.testing.assert_allclose(got, np.abs(a[:, None] - b[None]).sum(-1), rtol=1e-6)


def test_relaxed_kernels_multiply_and_add_in_one_instruction(tmp_path):
    (tmp_path / "mine.txt").write_text("Product | matmul | float32 | x * y | product\n")
    sizes = {}
    for flags in ([], ["--relaxed"]):
        target = tmp_path / f"mine{len(flags)}.wasm"
        assert build("--list", tmp_path / "mine.txt", "--only", *flags, "-o", target).returncode == 0
        sizes[len(flags)] = target.read_bytes().count(b"\xfd\x85\x02")
    assert sizes[0] == 0
    assert sizes[1] > 0


def test_other_mistakes_are_named(tmp_path):
    for arguments, code, reason in (
        (["--list", tmp_path / "none.txt"], 3, "No such file"),
        (["--list", tmp_path], 3, "Is a directory, expected a list"),
        (["--only"], 2, "--only without --list"),
        (["--speed"], 2, "unrecognized arguments"),
        (["-o", tmp_path / "x.wsm"], 2, "expected a name that ends in .wasm"),
        (["-o", tmp_path / "file" / "x.wasm"], 1, "File exists"),
    ):
        (tmp_path / "file").write_text("")
        done = build(*arguments)
        assert done.returncode == code, done.stderr
        assert reason in done.stderr
        assert "Traceback" not in done.stderr
    (tmp_path / "bytes.txt").write_bytes(b"Foo \xff")
    done = build("--list", tmp_path / "bytes.txt")
    assert done.returncode == 3
    assert "byte 4: not UTF-8" in done.stderr


def test_without_tvm_the_program_says_so(tmp_path):
    (tmp_path / "tvm.py").write_text("raise ImportError('no tvm here')\n")
    done = subprocess.run(
        [sys.executable, PROGRAM], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(tmp_path)}
    )
    assert done.returncode == 1
    assert "apache-tvm: no tvm here, expected the packages of tools/requirements-tvm.txt: make tvm" in done.stderr
