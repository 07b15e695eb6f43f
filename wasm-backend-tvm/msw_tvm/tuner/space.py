"""The candidates of a workload: every legal tile, and the few dozen of them that promise most."""

from collections import Counter
from collections.abc import Iterator
from itertools import product

from ..errors import BuildError
from ..schedules import Conv2d, Depthwise, DepthwiseTile, Matmul, Tile, Workload, default_tile
from ..schedules.tile import AnyTile
from .cost import cost

ROWS = range(1, 17)
COLUMNS = (4, 8, 12, 16, 20, 24, 28, 32, 48, 64)
STEPS = ((1, 0), (2, 0), (4, 0), (4, 1), (8, 1))  # unroll, shuffle
SQUARES = (0, 2, 4)
GROWTH_BYTES = 2 << 20  # by which Winograd's transformed weights of a layer may be larger than they were
PIXELS = range(1, 9)
ALIKE = 3  # candidates of the same size that are worth timing


def _spread(numbers: list[int]) -> list[int]:
    """Some of the numbers: each at least twice the one before, and the last."""
    kept = numbers[:1]
    for number in numbers[1:]:
        if number >= 2 * kept[-1] or number == numbers[-1]:
            kept.append(number)
    return kept


def _divisors(number: int) -> list[int]:
    return [divisor for divisor in range(1, number + 1) if number % divisor == 0]


def _parts(workload: Conv2d | Matmul) -> Iterator[tuple[int, Conv2d | Matmul]]:
    """Sides of Winograd's squares, 0 for a plain sum, with the product that is to be cut into tiles."""
    yield 0, workload
    for side in SQUARES[1:]:
        part = workload.squares(side) if isinstance(workload, Conv2d) else None
        if part and 4 * part.k * part.o * ((side + 2) ** 2 - 9) <= GROWTH_BYTES:
            yield side, part


def _tiles(workload: Conv2d | Matmul, relaxed: bool) -> Iterator[AnyTile]:
    widest = max(4, -(-workload.o // 4) * 4)
    vectors = (0, 1) if relaxed else (0,)  # without fused multiply-adds nothing is won by fours
    ways = product(_parts(workload), ROWS, COLUMNS, STEPS, vectors)
    for (winograd, part), rows, columns, (unroll, shuffle), fours in ways:
        if rows > part.rows or columns > widest:
            continue
        for sweep in _spread(_divisors(-(-part.rows // rows))):
            try:
                yield Tile(rows, columns, unroll, shuffle, sweep, winograd, fours)
            except BuildError:
                break  # too many sums for the stack


def _depthwise_tiles(workload: Depthwise) -> Iterator[AnyTile]:
    fours = _divisors(-(-workload.o // 4))
    for rows, four, pixels in product(_divisors(workload.out[0]), fours, PIXELS):
        yield DepthwiseTile(rows, 4 * four, pixels)


def legal(workload: Workload, relaxed: bool = False) -> list[AnyTile]:
    """Every tile that the workload can have as it is."""
    tiles = _depthwise_tiles(workload) if isinstance(workload, Depthwise) else _tiles(workload, relaxed)
    return [tile for tile in tiles if tile.fitted(workload) == tile]


def _size(tile: AnyTile) -> tuple[int, ...]:
    if isinstance(tile, DepthwiseTile):
        return tile.rows, tile.pixels
    return tile.winograd, tile.fours, tile.rows, tile.columns


def candidates(workload: Workload, count: int, relaxed: bool) -> list[AnyTile]:
    """At most `count` tiles, the one used without records first, then the cheapest by estimate."""
    default = default_tile(workload).fitted(workload)
    kept, alike = [default], Counter()
    for tile in sorted(legal(workload, relaxed), key=lambda tile: cost(workload, tile, relaxed)):
        if len(kept) < count and tile != default and alike[_size(tile)] < ALIKE:
            alike[_size(tile)] += 1
            kept.append(tile)
    return kept
