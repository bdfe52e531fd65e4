"""What tracking a video came to, and how far it is on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Progress:
    """Where tracking is; given to `on_progress` after every frame."""

    frame: int
    """frames done, the first included"""
    length: int | None
    """frames that the source declares; None where it does not"""
    frames_per_second: float
    """of tracking, so far"""
    boxes: NDArray[np.float64]
    """[N, 4]: x, y, w, h in this frame"""
    scores: NDArray[np.float64] | None
    """[N]; NaN where the box was held"""
    problem: str | None
    """why the boxes were held in this frame"""


@dataclass(frozen=True)
class HeldFrame:
    """A frame in which the last box was kept."""

    frame: int
    name: str
    reason: str
    targets: tuple[int, ...]
    """which targets, from 0; all of them where the frame could not be read"""


@dataclass(frozen=True)
class TrackSummary:
    """What tracking a video came to."""

    source: str
    frames: int
    """all that came, the first and the unreadable ones included"""
    stepped: int
    """frames that the tracker was given after the first"""
    targets: int
    boxes: NDArray[np.float64]
    """[frames, N, 4]: x, y, w, h; the first row is as given"""
    scores: NDArray[np.float64] | None
    """[frames, N]; NaN in the first frame and where a box was held; None where the spec gives no score"""
    held: tuple[HeldFrame, ...]
    missing: int
    """frames that the source declared and that never came: it breaks off, or skips what is damaged"""
    tracking_seconds: float
    """spent in steps, from the frame to the boxes read: not in reading, drawing and writing"""
    total_seconds: float
    states: tuple[tuple[str, ...], ...] | None = None
    """[stepped and unread frames, N]: `tracked`, `uncertain` or `lost`; None where the spec does not say"""

    def frames_in(self, state: str) -> tuple[int, ...]:
        """[N]: in how many frames each target was `tracked`, `uncertain` or `lost`."""
        counted = self.states or ()
        return tuple(sum(row[target] == state for row in counted) for target in range(self.targets))

    @property
    def frames_per_second(self) -> float:
        """Of tracking alone; NaN where no frame was tracked."""
        return self.stepped / self.tracking_seconds if self.stepped else math.nan

    @property
    def total_frames_per_second(self) -> float:
        """Of all: reading, tracking, drawing, writing."""
        return self.frames / self.total_seconds if self.total_seconds > 0 else math.nan
