"""What can go wrong, as exceptions; where the module refuses, their text is its own."""

from __future__ import annotations


class MswError(Exception):
    """Any refusal. `node` is the index of the node meant and `offset` the byte of the model file, or None."""

    def __init__(self, text: str, node: int | None = None, offset: int | None = None):
        super().__init__(text)
        self.node = node
        self.offset = offset


class UsageError(MswError, ValueError):
    """The caller named what does not exist: an operator, an attribute, an input, a data type that is not known."""


class InvalidError(MswError, ValueError):
    """What was given is wrong: a module, bytes of a model, a shape, a value."""


class LimitError(MswError):
    """Memory, time, or another limit was reached."""


class UnsupportedError(MswError, NotImplementedError):
    """A well-formed model needs what this module does not have."""


class TrapError(MswError, RuntimeError):
    """The module trapped, or pointed outside its memory. It is not used again."""


class MissingError(MswError, ImportError):
    """What was asked needs a program or package that is not here: MindSpore, or a C++ compiler."""
