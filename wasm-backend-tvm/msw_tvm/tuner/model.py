"""The workloads of an ONNX file: the convolutions and products with constant weights for which its graph asks tiles."""

from dataclasses import dataclass, field
from pathlib import Path

from ..errors import BuildError
from ..graph.build import Options, lower_model
from ..graph.load import Shapes
from ..graph.lower import TUNED
from ..schedules import Records, Workload
from ..schedules.tile import AnyTile


@dataclass
class _Asked(Records):
    """Remembers for what tiles are asked."""

    workloads: list[Workload] = field(default_factory=list)

    def best(self, workload: Workload, relaxed: bool = False) -> AnyTile:
        self.workloads.append(workload)
        return super().best(workload, relaxed)


def workloads(path: Path, shapes: Shapes) -> list[Workload]:
    """The distinct workloads of a model, in the order in which it runs them; `shapes` are of inputs it leaves open."""
    asked = _Asked()
    lower_model(path, Options(TUNED, shapes=shapes, records=asked))
    if not asked.workloads:
        raise BuildError(f"{path}: nothing to tune, expected a convolution or a product with constant weights")
    return list(dict.fromkeys(asked.workloads))
