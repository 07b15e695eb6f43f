"""Makes the seeds of the MindIR fuzz target: small real files that MindSpore wrote, one for each net.

They are the nets of test/test_mindir_nets.py, test/nets_of_states.py and `make conformance` that are small once
everything is gone which the reader passes over. The latter lose their declared shapes too: a mutated net would stop at
the first of them that no longer holds, and never reach what comes behind.

Run it with the Python of `make test`, which has MindSpore: .venv/bin/python tools/make_corpus.py
(--conformance: the second half alone).
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "test" / "corpus" / "mindir_fuzz"
CONFORMANCE = ROOT / ".cache" / "conformance"
LARGEST = 12_000
UNKNOWN_RANK = -2
BESIDE = ("mlp", "mlp_bfloat16")
sys.path[:0] = [str(ROOT / "test"), str(ROOT / "bindings" / "python")]

import mindspore as ms  # noqa: E402  after the paths
from mindspore.train import mind_ir_pb2  # noqa: E402


def shrink(model: "mind_ir_pb2.ModelProto", declared: bool = False) -> bytes:
    primitives = {primitive.name for primitive in model.primitives}
    for graph in [model.graph, *model.functions]:
        for node in graph.node:
            node.ClearField("domain")
            node.ClearField("doc_string")
            keep = ("value",) if node.op_type == "Constant" else ("shape",)
            kept = [attribute for attribute in node.attribute if attribute.name in keep]
            del node.attribute[:]
            node.attribute.extend(kept)
            if (
                not declared and node.op_type.removeprefix("REF::") in primitives
            ):  # what a call gives is known from here alone
                for attribute in node.attribute:
                    if attribute.name == "shape":
                        open_tensors(attribute)
    return model.SerializeToString()


def put_beside(model: "mind_ir_pb2.ModelProto") -> None:
    """Takes the weights out, as MindSpore does with those of more than 1 GiB; the fuzz target has zeros for them."""
    offset = 64
    for number, parameter in enumerate(model.graph.parameter):
        parameter.external_data.location = f"variables/data_{number % 2}"
        parameter.external_data.offset = offset
        parameter.external_data.length = len(parameter.raw_data)
        offset += len(parameter.raw_data)
        parameter.ClearField("raw_data")


def open_tensors(attribute: "mind_ir_pb2.AttributeProto") -> None:
    for tensor in attribute.tensors:
        tensor.dims[:] = [UNKNOWN_RANK]
        tensor.ClearField("name")
    for value in attribute.values:
        open_tensors(value)


def exports() -> dict[str, bytes]:
    from test_mindir_nets import NETS, export  # needs the module, which the other half does not

    found = {}
    for net, arrays in NETS:
        name = f"of-{net.__name__.lower()}"
        while name in found:
            name += "-too"
        file = export(net(), [ms.Tensor(x) for x in arrays], Path.cwd() / f"{name}.mindir")
        model = mind_ir_pb2.ModelProto.FromString(Path(file).read_bytes())
        small = shrink(model, declared=True)
        if len(small) <= LARGEST:
            found[name] = small
    return found


def writers() -> dict[str, bytes]:
    """Nets that write to their parameters."""
    from nets_of_states import NETS

    found = {}
    for net in NETS:
        file, x = Path.cwd() / "net.mindir", ms.Tensor([1.0, -2.0, 3.0])
        ms.export(net(), x, file_name=str(file), file_format="MINDIR")
        found[f"states-{net.__name__.lower()}"] = shrink(mind_ir_pb2.ModelProto.FromString(file.read_bytes()))
        file.unlink()
    return found


def conformance() -> dict[str, bytes]:
    found = {}
    for file in sorted(CONFORMANCE.glob("*/net.mindir")):
        name, model = f"net-{file.parent.name}", mind_ir_pb2.ModelProto.FromString(file.read_bytes())
        small = shrink(model)
        if len(small) <= LARGEST:
            found[name] = small
        elif file.parent.name in BESIDE:
            put_beside(model)
            found[f"{name}-beside"] = model.SerializeToString()
    if not found:
        sys.exit("no nets under .cache/conformance: run make conformance first")
    return found


def main() -> None:
    ms.set_context(mode=ms.GRAPH_MODE, device_target="CPU")
    ms.set_seed(1)
    CORPUS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)  # MindSpore leaves files where it compiles
        files = conformance() if sys.argv[1:] == ["--conformance"] else exports() | writers() | conformance()
    for old in {name.split("-")[0] for name in files}:
        for file in CORPUS.glob(f"{old}-*.mindir"):
            file.unlink()
    for name, data in files.items():
        (CORPUS / f"{name}.mindir").write_bytes(data)
    shutil.copyfile(ROOT / "test" / "models" / "split_graph.mindir", CORPUS / "split.mindir")
    print(f"{len(files)} files, {sum(map(len, files.values()))} bytes")


if __name__ == "__main__":
    main()
