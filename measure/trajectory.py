"""Does a tracker take the same way as its original? Its boxes over a clip beside recorded ones, in pixels."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..compiler.user_error import UserError
from ..runtime.success import overlaps
from ..runtime.tracker import Tracker
from ..runtime.video import open_source
from .clip import read_boxes

WITHIN = 0.5
"""pixels: a box that is off by more is another box"""


class TrajectoryError(UserError):
    """Recorded boxes that do not belong to the clip."""

    code: ClassVar[str] = "SOT628"


@dataclass(frozen=True)
class Trajectory:
    """Two ways through a clip. The first frame, in which the box is given, does not count."""

    boxes: NDArray[np.float64]
    """[T, 4] x, y, w, h in pixels, ours"""
    recorded: NDArray[np.float64]
    """[T, 4]; a row of NaN is not compared"""
    forced: bool
    """every step began at the recorded box before"""
    within: float

    @property
    def deviations(self) -> NDArray[np.float64]:
        """[T]: the largest difference of the four numbers, in pixels; NaN where nothing is recorded."""
        found: NDArray[np.float64] = np.abs(self.boxes - self.recorded).max(axis=1)
        return np.where(np.isnan(self.recorded).any(axis=1), np.nan, np.nan_to_num(found, nan=np.inf))

    @property
    def compared(self) -> NDArray[np.int64]:
        """The frames that count."""
        return np.flatnonzero(~np.isnan(self.deviations) & (np.arange(len(self.boxes)) > 0))

    @property
    def largest(self) -> float:
        return float(self.deviations[self.compared].max())

    @property
    def mean_overlap(self) -> float:
        return float(overlaps(self.boxes[self.compared], self.recorded[self.compared]).mean())

    @property
    def first_beyond(self) -> int | None:
        """The first frame, counted from 0, whose box is off by more than `within`."""
        beyond = self.compared[self.deviations[self.compared] > self.within]
        return int(beyond[0]) if len(beyond) else None

    def to_json(self) -> dict[str, Any]:
        largest = self.largest
        return {
            "equal": self.first_beyond is None,
            "frames": len(self.boxes),
            "compared": len(self.compared),
            "forced": self.forced,
            "within": self.within,
            "largest": largest if math.isfinite(largest) else None,
            "mean_overlap": self.mean_overlap,
            "first_beyond": self.first_beyond,
        }


def follow(
    tracker: Tracker,
    clip: str | os.PathLike[str],
    boxes: str | os.PathLike[str],
    box: Sequence[float] | None = None,
    *,
    within: float = WITHIN,
    forced: bool = False,
    on_frame: Callable[[int], None] = lambda index: None,
) -> Trajectory:
    """Run a tracker over a clip from its first recorded box (or from `box`), and compare.

    `boxes` is a file with a line x, y, w, h for each frame. `forced` begins every step behind the first at the
    recorded box of the frame before, where there is one: differences do not compound.
    Raises SourceError, ClipError, TrajectoryError.
    """
    source, recorded = open_source(clip), read_boxes(boxes)
    name = os.fspath(boxes)
    if source.length is not None and source.length != len(recorded):
        raise lengths_differ(name, len(recorded), source.length, os.fspath(clip))
    if box is None and np.isnan(recorded[0]).any():
        raise TrajectoryError(f"the first line of `{name}` is no box", "say where to begin: --box X,Y,W,H")
    if np.isnan(recorded[1:]).any(axis=1).all():
        raise TrajectoryError(f"`{name}` has no box behind the first frame", "give the boxes of a whole run")
    found = [np.asarray(recorded[0] if box is None else box, dtype=np.float64)]
    session = None
    for item in source:
        if item.pixels is None:
            raise TrajectoryError(f"{item.name} of the clip cannot be read: {item.problem}", "mend the clip")
        if item.index >= len(recorded):
            raise lengths_differ(name, len(recorded), item.index + 1, os.fspath(clip))
        if session is None:
            session = tracker.start(item.pixels, tuple(found[0]))
            continue
        if forced and item.index > 1 and not np.isnan(recorded[item.index - 1]).any():
            session.set_boxes(recorded[item.index - 1])
        found.append(np.asarray(session.step(item.pixels).boxes, dtype=np.float64).reshape(4))
        on_frame(item.index)
    if len(found) != len(recorded):
        raise lengths_differ(name, len(recorded), len(found), os.fspath(clip))
    return Trajectory(np.stack(found), recorded, forced, within)


def lengths_differ(name: str, lines: int, frames: int, clip: str) -> TrajectoryError:
    return TrajectoryError(
        f"`{name}` has {lines} boxes, and `{clip}` has {'at least ' if frames > lines else ''}{frames} frames",
        "give a box for each frame, nan,nan,nan,nan where there is none",
    )
