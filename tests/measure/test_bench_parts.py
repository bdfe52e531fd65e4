"""Instruments change nothing, and what they tell adds up to the step."""

from __future__ import annotations

import numpy as np
import pytest

from sotc.compiler.compiled import Options
from sotc.compiler.driver import build, source_of
from sotc.measure.bench.clock import PartClock
from sotc.measure.bench.contenders import Engines
from sotc.measure.bench.parts import PARTS, median_parts
from sotc.measure.record import free_boxes

from . import small


@pytest.mark.parametrize("crop", ["host", "graph"])
def test_a_step_is_the_sum_of_its_parts(crop: str) -> None:
    source = source_of(small.checked(), small.lively(small.PLAIN), "cpu", crop)  # type: ignore[arg-type]
    clock = PartClock("cpu")
    step = Engines(build(source, Options(crop=crop))).start(small.clip(), clock)  # type: ignore[arg-type]
    parts = median_parts(step, clock, [1])
    assert sum(parts[name] for name in PARTS if name in parts) == pytest.approx(parts["step"], abs=1e-3)
    assert parts["network"] > 0
    assert ("crop" in parts) == (crop == "host"), "in the graph the program crops"


def test_instruments_change_no_box() -> None:
    compiled = build(small.source(), Options())
    clip = small.clip()
    expected = free_boxes(compiled.plan, compiled.engine, clip)[1:]
    step = Engines(compiled).start(clip, PartClock("cpu"))
    found = np.stack([step(index) for index in range(1, len(clip.frames))])
    assert np.array_equal(found, expected)


def test_states_and_refreshes_have_their_own_parts(tmp_path) -> None:
    """A state that waits for a refreshed template becomes what it is in a program of its own."""
    text = small.STATEFUL.replace("size = 63 }", "size = 63 } refresh every 1")
    source = source_of(small.checked(text), small.lively(text), "cpu", "host")
    clock = PartClock("cpu")
    step = Engines(build(source, Options())).start(small.clip(), clock)
    parts = median_parts(step, clock, [1, 2])
    assert parts["refresh"] > 0
    assert ("state" in parts) == ("next" in source.programs)


def test_streaming_reads_the_boxes_of_all_frames() -> None:
    assert Engines(build(small.source(), Options())).streamed(small.clip(), 0.0) > 0
