"""Estimates how long a tile takes, so that only promising ones are compiled and timed.

A model of Cranelift's code on an x86-64 core, in cycles for a multiply-add of four lanes: it ranks candidates, it
predicts no time. The constants are fitted to what candidates took on ResNet50's layers in wasmtime 50.
"""

from ..schedules import Depthwise, DepthwiseTile, Tile, Workload

REGISTERS = 16
PORTS = 2.5  # that take arithmetic and shuffles
LOADS = 2  # a cycle
ISSUED = 4  # instructions a cycle
LATENCY = 5  # cycles of an addition
SPREAD = 3  # instructions that spread a number of memory over the lanes; it takes one from a register
SPILL = 2.0  # a store and a load in each step for a vector without a register
L1_BYTES, L2_BYTES = 48 << 10, 1 << 20
L2_BYTES_A_CYCLE, L3_BYTES_A_CYCLE = 32.0, 10.0
TRANSFORM_CYCLES = 3.0  # for a vector of an image or answer and each number it is made of


def registers(tile: Tile) -> int:
    """Vectors that are alive at once: sums, a row of the panel, a number of each row, a product."""
    vectors = tile.columns // 4
    return tile.rows * vectors + min(vectors, tile.rows) + 2


def step_cycles(tile: Tile, relaxed: bool) -> float:
    """One step of the sum for a whole tile."""
    vectors = tile.columns // 4
    arithmetic = tile.rows * vectors * (1 if relaxed and tile.fours else 2)
    spread = tile.rows * (1 if tile.shuffle else SPREAD)
    loads = vectors + tile.rows * (0.25 if tile.shuffle else 1)
    spilled = max(0, registers(tile) - REGISTERS) * SPILL
    control = 4 / tile.unroll + loads  # each load computes its address
    busiest = max((arithmetic + spread) / PORTS, (loads + spilled) / LOADS, LATENCY)
    return max(busiest, (arithmetic + spread + loads + spilled + control) / ISSUED)


def _transfer(size: float, traffic: float) -> float:
    """Cycles in which `traffic` bytes come from the cache that holds `size` bytes."""
    if size <= L1_BYTES:
        return 0.0
    return traffic / (L2_BYTES_A_CYCLE if size <= L2_BYTES else L3_BYTES_A_CYCLE)


def _memory_cycles(rows: int, steps: int, o: int, tile: Tile) -> float:
    """What both sides wait for caches, all in all: rows are done in groups, each with all panels one after another."""
    tiles = -(-rows // tile.rows)
    sweep = tile.sweep or tiles
    groups, panels = tiles / sweep, -(-o // tile.columns)
    panel, group = 4 * steps * tile.columns, 4 * steps * tile.rows * sweep
    first = _transfer(panel * panels + group, panel)
    again = _transfer(panel + group / sweep, panel * (sweep - 1))  # for the next rows of the same group
    return groups * panels * (first + again + _transfer(group + panel, group))


def _product_cycles(rows: int, steps: int, o: int, tile: Tile, relaxed: bool) -> float:
    tiles = -(-rows // tile.rows) * -(-o // tile.columns)
    return tiles * steps * step_cycles(tile, relaxed) + _memory_cycles(rows, steps, o, tile)


def _winograd_cycles(workload: Workload, tile: Tile, relaxed: bool) -> float:
    part, a = workload.squares(tile.winograd), tile.winograd + 2
    vectors = part.rows * (workload.c + workload.o) / 4
    return a * a * (_product_cycles(part.m, part.k, part.o, tile, relaxed) + vectors * TRANSFORM_CYCLES)


def _depthwise_cycles(workload: Depthwise, tile: DepthwiseTile) -> float:
    """Each sum loads what it multiplies; the part of the image is copied before, with its border."""
    height, width = workload.out
    taps, fours = workload.kernel[0] * workload.kernel[1], -(-workload.o // 4)
    pixels = -(-width // tile.pixels) * tile.pixels
    spilled = max(0, tile.pixels + taps + 2 - REGISTERS) * SPILL
    sums = workload.n * height * pixels * fours * (taps + spilled / tile.pixels)
    inside = tile.rows * workload.strides[0]
    copied = inside + max(0, (workload.kernel[0] - 1) * workload.dilation[0] + 1 - workload.strides[0])
    part = 4 * copied * workload.w * tile.channels
    copies = workload.n * (height / tile.rows) * copied * workload.w * fours
    return sums + copies * 2 + _transfer(part, 4 * 4 * copies)


def cost(workload: Workload, tile: Tile | DepthwiseTile, relaxed: bool) -> float:
    """Estimated cycles of the whole workload for each multiply-add of four lanes that a plain sum has."""
    if isinstance(tile, DepthwiseTile):
        cycles = _depthwise_cycles(workload, tile)
    elif tile.winograd:
        cycles = _winograd_cycles(workload, tile, relaxed)
    else:
        cycles = _product_cycles(workload.rows, workload.taps * workload.depth, workload.o, tile, relaxed)
    return cycles / (workload.flops / 8)
