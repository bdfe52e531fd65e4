"""Inductor's kernels on a CUDA device, captured as graphs, against the operators one by one."""

from __future__ import annotations

import numpy as np
import pytest

from .devices import BOX, boxes, clip, free_run, tracker

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("count", [1, 5])
def test_inductor_agrees_with_eager(count: int) -> None:
    frames = clip(10)
    start = BOX if count == 1 else boxes(count)
    expected = free_run(tracker("nanotrack_v2", graphs=False), frames, start)
    found = tracker("nanotrack_v2", backend="inductor")
    np.testing.assert_allclose(free_run(found, frames, start), expected, rtol=0, atol=0.05)
    assert found.engine.notes == [], "each program was captured"
