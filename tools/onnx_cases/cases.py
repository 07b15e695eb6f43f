"""ONNX's own test cases as files, model.onnx and test_data_set_N/*.pb, written once, and read back as arrays.

.cache/onnx/VERSION/KIND/NAME: what the package generates (node) and what it carries (simple, pytorch-converted,
pytorch-operator, and light: nets with made-up weights and inputs, whose answers onnx's reference gave).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("MSW_CACHE") or ROOT / ".cache") / "onnx" / onnx.__version__
CARRIED = Path(onnx.__file__).parent / "backend" / "test" / "data"
KINDS = ("node", "simple", "pytorch-converted", "pytorch-operator", "light")
# onnx's runner allows at least these: onnx/backend/test/loader.
RTOL, ATOL = 1e-3, 1e-7
LIST = CACHE / "cases.json"


@dataclass(frozen=True)
class Case:
    """A model, its data, and how far an answer may be off.

    subject  the operator that it is about, with its domain where that is not ai.onnx; of a net, its kind
    """

    kind: str
    name: str
    subject: str
    rtol: float
    atol: float

    @property
    def folder(self) -> Path:
        return CACHE / self.kind / self.name

    def sets(self) -> list[tuple[list[Any], list[Any]]]:
        """Inputs and outputs of each data set."""
        graph = onnx.load_model(self.folder / "model.onnx", load_external_data=False).graph
        given = {value.name for value in graph.initializer}
        inputs = [value for value in graph.input if self.kind == "node" or value.name not in given]
        folders = sorted(self.folder.glob("test_data_set_*"))
        return [(_read(folder, "input", inputs), _read(folder, "output", graph.output)) for folder in folders]


def load() -> list[Case]:
    """All cases; the first time, and with another version of onnx, they are written: some seconds."""
    if not LIST.is_file():
        _make()
    return [Case(**row) for row in json.loads(LIST.read_text())]


def _read(folder: Path, kind: str, values: Iterable[Any]) -> list[Any]:
    found = []
    for index, value in enumerate(values):
        path = folder / f"{kind}_{index}.pb"
        if path.is_file():
            found.append(_value(path.read_bytes(), value.type.WhichOneof("value")))
    return found


def _value(data: bytes, kind: str) -> Any:
    if kind == "sequence_type":
        return numpy_helper.to_list(onnx.SequenceProto.FromString(data))
    if kind == "optional_type":
        return numpy_helper.to_optional(onnx.OptionalProto.FromString(data))
    return numpy_helper.to_array(onnx.TensorProto.FromString(data))


def _write(path: Path, value: Any, about: Any) -> None:
    kind = about.type.WhichOneof("value")
    if kind == "sequence_type":
        proto = numpy_helper.from_list(value, about.name)
    elif kind == "optional_type":
        proto = numpy_helper.from_optional(value, about.name)
    else:
        proto = value if isinstance(value, onnx.TensorProto) else numpy_helper.from_array(np.asarray(value), about.name)
    path.write_bytes(proto.SerializeToString())


def _make() -> None:
    """All of it beside its place first, so that what is there is complete."""
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE.parent) as name:
        place = Path(name, CACHE.name)
        rows = [*_nodes(place / "node"), *(row for kind in KINDS[1:4] for row in _carried(place, kind)), *_light(place)]
        (place / LIST.name).write_text(json.dumps([asdict(row) for row in rows], indent=0))
        shutil.rmtree(CACHE, ignore_errors=True)
        place.rename(CACHE)


def _nodes(place: Path) -> Iterator[Case]:
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the expected infinities
        found = collect_testcases(None)
    models = {case.name: case.model for case in found}
    for case in found:
        for number, (inputs, outputs) in enumerate(case.data_sets):
            folder = place / case.name / f"test_data_set_{number}"
            folder.mkdir(parents=True)
            for kind, values, abouts in (
                ("input", inputs, case.model.graph.input),
                ("output", outputs, case.model.graph.output),
            ):
                for index, (value, about) in enumerate(zip(values, abouts, strict=True)):
                    _write(folder / f"{kind}_{index}.pb", value, about)
        (place / case.name / "model.onnx").write_bytes(case.model.SerializeToString())
        yield Case("node", case.name, _subject(case.name, models), max(case.rtol, RTOL), max(case.atol, ATOL))


def _carried(place: Path, kind: str) -> Iterator[Case]:
    for source in sorted((CARRIED / kind).iterdir()):
        shutil.copytree(source, place / kind / source.name)
        yield Case(kind, source.name, kind, RTOL, ATOL)


def _light(place: Path) -> Iterator[Case]:
    for source in sorted((CARRIED / "light").glob("*.onnx")):
        model = onnx.load_model(source)
        given = {value.name for value in model.graph.initializer}
        data = place / "light" / source.stem / "test_data_set_0"
        data.mkdir(parents=True)
        shutil.copy(source, data.parent / "model.onnx")
        shutil.copy(source.with_name(f"{source.stem}_output_0.pb"), data / "output_0.pb")
        inputs = [value for value in model.graph.input if value.name not in given]
        for index, about in enumerate(inputs):
            _write(data / f"input_{index}.pb", _ramp(about), about)
        yield Case("light", source.stem, "light", RTOL, ATOL)


def _ramp(about: Any) -> np.ndarray:
    """The input that onnx's runner makes for the light nets."""
    shape = [dim.dim_value if dim.HasField("dim_value") else 1 for dim in about.type.tensor_type.shape.dim]
    count = int(np.prod(shape))
    return (np.arange(count).reshape(shape) / count).astype(np.float32)


def _subject(name: str, models: dict[str, Any]) -> str:
    """Of a case that spells an operator out, that of the case which does not."""
    base = re.sub(r"_expanded(_ver\d+)?$", "", name)
    nodes = models.get(base, models[name]).graph.node
    plain = base.removeprefix("test_").replace("_", "")
    node = max(nodes, key=lambda node: len(node.op_type) if plain.startswith(node.op_type.lower()) else 0)
    return f"{node.domain}.{node.op_type}" if node.domain not in ("", "ai.onnx") else node.op_type
