"""What the tests of the command line share: the program, its answers, JSON as it takes it."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Absolute, since tests change folders.
PROGRAM = os.path.abspath(os.environ.get("MSW_FRONTEND", ROOT / "build" / "bin" / "wasm-frontend"))
HANG_SECONDS = 120  # not a limit that is tested: it ends a test run that hangs


@dataclass
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    def fails(self, code: int, *fragments: str) -> None:
        """One line on stderr with all fragments, nothing on stdout, and the exit code."""
        assert all(fragment in self.err for fragment in fragments), self
        assert (self.code, self.out) == (code, ""), self
        assert self.err.startswith("wasm-frontend: "), self
        assert self.err.count("\n") == 1, self

    def succeeds(self) -> "Answer":
        assert (self.code, self.err) == (0, ""), self
        return self


def tensor_json(values, shape=None) -> dict:
    shape = [len(values)] if shape is None else shape
    return {"input-data": values, "dim-size": len(shape), "shape": shape}
