"""What a line of the registry says: which net, in which sizes, and what it is fed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

SEED = 2026
Shapes = dict[str, tuple[int, ...]]
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Matrix:
    """A square matrix."""

    size: int
    sizes = {}  # noqa: RUF012 - nothing that grows

    def arrays(self) -> Arrays:
        x = np.random.default_rng([SEED, self.size]).normal(size=(self.size, self.size))
        return {"x": x.astype(np.float32)}


@dataclass(frozen=True)
class Pictures:
    """Pictures as the conformance nets get them: a colour, waves across it, noise."""

    size: int
    batch: int = 1

    @property
    def sizes(self) -> dict[str, int]:
        return {"batch": self.batch, "height": self.size, "width": self.size}

    def arrays(self) -> Arrays:
        from spec import Image  # tools/conformance

        rng = np.random.default_rng([SEED, self.size, self.batch])
        return {"x": Image(self.size, self.batch).draw(rng, 0)}


@dataclass(frozen=True)
class Photograph:
    """The cat of `make demo`, as EfficientNet-Lite0 was trained to see it."""

    sizes = {}  # noqa: RUF012

    def arrays(self) -> Arrays:
        import lite0_source

        return {"x": lite0_source.as_trained(lite0_source.chelsea())}


@dataclass(frozen=True)
class Tokens:
    """One text of BERT's vocabulary, padded to `length` from three quarters of it on."""

    length: int

    @property
    def sizes(self) -> dict[str, int]:
        return {"tokens": self.length}

    def arrays(self) -> Arrays:
        used = self.length * 3 // 4
        ids = np.zeros((1, self.length), np.int64)
        ids[0, :used] = np.random.default_rng([SEED, self.length]).integers(1000, 30000, used)  # words and their ends
        ids[0, 0], ids[0, used - 1] = 101, 102  # [CLS], [SEP]; [PAD] is 0
        mask = (np.arange(self.length) < used).astype(np.int64)[None]
        return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}


Case = Matrix | Pictures | Photograph | Tokens


@dataclass(frozen=True)
class Model:
    """A line of the registry.

    net         the module of this package that makes it
    cases       by name what it is made for and run on
    arguments   of the module's functions
    layers      also as a list of layers for a script that builds it in another framework
    quick       cheap enough for `make bench QUICK=1`
    """

    name: str
    net: str
    cases: dict[str, Case]
    arguments: dict = field(default_factory=dict)
    layers: bool = False
    quick: bool = True

    def stem(self, case: str) -> str:
        """What the files of a case are called: each has its own, since every runtime does best with fixed sizes."""
        return "model" if len(self.cases) == 1 else case
