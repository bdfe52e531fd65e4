"""One pass over sequences: the tracker is given the first box, and then every frame once.

Several sequences run as the streams of one batch where their frames have one size. Frames are decoded in the thread
that tracks: a run keeps one core busy and no more, so that times repeat and several runs share a machine fairly.
"""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...compiler.user_error import UserError
from ...runtime.errors import SourceError
from ...runtime.read_ahead import read_ahead
from ...runtime.session import Session
from ...runtime.source import VideoFrame
from ...runtime.steps import MOST_WITHOUT, broken, finding_of
from ...runtime.streams import Streams
from ...runtime.tracker import Tracker
from .job import Job, Key, frames_of


@dataclass(frozen=True)
class Recording:
    """What a tracker gave over a sequence of T frames."""

    job: Job
    boxes: NDArray[np.float64]
    """[T, 4]: x, y, w, h; the first row is the box that was given"""
    times: NDArray[np.float64]
    """[T]: seconds from the decoded frame to the box on the host; the first is that of the start"""
    scores: NDArray[np.float64] | None
    """[T], NaN in the first frame and where a box was held; None where the spec has no score"""
    held: tuple[str, ...] = ()
    """what kept the last box: `0012.jpg: it is cut off`"""


@dataclass(frozen=True)
class Failure:
    """A sequence that the tracker did not come to the end of."""

    job: Job
    frame: int
    """in which it failed, from 0"""
    message: str


OnProgress = Callable[[Key, int], None]
"""Told of which sequence so many frames are done."""


@dataclass(eq=False)
class Lane:
    """A sequence that is being run."""

    job: Job
    frames: Iterator[VideoFrame]
    session: Session | None = None
    boxes: list[list[float]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    has_scores: bool = False
    held: list[str] = field(default_factory=list)
    stepped: int = 0
    usable: int = 0

    def note(self, box: list[float], seconds: float, score: float = math.nan) -> None:
        """Add a frame."""
        self.boxes.append(box)
        self.times.append(seconds)
        self.scores.append(score)

    def recording(self) -> Recording:
        """What there is at the end. Raises SourceError for fewer frames than there should be."""
        if len(self.boxes) != len(self.job):
            raise SourceError(
                f"`{self.job.name}` gave {len(self.boxes)} frames, and has {len(self.job)}",
                "the video breaks off: copy it again, or mend the annotations",
            )
        scores = np.array(self.scores, dtype=np.float64) if self.has_scores else None
        boxes, times = (np.array(rows, dtype=np.float64) for rows in (self.boxes, self.times))
        return Recording(self.job, boxes, times, scores, tuple(self.held))


def follow(tracker: Tracker, jobs: Sequence[Job], on_progress: OnProgress) -> Iterator[Recording | Failure]:
    """Run the tracker over these sequences in one batch; each comes when it is done.

    What is raised for a sequence makes it a Failure. Where a whole batch fails, its sequences are run again one by
    one, so that only the one to blame does. What passes is MemoryError, BrokenPipeError of `on_progress` (nobody
    listens any more), and what is no Exception (Ctrl-C).
    """
    done: set[Key] = set()
    lanes = [Lane(job, frames_of_lane(tracker, job)) for job in jobs]
    try:
        for finished in run_lanes(tracker, lanes, on_progress):
            done.add(finished.job.key)
            yield finished
    except (MemoryError, BrokenPipeError):
        raise
    except Exception as error:  # whatever a tracker raises: the other sequences go on
        left = [lane for lane in lanes if lane.job.key not in done]
        if len(lanes) == 1:
            yield failure_of(left[0], error)
            return
        for lane in left:
            yield from follow(tracker, [lane.job], on_progress)


def frames_of_lane(tracker: Tracker, job: Job) -> Iterator[VideoFrame]:
    """The frames; decoded beforehand where the device works while the processor waits."""
    frames = frames_of_lazily(job)
    return frames if tracker.device.startswith("cpu") else read_ahead(frames)


def frames_of_lazily(job: Job) -> Iterator[VideoFrame]:
    """What cannot be opened is told when the first frame is asked for."""
    yield from frames_of(job)


def run_lanes(
    tracker: Tracker, lanes: Sequence[Lane], on_progress: OnProgress
) -> Iterator[Recording | Failure]:
    """All lanes side by side to their ends."""
    streams = tracker.streams()
    running = []
    for lane in lanes:
        try:
            begin(streams, lane)
        except UserError as error:  # the sequence's own: no first frame, no box in it
            yield failure_of(lane, error)
        else:
            running.append(lane)
    while running:
        shown: dict[Lane, VideoFrame] = {}
        for lane in list(running):
            item = next(lane.frames, None)
            if item is None:
                running.remove(lane)
                close(lane)
                yield ended(lane)
            elif item.pixels is None:
                hold(lane, item)
            else:
                shown[lane] = item
        if shown:
            step(tracker, streams, shown)
        for lane in running:
            on_progress(lane.job.key, len(lane.boxes))


def begin(streams: Streams, lane: Lane) -> None:
    """Start on the first frame. Raises SourceError where it cannot be read, BoxError, FrameError."""
    first = next(lane.frames, None)
    if first is None or first.pixels is None:
        reason = "there is none" if first is None else f"{first.name}: {first.problem}"
        raise SourceError(
            f"the first frame of `{lane.job.name}` cannot be read ({reason})",
            "the target is learnt from the first frame: mend the data, sotc data check names what is missing",
        )
    began = time.perf_counter()
    lane.session = streams.open(first.pixels, lane.job.start)
    lane.note(list(lane.job.start), time.perf_counter() - began)


def step(tracker: Tracker, streams: Streams, shown: dict[Lane, VideoFrame]) -> None:
    """The next frame of each of these lanes; of the time each has its equal share."""
    frames = {lane.session: item.pixels for lane, item in shown.items()}
    began = time.perf_counter()
    results = streams.step(frames)  # type: ignore[arg-type]
    findings = {lane: finding_of(results[lane.session]) for lane in shown}  # type: ignore[index]
    seconds = (time.perf_counter() - began) / len(shown)
    for lane, finding in findings.items():
        lane.stepped += 1
        lane.has_scores |= finding.scores is not None
        lane.note(finding.boxes[0], seconds, math.nan if finding.scores is None else finding.scores[0])
        if finding.problem is None:
            lane.usable += 1
        else:
            lane.held.append(f"{shown[lane].name}: {finding.problem}")
        if lane.stepped >= MOST_WITHOUT and not lane.usable:
            raise broken(tracker, lane.stepped)


def hold(lane: Lane, item: VideoFrame) -> None:
    """A frame that cannot be read: the target keeps its box."""
    assert lane.session is not None
    lane.session.hold()
    lane.held.append(f"{item.name}: {item.problem}")
    lane.note(lane.boxes[-1], 0.0)


def close(lane: Lane) -> None:
    assert lane.session is not None
    lane.session.close()


def ended(lane: Lane) -> Recording | Failure:
    try:
        return lane.recording()
    except SourceError as error:
        return failure_of(lane, error)


def failure_of(lane: Lane, error: Exception) -> Failure:
    """What is to be told of it: a user's mistake in its own words, anything else with its kind and place."""
    if isinstance(error, UserError):
        return Failure(lane.job, len(lane.boxes), error.message)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    reason = " ".join(str(error).split()) or "no message"
    return Failure(lane.job, len(lane.boxes), f"{type(error).__name__}: {reason}{place}")
