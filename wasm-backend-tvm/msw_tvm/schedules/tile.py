"""How a product is cut into tiles: what the tuner varies and records keep."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from ..errors import BuildError
from .workload import Workload

STACK_FLOATS = 256  # TVM keeps a local buffer of up to 1024 bytes on the stack, from where LLVM lifts it into registers


@dataclass(frozen=True)
class Tile:
    """A tile of the answer, whose sums stay in registers.

    rows, columns   numbers of the answer that are summed at once; weights are packed in panels of `columns`
    unroll          steps of the sum that are written out one after another
    shuffle         1: four numbers of a row are loaded at once and spread by shuffles; 0: each is loaded into all lanes
    sweep           tiles of rows done with one panel of weights before the next panel; 0: all
    """

    rows: int = 4
    columns: int = 8
    unroll: int = 4
    shuffle: int = 1
    sweep: int = 1

    def __post_init__(self) -> None:
        wrong = next((field.name for field in fields(self) if type(getattr(self, field.name)) is not int), None)
        if wrong:
            raise BuildError(f"tile: {wrong} is {getattr(self, wrong)!r}, expected a whole number")
        limits = {"rows": (1, 16), "columns": (4, 64), "unroll": (1, 64), "shuffle": (0, 1), "sweep": (0, 1 << 20)}
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise BuildError(f"tile: {name} is {getattr(self, name)}, expected {low}..{high}")
        if self.columns % 4:
            raise BuildError(f"tile: columns is {self.columns}, expected a multiple of 4")
        if self.rows * max(self.columns, self.unroll) > STACK_FLOATS:
            raise BuildError(f"tile: {self.rows} rows are too many, expected rows x columns and rows x unroll <= 256")

    def fitted(self, workload: Workload) -> "Tile":
        """The tile that is used for a workload which this one does not divide."""
        unroll = max(u for u in range(1, max(self.unroll, 8) + 1) if workload.depth % u == 0)
        unroll = self.unroll if workload.depth % self.unroll == 0 else unroll
        rows = min(self.rows, workload.rows)
        tiles = -(-workload.rows // rows)
        sweep = max(s for s in range(1, min(self.sweep or tiles, tiles) + 1) if tiles % s == 0)
        return replace(self, rows=rows, unroll=unroll, shuffle=int(self.shuffle and unroll % 4 == 0), sweep=sweep)

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


def tile_from(values: Any) -> Tile:
    """A tile from an object of a records file; fields not given have their defaults."""
    names = [field.name for field in fields(Tile)]
    if not isinstance(values, dict) or not set(values) <= set(names):
        raise BuildError(f"tile: {values!r}, expected an object with any of {', '.join(names)}")
    return Tile(**values)


def default_tile(workload: Workload) -> Tile:
    """The tile of a workload that no record knows."""
    return Tile() if workload.rows >= 4 else Tile(columns=32)
