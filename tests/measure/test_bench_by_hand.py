"""The tracker by hand gives the compiled tracker's boxes: it does the same work, and so may be compared with."""

from __future__ import annotations

import numpy as np
import pytest

from sotc.compiler.compiled import Options
from sotc.compiler.driver import build
from sotc.measure.bench.by_hand import ByHand, modules_of
from sotc.measure.bench.clock import PartClock
from sotc.measure.bench.errors import BenchError
from sotc.measure.record import free_boxes

from . import small


def boxes_by_hand(count: int, keep: bool) -> np.ndarray:
    clip = small.clip().with_targets(count)
    modules = modules_of(small.checked(), small.lively(small.PLAIN), "cpu")
    tracker = ByHand(modules, clip.frames[0], clip.boxes, keep)
    return np.stack([clip.boxes, *(tracker.step(frame) for frame in clip.frames[1:])])


@pytest.mark.parametrize("keep", [True, False], ids=["by-hand", "uncut"])
@pytest.mark.parametrize("count", [1, 3])
def test_boxes_are_those_of_the_compiled_tracker(count: int, keep: bool) -> None:
    compiled = build(small.source(), Options())
    expected = free_boxes(compiled.plan, compiled.engine, small.clip().with_targets(count))
    found = boxes_by_hand(count, keep)
    assert np.abs(np.diff(expected, axis=0)).max() > 1, "the targets should move"
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3)


def test_what_follows_from_the_template_is_computed_once_or_in_every_frame() -> None:
    """`even` is applied to the template and to the search region."""
    clip = small.clip()
    calls = {}
    for keep in (True, False):
        modules = modules_of(small.checked(), small.lively(small.PLAIN), "cpu")
        tracker = ByHand(modules, clip.frames[0], clip.boxes, keep)
        places = {half.module.get_submodule("even") for half in (modules.first, modules.later)}
        seen: list[object] = []
        for module in places:
            module.register_forward_hook(lambda *call, seen=seen: seen.append(call))
        for frame in clip.frames[1:6]:
            tracker.step(frame)
        calls[keep] = len(seen)
    assert calls == {True: 5, False: 10}


def test_a_tracker_with_states_is_refused() -> None:
    with pytest.raises(BenchError, match="states"):
        modules_of(small.checked(small.STATEFUL), None, "cpu")


def test_instruments_tell_decoding_apart_and_are_gone_afterwards() -> None:
    clip = small.clip()
    modules = modules_of(small.checked(), small.lively(small.PLAIN), "cpu")
    clock = PartClock("cpu")
    ByHand(modules, clip.frames[0], clip.boxes, True, clock).step(clip.frames[1])
    parts = clock.take()
    assert {"crop", "upload", "network", "decode", "state", "read"} == parts.keys()
    assert all(seconds > 0 for seconds in parts.values())
    ByHand(modules, clip.frames[0], clip.boxes).step(clip.frames[1])
    assert clock.take() == {}


def test_a_part_within_a_part_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 1.0, 4.0, 10.0])  # outer begins, inner begins, inner ends, outer ends
    monkeypatch.setattr("sotc.measure.bench.clock.time.perf_counter", lambda: next(now))
    clock = PartClock("cpu")
    with clock("outer"), clock("inner"):
        pass
    assert clock.take() == {"outer": 7.0, "inner": 3.0}
