"""Targets that come and go: whatever happens to the batch, each is followed as if it were alone."""

from __future__ import annotations

import gc
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from sotc.compiler.backends.torch_engine import TorchEngine
from sotc.runtime.errors import BoxError, StreamError, TargetError, TooManyTargetsError
from sotc.runtime.tracker import Tracker

LOWERINGS = ("host", "graph")


@dataclass(frozen=True)
class Fixed(TorchEngine):
    """An engine whose programs refuse other numbers of targets than those that it prefers."""

    buckets: ClassVar[tuple[int, ...]] = (2, 4, 8)


def fixed_sizes(tracker: Tracker) -> Tracker:
    """The tracker with preferred sizes, of which the step says when it gets another."""
    engine: Any = tracker.engine
    programs = dict(engine.programs)
    plain = programs["step"]

    def step(*values: Tensor) -> Any:
        assert values[-1].shape[0] in Fixed.buckets
        return plain(*values)

    given = {field.name: getattr(engine, field.name) for field in fields(engine)}
    return replace(tracker, engine=Fixed(**{**given, "programs": {**programs, "step": step}}))


ACTIONS = st.lists(
    st.one_of(
        st.just(("step", 0)),
        st.just(("step", 0)),
        st.tuples(st.just("add"), st.integers(0, 30)),
        st.tuples(st.just("remove"), st.integers(0, 5)),
    ),
    min_size=4,
    max_size=14,
)


@pytest.mark.parametrize("sizes", ["any", "fixed"])
@pytest.mark.parametrize("lowering", LOWERINGS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS)
def test_any_order_of_events_equals_single_sessions(
    make_tracker, make_clip, lowering: str, sizes: str, actions: list[tuple[str, int]]
) -> None:
    """Boxes, scores and states are those of a session for each target, begun on the frame where it was added."""
    frames, truth = make_clip(16)
    plain = make_tracker(lowering, refresh_every=3)
    tracker = fixed_sizes(plain) if sizes == "fixed" else plain
    session = tracker.start(frames[0], truth[0])
    alone = {0: plain.start(frames[0], truth[0])}
    now = 0
    for kind, number in actions:
        if kind == "step":
            now += 1
            result = session.step(frames[now])
            singles = {target: single.step(frames[now]) for target, single in alone.items()}
            assert result.ids == session.ids == tuple(alone)
            assert result.boxes.shape == (len(alone), 4)
            for row, target in enumerate(alone):
                torch.testing.assert_close(
                    result.boxes[row : row + 1], singles[target].boxes, rtol=0, atol=1e-6
                )
                torch.testing.assert_close(
                    result.scores[row : row + 1], singles[target].scores, rtol=0, atol=1e-5
                )
                mean = alone[target].state["mean"]
                torch.testing.assert_close(session.state["mean"][row : row + 1], mean, rtol=0, atol=1e-5)
        elif kind == "add":
            box = truth[now] + [number - 15, number / 2, number % 4, number % 3]
            target = session.add(box)
            assert target not in alone
            alone[target] = plain.start(frames[now], box)
        elif alone:
            target = list(alone)[number % len(alone)]
            session.remove(target)
            del alone[target]


@pytest.mark.parametrize("lowering", LOWERINGS)
def test_without_targets_a_step_is_empty_and_targets_may_come_again(
    make_tracker, make_clip, lowering: str
) -> None:
    frames, truth = make_clip(6)
    calls: list[str] = []
    session = make_tracker(lowering, calls=calls).start(frames[0], truth[0])
    session.step(frames[1])
    session.remove(0)
    before = list(calls)
    result = session.step(frames[2])
    assert calls == before, "nothing runs for nobody"
    assert (result.ids, list(result.boxes.shape), list(result.scores.shape)) == ((), [0, 4], [0])
    assert (list(result.held.shape), result.states, session.frame_index) == ([0], None, 2)
    assert session.add(truth[2]) == 1
    again = session.step(frames[3])
    alone = make_tracker(lowering).start(frames[2], truth[2]).step(frames[3])
    assert again.ids == (1,)
    assert torch.equal(again.boxes, alone.boxes)


def test_a_target_may_begin_on_a_frame_of_its_own(make_tracker, make_clip) -> None:
    frames, truth = make_clip(5)
    session = make_tracker("host").start(frames[0], truth[0])
    buffer = frames[1].copy()
    session.step(buffer)
    buffer[:] = 0  # the caller's camera goes on
    target = session.add(truth[1], frames[1])
    alone = make_tracker("host").start(frames[1], truth[1])
    result = session.step(frames[2])
    assert torch.equal(result.boxes[result.ids.index(target)], alone.step(frames[2]).boxes[0])
    assert session.frame_index == 2


def test_numbers_are_not_given_twice(make_tracker, make_clip) -> None:
    frames, truth = make_clip(1)
    session = make_tracker("host").start(frames[0], [truth[0], truth[0] + 5])
    assert session.ids == (0, 1)
    session.remove(1)
    assert session.add(truth[0]) == 2
    session.remove(0)
    assert session.ids == (2,)


@pytest.mark.parametrize(("number", "message"), [(7, "no target 7"), (1, "no target 1: it was removed")])
def test_unknown_targets_are_refused(make_tracker, make_clip, number: int, message: str) -> None:
    frames, truth = make_clip(1)
    session = make_tracker("host").start(frames[0], [truth[0], truth[0] + 5])
    session.remove(1)
    with pytest.raises(TargetError, match=message) as caught:
        session.remove(number)
    assert (caught.value.code, caught.value.remedy) == ("SOT816", "targets of this session: 0")
    assert session.ids == (0,)


def test_no_more_targets_than_compiled_for(make_tracker, make_clip) -> None:
    frames, truth = make_clip(2)
    tracker = make_tracker("host")
    small = replace(tracker, plan=replace(tracker.plan, max_targets=2))
    session = small.start(frames[0], [truth[0], truth[0] + 5])
    with pytest.raises(TooManyTargetsError, match="3 targets, and the tracker was compiled for 2"):
        session.add(truth[0])
    assert session.step(frames[1]).ids == (0, 1)
    with pytest.raises(TooManyTargetsError):
        small.start(frames[0], np.stack([truth[0]] * 3))


def test_bad_boxes_change_nothing(make_tracker, make_clip) -> None:
    frames, truth = make_clip(2)
    session = make_tracker("host").start(frames[0], truth[0])
    with pytest.raises(BoxError, match="outside the frame"):
        session.add((900, 10, 5, 5))
    with pytest.raises(BoxError, match="2 boxes for one target"):
        session.add([truth[0], truth[0]])
    assert session.ids == (0,)
    assert session.step(frames[1]).boxes.shape == (1, 4)


def test_a_closed_session_takes_no_frames(make_tracker, make_clip) -> None:
    frames, truth = make_clip(2)
    session = make_tracker("host").start(frames[0], truth[0])
    session.close()
    session.close()
    for use in (lambda: session.step(frames[1]), lambda: session.add(truth[0]), session.hold):
        with pytest.raises(StreamError, match="closed") as caught:
            use()
        assert caught.value.code == "SOT817"


@pytest.mark.parametrize("sizes", ["any", "fixed"])
@pytest.mark.parametrize("lowering", LOWERINGS)
def test_memory_is_constant_while_targets_come_and_go(
    make_tracker, make_clip, lowering: str, sizes: str
) -> None:
    frames, truth = make_clip(12)
    plain = make_tracker(lowering, refresh_every=2)
    session = (fixed_sizes(plain) if sizes == "fixed" else plain).start(frames[0], truth[0])

    def cycle() -> None:
        first = session.add(truth[1])
        session.step(frames[1])
        second = session.add(truth[1])
        session.step(frames[2])
        session.remove(first)
        session.step(frames[3])
        session.remove(second)
        session.step(frames[4])

    def held() -> tuple[int, int, int]:
        gc.collect()
        tensors = [thing for thing in gc.get_objects() if issubclass(type(thing), Tensor)]
        arrays = [thing for thing in gc.get_objects() if type(thing) is np.ndarray]
        return len(tensors), len(arrays), sum(tensor.nelement() for tensor in tensors)

    cycle()
    cycle()
    first = held()
    for _ in range(10):
        cycle()
    assert held() == first


@pytest.mark.parametrize("sizes", ["any", "fixed"])
def test_boxes_may_be_set_for_all(make_tracker, make_clip, sizes: str) -> None:
    frames, truth = make_clip(3)
    plain = make_tracker("host")
    tracker = fixed_sizes(plain) if sizes == "fixed" else plain
    session = tracker.start(frames[0], np.stack([truth[0]] * 3))
    session.set_boxes([truth[0], truth[0] + [4, 0, 0, 0], truth[0] + [0, 4, 0, 0]])
    result = session.step(frames[1])
    for row, shift in enumerate(([0, 0, 0, 0], [4, 0, 0, 0], [0, 4, 0, 0])):
        alone = plain.start(frames[0], truth[0])
        alone.set_boxes(truth[0] + shift)
        torch.testing.assert_close(
            result.boxes[row : row + 1], alone.step(frames[1]).boxes, rtol=0, atol=1e-6
        )
