"""Targets that come and go on a CUDA device: padded batches, captured programs, and what single sessions give."""

from __future__ import annotations

import gc

import numpy as np
import pytest
import torch

from .devices import boxes, clip, tracker

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("name", ["nanotrack_v2", "correlation_filter"])
@pytest.mark.parametrize("crop", ["graph", "host"])
def test_targets_that_come_and_go_equal_single_sessions(name: str, crop: str) -> None:
    """Forced: before each step all targets are set to where the single sessions found them."""
    frames, starts = clip(14), boxes(8)
    found = tracker(name, crop=crop)
    session = found.start(frames[0], starts[:5])
    alone = {target: found.start(frames[0], starts[target]) for target in range(5)}
    for now, frame in enumerate(frames[1:], start=1):
        session.set_boxes(np.concatenate([single.boxes.cpu().numpy() for single in alone.values()]))
        result = session.step(frame).numpy()
        assert result.ids == tuple(alone)
        singles = np.concatenate([single.step(frame).numpy().boxes for single in alone.values()])
        np.testing.assert_allclose(result.boxes, singles, rtol=0, atol=0.02, err_msg=f"step {now}")
        for single, box in zip(alone.values(), singles, strict=True):
            single.set_boxes(box)
        if now in (3, 4, 6):
            alone[session.add(starts[now])] = found.start(frame, starts[now])
        if now in (5, 9, 10):
            gone = list(alone)[now % len(alone)]
            session.remove(gone)
            del alone[gone]


@pytest.mark.parametrize("crop", ["graph", "host"])
def test_streams_equal_single_sessions(crop: str) -> None:
    first = clip(8)
    videos = [first, [frame[::-1].copy() for frame in first]]
    found = tracker("nanotrack_v2", crop=crop)
    streams = found.streams()
    pairs = [(streams.open(video[0], boxes(3)), found.start(video[0], boxes(3)), video) for video in videos]
    for index in range(1, 8):
        results = streams.step({stream: video[index] for stream, _, video in pairs})
        for stream, single, video in pairs:
            expected = single.step(video[index]).numpy().boxes
            np.testing.assert_allclose(results[stream].numpy().boxes, expected, rtol=0, atol=0.02)
            stream.set_boxes(expected)
            single.set_boxes(expected)


def test_a_restored_session_repeats_itself() -> None:
    frames = clip(10)
    session = tracker("correlation_filter").start(frames[0], boxes(3))
    for frame in frames[1:4]:
        session.step(frame)
    snapshot = session.snapshot()
    first = [session.step(frame).numpy().boxes for frame in frames[4:]]
    session.restore(snapshot)
    for frame, expected in zip(frames[4:], first, strict=True):
        np.testing.assert_allclose(session.step(frame).numpy().boxes, expected, rtol=0, atol=1e-3)


def test_memory_is_constant_while_targets_come_and_go() -> None:
    frames = clip(6)
    session = tracker("nanotrack_v2").start(frames[0], boxes(1))

    def cycle() -> None:
        added = [session.add(box) for box in boxes(3)]
        for frame in frames[1:4]:
            session.step(frame)
        for target in added:
            session.remove(target)
        for frame in frames[4:]:
            session.step(frame)

    def held() -> int:
        gc.collect()
        torch.cuda.synchronize()
        return torch.cuda.memory_allocated()

    for _ in range(4):
        cycle()
    before = held()
    for _ in range(6):
        cycle()
    assert held() <= before + 4096
