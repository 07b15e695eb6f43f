"""Places tensors in one block of memory so that those alive at once never overlap."""

from dataclasses import dataclass

ALIGNMENT = 64


@dataclass
class Life:
    """A tensor of `size` bytes that is needed in the steps first ... last; its offset is to be found."""

    size: int
    first: int
    last: int
    offset: int = 0

    @property
    def end(self) -> int:
        return self.offset + padded(self.size)


def padded(size: int) -> int:
    """Size up to the next tensor; never 0, so that no two tensors have one place."""
    return -(-max(size, 1) // ALIGNMENT) * ALIGNMENT


def _overlap(x: Life, y: Life) -> bool:
    return x.first <= y.last and y.first <= x.last


def place(lives: list[Life]) -> int:
    """Give each an offset, the largest first, in the lowest gap that holds it; returns the bytes of the block."""
    placed: list[Life] = []
    for life in sorted(lives, key=lambda life: (-life.size, life.first)):  # sorted is stable: the same plan every time
        life.offset = 0
        for other in sorted((x for x in placed if _overlap(x, life)), key=lambda x: x.offset):
            if life.offset + padded(life.size) <= other.offset:
                break
            life.offset = max(life.offset, other.end)
        placed.append(life)
    return max((life.end for life in lives), default=0)


def most_alive(lives: list[Life], steps: int) -> int:
    """Largest sum of tensors alive in one step: no plan can be smaller."""
    change = [0] * (steps + 2)
    for life in lives:
        change[max(life.first, 0)] += life.size
        change[min(life.last, steps) + 1] -= life.size
    most = now = 0
    for delta in change:
        now += delta
        most = max(most, now)
    return most
