"""What a client of TraX and a tracker say to each other, as plain data.

TraX: Čehovin, "TraX: The visual Tracking eXchange Protocol and Library", Neurocomputing 2017. The client (the VOT
toolkit) asks, and the tracker answers every request before the next one comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

Box: TypeAlias = tuple[float, float, float, float]
"""x, y, width, height in pixels; x and y are the top left corner"""


@dataclass(frozen=True)
class Begin:
    """Begin anew on an image; whatever was followed before is over."""

    image: Path
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Step:
    """The next image, and boxes of targets that are to be followed from it on, beside those before."""

    image: Path
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True)
class Goodbye:
    """There are no more requests."""


Request: TypeAlias = Begin | Step | Goodbye


@dataclass(frozen=True)
class Answer:
    """Where one target is."""

    box: Box
    confidence: float | None
    """the tracker's score; None where it has none"""


class Connection(Protocol):
    """A client at the other end. What it asks or does that cannot be answered raises ConversationError."""

    def receive(self) -> Request:
        """The next request; waits for it."""

    def answer(self, targets: Sequence[Answer]) -> None:
        """Answer it, with an entry for each target in the order in which they were given."""

    def close(self, reason: str | None = None) -> None:
        """End the conversation, and say why where it is an end before its time."""
