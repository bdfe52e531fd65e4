"""Reading ahead: the same items in the same order, errors passed on, and no thread left whatever happens."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from sotc.runtime.errors import SourceError
from sotc.runtime.read_ahead import read_ahead
from sotc.runtime.source import MemorySource


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    gc.collect()
    assert set(threading.enumerate()) == before


def test_the_items_in_order() -> None:
    assert list(read_ahead(range(100), 3)) == list(range(100))
    assert list(read_ahead([])) == []


def test_the_items_are_taken_in_another_thread_and_not_too_many() -> None:
    taken: list[int] = []
    threads: set[threading.Thread] = set()

    def items() -> Iterator[int]:
        for item in range(50):
            taken.append(item)
            threads.add(threading.current_thread())
            yield item

    reading = read_ahead(items(), 3)
    first = next(reading)
    deadline = time.monotonic() + 5
    while len(taken) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.3)
    assert (first, len(taken)) == (0, 5), "one given out, three waiting, one in hand"
    assert threading.current_thread() not in threads
    assert list(reading) == list(range(1, 50))


def test_an_error_comes_in_its_place() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the disk is gone")

    got = []
    with pytest.raises(OSError, match="the disk is gone"):
        for item in read_ahead(items()):
            got.append(item)
    assert got == [1, 2]


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, ValueError])
def test_who_breaks_off_leaves_no_thread_and_no_open_source(interrupt: type[BaseException]) -> None:
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            yield from range(1000)
        finally:
            closed.set()

    def work() -> None:
        for item in read_ahead(items(), 2):
            if item == 3:
                raise interrupt

    with pytest.raises(interrupt):
        work()
    gc.collect()
    assert closed.wait(5)


def test_one_that_is_never_begun_starts_no_thread() -> None:
    before = threading.active_count()
    read_ahead(range(3))
    assert threading.active_count() == before


def test_nothing_ahead_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        next(read_ahead(range(3), 0))


@pytest.fixture
def images(tmp_path: Path, make_clip) -> Path:
    frames, _ = make_clip(8)
    for index, frame in enumerate(frames):
        cv2.imwrite(str(tmp_path / f"{index:03d}.png"), cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    return tmp_path


def test_step_many_equals_single_steps(make_tracker, make_clip, images: Path) -> None:
    """Over an iterable, a folder, and a video of images, the first left out."""
    frames, truth = make_clip(8)
    tracker = make_tracker("host", refresh_every=3)
    single = tracker.start(frames[0], truth[0])
    expected = [single.step(frame).boxes for frame in frames[1:]]
    for given, skip in ((iter(frames[1:]), 0), (images, 1), (str(images / "%03d.png"), 1)):
        session = tracker.start(frames[0], truth[0])
        results = [result.boxes for result in session.step_many(given, skip=skip, ahead=2)]
        assert len(results) == 7
        assert all(torch.equal(one, other) for one, other in zip(results, expected, strict=True))


def test_step_many_may_be_left_early(make_tracker, make_clip, images: Path) -> None:
    frames, truth = make_clip(8)
    session = make_tracker("host").start(frames[0], truth[0])
    for index, _ in enumerate(session.step_many(images)):
        if index == 2:
            break
    assert session.frame_index == 3


def test_a_frame_that_was_lost_holds_the_boxes(make_tracker, make_clip) -> None:
    frames, truth = make_clip(5)
    session = make_tracker("host").start(frames[0], truth[0])
    first, lost, second = session.step_many(MemorySource([frames[1], None, frames[2]]))
    assert torch.equal(lost.boxes, first.boxes)
    assert (lost.held.tolist(), first.held.tolist(), session.frame_index) == ([True], [False], 3)
    assert np.isnan(lost.scores.numpy()).all()
    assert not torch.equal(second.boxes, lost.boxes)


def test_what_cannot_be_opened_is_told(make_tracker, make_clip, tmp_path: Path) -> None:
    frames, truth = make_clip(1)
    session = make_tracker("host").start(frames[0], truth[0])
    with pytest.raises(SourceError, match="no video, folder or image"):
        next(session.step_many(tmp_path / "none.mp4"))
