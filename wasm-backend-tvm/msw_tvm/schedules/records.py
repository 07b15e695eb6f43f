"""Tiles that the tuner found best, kept as JSON: {"plain": {key: tile}, "relaxed": {key: tile}}.

An object of a tile has its fields and, as "measured", how it was found.
"""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from ..errors import BuildError
from ..files import write_whole
from .tile import AnyTile, default_tile, tile_from
from .workload import Workload, parse

KINDS = ("plain", "relaxed")
MEASURED = "measured"


def kind_of(relaxed: bool) -> str:
    """Under which name of a records file the tiles for an instruction set stand."""
    return KINDS[relaxed]


@dataclass(frozen=True)
class Measured:
    """How a tile was found.

    ratio, quartiles        how many times as fast as the tile used without records, in turns side by side
    gflops, default_gflops  billions of operations of plain sums a second, with the tile and without
    tried, dropped          candidates, and those whose kernels failed or gave wrong numbers
    engine, processor       where
    """

    ratio: float
    quartiles: tuple[float, float]
    gflops: float
    default_gflops: float
    tried: int
    dropped: int
    engine: str
    processor: str


@dataclass
class Records:
    """Tiles by instruction set and key, and how they were measured, where that is known."""

    tiles: dict[str, dict[str, AnyTile]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    measured: dict[str, dict[str, Measured]] = field(default_factory=lambda: {kind: {} for kind in KINDS})

    def best(self, workload: Workload, relaxed: bool = False) -> AnyTile:
        """The tile to use, fitted to the workload."""
        found = self.tiles[kind_of(relaxed)].get(workload.key) or default_tile(workload)
        return found.fitted(workload)

    def put(self, workload: Workload, tile: AnyTile, relaxed: bool = False, measured: Measured | None = None) -> None:
        self.tiles[kind_of(relaxed)][workload.key] = tile
        self.measured[kind_of(relaxed)].pop(workload.key, None)
        if measured:
            self.measured[kind_of(relaxed)][workload.key] = measured

    def _row(self, kind: str, key: str) -> str:
        tile = json.dumps(self.tiles[kind][key].as_dict())
        measured = self.measured[kind].get(key)
        if measured:
            tile = f'{tile[:-1]},\n      "{MEASURED}": {json.dumps(asdict(measured))}}}'
        return f"    {json.dumps(key)}: {tile}"

    def save(self, path: Path) -> None:
        """Write a records file whole, or leave what was there."""
        kinds = []
        for kind, tiles in self.tiles.items():
            rows = ",\n".join(self._row(kind, key) for key in sorted(tiles))
            kinds.append(f'  "{kind}": {{\n{rows}\n  }}' if rows else f'  "{kind}": {{}}')
        write_whole(path, ("{\n" + ",\n".join(kinds) + "\n}\n").encode())


def _measured_from(values: Any) -> Measured:
    """What a records file says of a measurement."""
    kinds = {one.name: one.type for one in fields(Measured)}
    if not isinstance(values, dict) or set(values) != set(kinds):
        raise BuildError(f"{MEASURED}: {values!r}, expected an object of {', '.join(kinds)}")
    for name, value in values.items():
        numbers = value if name == "quartiles" else [value]
        fits = (str,) if kinds[name] is str else (int, float)
        if not isinstance(numbers, list) or not all(type(number) in fits for number in numbers):
            raise BuildError(f"{MEASURED}: {name} is {value!r}, expected what the tuner writes")
    if len(values["quartiles"]) != 2:
        raise BuildError(f"{MEASURED}: quartiles is {values['quartiles']!r}, expected two numbers")
    return Measured(**{**values, "quartiles": tuple(values["quartiles"])})


def _read_row(records: Records, kind: str, key: str, values: Any) -> None:
    workload, measured = parse(key), None
    if isinstance(values, dict) and MEASURED in values:
        values = dict(values)
        measured = _measured_from(values.pop(MEASURED))
    records.put(workload, tile_from(values, workload), kind == kind_of(True), measured)


def load(path: Path) -> Records:
    """Read a records file."""
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        raise BuildError(f"{path}: no such file, expected a records file of the tuner") from None
    except (OSError, ValueError, RecursionError) as error:
        raise BuildError(f"{path}: {error}, expected a records file of the tuner") from None
    records = Records()
    if not isinstance(content, dict) or not set(content) <= set(KINDS):
        raise BuildError(f'{path}: not a records file, expected {{"plain": {{key: tile}}, "relaxed": {{key: tile}}}}')
    for kind, tiles in content.items():
        if not isinstance(tiles, dict):
            raise BuildError(f"{path}: {kind} is no object, expected {{key: tile}}")
        for key, values in tiles.items():
            try:
                _read_row(records, kind, key, values)
            except BuildError as error:
                raise BuildError(f"{path}: {kind}: {key}: {error}") from None
    return records
