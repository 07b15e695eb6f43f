"""How the tests of the command line call it. MSW_FRONTEND names another build, such as build/asan/wasm-frontend."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import toys

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("MSW_FRONTEND", str(ROOT / "build" / "bin" / "wasm-frontend"))
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


@pytest.fixture
def environment(tmp_path_factory):
    """The caller's, but with a cache of the tests' own."""
    return {**os.environ, "XDG_CACHE_HOME": str(tmp_path_factory.getbasetemp() / "cache")}


@pytest.fixture
def frontend(environment):
    """Runs the command line: frontend("run", model, ...) -> Answer."""

    def run(*arguments, env=None, **options) -> Answer:
        done = subprocess.run(
            [PROGRAM, *map(os.fsencode, map(_plain, arguments))],
            capture_output="stdout" not in options,
            stdin=subprocess.DEVNULL,
            env=environment if env is None else env,
            timeout=HANG_SECONDS,
            **options,
        )
        return Answer(done.returncode, (done.stdout or b"").decode(), (done.stderr or b"").decode())

    return run


def _plain(argument):
    return argument if isinstance(argument, (str, bytes)) else str(argument)


@pytest.fixture(scope="session")
def toy(tmp_path_factory):
    """toy(kind): the module of test/e2e/toy.c of that kind."""
    folder = tmp_path_factory.mktemp("toys")
    made = {}

    def make(kind: int) -> Path:
        if kind not in made:
            made[kind] = toys.toy(kind, folder)
        return made[kind]

    return make


@pytest.fixture
def hand_made(tmp_path):
    """hand_made(bodies, ...): a file with toys.module(...)."""

    def make(*arguments, **keywords) -> Path:
        path = tmp_path / "module.wasm"
        path.write_bytes(toys.module(*arguments, **keywords))
        return path

    return make


def tensor_json(values, shape=None) -> dict:
    shape = [len(values)] if shape is None else shape
    return {"input-data": values, "dim-size": len(shape), "shape": shape}


@pytest.fixture
def inputs():
    """inputs([1, 2], [3, 4]): vectors as the JSON that -I takes."""
    return lambda *vectors: json.dumps([tensor_json(values) for values in vectors])
