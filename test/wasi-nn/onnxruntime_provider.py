"""wasi:nn by onnxruntime, as a part of a runtime in Python: a provider that shares nothing with ours.

python onnxruntime_provider.py FOLDER COMPONENT ARGUMENT...     FOLDER is the root of what the program sees
"""

import sys
from pathlib import Path

import numpy as np
import onnxruntime
from wasmtime import Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, ResourceHost, ResourceType, Variant

VERSION = "@0.2.0-rc-2024-10-28"
DTYPES = {
    "FP16": np.float16,
    "FP32": np.float32,
    "FP64": np.float64,
    "U8": np.uint8,
    "I32": np.int32,
    "I64": np.int64,
}
ONNX_TYPES = dict(zip(DTYPES, ("float16", "float", "double", "uint8", "int32", "int64"), strict=True))
ERROR, TENSOR, GRAPH, CONTEXT = range(1, 5)


class NnError(Exception):
    """A code of wasi:nn, and a text."""


class Provider:
    """Objects by number: what a resource stands for."""

    def __init__(self) -> None:
        self.objects, self.next = {}, 1

    def own(self, thing: object, kind: int) -> ResourceHost:
        self.objects[self.next] = thing
        self.next += 1
        return ResourceHost.own(self.next - 1, kind)

    def at(self, store, handle) -> object:
        return self.objects[handle.to_host(store).rep]

    def drop(self, store, rep: int) -> None:
        del self.objects[rep]

    def answer(self, make):
        try:
            return Variant("ok", make())
        except NnError as error:
            return Variant("err", self.own(error.args, ERROR))

    def load(self, store, builder, encoding, target):
        def make():
            if target != "cpu":
                raise NnError("unsupported-operation", f"target {target}")
            if encoding != "onnx" or len(builder) != 1:
                raise NnError("invalid-encoding", "expected one buffer of onnx")
            try:
                return self.own(onnxruntime.InferenceSession(bytes(builder[0])), GRAPH)
            except Exception as error:
                raise NnError("invalid-encoding", str(error)) from error

        return self.answer(make)

    def load_by_name(self, store, name):
        return Variant("err", self.own(("not-found", f"no graph {name[:80]}"), ERROR))

    def context(self, store, graph):
        return Variant("ok", self.own(self.at(store, graph), CONTEXT))

    def compute(self, store, context, inputs):
        session = self.at(store, context)
        given = [(name, self.objects.pop(tensor.to_host(store).rep)) for name, tensor in inputs]
        result = self.answer(lambda: self.outputs(session, given))
        return result.payload  # wasmtime tells a list from a resource by itself

    def outputs(self, session, given):
        if len({name for name, _ in given}) != len(given):
            raise NnError("invalid-argument", "an input is given twice")
        feeds = {name: onnx_value(*tensor) for name, tensor in given}
        if unknown := feeds.keys() - {i.name for i in session.get_inputs()}:
            raise NnError("invalid-argument", f"no input {unknown}")
        names = [output.name for output in session.get_outputs()]
        try:
            values = session.run_with_ort_values(names, feeds)
        except Exception as error:
            raise NnError("invalid-argument", str(error)) from error
        return [(name, self.own(plain_value(value), TENSOR)) for name, value in zip(names, values, strict=True)]


def onnx_value(dimensions, ty, data):
    if ty not in DTYPES:
        raise NnError("unsupported-operation", f"{ty}, which numpy lacks")
    dtype = np.dtype(DTYPES[ty])
    if len(dimensions) > 8 or int(np.prod([int(n) for n in dimensions], dtype=object)) * dtype.itemsize != len(data):
        raise NnError("invalid-argument", f"{dimensions} of {ty} in {len(data)} bytes")
    array = np.frombuffer(data, dtype).reshape(dimensions)
    return onnxruntime.OrtValue.ortvalue_from_numpy(array)


def plain_value(value):
    kind = value.data_type().removeprefix("tensor(").removesuffix(")")
    ty = next(ty for ty, name in ONNX_TYPES.items() if name == kind)
    return value.shape(), ty, value.numpy().tobytes()


def link(linker: Linker, provider: Provider) -> None:
    interfaces = {
        "errors": {
            "error": ERROR,
            "[method]error.code": lambda store, error: provider.at(store, error)[0],
            "[method]error.data": lambda store, error: provider.at(store, error)[1],
        },
        "tensor": {
            "tensor": TENSOR,
            "[constructor]tensor": lambda store, *parts: provider.own(parts, TENSOR),
            "[method]tensor.dimensions": lambda store, tensor: provider.at(store, tensor)[0],
            "[method]tensor.ty": lambda store, tensor: provider.at(store, tensor)[1],
            "[method]tensor.data": lambda store, tensor: provider.at(store, tensor)[2],
        },
        "inference": {
            "graph-execution-context": CONTEXT,
            "[method]graph-execution-context.compute": provider.compute,
        },
        "graph": {
            "graph": GRAPH,
            "[method]graph.init-execution-context": provider.context,
            "load": provider.load,
            "load-by-name": provider.load_by_name,
        },
    }
    with linker.root() as root:
        for interface, items in interfaces.items():
            with root.add_instance(f"wasi:nn/{interface}{VERSION}") as instance:
                for name, item in items.items():
                    if isinstance(item, int):
                        instance.add_resource(name, ResourceType.host(item), provider.drop)
                    else:
                        instance.add_func(name, item)


def run(folder: str, path: str, arguments: list[str]) -> int:
    engine = Engine()
    store, linker, wasi, provider = Store(engine), Linker(engine), WasiConfig(), Provider()
    wasi.argv = [Path(path).name, *arguments]
    wasi.preopen_dir(folder, "/")
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    store.set_wasi(wasi)
    linker.add_wasip2()
    link(linker, provider)
    component = Component.from_file(engine, path)
    instance = linker.instantiate(store, component)
    main = component.get_export_index("run", component.get_export_index("wasi:cli/run@0.2.12"))
    failed = instance.get_func(store, main)(store).tag != "ok"
    if provider.objects:
        print(f"# {len(provider.objects)} resources were never dropped")
    return int(failed)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], sys.argv[2], sys.argv[3:]))
