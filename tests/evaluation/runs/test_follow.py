"""One pass over sequences: what a session of one's own gives, whatever else runs beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from sotc.evaluation.runs.follow import Failure, Recording, follow
from sotc.evaluation.runs.job import Job, frame_size, frames_of
from sotc.evaluation.sequence import FrameFiles, VideoRange
from sotc.runtime.tracker import Tracker


def nothing(key: object, frames: int) -> None:
    """Not interested in progress."""


def by_hand(tracker: Tracker, job: Job) -> np.ndarray:
    """The boxes of a session that was stepped frame by frame: the reference."""
    assert isinstance(job.frames, FrameFiles)
    frames = [cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in job.frames.paths]
    session = tracker.start(frames[0], job.start)
    return np.array([job.start, *(np.asarray(session.step(frame).boxes)[0] for frame in frames[1:])])


def alone(tracker: Tracker, job: Job) -> Recording:
    (found,) = follow(tracker, [job], nothing)
    assert isinstance(found, Recording), found
    return found


def test_one_sequence_gives_what_a_session_gives(tracker: Tracker, jobs: tuple[Job, ...]) -> None:
    found = alone(tracker, jobs[0])
    assert np.array_equal(found.boxes, by_hand(tracker, jobs[0]))
    assert tuple(found.boxes[0]) == jobs[0].start == (21.0, 19.0, 24.0, 20.5), "the box as published"
    assert found.times.shape == (14,) and (found.times > 0).all()
    assert found.scores is not None and np.isnan(found.scores[0]) and np.isfinite(found.scores[1:]).all()


def test_sequences_side_by_side_give_what_each_gives_alone(tracker: Tracker, jobs: tuple[Job, ...]) -> None:
    """Lengths and frame sizes differ among them."""
    together = {one.job.name: one for one in follow(tracker, jobs, nothing)}
    assert list(together) == ["gamma", "beta", "delta", "alpha"], "each comes when it ends"
    for job in jobs:
        one = together[job.name]
        assert isinstance(one, Recording)
        assert np.abs(one.boxes - alone(tracker, job).boxes).max() < 1e-3


def test_progress_is_told_by_sequence(tracker: Tracker, jobs: tuple[Job, ...]) -> None:
    told: list[tuple[object, int]] = []
    list(follow(tracker, jobs[:1], lambda key, frames: told.append((key, frames))))
    assert told[0] == ((1, "alpha"), 2) and told[-1] == ((1, "alpha"), 14)


class Faulty:
    """A tracker that raises in a frame of one sequence: the one that begins with the box `start`."""

    def __init__(self, tracker: Tracker, start: tuple[float, ...], frame: int, error: BaseException) -> None:
        self.tracker, self.start, self.frame, self.error = tracker, start, frame, error
        self.device, self.name = tracker.device, tracker.name

    def streams(self) -> FaultyStreams:
        return FaultyStreams(self)


class FaultyStreams:
    def __init__(self, faulty: Faulty) -> None:
        self.faulty, self.streams = faulty, faulty.tracker.streams()
        self.bad: Any = None

    def open(self, frame: np.ndarray, box: tuple[float, ...]) -> Any:
        session = self.streams.open(frame, box)
        if box == self.faulty.start:
            self.bad = session
        return session

    def step(self, frames: Mapping[Any, Any]) -> Any:
        if self.bad in frames and self.bad.frame_index + 2 == self.faulty.frame:
            raise self.faulty.error
        return self.streams.step(frames)


def moved(job: Job) -> Job:
    """The same sequence from a box of its own."""
    x, y, width, height = job.start
    return replace(job, start=(x + 1, y, width, height))


@pytest.mark.parametrize("together", [True, False])
def test_what_a_tracker_raises_fails_its_sequence_alone(
    tracker: Tracker, jobs: tuple[Job, ...], together: bool
) -> None:
    bad = moved(jobs[1])
    given = [jobs[0], bad, jobs[2]]
    faulty: Any = Faulty(tracker, bad.start, 5, RuntimeError("the tracker\nbroke"))
    batches = [given] if together else [[job] for job in given]
    found = {one.job.name: one for batch in batches for one in follow(faulty, batch, nothing)}
    failure = found["beta"]
    assert isinstance(failure, Failure) and failure.frame == 4
    assert failure.message.startswith("RuntimeError: the tracker broke (test_follow.py:")
    for job in (jobs[0], jobs[2]):
        other = found[job.name]
        assert isinstance(other, Recording)
        assert np.abs(other.boxes - by_hand(tracker, job)).max() < 1e-3


def test_no_memory_stops_everything(tracker: Tracker, jobs: tuple[Job, ...]) -> None:
    faulty: Any = Faulty(tracker, jobs[0].start, 3, MemoryError())
    with pytest.raises(MemoryError):
        list(follow(faulty, jobs[:2], nothing))


def test_a_first_frame_or_box_that_is_none_fails_its_sequence(
    tracker: Tracker, jobs: tuple[Job, ...], tmp_path: Path
) -> None:
    (tmp_path / "0.png").write_bytes(b"no picture")
    assert isinstance(jobs[0].frames, FrameFiles)
    unread = Job("unread", FrameFiles((tmp_path / "0.png", *jobs[0].frames.paths)), jobs[0].start)
    outside = replace(jobs[1], name="outside", start=(500.0, 500.0, 10.0, 10.0))
    unknown = replace(jobs[1], name="unknown", start=(float("nan"),) * 4)
    found = {one.job.name: one for one in follow(tracker, [unread, outside, unknown, jobs[2]], nothing)}
    messages = {name: one.message for name, one in found.items() if isinstance(one, Failure)}
    assert set(messages) == {"unread", "outside", "unknown"}
    assert "first frame of `unread` cannot be read (0.png: it is no image" in messages["unread"]
    assert "outside the frame" in messages["outside"] and "not finite" in messages["unknown"]
    assert isinstance(found["gamma"], Recording)


def test_a_frame_that_cannot_be_read_holds_the_box(
    tracker: Tracker, jobs: tuple[Job, ...], tmp_path: Path
) -> None:
    assert isinstance(jobs[0].frames, FrameFiles)
    paths = list(jobs[0].frames.paths)
    paths[3] = tmp_path / "gone.png"
    found = alone(tracker, replace(jobs[0], frames=FrameFiles(tuple(paths))))
    assert len(found.held) == 1 and found.held[0].startswith("gone.png: it cannot be read")
    assert np.array_equal(found.boxes[3], found.boxes[2]) and len(found.boxes) == 14
    assert found.scores is not None and np.isnan(found.scores[3])


def test_a_range_of_a_video_is_run(tracker: Tracker, jobs: tuple[Job, ...], tmp_path: Path) -> None:
    clip = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter_fourcc(*"FFV1"), 25, (96, 72))
    assert isinstance(jobs[0].frames, FrameFiles)
    for path in jobs[0].frames.paths:
        writer.write(cv2.imread(str(path)))
    writer.release()
    part = Job("part", VideoRange(clip, 2, 7), (23.0, 20.0, 24.0, 20.5))
    read = [frame.pixels for frame in frames_of(part)]
    wanted = [cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in jobs[0].frames.paths[2:9]]
    assert len(read) == 7 and all(np.array_equal(*pair) for pair in zip(read, wanted, strict=True))
    assert len(alone(tracker, part).boxes) == 7
    (short,) = follow(tracker, [replace(part, frames=VideoRange(clip, 2, 50))], nothing)
    assert isinstance(short, Failure) and "gave 12 frames, and has 50" in short.message


def test_the_size_of_frames_is_known_without_running(jobs: tuple[Job, ...]) -> None:
    assert [frame_size(job) for job in jobs] == [(96, 72), (96, 72), (80, 64), (96, 72)]
    assert frame_size(Job("video", VideoRange(Path("clip.mp4"), 0, 3), (0, 0, 1, 1))) is None
