"""A sequence of a data set: frames, and the truth about the target in them."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LARGEST_SIDE = 2**14
"""pixels: no frame is wider or higher, and no region of one; what is said to be is a slip, and would take the memory"""


@dataclass(frozen=True)
class Truth:
    """What a data set says of the target, a row for each frame; T frames."""

    boxes: NDArray[np.float64]
    """[T, 4]: x, y, w, h in the numbers that the data set publishes (those of OTB count pixels from 1); NaN where
    it gives none. Where only the first frame is annotated (test sets of servers), all other rows are NaN."""
    absent: NDArray[np.bool_] | None = None
    """[T]: the target is out of view or fully hidden; None where the data set does not say"""
    cover: NDArray[np.int64] | None = None
    """[T]: how much of the target can be seen, 0 .. 8, as GOT-10k gives it"""
    size: tuple[int, int] | None = None
    """width and height of the frames, where a measure clips boxes to them"""

    def __len__(self) -> int:
        return len(self.boxes)


@dataclass(frozen=True)
class FrameFiles:
    """Frames as image files, in order."""

    paths: abc.Sequence[Path]

    def __len__(self) -> int:
        return len(self.paths)


@dataclass(frozen=True)
class VideoRange:
    """Frames `start` .. `start + length` of a video file, from 0."""

    path: Path
    start: int
    length: int

    def __len__(self) -> int:
        return self.length


Frames = FrameFiles | VideoRange


def is_frame_size(width: int, height: int) -> bool:
    """Whether a frame can be so large: 1 to LARGEST_SIDE pixels each way."""
    return 1 <= width <= LARGEST_SIDE and 1 <= height <= LARGEST_SIDE


@dataclass(frozen=True)
class Sequence:
    """One target in one video. Two targets of a video are two sequences."""

    name: str
    frames: Frames
    truth: Truth
    attributes: tuple[str, ...] = ()
    """what makes it hard, in the data set's own words: `occlusion`, `fast motion`"""
    regions: tuple[Path, ...] = field(default=())
    """files of regions (polygons, masks) where the truth is more than boxes; VOT"""
    first_pixel: int = 0
    """the number that the boxes have for the first column and row: 1 where the data set counts from 1, as OTB"""

    @property
    def start(self) -> tuple[float, float, float, float]:
        """The box in the first frame, which the tracker is given."""
        x, y, width, height = (float(number) for number in self.truth.boxes[0])
        return x, y, width, height

    def __len__(self) -> int:
        return len(self.frames)
