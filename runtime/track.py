"""A whole video tracked: frames in, boxes out, with what could not be read or found told in a summary."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .boxes import BoxesLike, boxes_tensor, format_box
from .drawing import Picture, draw
from .errors import SourceError, TrackingError, WriteError
from .render import video_beside
from .result import Result
from .source import FrameSource, VideoFrame
from .tracker import Tracker
from .video import open_source
from .writing import text_beside

Boxes = list[list[float]]


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

    @property
    def frames_per_second(self) -> float:
        """Of tracking alone; NaN where no frame was tracked."""
        return self.stepped / self.tracking_seconds if self.stepped else math.nan

    @property
    def total_frames_per_second(self) -> float:
        """Of all: reading, tracking, drawing, writing."""
        return self.frames / self.total_seconds if self.total_seconds > 0 else math.nan


@dataclass(frozen=True)
class Finding:
    """What one frame gave."""

    boxes: Boxes
    scores: list[float] | None
    held: tuple[int, ...] = ()
    problem: str | None = None


def track_sequence(
    tracker: Tracker,
    source: str | os.PathLike[str] | FrameSource,
    boxes: BoxesLike,
    *,
    save: str | os.PathLike[str] | None = None,
    render: str | os.PathLike[str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> TrackSummary:
    """Follow targets, given as x, y, w, h in the first frame ([4] or [N, 4]), through a video.

    `source` is what `open_source` takes, or a FrameSource. `save` gets a line `x,y,w,h` a frame, the first
    being the box as given; N targets stand side by side, 4 N numbers a line. `render` gets the video with the
    boxes drawn in. Both are written beside and renamed at the end: after an error or Ctrl-C neither is there.

    A frame that cannot be read, and a step without a usable box, keep the last box; the summary tells them.

    Raises SourceError (nothing to read), FrameError, BoxError, WriteError, and TrackingError where the
    tracker never gives a usable box.
    """
    began = time.perf_counter()
    frames = open_source(source) if isinstance(source, (str, os.PathLike)) else source
    keep_apart(source, save, render)
    given = boxes_tensor(boxes)
    with ExitStack() as outputs:
        lines = outputs.enter_context(text_beside(save)) if save is not None else None
        video = outputs.enter_context(video_beside(render, frames.rate)) if render is not None else None
        steps = Steps(tracker)
        findings: list[Finding] = []
        held: list[HeldFrame] = []
        for item, finding in steps.over(frames, given.tolist()):
            findings.append(finding)
            if finding.problem is not None:
                held.append(HeldFrame(item.index, item.name, finding.problem, finding.held))
            if lines is not None:
                lines.write(",".join(map(format_box, finding.boxes)) + "\n")
            if video is not None and steps.picture is not None:
                note = f"{item.name}: box held" if len(finding.held) == len(finding.boxes) else ""
                video.write(draw(steps.picture, finding.boxes, finding.scores, note))
            if on_progress is not None:
                on_progress(progress(len(findings), frames.length, steps, finding))
    return TrackSummary(
        source=frames.name,
        frames=len(findings),
        stepped=steps.count,
        targets=len(given),
        boxes=np.array([finding.boxes for finding in findings], dtype=np.float64),
        scores=all_scores(findings),
        held=tuple(held),
        missing=max(0, (frames.length or 0) - len(findings)),
        tracking_seconds=steps.seconds,
        total_seconds=time.perf_counter() - began,
    )


MOST_WITHOUT = 25
"""So many steps from the start without one usable box, and the tracker is taken to be broken."""


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
        for item in frames:
            if session is None:
                session = self.tracker.start(first_pixels(frames, item), boxes)
                self.picture = item.pixels
            elif item.pixels is None:
                last = Finding(last.boxes, None, everyone, item.problem or "it cannot be read")
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
    boxes: Boxes = result.boxes.tolist()
    held = tuple(index for index, kept in enumerate(result.held.tolist()) if kept)
    scores: list[float] | None = None
    if result.scores is not None and result.scores.numel() == len(boxes):
        read = result.scores.reshape(-1).tolist()
        scores = [math.nan if index in held else float(score) for index, score in enumerate(read)]
    return Finding(
        boxes,
        scores,
        held,
        "the tracker gave no usable box (NaN, infinite or without size)" if held else None,
    )


def broken(tracker: Tracker, steps: int) -> TrackingError:
    return TrackingError(
        f"`{tracker.name}` gave no usable box in {steps} frames: all were NaN, infinite or without size",
        "check the weights: are they those of this spec, and are they finite?",
    )


def all_scores(findings: list[Finding]) -> NDArray[np.float64] | None:
    """[frames, N], NaN where a frame has none; None where no frame has any."""
    if all(finding.scores is None for finding in findings):
        return None
    return np.array(
        [finding.scores or [math.nan] * len(finding.boxes) for finding in findings], dtype=np.float64
    )


def progress(done: int, length: int | None, steps: Steps, finding: Finding) -> Progress:
    return Progress(
        frame=done,
        length=length,
        frames_per_second=steps.count / steps.seconds if steps.seconds > 0 else math.nan,
        boxes=np.array(finding.boxes, dtype=np.float64),
        scores=None if finding.scores is None else np.array(finding.scores, dtype=np.float64),
        problem=finding.problem,
    )


def keep_apart(
    source: str | os.PathLike[str] | FrameSource,
    save: str | os.PathLike[str] | None,
    render: str | os.PathLike[str] | None,
) -> None:
    """Raises WriteError where an output would replace the video, or the other output."""
    taken = [os.path.realpath(source)] if isinstance(source, (str, os.PathLike)) else []
    for output in (save, render):
        if output is None:
            continue
        if os.path.realpath(output) in taken:
            raise WriteError(f"`{os.fspath(output)}` is named twice", "give each output a file of its own")
        taken.append(os.path.realpath(output))
