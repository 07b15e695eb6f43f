"""Tiles that the tuner found best, kept as JSON: {"plain": {key: tile}, "relaxed": {key: tile}}."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import BuildError
from .tile import AnyTile, default_tile, tile_from
from .workload import Workload, parse


def kind_of(relaxed: bool) -> str:
    """Under which name of a records file the tiles for an instruction set stand."""
    return "relaxed" if relaxed else "plain"


@dataclass
class Records:
    """Tiles by instruction set and key."""

    tiles: dict[str, dict[str, AnyTile]] = field(default_factory=lambda: {"plain": {}, "relaxed": {}})

    def best(self, workload: Workload, relaxed: bool = False) -> AnyTile:
        """The tile to use, fitted to the workload."""
        found = self.tiles[kind_of(relaxed)].get(workload.key) or default_tile(workload)
        return found.fitted(workload)

    def put(self, workload: Workload, tile: AnyTile, relaxed: bool = False) -> None:
        self.tiles[kind_of(relaxed)][workload.key] = tile

    def save(self, path: Path) -> None:
        text = json.dumps({kind: {k: t.as_dict() for k, t in sorted(of.items())} for kind, of in self.tiles.items()})
        partial = path.with_name(path.name + ".part")
        partial.write_text(text.replace("}, ", "},\n") + "\n")
        os.replace(partial, path)


def load(path: Path) -> Records:
    """Read a records file."""
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        raise BuildError(f"{path}: no such file, expected a records file of the tuner") from None
    except (OSError, ValueError) as error:
        raise BuildError(f"{path}: {error}, expected a records file of the tuner") from None
    records = Records()
    if not isinstance(content, dict) or not set(content) <= set(records.tiles):
        raise BuildError(f'{path}: not a records file, expected {{"plain": {{key: tile}}, "relaxed": {{key: tile}}}}')
    for kind, tiles in content.items():
        if not isinstance(tiles, dict):
            raise BuildError(f"{path}: {kind} is no object, expected {{key: tile}}")
        for key, values in tiles.items():
            try:
                records.tiles[kind][key] = tile_from(values, parse(key))
            except BuildError as error:
                raise BuildError(f"{path}: {kind}: {key}: {error}") from None
    return records
