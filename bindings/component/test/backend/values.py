"""The cases of ms:backend in Python: how their values become wasmtime's, and whether an answer is what was wanted."""

import base64
import math
from pathlib import Path

import numpy as np
from wasmtime import component

ROOT = Path(__file__).parents[4]


def to_wasmtime(value, handles):
    """README.md says how a case writes values."""
    if isinstance(value, list):
        return [to_wasmtime(v, handles) for v in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"base64": text}:
            return base64.b64decode(text)
        case {"repeat": text, "times": times}:
            return base64.b64decode(text) * times
        case {"file": path}:
            return (ROOT / path).read_bytes()[: value.get("first")]
        case {"resource": name}:
            return handles[name]
        case {"s64": number}:
            return number
        case {"variant": tag, "value": payload}:
            return component.Variant(tag, float(payload) if tag == "float" else to_wasmtime(payload, handles))
    record = component.Record()
    for name, field in value.items():
        setattr(record, name, to_wasmtime(field, handles))
    return record


def from_wasmtime(value):
    """Records as dicts; a result as {"ok": value} or {"error": record}."""
    if isinstance(value, component.Record):
        return {name: from_wasmtime(field) for name, field in vars(value).items()}
    if isinstance(value, component.Variant):
        return {value.tag: from_wasmtime(value.payload)}
    return [from_wasmtime(v) for v in value] if isinstance(value, list) else value


def check(got, want, where="answer"):
    """Fails unless `got` is what a case says; a record may have more fields than are wanted."""
    if isinstance(want, list):
        assert len(got) == len(want), f"{where} has {len(got)} elements"
        for i, (g, w) in enumerate(zip(got, want, strict=True)):
            check(g, w, f"{where}[{i}]")
    elif not isinstance(want, dict):
        assert got == want, where
    elif "base64" in want:
        assert got == base64.b64decode(want["base64"]), where
    elif "float32" in want:
        check_floats(got, want, where)
    elif "has" in want:
        for part in want["has"]:
            assert part in got if isinstance(got, str) else any(fits(g, part) for g in got), f"{where}: {part} in {got}"
    elif "at-least" in want:
        assert got >= want["at-least"], where
    else:
        for name, field in want.items():
            check(got[name], field, f"{where}.{name}")


def check_floats(got, want, where):
    x, y = np.frombuffer(got, "<f4"), np.frombuffer(base64.b64decode(want["float32"]), "<f4")
    assert len(x) == len(y), where
    largest = max((abs(float(v)) for v in y if math.isfinite(v)), default=0.0)
    np.testing.assert_allclose(x, y, rtol=0, atol=want["tolerance"] * largest, err_msg=where)


def fits(got, want):
    try:
        check(got, want)
    except (AssertionError, KeyError):
        return False
    return True
