"""The cases of test_exact.py as two files that every host can read, and the hash of an answer that all compute alike.

FOLDER/cases.json  [{"operator" or "model", "attributes": [{"name", "kind", "count", "at", "bytes"}],
                   "inputs": [{"dtype", "shape", "at", "bytes"}]}]
FOLDER/cases.bin   what `at` and `bytes` are parts of

A hash is the first 16 digits of SHA-256 over all outputs of a case, each the text "dtype[d0,d1]" and its bytes, where
every NaN has the same bits and bfloat16 is widened to float32.
"""

import hashlib
import json
from pathlib import Path

import ml_dtypes
import ms_backend_wasm as msw
import numpy as np
import op_cases
from ms_backend_wasm import abi

NAN = {2: 0x7E00, 4: 0x7FC00000, 8: 0x7FF8000000000000}


def tiny(array: np.ndarray) -> np.ndarray:
    """The same below the smallest normal number, where engines would differ if one flushed such to 0."""
    return array * np.float32(1e-40) if array.dtype == np.float32 else array


def operator_cases() -> list[tuple[str, op_cases.Case]]:
    """Every operator of the table with every data type."""
    families = op_cases.families()
    plain = [(name, case) for name, dtype in op_cases.uses() for case in op_cases.cases(families[name], dtype)]
    floats = [(name, case) for name, case in plain if any(x.dtype == np.float32 and x.size for x in case.arrays)]
    return plain + [(name, op_cases.Case([*map(tiny, case.arrays)], case.attributes)) for name, case in floats]


class Bin:
    def __init__(self):
        self.content = bytearray()

    def put(self, data: bytes) -> dict:
        self.content += b"\0" * (-len(self.content) % 8)
        place = {"at": len(self.content), "bytes": len(data)}
        self.content += data
        return place

    def array(self, x: np.ndarray) -> dict:
        return {"dtype": x.dtype.name, "shape": list(x.shape), **self.put(x.tobytes())}

    def attribute(self, name: str, kind: int, value) -> dict:
        values = np.atleast_1d(np.asarray(value)).astype(abi.ATTRIBUTE_KINDS[kind])
        return {"name": name, "kind": kind, "count": values.size, **self.put(values.tobytes())}


def write(folder: Path, operators: list[tuple[str, op_cases.Case]], nets: list[tuple[Path, list[np.ndarray]]]) -> None:
    known, data, rows = msw.operators(), Bin(), []
    for name, case in operators:
        kinds = known[name].attributes
        attributes = [data.attribute(key, kinds[key], value) for key, value in case.attributes.items()]
        rows.append({"operator": name, "attributes": attributes, "inputs": [*map(data.array, case.arrays)]})
    for path, arrays in nets:
        rows.append({"model": data.put(path.read_bytes()), "inputs": [*map(data.array, arrays)]})
    (folder / "cases.json").write_text(json.dumps(rows))
    (folder / "cases.bin").write_bytes(data.content)


def hash_of(outputs: list[np.ndarray]) -> str:
    digest = hashlib.sha256()
    for z in outputs:
        bits = np.array(z).reshape(-1).view(f"u{z.dtype.itemsize}")
        if z.dtype.kind == "f":
            bits[np.isnan(z).reshape(-1)] = NAN[z.dtype.itemsize]
        digest.update(f"{z.dtype.name}[{','.join(map(str, z.shape))}]".encode() + bits.tobytes())
    return digest.hexdigest()[:16]


def read_inputs(row: dict, data: bytes) -> list[np.ndarray]:
    found = []
    for x in row["inputs"]:
        dtype = ml_dtypes.bfloat16 if x["dtype"] == "bfloat16" else x["dtype"]
        found.append(np.frombuffer(data, dtype, np.prod(x["shape"], dtype=int), x["at"]).reshape(x["shape"]))
    return found


def read_attribute(row: dict, data: bytes) -> list:
    return np.frombuffer(data, abi.ATTRIBUTE_KINDS[row["kind"]], row["count"], row["at"]).tolist()
