"""Files that are no MindIR, or a broken one: exit code 3, and one line that says what, where, and what would do."""

import pytest
from cli import ROOT

DIGITS = (ROOT / "test" / "models" / "digits.mindir").read_bytes()
LOOP = (ROOT / "test" / "corpus" / "mindir_fuzz" / "loop.mindir").read_bytes()
NOT = "not a MindIR or ONNX file (it looks like "
DEEP = "nesting deeper than 100"


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)


def number(key: int, value: int) -> bytes:
    return varint(key << 3) + varint(value)


def nested(depth: int, key: int) -> bytes:
    content = b""
    for _ in range(depth):
        content = field(key, content)
    return content


def groups(depth: int) -> bytes:
    return varint(99 << 3 | 3) * depth + varint(99 << 3 | 4) * depth


GRAPH, NODE, ATTRIBUTE, VALUES, FUNCTIONS = 7, 1, 5, 17, 8
CASES = {
    "22 nothing": (b"", [NOT + "an empty file)"]),
    "22 a page": (b"<!DOCTYPE html><title>404</title>", [NOT + "an HTML or XML page)"]),
    "22 a checkpoint": (field(1, field(1, b"conv.weight")), [NOT + "a MindSpore checkpoint (.ckpt)"]),
    "22 a Lite model": (b"\x1c\0\0\0MSL2" + bytes(40), [NOT + "a MindSpore Lite .ms model)"]),
    "22 an ONNX model": (b"\x08\x08\x12\x07pytorch", ["the file must hold one graph"]),
    "22 words": (b"once upon a time", ["not a MindIR or ONNX file"]),
    "23 half a model": (DIGITS[: len(DIGITS) // 2], ["byte ", "its message ends after "]),
    "23 half a loop": (LOOP[: len(LOOP) // 2], ["byte ", "its message ends after "]),
    "23 the head alone": (DIGITS[:24], ["the file must hold one graph, it holds 0"]),
    "24 a varint of 11 bytes": (DIGITS + b"\x68" + b"\xff" * 10 + b"\1", ["byte ", "number longer than 10 bytes"]),
    "24 a length past the end": (
        DIGITS + varint(7 << 3 | 2) + varint(2**62),
        ["byte ", "but its message ends after 0"],
    ),
    "24 field number 0": (DIGITS + b"\0\0", ["byte ", "bad field number 0, expected 1 to 536870911"]),
    "24 wire type 6": (DIGITS + b"\x0e", ["byte ", "bad wire type 6, expected 0 to 5"]),
    "24 wire type 7": (DIGITS + b"\x0f", ["byte ", "bad wire type 7, expected 0 to 5"]),
    "25 groups 101 deep": (DIGITS + groups(101), ["byte ", DEEP]),
    "25 groups 5000 deep": (DIGITS + groups(5000), ["byte ", DEEP]),
    "25 groups 5000 deep in a function": (DIGITS + field(FUNCTIONS, groups(5000)), ["byte ", DEEP]),
    "25 tuples 120 deep": (
        DIGITS + field(FUNCTIONS, field(NODE, field(ATTRIBUTE, nested(120, VALUES)))),
        ["byte ", DEEP],
    ),
    "27 two graphs": (DIGITS + field(GRAPH, b""), ["the file must hold one graph, it holds 2"]),
    "27 a function that returns nothing": (DIGITS + field(FUNCTIONS, field(2, b"f")), ["the graph returns nothing"]),
    "30 AES-GCM": (b"\xd8\x5e\x3a\x7f" + bytes(60), ["the file is encrypted (AES-GCM): export it without a key"]),
    "30 AES-CBC": (b"\xd9\x5e\x3a\x7f" + bytes(60), ["the file is encrypted (AES-CBC): export it without a key"]),
    "30 SM4-CBC": (b"\xda\x5e\x3a\x7f" + bytes(60), ["the file is encrypted (SM4-CBC): export it without a key"]),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("word", ["run", "info"])
def test_a_bad_model_is_named(frontend, tmp_path, case, word):
    content, words = CASES[case]
    file = tmp_path / "bad.mindir"
    file.write_bytes(content)
    frontend(word, str(file)).fails(3, str(file), *words)


def test_a_newer_version_is_named(frontend, tmp_path):
    file = tmp_path / "newer.mindir"
    file.write_bytes(DIGITS + number(13, 4))
    frontend("run", str(file)).fails(3, "byte ", "MindIR version 4, versions up to 3 are read")
