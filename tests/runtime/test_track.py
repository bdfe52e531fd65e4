"""A video tracked from file to file: boxes.txt, the rendered video, the summary, and all that goes wrong."""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

import sotc
from sotc.runtime.errors import BoxError, SourceError, TrackingError, WriteError
from sotc.runtime.source import MemorySource
from sotc.runtime.steps import MOST_WITHOUT
from sotc.runtime.track import Progress, track_sequence
from sotc.runtime.tracker import Tracker
from sotc.runtime.video import open_source


@pytest.fixture
def tracker(make_tracker) -> Tracker:
    return make_tracker("host")


@pytest.fixture
def folder(tmp_path: Path, make_clip) -> tuple[Path, np.ndarray]:
    """12 frames as PNGs, and the true boxes."""
    frames, truth = make_clip(12)
    place = tmp_path / "clip"
    place.mkdir()
    for index, frame in enumerate(frames, start=1):
        cv2.imwrite(str(place / f"{index}.png"), frame[..., ::-1])
    return place, truth


def lines_of(path: Path) -> list[list[float]]:
    return [[float(number) for number in line.split(",")] for line in path.read_text().splitlines()]


def test_a_folder_from_end_to_end(tracker, folder, tmp_path: Path) -> None:
    place, truth = folder
    boxes, video = tmp_path / "boxes.txt", tmp_path / "tracked.mp4"
    summary = track_sequence(tracker, place, truth[0], save=boxes, render=video)
    assert (summary.frames, summary.stepped, summary.targets, summary.missing) == (12, 11, 1, 0)
    assert summary.held == ()
    assert np.abs(summary.boxes[:, 0] - truth).max() < 3
    assert boxes.read_text().splitlines()[0] == "60,50,24,24"
    assert np.abs(np.array(lines_of(boxes)) - summary.boxes[:, 0]).max() < 1e-6
    assert summary.scores is not None
    assert math.isnan(summary.scores[0, 0])
    assert (summary.scores[1:] > 0.5).all()
    assert 0 < summary.tracking_seconds < summary.total_seconds
    assert summary.frames_per_second == pytest.approx(11 / summary.tracking_seconds)
    played = list(open_source(video))
    assert len(played) == 12
    assert all(frame.pixels is not None and frame.pixels.shape == (150, 200, 3) for frame in played)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["boxes.txt", "clip", "tracked.mp4"]


def test_it_equals_a_session_by_hand(tracker, folder, make_clip) -> None:
    place, truth = folder
    frames, _ = make_clip(12)
    session = tracker.start(frames[0], truth[0])
    by_hand = [truth[0].tolist()] + [session.step(frame).boxes[0].tolist() for frame in frames[1:]]
    assert track_sequence(tracker, place, truth[0]).boxes[:, 0].tolist() == by_hand


def test_the_first_line_is_the_box_as_given(tracker, folder, tmp_path: Path) -> None:
    place, _ = folder
    track_sequence(tracker, place, (60.25, 50.1, 24.5, 23.75), save=tmp_path / "boxes.txt")
    assert (tmp_path / "boxes.txt").read_text().splitlines()[0] == "60.25,50.1,24.5,23.75"


def test_several_targets_stand_side_by_side(tracker, folder, tmp_path: Path) -> None:
    place, truth = folder
    starts = [truth[0].tolist(), [100, 90, 20, 20]]
    summary = track_sequence(tracker, place, starts, save=tmp_path / "boxes.txt")
    lines = lines_of(tmp_path / "boxes.txt")
    assert lines[0] == [60, 50, 24, 24, 100, 90, 20, 20]
    assert np.abs(np.array(lines).reshape(12, 2, 4) - summary.boxes).max() < 1e-6
    assert summary.targets == 2


def test_progress_is_told_for_every_frame(tracker, folder) -> None:
    place, truth = folder
    told: list[Progress] = []
    summary = track_sequence(tracker, place, truth[0], on_progress=told.append)
    assert [progress.frame for progress in told] == list(range(1, 13))
    assert {progress.length for progress in told} == {12}
    assert np.array_equal(np.stack([progress.boxes for progress in told]), summary.boxes)
    assert math.isnan(told[0].frames_per_second)
    assert told[-1].frames_per_second == pytest.approx(summary.frames_per_second)


def test_frames_that_cannot_be_read_hold_the_box(tracker, folder, tmp_path: Path) -> None:
    place, truth = folder
    (place / "5.png").write_bytes(b"no picture")
    (place / "6.png").write_bytes(b"")
    boxes, video = tmp_path / "boxes.txt", tmp_path / "tracked.mp4"
    summary = track_sequence(tracker, place, truth[0], save=boxes, render=video)
    assert [(held.frame, held.name, held.targets) for held in summary.held] == [
        (4, "5.png", (0,)),
        (5, "6.png", (0,)),
    ]
    assert "no image" in summary.held[0].reason
    assert (summary.frames, summary.stepped) == (12, 9)
    assert np.array_equal(summary.boxes[4], summary.boxes[3])
    assert np.array_equal(summary.boxes[5], summary.boxes[3])
    assert np.isnan(summary.scores[[0, 4, 5], 0]).all()
    assert np.abs(summary.boxes[6:, 0] - truth[6:]).max() < 3, "tracking went on"
    assert len(lines_of(boxes)) == 12
    assert len(list(open_source(video))) == 12


def test_a_video_that_breaks_off_is_told(tracker, make_clip, tmp_path: Path) -> None:
    frames, truth = make_clip(12)
    summary = track_sequence(tracker, MemorySource(frames[:7], length=12), truth[0])
    assert (summary.frames, summary.missing) == (7, 5)


def test_frames_from_a_generator(tracker, make_clip) -> None:
    frames, truth = make_clip(5)
    summary = track_sequence(tracker, MemorySource(iter(frames)), truth[0])
    assert summary.frames == 5


def test_sizes_may_change(tracker, folder, tmp_path: Path) -> None:
    place, truth = folder
    frame = cv2.imread(str(place / "7.png"))
    cv2.imwrite(str(place / "7.png"), cv2.copyMakeBorder(frame, 0, 50, 0, 30, cv2.BORDER_CONSTANT))
    summary = track_sequence(tracker, place, truth[0], render=tmp_path / "a.mp4")
    assert np.abs(summary.boxes[:, 0] - truth).max() < 3
    assert {frame.pixels.shape for frame in open_source(tmp_path / "a.mp4")} == {(150, 200, 3)}


def test_one_frame(tracker, folder, tmp_path: Path) -> None:
    place, truth = folder
    summary = track_sequence(tracker, place / "1.png", truth[0], save=tmp_path / "boxes.txt")
    assert (summary.frames, summary.stepped, summary.scores) == (1, 0, None)
    assert math.isnan(summary.frames_per_second)
    assert (tmp_path / "boxes.txt").read_text() == "60,50,24,24\n"


def after(good: int) -> Callable[[], torch.Tensor]:
    """Breaks the box after so many steps."""
    steps = itertools.count(1)
    return lambda: torch.tensor(0.0 if next(steps) <= good else float("nan"))


def test_a_tracker_that_breaks_holds_the_box(make_tracker, folder) -> None:
    place, truth = folder
    summary = track_sequence(make_tracker("host", offset=after(4)), place, truth[0])
    assert [held.frame for held in summary.held] == list(range(5, 12))
    assert "no usable box" in summary.held[0].reason
    assert np.isnan(summary.scores[5:]).all()
    assert (summary.boxes[5:] == summary.boxes[4]).all()


@pytest.mark.parametrize("frames", [3, 60])
def test_a_tracker_that_never_works_is_an_error(make_tracker, make_clip, tmp_path: Path, frames: int) -> None:
    clip, truth = make_clip(2)
    source = MemorySource(clip[index % 2] for index in range(frames))
    with pytest.raises(
        TrackingError, match=f"no usable box in {min(frames - 1, MOST_WITHOUT)} frames"
    ) as caught:
        track_sequence(make_tracker("host", offset=after(0)), source, truth[0], save=tmp_path / "boxes.txt")
    assert "weights" in caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_an_unreadable_first_frame(tracker, folder, tmp_path: Path) -> None:
    place, truth = folder
    (place / "1.png").write_bytes(b"")
    with pytest.raises(SourceError, match=r"first frame of .*1\.png, cannot be read: it is empty"):
        track_sequence(tracker, place, truth[0], save=tmp_path / "boxes.txt")
    assert not (tmp_path / "boxes.txt").exists()


def test_no_frames(tracker, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="has no frames"):
        track_sequence(tracker, MemorySource([]), (1, 2, 3, 4), save=tmp_path / "boxes.txt")
    assert list(tmp_path.iterdir()) == []


def test_a_box_outside(tracker, folder, tmp_path: Path) -> None:
    place, _ = folder
    with pytest.raises(BoxError, match="outside the frame, which is 200 x 150"):
        track_sequence(tracker, place, (300, 10, 5, 5), save=tmp_path / "b.txt", render=tmp_path / "b.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["clip"]


@pytest.mark.parametrize("outputs", [{"save": "/dev/full"}, {"render": "b.gif"}])
def test_outputs_that_cannot_be(tracker, folder, tmp_path: Path, outputs: dict[str, str]) -> None:
    place, truth = folder
    with pytest.raises(WriteError):
        track_sequence(tracker, place, truth[0], **outputs)


def test_outputs_may_not_replace_the_video_or_each_other(tracker, make_clip, tmp_path: Path) -> None:
    frames, truth = make_clip(3)
    video = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (200, 150))
    for frame in frames:
        writer.write(frame[..., ::-1])
    writer.release()
    before = video.read_bytes()
    (tmp_path / "link.avi").symlink_to(video)
    for outputs in (
        {"save": video},
        {"render": tmp_path / "link.avi"},
        {"save": "x.mp4", "render": "./x.mp4"},
    ):
        with pytest.raises(WriteError, match="named twice"):
            track_sequence(tracker, video, truth[0], **outputs)
    assert video.read_bytes() == before


@pytest.mark.parametrize("problem", [KeyboardInterrupt, ValueError])
def test_an_interruption_leaves_nothing(
    tracker, folder, tmp_path: Path, problem: type[BaseException]
) -> None:
    place, truth = folder

    def interrupt(progress: Progress) -> None:
        if progress.frame == 6:
            assert len(list(tmp_path.iterdir())) == 3, "two outputs are being written"
            raise problem

    with pytest.raises(problem):
        track_sequence(
            tracker,
            place,
            truth[0],
            save=tmp_path / "b.txt",
            render=tmp_path / "b.mp4",
            on_progress=interrupt,
        )
    assert [path.name for path in tmp_path.iterdir()] == ["clip"]


def test_states_are_counted_for_each_target(folder) -> None:
    """As a session by hand finds them; a frame that cannot be read is lost to all targets."""
    tracker = sotc.compile("correlation_filter", params={"size": 48})
    boxes, (place, _) = [(60, 50, 24, 24), (120, 20, 30, 30)], folder
    source = open_source(place)
    pixels = [frame.pixels for frame in source]
    session = tracker.start(pixels[0], boxes)
    by_hand = [session.step(frame).states for frame in pixels[1:]]
    summary = track_sequence(tracker, place, boxes)
    assert summary.states == tuple(by_hand)
    for state in ("tracked", "uncertain", "lost"):
        assert summary.frames_in(state) == tuple(
            sum(row[target] == state for row in by_hand) for target in (0, 1)
        )
    broken = [None if index == 2 else frame for index, frame in enumerate(pixels)]
    assert track_sequence(tracker, MemorySource(broken), boxes).states[1] == ("lost", "lost")


def test_a_spec_without_states_counts_none(tracker, folder) -> None:
    summary = track_sequence(tracker, folder[0], (60, 50, 24, 24))
    assert (summary.states, summary.frames_in("lost")) == (None, (0,))


def test_files_are_read_ahead_and_a_programs_own_frames_are_not(tracker, folder, make_clip) -> None:
    """A program may fill one buffer anew for each frame: none is taken before the last one was tracked."""
    frames, truth = make_clip(6)
    threads: set[str] = set()

    def seen(_: object) -> None:
        threads.update(thread.name for thread in threading.enumerate())

    def one_buffer() -> Iterator[np.ndarray]:
        buffer = frames[0].copy()
        for frame in frames:
            buffer[:] = frame
            yield buffer

    own = track_sequence(tracker, MemorySource(one_buffer()), truth[0], on_progress=seen)
    assert "sotc-read-ahead" not in threads
    assert (own.boxes == track_sequence(tracker, MemorySource(frames), truth[0]).boxes).all()
    track_sequence(tracker, folder[0], truth[0], on_progress=seen)
    assert "sotc-read-ahead" in threads
    assert "sotc-read-ahead" not in {thread.name for thread in threading.enumerate()}
