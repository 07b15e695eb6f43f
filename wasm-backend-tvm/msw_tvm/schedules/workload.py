"""What a kernel computes, and the key that names it in a records file."""

import re
from dataclasses import dataclass
from typing import ClassVar

from ..errors import BuildError


def _short(*numbers: int) -> str:
    """One number where all are equal, else all of them."""
    return str(numbers[0]) if len(set(numbers)) == 1 else "x".join(map(str, numbers))


@dataclass(frozen=True)
class Conv2d:
    """Convolution of images [n, h, w, c] to o channels; padding is top, left, bottom, right."""

    n: int
    h: int
    w: int
    c: int
    o: int
    kernel: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)

    KIND: ClassVar[str] = "conv2d"

    @property
    def key(self) -> str:
        return (
            f"{self.KIND} n{self.n} h{self.h} w{self.w} c{self.c} o{self.o} k{self.kernel[0]}x{self.kernel[1]} "
            f"s{_short(*self.strides)} p{_short(*self.padding)} d{_short(*self.dilation)}"
        )

    @property
    def out(self) -> tuple[int, int]:
        """Height and width of the answer."""
        top, left, bottom, right = self.padding
        spans = [(size - 1) * step + 1 for size, step in zip(self.kernel, self.dilation, strict=True)]
        return (
            (self.h + top + bottom - spans[0]) // self.strides[0] + 1,
            (self.w + left + right - spans[1]) // self.strides[1] + 1,
        )

    @property
    def rows(self) -> int:
        return self.n * self.out[0] * self.out[1]

    @property
    def depth(self) -> int:
        """Neighbouring numbers of the image that one row of the kernel takes."""
        return self.kernel[1] * self.c

    @property
    def taps(self) -> int:
        return self.kernel[0]

    @property
    def flops(self) -> int:
        return 2 * self.rows * self.taps * self.depth * self.o

    def squares(self, side: int) -> "Matmul | None":
        """Each of the products that Winograd's algorithm makes for squares of the answer, where it can."""
        plain = self.kernel == (3, 3) and self.strides == self.dilation == (1, 1)
        if side == 0 or not plain or self.c % 4 or self.o % 4:
            return None
        high, wide = (-(-size // side) for size in self.out)
        return Matmul(self.n * high * wide, self.c, self.o)


@dataclass(frozen=True)
class Depthwise(Conv2d):
    """Convolution in as many groups as there are channels: number j of o is made of channel j / (o / c)."""

    KIND: ClassVar[str] = "depthwise"

    @property
    def flops(self) -> int:
        return 2 * self.rows * self.o * self.kernel[0] * self.kernel[1]


@dataclass(frozen=True)
class Matmul:
    """Product of [m, k] and constant weights [k, o]."""

    m: int
    k: int
    o: int

    @property
    def key(self) -> str:
        return f"matmul m{self.m} k{self.k} o{self.o}"

    @property
    def rows(self) -> int:
        return self.m

    @property
    def depth(self) -> int:
        return self.k

    @property
    def taps(self) -> int:
        return 1

    @property
    def flops(self) -> int:
        return 2 * self.m * self.k * self.o

    def squares(self, side: int) -> None:
        """No product of Winograd's algorithm: that is for images."""


Workload = Conv2d | Matmul


def _spread(numbers: list[int], count: int) -> tuple[int, ...]:
    return tuple(numbers * count if len(numbers) == 1 else numbers)


def parse(key: str) -> Workload:
    """The workload of a key."""
    kind, *words = key.split(" ")
    found = {word[:1]: [int(number) for number in re.findall(r"\d+", word)] for word in words}
    try:
        if kind == "matmul":
            workload: Workload = Matmul(*(found[name][0] for name in "mko"))
        else:
            sizes = (found[name][0] for name in "nhwco")
            windows = (_spread(found[name], count) for name, count in (("k", 2), ("s", 2), ("p", 4), ("d", 2)))
            workload = (Depthwise if kind == Depthwise.KIND else Conv2d)(*sizes, *windows)
        if workload.key == key and workload.flops > 0 and (kind != Depthwise.KIND or workload.o % workload.c == 0):
            return workload
    except (KeyError, IndexError, ValueError, TypeError, ZeroDivisionError):
        pass
    raise BuildError(
        f"{key!r}: no workload, expected such as 'conv2d n1 h56 w56 c64 o64 k3x3 s1 p1 d1' or 'matmul m1 k2048 o1000'"
    )
