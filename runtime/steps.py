"""One session over a source of frames: what each frame gave, read from the device, and how long it took."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

from .drawing import Picture
from .errors import SourceError, TrackingError
from .images import ImageSource
from .read_ahead import read_ahead
from .result import LOST, STATES, Result
from .source import FrameSource, VideoFrame
from .tracker import Tracker
from .video import FileSource

Boxes = list[list[float]]

MOST_WITHOUT = 25
"""So many steps from the start without one usable box, and the tracker is taken to be broken."""

ON_DISK = (FileSource, ImageSource)
"""Sources that are read ahead. A program's own source may fill one buffer anew for each frame: it is not."""


@dataclass(frozen=True)
class Finding:
    """What one frame gave."""

    boxes: Boxes
    scores: list[float] | None
    held: tuple[int, ...] = ()
    problem: str | None = None
    states: tuple[str, ...] | None = None
    """`tracked`, `uncertain` or `lost`; None where the spec does not say, and for the first frame"""


class Steps:
    """The steps of one session over a source, timed."""

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker
        self.count = 0
        self.seconds = 0.0
        self.picture: Picture | None = None
        """the last frame that could be read"""
        self._usable = 0

    def over(self, frames: FrameSource, boxes: Boxes) -> Iterator[tuple[VideoFrame, Finding]]:
        """Each frame with what it gave; the first gives the boxes as they were given."""
        everyone = tuple(range(len(boxes)))
        last = Finding(boxes, None)
        session = None
        for item in read_ahead(frames) if isinstance(frames, ON_DISK) else frames:
            if session is None:
                session = self.tracker.start(first_pixels(frames, item), boxes)
                self.picture = item.pixels
            elif item.pixels is None:
                states = None if last.states is None else (STATES[LOST],) * len(boxes)
                last = Finding(last.boxes, None, everyone, item.problem or "it cannot be read", states)
            else:
                self.picture = item.pixels
                start = time.perf_counter()
                last = finding_of(session.step(item.pixels))
                self.seconds += time.perf_counter() - start
                self._note(last)
            yield item, last
        if session is None:
            raise SourceError(f"`{frames.name}` has no frames", "give a video with at least one")
        if self.count and not self._usable:
            raise broken(self.tracker, self.count)

    def _note(self, finding: Finding) -> None:
        self.count += 1
        self._usable += len(finding.held) < len(finding.boxes)
        if self.count >= MOST_WITHOUT and not self._usable:
            raise broken(self.tracker, self.count)


def first_pixels(frames: FrameSource, item: VideoFrame) -> Picture:
    """The first frame's pixels. Raises SourceError where it has none: tracking cannot start without them."""
    if item.pixels is None:
        raise SourceError(
            f"the first frame of `{frames.name}`, {item.name}, cannot be read: {item.problem}",
            "the target is learnt from the first frame: mend it, or start at a later one",
        )
    return item.pixels


def finding_of(result: Result) -> Finding:
    """A step's result, read from the device."""
    result = result.numpy()
    boxes: Boxes = result.boxes.tolist()
    held = tuple(index for index, kept in enumerate(result.held.tolist()) if kept)
    scores: list[float] | None = None
    if result.scores is not None and result.scores.size == len(boxes):
        read = result.scores.reshape(-1).tolist()
        scores = [math.nan if index in held else float(score) for index, score in enumerate(read)]
    return Finding(
        boxes,
        scores,
        held,
        "the tracker gave no usable box (NaN, infinite or without size)" if held else None,
        result.states,
    )


def broken(tracker: Tracker, steps: int) -> TrackingError:
    return TrackingError(
        f"`{tracker.name}` gave no usable box in {steps} frames: all were NaN, infinite or without size",
        "check the weights: are they those of this spec, and are they finite?",
    )
