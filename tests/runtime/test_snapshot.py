"""Snapshots: a session goes on from one as if nothing had happened since."""

from __future__ import annotations

import pytest
import torch

import sotc
from sotc.runtime.errors import TargetError

LOWERINGS = ("host", "graph")


@pytest.mark.parametrize("lowering", LOWERINGS)
def test_a_restored_session_repeats_itself(make_tracker, make_clip, lowering: str) -> None:
    frames, truth = make_clip(10)
    session = make_tracker(lowering, refresh_every=3).start(frames[0], [truth[0], truth[0] + 3])
    for frame in frames[1:4]:
        session.step(frame)
    snapshot = session.snapshot()
    first = [session.step(frame) for frame in frames[4:]]
    session.remove(0)
    session.restore(snapshot)
    assert (session.frame_index, session.ids) == (3, (0, 1))
    for frame, expected in zip(frames[4:], first, strict=True):
        result = session.step(frame)
        assert torch.equal(result.boxes, expected.boxes)
        assert torch.equal(result.scores, expected.scores)


@pytest.mark.parametrize("lowering", LOWERINGS)
def test_another_session_goes_on_from_it(make_tracker, make_clip, lowering: str) -> None:
    """Forced: each step of another session starts from the first one's state, wherever each has its patches cut."""
    frames, truth = make_clip(8)
    one = make_tracker("graph", refresh_every=3).start(frames[0], truth[0])
    other = make_tracker(lowering, refresh_every=3).start(frames[0], truth[0] + [20, 10, 5, 5])
    for frame in frames[1:]:
        other.restore(one.snapshot())
        assert torch.equal(other.boxes, one.boxes)
        assert torch.equal(other.step(frame).boxes, one.step(frame).boxes)


def test_a_snapshot_does_not_change_with_later_steps(make_tracker, make_clip) -> None:
    frames, truth = make_clip(6)
    session = make_tracker("host", refresh_every=2).start(frames[0], truth[0])
    snapshot = session.snapshot()
    before = {name: value.clone() for name, value in snapshot.targets.items()}
    for frame in frames[1:]:
        session.step(frame)
    assert all(torch.equal(value, before[name]) for name, value in snapshot.targets.items())
    assert not torch.equal(session._store["target"], before["target"])


def test_numbers_stay_unique_after_going_back(make_tracker, make_clip) -> None:
    frames, truth = make_clip(1)
    session = make_tracker("host").start(frames[0], truth[0])
    snapshot = session.snapshot()
    assert session.add(truth[0]) == 1
    session.restore(snapshot)
    assert session.ids == (0,)
    assert session.add(truth[0]) == 2


def test_the_snapshot_of_another_tracker_is_refused(make_tracker, make_clip) -> None:
    frames, truth = make_clip(2)
    other = sotc.compile("correlation_filter", params={"size": 48}).start(frames[0], truth[0])
    session = make_tracker("graph").start(frames[0], truth[0])
    with pytest.raises(TargetError, match="another tracker"):
        session.restore(other.snapshot())
    assert session.step(frames[1]).boxes.shape == (1, 4)
