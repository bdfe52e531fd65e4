"""What is to be run: one sequence, once; and where its frames come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from ...runtime.errors import SourceError
from ...runtime.images import ImageSource, read_image
from ...runtime.source import VideoFrame
from ...runtime.video import open_video
from ..sequence import FrameFiles, Frames

Key: TypeAlias = tuple[int, str]
"""Which run (from 1) of which sequence."""


@dataclass(frozen=True)
class Job:
    """One run over one sequence: all that a process needs to know of it."""

    name: str
    frames: Frames
    start: tuple[float, float, float, float]
    """the box in the first frame as the data set publishes it: x, y, w, h"""
    repeat: int = 1
    """which run over this sequence, from 1"""

    @property
    def key(self) -> Key:
        return self.repeat, self.name

    def __len__(self) -> int:
        return len(self.frames)


def frames_of(job: Job) -> Iterator[VideoFrame]:
    """The frames in order, decoded one by one. Raises SourceError for a video that cannot be opened."""
    if isinstance(job.frames, FrameFiles):
        return iter(ImageSource(job.name, tuple(job.frames.paths)))
    source = open_video(job.frames.path)
    return islice(source, job.frames.start, job.frames.start + job.frames.length)


def frame_size(job: Job) -> tuple[int, int] | None:
    """Width and height of the first frame; None where it cannot be read."""
    if isinstance(job.frames, FrameFiles):
        pixels = read_image(0, job.frames.paths[0]).pixels if len(job.frames) else None
    else:
        try:
            first = next(iter(open_video(job.frames.path)), None)
        except (SourceError, OSError):
            return None
        pixels = None if first is None else first.pixels
    return None if pixels is None else (pixels.shape[1], pixels.shape[0])
