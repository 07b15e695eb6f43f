"""The planner of memory: what is alive at once never overlaps, and what is not shares."""

import numpy as np
import pytest
from msw_tvm.graph.memory import ALIGNMENT, Life, most_alive, padded, place


def overlaps(lives: list[Life]) -> list[tuple[int, int]]:
    """Pairs that share a step and a byte, by looking at every byte of every step."""
    steps = max(life.last for life in lives) + 2
    block = max(life.offset + life.size for life in lives)
    owner = np.full((steps, block), -1)
    found = []
    for i, life in enumerate(lives):
        mine = owner[life.first + 1 : life.last + 2, life.offset : life.offset + life.size]
        found += [(int(other), i) for other in np.unique(mine) if other >= 0]
        mine[:] = i
    return found


@pytest.mark.parametrize("seed", range(20))
def test_random_lives_do_not_overlap(seed):
    random = np.random.default_rng(seed)
    lives = []
    for _ in range(30):
        first = int(random.integers(-1, 20))
        lives.append(Life(int(random.integers(1, 900)), first, first + int(random.integers(0, 8))))
    block = place(lives)
    assert overlaps(lives) == []
    assert block == max(life.end for life in lives)
    assert all(life.offset % ALIGNMENT == 0 for life in lives)
    assert block <= sum(padded(life.size) for life in lives)


def test_a_chain_needs_the_two_largest_neighbours():
    sizes = [640, 128, 1024, 64, 512]
    lives = [Life(size, at, at + 1) for at, size in enumerate(sizes)]
    assert most_alive(lives, 6) == 128 + 1024
    assert place(lives) == 128 + 1024


def test_what_has_no_bytes_still_has_a_place():
    lives = [Life(0, 0, 2), Life(0, 0, 2)]
    assert place(lives) == 2 * ALIGNMENT
    assert lives[0].offset != lives[1].offset


def test_nothing_needs_nothing():
    assert place([]) == 0
    assert most_alive([], 3) == 0
