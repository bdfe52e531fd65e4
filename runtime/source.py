"""What gives frames: a video file, images on disk, arrays in memory. Read lazily, one frame at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from numpy.typing import NDArray

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class VideoFrame:
    """A frame, or the place of one that could not be read."""

    index: int
    """from 0"""
    name: str
    """for messages: the image's file name, or `frame 12`"""
    pixels: NDArray[np.uint8] | None
    """RGB [H, W, 3]; None where it could not be read"""
    problem: str | None = None
    """why there are no pixels"""


class FrameSource(Protocol):
    """Frames in order. Iterating again begins anew, except where the frames come from a generator."""

    @property
    def name(self) -> str:
        """What the user called it."""

    @property
    def length(self) -> int | None:
        """How many frames it declares; None where that is not known. A damaged video may give fewer."""

    @property
    def rate(self) -> float | None:
        """Frames per second; None where that is not known."""

    def __iter__(self) -> Iterator[VideoFrame]: ...


@dataclass(frozen=True)
class MemorySource:
    """Frames that a program makes: arrays RGB `uint8` [H, W, 3]; None stands for a frame that was lost."""

    frames: Iterable[NDArray[np.uint8] | None]
    name: str = "frames in memory"
    length: int | None = None
    rate: float | None = None

    def __iter__(self) -> Iterator[VideoFrame]:
        for index, pixels in enumerate(self.frames):
            problem = "it was lost" if pixels is None else None
            yield VideoFrame(index, f"frame {index}", pixels, problem)
