"""Passes by name."""

from __future__ import annotations

import importlib
from typing import ClassVar

from ...dsl.suggest import did_you_mean, nearest
from ..user_error import UserError
from .base import Pass

PASSES = (
    "eliminate-dead",
    "fold-constants",
    "fold-batchnorm",
    "channels-last",
    "precision",
    "fuse-parallel-convolutions",
    "fuse-qkv",
    "fuse-attention",
    "batch-heads",
    "lower-correlation",
)
"""Names as in a pipeline; each is the constant `PASS` (a class) of the file of its name, imported when asked for."""


class UnknownPassError(UserError):
    """A pass that there is not."""

    code: ClassVar[str] = "SOT613"


def find_pass(name: str) -> type[Pass]:
    """The pass of this name, made with its options: `find_pass("precision")(dtype="bf16")`.

    Raises UnknownPassError.
    """
    if name not in PASSES:
        meant = did_you_mean(nearest(name, PASSES))
        raise UnknownPassError(f"there is no pass `{name}`", meant or f"there are: {', '.join(PASSES)}")
    made: type[Pass] = importlib.import_module(f".{name.replace('-', '_')}", __package__).PASS
    return made
