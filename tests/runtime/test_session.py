"""A session: it follows, keeps its order of programs, holds memory constant, and holds a box that is none."""

from __future__ import annotations

import gc

import numpy as np
import pytest
import torch
from torch import Tensor

from sotc.runtime.errors import BoxError, FrameError

LOWERINGS = ("host", "graph")


def overlap(one: Tensor, other: np.ndarray) -> float:
    """IoU of two boxes x, y, w, h."""
    (ax, ay, aw, ah), (bx, by, bw, bh) = one.tolist(), other
    width = max(0.0, min(ax + aw, bx + bw) - max(ax, bx))
    height = max(0.0, min(ay + ah, by + bh) - max(ay, by))
    return width * height / (aw * ah + bw * bh - width * height)


@pytest.mark.parametrize("lowering", LOWERINGS)
@pytest.mark.parametrize("seed", range(3))
def test_follows_a_square(make_tracker, make_clip, lowering: str, seed: int) -> None:
    frames, truth = make_clip(30, seed)
    session = make_tracker(lowering).start(frames[0], truth[0])
    for index, frame in enumerate(frames[1:], start=1):
        result = session.step(frame)
        assert overlap(result.boxes[0], truth[index]) > 0.8, index
        assert result.scores is not None
        assert result.scores.shape == (1,)
        assert not result.held.any()
    assert session.frame_index == 29


def test_lowerings_agree(make_tracker, make_clip) -> None:
    frames, truth = make_clip(20, 2)
    sessions = [make_tracker(lowering).start(frames[0], truth[0]) for lowering in LOWERINGS]
    for frame in frames[1:]:
        host, graph = (session.step(frame) for session in sessions)
        assert torch.equal(host.boxes, graph.boxes)
        assert torch.equal(host.scores, graph.scores)


@pytest.mark.parametrize("lowering", LOWERINGS)
@pytest.mark.parametrize("count", [2, 5])
def test_targets_in_a_batch_equal_single_runs(make_tracker, make_clip, lowering: str, count: int) -> None:
    frames, truth = make_clip(15, 0)
    starts = truth[0] + np.array([[7.0 * index, 5.0 * index, 2 * index, index] for index in range(count)])
    tracker = make_tracker(lowering, refresh_every=4)
    together = tracker.start(frames[0], starts)
    alone = [tracker.start(frames[0], start) for start in starts]
    for frame in frames[1:]:
        batch = together.step(frame)
        singles = torch.cat([session.step(frame).boxes for session in alone])
        assert batch.boxes.shape == (count, 4)
        torch.testing.assert_close(batch.boxes, singles, rtol=0, atol=1e-3)


@pytest.mark.parametrize("lowering", LOWERINGS)
def test_tensor_frames_equal_numpy_frames(make_tracker, make_clip, lowering: str) -> None:
    frames, truth = make_clip(8)
    tracker = make_tracker(lowering)
    arrays, tensors = (
        tracker.start(frames[0], truth[0]),
        tracker.start(torch.from_numpy(frames[0]), truth[0]),
    )
    for frame in frames[1:]:
        assert torch.equal(arrays.step(frame).boxes, tensors.step(torch.from_numpy(frame)).boxes)


def test_start_gives_the_box_as_it_was_given(make_tracker, make_clip) -> None:
    frames, _ = make_clip(2)
    session = make_tracker("host").start(frames[0], (60.25, 50.1, 24.7, 23.3))
    assert session.boxes.tolist() == [[60.25, 50.1, 24.7, 23.3]]
    assert session.boxes.dtype == torch.float64
    assert session.frame_index == 0


@pytest.mark.parametrize("lowering", LOWERINGS)
def test_frame_size_may_change(make_tracker, make_clip, lowering: str) -> None:
    frames, truth = make_clip(4)
    session = make_tracker(lowering).start(frames[0], truth[0])
    session.step(frames[1])
    wider = np.pad(frames[2], ((0, 40), (0, 60), (0, 0)))
    result = session.step(wider)
    assert overlap(result.boxes[0], truth[2]) > 0.8
    assert session._store["frame_size"].tolist() == [260.0, 190.0]
    session.step(frames[3])
    assert session._store["frame_size"].tolist() == [200.0, 150.0]


@pytest.mark.parametrize("lowering", LOWERINGS)
def test_order_of_programs(make_tracker, make_clip, lowering: str) -> None:
    frames, truth = make_clip(7)
    calls: list[str] = []
    session = make_tracker(lowering, refresh_every=3, calls=calls).start(frames[0], truth[0])
    for frame in frames[1:]:
        session.step(frame)
    plain, refreshed = ["step", "next"], ["step", "refresh.online", "next"]
    assert calls == ["border", "begin", "aim", "init", *plain, *plain, *refreshed, *plain, *plain, *refreshed]


@pytest.mark.parametrize("lowering", LOWERINGS)
def test_refresh_cuts_around_the_new_box(make_tracker, make_clip, lowering: str) -> None:
    """The refreshed template equals one cut by a fresh session that starts on that frame with that box."""
    frames, truth = make_clip(5, 2)
    frames[4] = frames[4] // 2 + np.random.default_rng(0).integers(0, 99, frames[4].shape, dtype=np.uint8)
    session = make_tracker(lowering, refresh_every=4).start(frames[0], truth[0])
    before = session._store["cache.online"].clone()
    for frame in frames[1:]:
        session.step(frame)
    fresh = make_tracker(lowering).start(frames[4], session.boxes)
    assert torch.equal(session._store["cache.online"], fresh._store["cache.online"])
    assert not torch.equal(session._store["cache.online"], before)


def test_state_is_that_of_the_next_frame(make_tracker, make_clip) -> None:
    frames, truth = make_clip(6)
    session = make_tracker("graph").start(frames[0], truth[0])
    assert session.state["mean"].tolist() == [1.0]
    mean = 1.0
    for frame in frames[1:]:
        result = session.step(frame)
        mean = 0.9 * mean + 0.1 * float(result.scores[0])
        assert float(session.state["mean"][0]) == pytest.approx(mean, abs=1e-6)
    assert list(session.state) == ["mean"]


@pytest.mark.parametrize("lowering", LOWERINGS)
def test_set_boxes_moves_the_target(make_tracker, make_clip, lowering: str) -> None:
    """From a box set by hand, a step gives what a session that had arrived there gives."""
    frames, truth = make_clip(12, 2)
    tracker = make_tracker(lowering)
    running = tracker.start(frames[0], truth[0])
    forced = tracker.start(frames[0], truth[0])
    for index, frame in enumerate(frames[1:], start=1):
        forced.set_boxes(running.boxes)
        assert torch.equal(forced.boxes, running.boxes)
        assert torch.equal(forced.step(frame).boxes, running.step(frame).boxes), index
    forced.set_boxes([[10.0, 20.0, 30.0, 40.0]])
    assert forced._store["target"].tolist() == [[25.0, 40.0, 30.0, 40.0]]


@pytest.mark.parametrize(
    ("boxes", "message"),
    [([[1, 2, 3, 4], [1, 2, 3, 4]], "2 boxes for 1 targets"), ((1, 2, 0, 4), "has no size")],
)
def test_set_boxes_refuses(make_tracker, make_clip, boxes, message: str) -> None:
    frames, truth = make_clip(1)
    session = make_tracker("host").start(frames[0], truth[0])
    with pytest.raises(BoxError, match=message):
        session.set_boxes(boxes)
    assert session.boxes.tolist() == [truth[0].tolist()]


def test_start_refuses_bad_input(make_tracker, make_clip) -> None:
    frames, truth = make_clip(1)
    tracker = make_tracker("host")
    with pytest.raises(BoxError, match="200 x 150"):
        tracker.start(frames[0], (200, 10, 5, 5))
    with pytest.raises(FrameError, match="grey"):
        tracker.start(frames[0][..., 0], truth[0])
    session = tracker.start(frames[0], truth[0])
    with pytest.raises(FrameError, match="uint8"):
        session.step(frames[0].astype(np.float32))
    assert session.frame_index == 0


def offset_at(value: float, column: int) -> Tensor:
    """Added to a step's boxes, `value` breaks one coordinate of the second target's."""
    offset = torch.zeros(2, 4, dtype=torch.float64)
    offset[1, column] = value
    return offset


@pytest.mark.parametrize("lowering", LOWERINGS)
@pytest.mark.parametrize(
    ("value", "column"),
    [(float("nan"), 0), (float("inf"), 1), (float("nan"), 2), (-24.0, 2), (-30.0, 3), (1e7, 0)],
)
def test_a_step_without_a_box_holds_it(
    make_tracker, make_clip, lowering: str, value: float, column: int
) -> None:
    frames, truth = make_clip(3)
    starts = np.stack((truth[0], truth[0] + [2, 2, 0, 0]))
    sound = make_tracker(lowering).start(frames[0], starts)
    broken = make_tracker(lowering, offset=offset_at(value, column)).start(frames[0], starts)
    for frame in frames[1:]:
        expected, result = sound.step(frame), broken.step(frame)
        assert result.held.tolist() == [False, True]
        assert torch.equal(result.boxes[0], expected.boxes[0])
        assert result.boxes[1].tolist() == starts[1].tolist()
        assert result.outputs["box"][1].tolist() != [60 + 2 + 12, 50 + 2 + 12, 24, 24]


def test_results_are_the_callers_own(make_tracker, make_clip) -> None:
    """A result may be changed in place and trained on, and does not change with later steps."""
    frames, truth = make_clip(4)
    session = make_tracker("graph").start(frames[0], truth[0])
    first = session.step(frames[1])
    kept = first.boxes.clone()
    session.step(frames[2])
    assert torch.equal(first.boxes, kept)
    weight = torch.ones(1, requires_grad=True)
    (first.scores * weight).sum().backward()
    assert weight.grad is not None
    with pytest.raises(TypeError):
        first.outputs["box"] = kept


def test_nothing_in_a_step_reads_the_device(make_tracker, make_clip, monkeypatch) -> None:
    """With the crop in the graph a step never calls item, cpu, numpy, tolist or bool on a tensor."""
    frames, truth = make_clip(5)
    session = make_tracker("graph", refresh_every=2).start(frames[0], truth[0])

    def forbidden(self: Tensor, *rest: object) -> None:
        raise AssertionError("a host synchronisation")

    for name in ("item", "cpu", "numpy", "tolist", "__bool__", "__float__", "__int__"):
        monkeypatch.setattr(Tensor, name, forbidden)
    results = [session.step(frame) for frame in frames[1:]]
    monkeypatch.undo()
    assert len(results) == 4


@pytest.mark.parametrize("lowering", LOWERINGS)
def test_the_store_does_not_grow(make_tracker, make_clip, lowering: str) -> None:
    frames, truth = make_clip(10)
    session = make_tracker(lowering, refresh_every=5).start(frames[0], truth[0])

    def held() -> tuple[int, int]:
        gc.collect()
        return len(session._store), sum(issubclass(type(thing), Tensor) for thing in gc.get_objects())

    for frame in frames:
        session.step(frame)
    first = held()
    for _ in range(5):
        for frame in frames:
            session.step(frame)
    assert held() == first


def test_a_tracker_shows_itself_in_one_line(make_tracker) -> None:
    tracker = make_tracker("graph")
    assert repr(tracker) == "Tracker('Correlation', backend='eager', device='cpu', crop='graph')"
    assert (tracker.name, tracker.outputs, tracker.warnings) == ("Correlation", ("box", "score"), ())
