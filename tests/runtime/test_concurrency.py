"""Sessions of one tracker in several threads at once, each with a video of its own."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Tensor

import sotc
from sotc.runtime.tracker import Tracker

THREADS = 4


def boxes_of(tracker: Tracker, clip: tuple, together: threading.Barrier | None) -> list[Tensor]:
    """All boxes of a run in which a target is added and removed; with a barrier, begun at the same moment."""
    frames, truth = clip
    if together is not None:
        together.wait(30)
    session = tracker.start(frames[0], [truth[0], truth[0] + 4])
    found = []
    for index, frame in enumerate(frames[1:], start=1):
        found.append(session.step(frame).boxes)
        if index == 4:
            session.add(truth[4])
        if index == 7:
            session.remove(0)
    return found


@pytest.mark.parametrize("lowering", ["host", "graph"])
def test_threads_give_what_one_thread_gives(make_tracker, make_clip, lowering: str) -> None:
    hold(make_tracker(lowering, refresh_every=3), [make_clip(12, seed) for seed in range(THREADS)])


def test_threads_of_a_shipped_tracker(make_clip) -> None:
    hold(
        sotc.compile("correlation_filter", params={"size": 48}),
        [make_clip(10, seed) for seed in range(THREADS)],
    )


def hold(tracker: Tracker, clips: list) -> None:
    serial = [boxes_of(tracker, clip, None) for clip in clips]
    barrier = threading.Barrier(THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        runs = [pool.submit(boxes_of, tracker, clip, barrier) for clip in clips]
        at_once = [run.result(60) for run in runs]
    for one, other in zip(serial, at_once, strict=True):
        assert len(one) == len(other)
        assert all(torch.equal(first, second) for first, second in zip(one, other, strict=True))
