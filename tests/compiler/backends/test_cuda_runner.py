"""What a session on a CUDA device does with its memory, on a pretended one; tests/gpu ask the real one."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from sotc.compiler.backends.cuda_runner import MOST_GRAPHS, CudaRunner
from sotc.compiler.check import check
from sotc.compiler.driver import Options, build, source_of
from sotc.compiler.plan import Signature, Slot
from sotc.runtime.streams import Streams
from sotc.runtime.tracker import Tracker
from sotc.specs import locate

from .pretend_cuda import Graph, pretend_cuda

__all__ = ["pretend_cuda"]

pytestmark = pytest.mark.usefixtures("pretend_cuda")

torch.set_num_threads(1)

A, B = Slot("state.a", "state", True), Slot("state.b", "state", True)
OUT = Slot("output.b", "output", True)
FRAME = Slot("frame", "frame")


def runner(step: Any, inputs: tuple[Slot, ...], outputs: tuple[Slot, ...], notes: list[str]) -> CudaRunner:
    return CudaRunner({"step": step}, {"step": Signature("step", inputs, outputs)}, "cuda", notes.append)


def test_states_may_change_places() -> None:
    """Results that are inputs: none is overwritten before it was read."""
    notes: list[str] = []
    found = runner(lambda a, b: (b, a + 1), (A, B), (A, B), notes)
    first, second = found.put(np.array([1.0, 2.0])), found.put(np.array([10.0, 20.0]))
    seen = []
    for _ in range(6):
        first, second = found.run("step", (first, second))
        seen.append((float(found.get(first)[0]), float(found.get(second)[0])))
    assert seen == [(10, 2), (2, 11), (11, 3), (3, 12), (12, 4), (4, 13)]
    assert Graph.captures == 1
    assert notes == []


def test_a_state_stays_where_it_is_from_one_step_to_the_next() -> None:
    found = runner(lambda a: (a + 1, a * 2), (A,), (A, OUT), [])
    state, out = found.run("step", (found.put(np.array([1.0])),))
    places = set()
    for _ in range(4):
        state, out = found.run("step", (state,))
        places.add((state.data_ptr(), out.data_ptr()))
    assert len(places) == 1
    assert (float(state), float(out)) == (6.0, 10.0)


def test_what_is_kept_outlives_later_runs() -> None:
    found = runner(lambda a: (a + 1, a * 2), (A,), (A, OUT), [])
    state = found.put(np.array([1.0]))
    kept = []
    for _ in range(4):
        state, out = found.run("step", (state,))
        kept += found.keep([out])
    assert [float(value) for value in kept] == [2, 4, 6, 8]


def test_what_cannot_be_captured_runs_plainly_and_says_so_once() -> None:
    def step(a: Tensor) -> tuple[Tensor, ...]:
        return (a + a.sum().item(),)

    notes: list[str] = []
    found = runner(step, (A,), (A,), notes)
    value = found.put(np.array([1.0]))
    for turn in range(5):
        (value,) = found.run("step", (value,))
        assert found.get(value)[0] == 2.0 ** (turn + 1)
    assert len(notes) == 1
    assert re.match("`step` runs operator by operator, .* not permitted", notes[0])


def test_an_input_that_was_changed_in_place_is_read_again() -> None:
    found = runner(lambda a: (a * 2,), (A,), (OUT,), [])
    value = found.put(np.array([1.0]))
    for _ in range(4):
        assert float(found.run("step", (value,))[0]) == 2.0
    value.fill_(5.0)
    assert float(found.run("step", (value,))[0]) == 10.0


def test_an_older_value_of_a_state_can_be_brought_back() -> None:
    found = runner(lambda a: (a + 1,), (A,), (A,), [])
    old = found.put(np.array([1.0]))
    value = old
    for _ in range(4):
        (value,) = found.run("step", (value,))
    assert float(value) == 5.0
    assert float(found.run("step", (old,))[0]) == 2.0


def test_frames_of_many_sizes_leave_a_bounded_number_of_graphs() -> None:
    found = runner(lambda frame: (frame.sum(),), (FRAME,), (OUT,), [])
    for turn in range(3 * MOST_GRAPHS):
        for _ in range(3):
            frame = np.full((2 + turn, 3, 3), turn, np.uint8)
            (total,) = found.run("step", (found.put_frame(frame),))
            assert int(total) == frame.sum(dtype=np.int64)
    assert len(found._captured) == MOST_GRAPHS
    assert len(found._fixed) == MOST_GRAPHS


def test_a_frame_may_be_overwritten_once_it_was_put() -> None:
    found = runner(lambda frame: (frame.sum(),), (FRAME,), (OUT,), [])
    frame = np.ones((2, 2, 3), np.uint8)
    for _ in range(5):
        frame[:] = 1
        value = found.put_frame(frame)
        frame[:] = 7
        assert int(found.run("step", (value,))[0]) == 12


@pytest.mark.parametrize("name", [pytest.param("nanotrack_v2", marks=pytest.mark.slow), "correlation_filter"])
def test_a_tracker_gives_what_it_gives_without_graphs(name: str) -> None:
    torch.manual_seed(0)
    source = source_of(check(locate(name)), None, "cpu", "graph")
    compiled = build(source, Options(crop="graph"))
    random = np.random.default_rng(0)
    sizes = [(48, 64), (48, 64), (48, 64), (40, 70), (40, 70), (48, 64), (40, 70)]
    frames = [random.integers(0, 255, (*size, 3), dtype=np.uint8) for size in sizes]
    boxes = [(20.0, 15.0, 20.0, 16.0), (10.0, 10.0, 25.0, 20.0)]
    found = []
    for device in ("cpu", "cuda"):
        engine = replace(compiled.engine, device=device)
        session = Tracker(compiled.plan, engine).start(frames[0], boxes)
        found.append([session.step(frame).numpy().boxes for frame in frames[1:]])
        assert engine.notes == []
    np.testing.assert_array_equal(found[0], found[1])
    assert Graph.captures >= 2


@pytest.mark.slow
def test_videos_that_step_in_turns() -> None:
    """A part of a batch that is padded to the size of the whole: what the others hold stays."""
    source = source_of(check(locate("correlation_filter")), None, "cpu", "host")
    compiled = build(source, Options(crop="host"))
    random = np.random.default_rng(0)
    frames = [random.integers(0, 255, (48, 64, 3), dtype=np.uint8) for _ in range(8)]
    many = [(10.0 + index, 12.0, 20.0, 16.0) for index in range(5)]
    found = []
    for device in ("cpu", "cuda"):
        streams = Streams(compiled.plan, replace(compiled.engine, device=device))
        first, second = streams.open(frames[0], many), streams.open(frames[1], [(30.0, 20.0, 18.0, 14.0)])
        turns = [
            (first, second),
            (first, second),
            (first, second),
            (first,),
            (first,),
            (second,),
            (first, second),
        ]
        found.append(
            [
                result.numpy().boxes
                for turn, frame in zip(turns, frames[1:], strict=True)
                for result in streams.step(dict.fromkeys(turn, frame)).values()
            ]
        )
    for expected, boxes in zip(*found, strict=True):
        np.testing.assert_allclose(boxes, expected, atol=1e-6)
    assert Graph.captures >= 2
