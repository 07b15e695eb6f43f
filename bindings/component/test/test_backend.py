"""ms:backend from wasmtime-py, over the cases that all hosts share, and its memory."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import wasmtime
from wasmtime import component

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "backend"))

import quick_bytes  # noqa: E402
from values import ROOT, check, from_wasmtime, to_wasmtime  # noqa: E402

CASES = json.loads((HERE / "backend/cases.json").read_text())
PAGE = 65536


@pytest.fixture(scope="module", autouse=True)
def quick():
    quick_bytes.install()


@pytest.fixture(scope="module")
def loaded():
    engine = wasmtime.Engine()
    return engine, component.Component.from_file(engine, ROOT / "build/wasm/ms_backend_wasm.component.wasm")


class Instance:
    """The component in a store of its own, with `pages` of memory at most."""

    def __init__(self, loaded, pages=-1):
        engine, file = loaded
        self.store = wasmtime.Store(engine)
        if pages >= 0:
            self.store.set_limits(memory_size=pages * PAGE)
        self.instance = component.Linker(engine).instantiate(self.store, file)
        self.functions = {}

    def function(self, name):
        if name not in self.functions:
            interface, function = name.split(".", 1)
            index = self.instance.get_export_index(self.store, f"ms:backend/{interface}@0.1.0")
            index = self.instance.get_export_index(self.store, function, index)
            self.functions[name] = self.instance.get_func(self.store, index)
        return self.functions[name]

    def call(self, name, *args):
        return args[0].drop(self.store) if name == "drop" else self.function(name)(self.store, *args)


def is_error(answer):
    return isinstance(answer, component.Record) and set(vars(answer)) == {"code", "node", "offset", "text"}


def make_call(instance, call, handles):
    args = [to_wasmtime(arg, handles) for arg in call["args"]]
    if call.get("trap"):
        with pytest.raises(wasmtime.WasmtimeError, match="unknown handle"):
            instance.call(call["call"], *args)
        return
    answer = instance.call(call["call"], *args)
    if isinstance(answer, component.Variant):
        answer = answer.payload
    if "error" in call:
        assert is_error(answer), "the call went well"
        check(from_wasmtime(answer), call["error"])
        return
    assert not is_error(answer), vars(answer)
    if "keep" in call:
        handles[call["keep"]] = answer
    if "ok" in call:
        check(from_wasmtime(answer), call["ok"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(loaded, case):
    instances, handles = {}, {}
    for number, call in enumerate(case["calls"]):
        name = call.get("in", "")
        if name not in instances:
            instances[name] = Instance(loaded)
        try:
            make_call(instances[name], call, handles)
        except AssertionError as error:
            error.add_note(f"call {number} of '{case['name']}': {call['call']}")
            raise


LOAD, RUN = "models.[static]model.load", "models.[method]model.run"
MODEL = (HERE / "backend/open.mindir").read_bytes()


def inputs(rows):
    value = to_wasmtime({"dtype": "float32", "shape": [rows, 3]}, {})
    value.data = bytes(rows * 12)
    record = to_wasmtime({"name": "x"}, {})
    record.value = value
    return [record]


def round_of_work(instance):
    """All that can be done with a model, failures included. False: there was no memory for it."""
    model = instance.call(LOAD, MODEL, [])
    if is_error(model):
        assert model.text.startswith("out of memory")
        return False
    answers = [instance.call(RUN, model, inputs(2)), instance.call(RUN, model, [])]
    types = [to_wasmtime({"name": "x", "dtype": "float32", "shape": [3, 3]}, {})]
    execution = instance.call("models.[method]model.prepare", model, types)
    if is_error(execution):
        instance.call("drop", model)
        return False
    instance.call("drop", model)
    answers += [instance.call("models.[method]execution.start", execution, inputs(3))]
    answers += [instance.call("models.[method]execution.step", execution, 1)]
    instance.call("drop", execution)
    instance.call("operators.run", "Transpose", [inputs(1)[0].value], [])
    instance.call(LOAD, MODEL[:-9], [])
    return not any(is_error(answer) and answer.text.startswith("out of memory") for answer in answers)


def works_in(loaded, pages, rounds):
    try:
        instance = Instance(loaded, pages)
        return all(round_of_work(instance) for _ in range(rounds))
    except (wasmtime.WasmtimeError, wasmtime.Trap):
        return False


def test_a_thousand_loads_and_drops_need_the_memory_of_ten(loaded):
    least, enough = 0, 256
    while least + 1 < enough:
        middle = (least + enough) // 2
        least, enough = (least, middle) if works_in(loaded, middle, 10) else (middle, enough)
    assert not works_in(loaded, least, 10)
    assert works_in(loaded, enough, 1000), f"{enough} pages were enough for ten"


def test_what_does_not_fit_into_memory_is_an_error_and_the_instance_goes_on(loaded):
    instance = Instance(loaded, 32)
    model = instance.call(LOAD, MODEL, [])
    column, row = (to_wasmtime({"dtype": "float32", "shape": shape}, {}) for shape in ([3000, 1], [3000]))
    column.data = row.data = bytes(12000)
    answer = instance.call("operators.run", "Add", [column, row], [])
    assert is_error(answer)
    assert answer.code == "limit"
    assert "out of memory" in answer.text
    assert not is_error(instance.call(RUN, model, inputs(2)))


def test_it_imports_nothing(loaded):
    engine, file = loaded
    assert file.type.imports(engine) == {}
    assert set(file.type.exports(engine)) == {f"ms:backend/{name}@0.1.0" for name in ("types", "operators", "models")}


def test_the_data_types_are_the_engines_in_its_order():
    rows = re.findall(r'^DTYPE\(.*, "(\w+)",', (ROOT / "src/base/dtype.def").read_text(), re.M)
    wit = (HERE.parent / "backend/wit/types.wit").read_text()
    enum = re.search(r"enum dtype \{(.*?)\}", wit, re.S)[1]
    assert re.findall(r"^ +%?(\w+),$", enum, re.M) == rows


def test_the_cases_in_c():
    files = ("build/wasm/ms_backend_wasm.component.wasm", "bindings/component/test/backend/cases.json")
    done = subprocess.run(
        ["build/cmake/native/tests/component_cases", *files], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [f"ok {case['name']}" for case in CASES]


def test_a_wrong_answer_fails_in_c(tmp_path):
    """So that the program above can fail: each case that wants an answer, with another one."""
    wrong = [
        {"name": "wrong", "calls": [CASES[1]["calls"][0] | {"ok": [ok]}]} for ok in (CASES[2]["calls"][0]["ok"][0], 1)
    ]
    (tmp_path / "cases.json").write_text(json.dumps(wrong))
    files = ("build/wasm/ms_backend_wasm.component.wasm", tmp_path / "cases.json")
    done = subprocess.run(
        ["build/cmake/native/tests/component_cases", *files], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stdout.count("FAILED wrong: call 0, operators.run") == 2


def commands(language):
    return re.findall(rf"^```{language}\n(.*?)^```", (HERE.parent / "backend/README.md").read_text(), re.S | re.M)


def test_the_python_of_the_readme_runs():
    (text,) = commands("python")
    done = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[11.0, 22.0, 33.0]\n"


def test_the_commands_of_the_readme_run(tmp_path):
    (text,) = commands("sh")
    (script,) = commands("js")
    (tmp_path / "add.mjs").write_text(script)
    for name in ("build", "bindings", "test", ".cache"):
        (tmp_path / name).symlink_to(ROOT / name)
    done = subprocess.run(["bash", "-euc", text], cwd=tmp_path, capture_output=True, text=True)
    shutil.rmtree(ROOT / "build/backend_js", ignore_errors=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "Float32Array(3) [ 11, 22, 33 ]"
