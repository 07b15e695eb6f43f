"""Bad JSON inputs, cases 1 to 14 of the list of bad inputs: each message says where, and what was expected."""

import json

import pytest
from cli import tensor_json

ONE = '{"input-data": [1], "dim-size": 1, "shape": [1]}'


def one(**changes) -> str:
    return json.dumps([{**tensor_json([1.0]), **changes}])


BAD = [
    ("1 empty", "", ["empty, expected a JSON list of tensors"]),
    ("1 blank", " \n ", ["empty, expected a JSON list of tensors"]),
    ("2 truncated in a string", '[\n {"input-data": [1], "dim', ["line 2 column", "premature end of input"]),
    ("2 truncated in a list", '[{"input-data": [1,', ["line 1 column 19", "']' expected near end of file"]),
    ("3 nested", "[" * 100000, ["line 1 column 65: nesting deeper than 64"]),
    ("3 nested objects", '{"a":' * 70 + "1" + "}" * 70, ["nesting deeper than 64"]),
    (
        "4 too few values",
        one(**{"input-data": [1, 2, 3, 4, 5], "shape": [2, 3], "dim-size": 2}),
        ["input 0: shape [2, 3] needs 6 values, got 5"],
    ),
    ("4 dim-size", one(**{"dim-size": 2}), ["input 0: dim-size is 2, expected 1, the length of shape"]),
    ("4 dim-size as text", one(**{"dim-size": "1"}), ["dim-size is not an integer, expected 1"]),
    (
        "5 ragged",
        one(**{"input-data": [[1, 2], [3]], "shape": [2, 2], "dim-size": 2}),
        ["input 0: value 0 is a list, expected numbers, flat and row-major"],
    ),
    ("5 nested", one(**{"input-data": [[1]]}), ["value 0 is a list, expected numbers, flat and row-major"]),
    ("5 nested later", one(**{"input-data": [1, [2]], "shape": [2]}), ["value 1 is a list"]),
    ("6 negative dim", one(shape=[-2]), ["input 0: dimension 0 is -2, expected an integer from 0"]),
    ("6 dim above int32", one(shape=[2**31]), ["dimension 0 is 2147483648, expected an integer from 0 to 2147483647"]),
    ("6 real dim", one(shape=[1.5]), ["dimension 0 is not an integer"]),
    (
        "7 overflow",
        one(shape=[65536] * 4, **{"dim-size": 4}),
        ["input 0: element count of shape [65536, 65536, 65536, 65536] overflows"],
    ),
    ("7 rank 9", one(shape=[1] * 9, **{"dim-size": 9}), ["shape is 9 sizes long, expected a list of at most 8"]),
    (
        "10 duplicate key",
        '[{"input-data": [1],\n"shape": [1], "shape": [1]}]',
        ["line 2 column", "duplicate object key"],
    ),
    (
        "10 unknown key",
        '[{"input-data": [1],\n  "shap": [1], "dim-size": 1}]',
        ["line 2 column 3: input 0: unknown key 'shap' (did you mean 'shape'?)"],
    ),
    ("10 trailing bytes", f"[{ONE}] x", ["line 1 column", "end of file expected near 'x'"]),
    ("10 two documents", f"[{ONE}][]", ["end of file expected near '['"]),
    (
        "11 NaN",
        '[{"input-data": [1, NaN], "dim-size": 1, "shape": [2]}]',
        ["input 0, value 1: invalid token near 'NaN'"],
    ),
    ("11 Infinity", f'[{ONE}, {{"input-data": [-Infinity]', ["input 1, value 0: invalid token near '-'"]),
    (
        "11 1e400",
        '[{"input-data": [1e400], "dim-size": 1, "shape": [1]}]',
        ["input 0, value 0: real number overflow near '1e400'"],
    ),
    ("11 1e39", one(**{"input-data": [1e39]}), ["input 0: value 0 is 1", "e39, expected a number that fits (FP32)"]),
    ("11 2^63", '[{"input-data": [9223372036854775808]}]', ["value 0: too big integer near '9223372036854775808'"]),
    ("11 text", one(**{"input-data": ["1"]}), ['value 0 is "1", expected a number that fits (FP32)']),
    ("11 null", one(**{"input-data": [None]}), ["value 0 is null, expected a number that fits"]),
    ("11 bool", one(**{"input-data": [True]}), ["value 0 is true, expected a number that fits"]),
    ("12 lone surrogate", '[{"\\ud800": 1}]', ["line 1 column", "\\uD800"]),
    ("12 NUL in a name", '[{"a\\u0000b": 1}]', ["line 1 column", "NUL byte in object key not supported"]),
    ("12 byte order mark", "\ufeff[]", ["byte 0: a byte order mark, expected UTF-8 without one"]),
    ("not a list", "1", ["not a list, expected a JSON list of tensors"]),
    ("not objects", "[1]", ["input 0: not an object, expected"]),
    ("missing key", '[{"input-data": [1], "shape": [1]}]', ["input 0: 'dim-size' missing"]),
    ("data not a list", one(**{"input-data": 1}), ["input-data is not a list, expected 1 numbers"]),
    ("no inputs", "[]", ["0 inputs, expected 1 for First"]),
]


@pytest.mark.parametrize(("text", "fragments"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_json_is_refused_by_name(frontend, toy, tmp_path, text, fragments):
    path = tmp_path / "in.json"
    path.write_text(text, encoding="utf-8")
    frontend("-c", toy(1), "-o", "First", "-i", path).fails(3, f"{path}: ", *fragments)


def test_bad_json_on_the_command_line_is_called_so(frontend, toy):
    frontend("-c", toy(1), "-o", "First", "-I", "[").fails(3, "-I: line 1 column 1: ")


@pytest.mark.parametrize("content", [b'[{"\xff": 1}]', b'[{"a": "\xc0\x80"}]', b"\xff\xfe[\0]\0", b"[1]\0"])
def test_bytes_that_are_not_utf8_are_refused(frontend, toy, tmp_path, content):
    path = tmp_path / "in.json"
    path.write_bytes(content)
    frontend("-c", toy(1), "-o", "First", "-i", path).fails(3, f"{path}: line 1 column")


@pytest.mark.parametrize(
    ("dtype", "value", "expected"),
    [
        ("INT8", 300, "value 1 is 300, expected an integer from -128 to 127 (INT8)"),
        ("INT8", -129, "value 1 is -129, expected an integer from -128 to 127 (INT8)"),
        ("INT32", 1.5, "value 1 is 1.5, expected an integer from -2147483648 to 2147483647 (INT32)"),
        ("INT32", 2**31, "value 1 is 2147483648, expected"),
        ("INT32", 1e30, "value 1 is 1e30, expected an integer"),
        ("INT32", -(2**63), "value 1 is -9223372036854775808, expected"),
    ],
)
def test_integers_are_never_cut(frontend, toy, inputs, dtype, value, expected):
    frontend("-c", toy(1), "-o", "First", "-d", dtype, "-I", inputs([1, value])).fails(3, "-I: input 0: " + expected)


def test_the_extreme_integers_and_whole_reals_are_taken(frontend, toy, inputs):
    answer = frontend("-c", toy(1), "-o", "Plus", "-d", "INT8", "-I", inputs([-128, 127, 3.0], [0, 0, 0]))
    assert answer.succeeds().json["input-data"] == {"INT8Array": [-128, 127, 3]}


def test_case_8_an_unknown_operator_is_named_with_the_nearest(frontend, toy):
    for given in ("Plu", "plus", "Pluss"):
        frontend("-c", toy(1), "-o", given, "-I", "[]").fails(2, f"unknown operator '{given}' (did you mean 'Plus'?)")
    frontend("-c", toy(1), "-o", "", "-I", "[]").fails(2, "unknown operator ''")


def test_case_9_data_types(frontend, toy):
    common = ["-c", toy(1), "-o", "Count", "-I", "[]", "-d"]
    frontend(*common, "FP33").fails(2, "unknown data type 'FP33' (did you mean 'FP32'?), expected FP32, INT32")
    frontend(*common, "fp32").fails(2, "unknown data type 'fp32' (did you mean 'FP32'?)")
    frontend(*common, "INT8").fails(2, "Count: data type INT8 not supported, expected FP32, INT32")
    frontend(*common, "INT64").fails(2, "Count: data type INT64 not supported")


def test_case_13_attributes(frontend, toy, inputs):
    common = ["-c", toy(1), "-o", "First", "-I", inputs([1])]
    frontend(*common, "--attr", "axes=0").fails(
        2, "First: unknown attribute 'axes' (did you mean 'axis'?), expected one of axis"
    )
    frontend(*common, "--attr", "axis").fails(2, "--attr: 'axis', expected NAME=VALUE")
    frontend(*common, "--axis", "x").fails(2, "First: attribute axis: expected an integer", "got 'x'")
    frontend(*common, "--axis", "1,2").fails(2, "First: attribute axis: 2 values, expected one")
    frontend(*common, "--axis", "99999999999999999999").fails(2, "attribute axis: expected an integer")
    plus = ["-c", toy(1), "-o", "Plus", "-I", inputs([1], [1])]
    frontend(*plus, "--axis", "0").fails(2, "Plus: unknown attribute 'axis', expected none")


def test_what_only_the_module_can_know_comes_from_it(frontend, toy, inputs):
    frontend("-c", toy(1), "-o", "Plus", "-I", inputs([1, 2], [1])).fails(3, "Toy: the inputs' shapes differ")
