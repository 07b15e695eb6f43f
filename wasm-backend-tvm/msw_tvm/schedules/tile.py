"""How the work of a kernel is cut into tiles: what the tuner varies and records keep."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, ClassVar

from ..errors import BuildError
from .workload import Depthwise, Workload

STACK_FLOATS = 256  # TVM keeps a local buffer of up to 1024 bytes on the stack, from where LLVM lifts it into registers


def _divisor(number: int, limit: int) -> int:
    """The largest divisor of a number up to a limit."""
    return max(d for d in range(1, min(number, max(limit, 1)) + 1) if number % d == 0)


class _Checked:
    """Whole numbers between limits, or a BuildError."""

    LIMITS: ClassVar[dict[str, tuple[int, int]]]

    def __post_init__(self) -> None:
        for name, (low, high) in self.LIMITS.items():
            value = getattr(self, name)
            if type(value) is not int or not low <= value <= high:
                raise BuildError(f"tile: {name} is {value!r}, expected a whole number {low}..{high}")

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True)
class Tile(_Checked):
    """A tile of a product, whose sums stay in registers.

    rows, columns   numbers of the answer that are summed at once; weights are packed in panels of `columns`
    unroll          steps of the sum that are written out one after another
    shuffle         1: four numbers of a row are loaded at once and spread by shuffles; 0: each is loaded into all lanes
    sweep           tiles of rows done with one panel of weights before the next panel; 0: all
    winograd        side of the squares of the answer that Winograd's algorithm makes at once: 2, 4; 0: plain sums
    fours           1: vectors of four, of which relaxed SIMD makes fused multiply-adds; 0: as wide as the tile, which
                    LLVM splits into fours with fewer spills, but without fusing
    """

    rows: int = 4
    columns: int = 8
    unroll: int = 4
    shuffle: int = 1
    sweep: int = 16
    winograd: int = 0
    fours: int = 0

    LIMITS: ClassVar = {
        "rows": (1, 16),
        "columns": (4, 64),
        "unroll": (1, 64),
        "shuffle": (0, 1),
        "sweep": (0, 1 << 20),
        "winograd": (0, 4),
        "fours": (0, 1),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.columns % 4:
            raise BuildError(f"tile: columns is {self.columns}, expected a multiple of 4")
        if self.winograd not in (0, 2, 4):
            raise BuildError(f"tile: winograd is {self.winograd}, expected 0, 2 or 4")
        if self.rows * max(self.columns, self.unroll) > STACK_FLOATS:
            raise BuildError(f"tile: {self.rows} rows are too many, expected rows x columns and rows x unroll <= 256")

    def fitted(self, workload: Workload) -> "Tile":
        """The tile that is used for a workload which this one does not divide."""
        part = workload.squares(self.winograd)
        inner = part or workload
        whole = inner.depth % self.unroll == 0
        unroll = self.unroll if whole else _divisor(inner.depth, max(self.unroll, 8))
        rows = min(self.rows, inner.rows)
        tiles = -(-inner.rows // rows)
        return replace(
            self,
            rows=rows,
            unroll=unroll,
            shuffle=int(self.shuffle and unroll % 4 == 0),
            sweep=_divisor(tiles, self.sweep or tiles),
            winograd=self.winograd if part else 0,
        )


@dataclass(frozen=True)
class DepthwiseTile(_Checked):
    """A tile of a depthwise convolution; four channels are side by side in a register.

    rows, channels  part of the answer for which the part of the image is copied together, its border padded
    pixels          neighbours in a row that are summed at once
    """

    rows: int = 8
    channels: int = 16
    pixels: int = 4

    LIMITS: ClassVar = {"rows": (1, 1 << 20), "channels": (4, 1 << 20), "pixels": (1, 16)}

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.channels % 4:
            raise BuildError(f"tile: channels is {self.channels}, expected a multiple of 4")

    def fitted(self, workload: Depthwise) -> "DepthwiseTile":
        """The tile that is used for a workload which this one does not divide."""
        height, width = workload.out
        fours = _divisor(-(-workload.o // 4), self.channels // 4)
        return DepthwiseTile(_divisor(height, self.rows), 4 * fours, min(self.pixels, width))


AnyTile = Tile | DepthwiseTile


def tile_from(values: Any, workload: Workload) -> AnyTile:
    """A tile for a workload from an object of a records file; fields not given have their defaults."""
    kind = DepthwiseTile if isinstance(workload, Depthwise) else Tile
    names = [field.name for field in fields(kind)]
    if not isinstance(values, dict) or not set(values) <= set(names):
        raise BuildError(f"tile: {values!r}, expected an object with any of {', '.join(names)}")
    return kind(**values)


def default_tile(workload: Workload) -> AnyTile:
    """The tile of a workload that no record knows."""
    if isinstance(workload, Depthwise):
        return DepthwiseTile()
    if workload.rows < 4:
        return Tile(columns=32)
    # In wasmtime ResNet50 takes 7 % less time with panels of 16 than of 8: where they do not divide, zeros cost more.
    return Tile(columns=16 if workload.o % 16 == 0 else 8)
