"""How the tests of the command line call it. MSW_FRONTEND names another build, such as build/asan/wasm-frontend."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import toys
from cli import HANG_SECONDS, PROGRAM, Answer, tensor_json


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


@pytest.fixture
def inputs():
    """inputs([1, 2], [3, 4]): vectors as the JSON that -I takes."""
    return lambda *vectors: json.dumps([tensor_json(values) for values in vectors])
