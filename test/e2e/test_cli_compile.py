"""`compile`: a module that holds one model answers with the engine's bits, is small, and always the same.

What is wrong is said, and nothing is half written.
"""

import json
import os
import resource
import subprocess

import numpy as np
import pytest
from cli import PROGRAM, ROOT
from mindspore.train import mind_ir_pb2

CORPUS = ROOT / "test" / "corpus" / "mindir_fuzz"
DIGITS = ROOT / "test" / "models" / "digits.mindir"
SCAN = ROOT / "test" / "models" / "digits_scans" / "3.png"
LITE0 = ROOT / ".cache" / "models" / "lite0.mindir"
KIB = 1024


def made_up(tensor: dict, rng: np.random.Generator) -> np.ndarray:
    """Numbers for an input as `info --json` describes it; an open size is 2."""
    shape = [2 if size < 0 else size for size in tensor.get("shape", [2, 3])]
    dtype = {"bfloat16": "float32", "any": "float32"}.get(tensor["dtype"], tensor["dtype"])
    if dtype.startswith("float"):
        return rng.standard_normal(shape).astype(dtype)
    return rng.integers(0, 2, shape).astype(dtype)


def answer(frontend, model, inputs: dict, folder):
    """Exit code and the bytes of each output."""
    done = frontend("run", model, *inputs, "--output", folder, "--timeout", "10")
    files = {path.name: path.read_bytes() for path in folder.glob("*")} if folder.exists() else {}
    return done.code, files


@pytest.fixture
def compiled(frontend, tmp_path):
    """compiled(model): the module made of it."""

    def make(model, name="compiled.wasm", *flags):
        done = frontend("compile", model, "-o", tmp_path / name, *flags)
        assert done.code == 0, done.err
        return tmp_path / name

    return make


@pytest.fixture
def digits(compiled):
    return compiled(DIGITS)


def models_that_load():
    """The corpus: nets made by MindSpore, with states, branches, loops, functions and open sizes among them."""
    return sorted(path.name for path in CORPUS.glob("*.mindir"))


@pytest.mark.parametrize("name", models_that_load())
def test_the_same_bits_as_the_engine(frontend, compiled, tmp_path, name):
    model = CORPUS / name
    about = frontend("info", model, "--json")
    if about.code != 0:
        refused = frontend("compile", model, "-o", tmp_path / "no.wasm")
        assert (refused.code, refused.err) == (about.code, about.err)
        assert not (tmp_path / "no.wasm").exists()
        return
    rng = np.random.default_rng(7)
    inputs = []
    for i, tensor in enumerate(json.loads(about.out)["inputs"]):
        np.save(tmp_path / f"{i}.npy", made_up(tensor, rng))
        inputs += ["--input", f"{tensor['name']}={tmp_path / f'{i}.npy'}"]
    expected = answer(frontend, model, inputs, tmp_path / "engine")
    assert answer(frontend, compiled(model), inputs, tmp_path / "compiled") == expected


def test_digits_reads_a_digit_and_is_small(frontend, digits):
    done = frontend("run", digits, "--input", f"x={SCAN}", "--top", "1")
    assert done.out.split()[1] == "3"
    weights = json.loads(frontend("info", digits, "--json").out)["parameter_bytes"]
    assert weights == 129256
    assert digits.stat().st_size - weights <= 61 * KIB  # 60 were meant: the names of 13 data types came since


def test_lite0_names_the_cat_and_is_small(frontend, compiled, tmp_path):
    module = compiled(LITE0)
    (tmp_path / "compiled.wasm.json").write_bytes(LITE0.with_name("lite0.mindir.json").read_bytes())
    labels = ["--labels", LITE0.with_name("lite0_labels.txt"), "--top", "3"]
    picture = ["--input", f"x={LITE0.with_name('chelsea.png')}"]
    done = frontend("run", module, *picture, *labels)
    assert "Egyptian cat" in done.out.splitlines()[0]
    assert done.out == frontend("run", LITE0, *picture, *labels).out
    weights = json.loads(frontend("info", module, "--json").out)["parameter_bytes"]
    assert module.stat().st_size - weights <= 150 * KIB


def test_weights_that_are_mostly_zeros_stay_within_what_engines_take(frontend, compiled, tmp_path):
    """Engines take no more than 100000 segments of data, so not every gap between numbers can be left out."""
    net = mind_ir_pb2.ModelProto()
    net.ParseFromString((CORPUS / "net-embedding.mindir").read_bytes())
    (table,) = (parameter for parameter in net.graph.parameter if parameter.name.endswith("embedding_table"))
    rows = np.zeros((110_000, 16), np.float32)
    rows[:, 0] = np.arange(1, 110_001)
    table.dims[0], table.raw_data = len(rows), rows.tobytes()
    model = tmp_path / "sparse.mindir"
    model.write_bytes(net.SerializeToString())
    inputs = ["--input", f"tokens={tmp_path / 'tokens.npy'}"]
    np.save(tmp_path / "tokens.npy", np.arange(14, dtype=np.int32).reshape(2, 7) * 7_000)
    expected = answer(frontend, model, inputs, tmp_path / "engine")
    assert expected[0] == 0
    assert answer(frontend, compiled(model), inputs, tmp_path / "compiled") == expected


def test_it_tells_of_the_model_what_the_engine_tells(frontend, digits):
    of_engine = json.loads(frontend("info", DIGITS, "--json").out)
    of_module = json.loads(frontend("info", digits, "--json").out)
    for key in ("format", "producer", "inputs", "outputs", "nodes", "operators", "parameters", "parameter_bytes"):
        assert of_module[key] == of_engine[key]


def test_the_same_model_gives_the_same_bytes(frontend, compiled, digits):
    assert compiled(DIGITS, "again.wasm").read_bytes() == digits.read_bytes()


def test_it_imports_nothing_and_runs_no_operators(frontend, digits):
    assert frontend("ops", "-c", digits).out.count("\n") <= 2
    done = frontend("-c", digits, "-o", "Add", "-I", '[{"input-data":[1],"shape":[1]},{"input-data":[1],"shape":[1]}]')
    assert done.code == 2
    import wasmtime

    assert wasmtime.Module.from_file(wasmtime.Engine(), str(digits)).imports == []


class Module:
    """The module's functions, called from Python."""

    def __init__(self, path):
        import wasmtime

        self.store = wasmtime.Store()
        instance = wasmtime.Instance(self.store, wasmtime.Module.from_file(self.store.engine, str(path)), [])
        self.exports = instance.exports(self.store)
        self.memory = self.exports["memory"]

    def __call__(self, name, *arguments):
        return self.exports[name](self.store, *arguments)

    def error(self) -> str:
        at = self("msw_error")
        text = int.from_bytes(self.memory.read(self.store, at + 16, at + 20), "little")
        return bytes(self.memory.read(self.store, text, text + 511)).split(b"\0")[0].decode()

    def words(self, at, count):
        return np.frombuffer(bytes(self.memory.read(self.store, at, at + 4 * count)), np.int32)


def test_one_run_at_a_time_for_the_shapes_it_was_made_for(digits):
    module = Module(digits)
    assert module("msw_model_open", 5) == 0
    assert "loads no other" in module.error()
    model = module("msw_model_open", 0)
    run = module("msw_run_new", model, 0)
    assert run != 0
    assert module("msw_run_new", model, 0) == 0
    assert "free it before" in module.error()
    module("msw_run_free", run)
    types = module("msw_alloc", 40)
    module.memory.write(module.store, np.array([1, 4, 2, 1, 8, 8, 0, 0, 0, 0], np.int32).tobytes(), types)
    assert module("msw_run_new", model, types) == 0
    assert "input 'x' is float32[1,1,8,8], got float32[2,1,8,8]" in module.error()
    assert module("msw_run_new", model, 0) == run


def test_a_run_begins_with_the_states_of_the_model(compiled):
    module = Module(compiled(CORPUS / "states-plusequals.mindir"))
    model = module("msw_model_open", 0)

    def states_after(runs):
        run = module("msw_run_new", model, 0)
        assert run != 0, module.error()
        _, data, size = module.words(module("msw_run_input", run, 0), 3)
        module.memory.write(module.store, np.ones(size // 4, np.float32).tobytes(), int(data))
        for _ in range(runs):
            assert module("msw_run", run) == 0, module.error()
        found, i = [], 0
        while (tensor := module("msw_run_state", run, i)) != 0:
            _, data, size = module.words(tensor, 3)
            found.append(bytes(module.memory.read(module.store, int(data), int(data) + int(size))))
            i += 1
        module("msw_run_free", run)
        return found

    first = states_after(0)
    assert first
    assert states_after(2) != first
    assert states_after(0) == first


def test_what_only_the_data_tell_is_said_in_the_engine_s_words(frontend, compiled, tmp_path):
    model = CORPUS / "net-gathers.mindir"
    inputs = []
    for i, tensor in enumerate(json.loads(frontend("info", model, "--json").out)["inputs"]):
        np.save(tmp_path / f"{i}.npy", np.full(tensor["shape"], -7, tensor["dtype"]))
        inputs += ["--input", f"{tensor['name']}={tmp_path / f'{i}.npy'}"]
    expected, module = frontend("run", model, *inputs), compiled(model)
    done = frontend("run", module, *inputs)
    assert (expected.code, "(Gather): index 0 is -7" in expected.err) == (3, True)
    assert (done.code, done.err.replace(str(module), str(model))) == (expected.code, expected.err)


def test_a_python_program_runs_it(digits):
    from ms_backend_wasm import load

    x = np.random.default_rng(1).random((1, 1, 8, 8), dtype=np.float32)
    for ours, theirs in zip(load(digits)(x), load(DIGITS)(x), strict=True):
        assert np.array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["compile"], 2, "no model given, expected wasm-frontend compile MODEL -o FILE.wasm"),
        (["compile", DIGITS], 2, "no file to write given"),
        (["compile", DIGITS, "-o", DIGITS], 2, "is the model itself"),
        (["compile", DIGITS, "-o", "/no/folder/out.wasm"], 1, "No such file or directory"),
        (["compile", DIGITS, "-o", ROOT], 1, "Is a directory"),
        (["compile", DIGITS, "-o", "/dev/full"], 1, "/dev/full: File exists"),
        (["compile", ROOT, "-o", "out.wasm"], 3, "Is a directory"),
        (["compile", "nowhere.mindir", "-o", "out.wasm"], 3, "No such file"),
        (["compile", SCAN, "-o", "out.wasm"], 3, "not a MindIR or ONNX file"),
        (["compile", DIGITS, "-o", "out.wasm", "--memory-limit", "1"], 4, "memory"),
        (["compile", DIGITS, "-o", "out.wasm", "--top", "3"], 2, "unknown flag '--top'"),
        (["compile", DIGITS, "-o", "out.wasm", "--labels", "nowhere.txt"], 3, "nowhere.txt"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_left(frontend, tmp_path, arguments, code, says):
    done = frontend(*arguments, cwd=tmp_path)
    assert (done.code, says in done.err) == (code, True), done.err
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_what_was_there(environment, tmp_path):
    target = tmp_path / "out.wasm"
    target.write_text("before")

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = subprocess.run(
        [PROGRAM, "compile", DIGITS, "-o", target],
        env={**environment, "XDG_CACHE_HOME": "/nonexistent"},
        preexec_fn=small_files,
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0
    assert target.read_text() == "before"
    assert os.listdir(tmp_path) == ["out.wasm"]


def test_a_module_is_no_model_to_compile(frontend, digits, tmp_path):
    done = frontend("compile", digits, "-o", tmp_path / "twice.wasm")
    assert done.code == 3
    assert "wasm" in done.err
    assert not (tmp_path / "twice.wasm").exists()
