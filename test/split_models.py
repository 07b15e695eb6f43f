"""Models whose weights are in other files, from writers that are not ours: MindSpore's own, and its protobuf schema."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mindspore.train import mind_ir_pb2, serialization

HEAD = b"\1" + bytes(63)  # little endian, and what is kept for later


def parse(path: Path) -> Any:
    proto = mind_ir_pb2.ModelProto()
    proto.ParseFromString(path.read_bytes())
    return proto


def split(whole: Path, folder: Path, files: int = 1, change: Callable[[Any], None] | None = None) -> Path:
    """A model in one file as MindSpore would write it above 1 GiB: net_graph.mindir, and net_variables/data_0 ...

    change  what is done to the model before it is written, its weights being elsewhere by then
    """
    proto = parse(whole)
    data = [bytearray(HEAD) for _ in range(files)]
    for i, parameter in enumerate(sorted(proto.graph.parameter, key=lambda parameter: parameter.name)):
        part = data[i % files]
        place = parameter.external_data
        place.location, place.offset, place.length = (
            f"net_variables/data_{i % files}",
            len(part),
            len(parameter.raw_data),
        )
        part += parameter.raw_data + bytes(-len(parameter.raw_data) % 64)
        parameter.ClearField("raw_data")
    if change:
        change(proto)
    (folder / "net_variables").mkdir(parents=True, exist_ok=True)
    for i, part in enumerate(data):
        (folder / f"net_variables/data_{i}").write_bytes(part)
    path = folder / "net_graph.mindir"
    path.write_bytes(proto.SerializeToString())
    return path


@contextlib.contextmanager
def splitting(file_bytes: int = 1 << 40) -> Iterator[None]:
    """MindSpore's export writes weights into other files whatever their size, and begins another behind file_bytes."""
    kept = serialization.TOTAL_SAVE, serialization.PARAMETER_SPLIT_SIZE
    serialization.TOTAL_SAVE, serialization.PARAMETER_SPLIT_SIZE = 0, file_bytes / 1024
    try:
        yield
    finally:
        serialization.TOTAL_SAVE, serialization.PARAMETER_SPLIT_SIZE = kept


def sparse(path: Path, size: int) -> None:
    """A file of weights that are all 0, of any size, on hardly any disk."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(HEAD)
    os.truncate(path, size)


def huge(whole: Path, folder: Path, matrices: int) -> Path:
    """A chain of MatMul over matrices of 1 GiB each, all zeros; the rest as in the model given."""
    proto = parse(whole)
    graph = proto.graph
    del graph.parameter[:], graph.node[:], graph.output[:], graph.input[:], proto.functions[:]
    value = graph.input.add(name="x")
    value.tensor.add(data_type=1, dims=[1, 16384])
    primitive = proto.primitives.add(name="REF:big", op_type="MatMul", prim_type=1)
    for i in range(matrices):
        weight = graph.parameter.add(name=f"w{i}", data_type=1, dims=[16384, 16384])
        weight.external_data.location, weight.external_data.length = "net_variables/data_0", 1 << 30
        weight.external_data.offset = 64 + (i << 30)
        node = graph.node.add(name=f"y{i}", op_type=f"REF::{primitive.name}")
        node.input.extend([f"y{i - 1}" if i else "x", weight.name])
        node.output.append(node.name)
    graph.output.add(name=f"y{matrices - 1}")
    path = folder / "net_graph.mindir"
    path.write_bytes(proto.SerializeToString())
    sparse(folder / "net_variables" / "data_0", 64 + (matrices << 30))
    return path
