"""Decoded frames that are kept: every candidate looks at the same ones."""

from __future__ import annotations

from collections.abc import Iterator

from ...runtime.source import VideoFrame
from ..runs.job import Job, frames_of
from ..sequence import Sequence

KEPT = 1 << 30
"""Bytes of decoded frames that all processes together keep."""


class Shelf:
    """Decoded frames, as far as there is room for them: the sequences that came first stay."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: dict[str, list[VideoFrame]] = {}

    def frames(self, sequence: Sequence) -> Iterator[VideoFrame]:
        """The frames in order; decoded the first time, and again where there was no room to keep them."""
        if sequence.name in self._kept:
            yield from self._kept[sequence.name]
            return
        kept: list[VideoFrame] | None = []
        size = 0
        for frame in frames_of(Job(sequence.name, sequence.frames, sequence.start)):
            size += 0 if frame.pixels is None else frame.pixels.nbytes
            if size > self._room:
                kept = None
            elif kept is not None:
                kept.append(frame)
            yield frame
        if kept is not None:
            self._room -= size
            self._kept[sequence.name] = kept
