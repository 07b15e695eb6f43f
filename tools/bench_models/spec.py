"""What a line of the registry says: which net, in which sizes, and what it is fed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

SEED = 2026
Shapes = dict[str, tuple]


@dataclass(frozen=True)
class Matrix:
    """A square matrix."""

    size: int
    open = ()

    def arrays(self) -> dict[str, np.ndarray]:
        x = np.random.default_rng([SEED, self.size]).normal(size=(self.size, self.size))
        return {"x": x.astype(np.float32)}


@dataclass(frozen=True)
class Pictures:
    """Pictures as the conformance nets get them: a colour, waves across it, noise."""

    size: int
    batch: int = 1
    open = (("batch", 0), ("height", 2), ("width", 3))

    def arrays(self) -> dict[str, np.ndarray]:
        from spec import Image  # tools/conformance

        rng = np.random.default_rng([SEED, self.size, self.batch])
        return {"x": Image(self.size, self.batch).draw(rng, 0)}


@dataclass(frozen=True)
class Photograph:
    """The cat of `make demo`, as EfficientNet-Lite0 was trained to see it."""

    open = ()

    def arrays(self) -> dict[str, np.ndarray]:
        import lite0_source

        return {"x": lite0_source.as_trained(lite0_source.chelsea())}


@dataclass(frozen=True)
class Tokens:
    """One text of BERT's vocabulary, padded to `length` from three quarters of it on."""

    length: int
    open = (("tokens", 1),)

    def arrays(self) -> dict[str, np.ndarray]:
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
    cases       by name what it is run on; the first is what it is exported with
    arguments   of the module's functions
    open        the file leaves the sizes open in which the cases may differ
    layers      also as a list of layers for a script that builds it in another framework
    quick       cheap enough for `make bench QUICK=1`
    """

    name: str
    net: str
    cases: dict[str, Case]
    arguments: dict = field(default_factory=dict)
    open: bool = False
    layers: bool = False
    quick: bool = True

    def shapes(self) -> Shapes:
        """Of each input; a size that the file leaves open is its name."""
        first = next(iter(self.cases.values()))
        names = {axis: name for name, axis in first.open} if self.open else {}
        return {
            name: tuple(names.get(axis, size) for axis, size in enumerate(array.shape))
            for name, array in first.arrays().items()
        }

    def sizes(self, case: str) -> dict[str, int]:
        """What a case makes of the open sizes."""
        array = next(iter(self.cases[case].arrays().values()))
        return {name: array.shape[axis] for name, axis in self.cases[case].open} if self.open else {}
