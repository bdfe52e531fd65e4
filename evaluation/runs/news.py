"""What a process that runs sequences tells the one that started it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from ...dsl.diagnostics import Diagnostic
from .job import Key


@dataclass(frozen=True)
class Ready:
    """The tracker is open."""

    warnings: tuple[Diagnostic, ...] = ()
    """what the compiler found worth saying"""


@dataclass(frozen=True)
class Went:
    """A sequence is so far."""

    key: Key
    frames: int
    """done, from its first one"""


@dataclass(frozen=True)
class Done:
    """A sequence was run to its end, and its files are written."""

    key: Key
    frames: int
    seconds: float
    """spent in the tracker, decoding left out"""
    held: tuple[str, ...]


@dataclass(frozen=True)
class Failed:
    """The tracker raised, or the sequence's first frame or box is none."""

    key: Key
    message: str


@dataclass(frozen=True)
class Free:
    """All that was given is done; more can come."""


@dataclass(frozen=True)
class Stopped:
    """Nothing more can be done here: the disk is full, the tracker does not open."""

    error: Exception


News: TypeAlias = Ready | Went | Done | Failed | Free | Stopped

Tell: TypeAlias = Callable[[News], None]


def label(key: Key) -> str:
    """A run as it is told of: `Crossing`, `Crossing (run 2)`."""
    repeat, name = key
    return name if repeat == 1 else f"{name} (run {repeat})"
