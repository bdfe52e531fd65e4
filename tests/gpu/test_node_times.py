"""Times by node on a CUDA device: events between the operators, and nothing captured."""

from __future__ import annotations

import pytest

from sotc.measure.node_times import node_times

from ..measure.small import checked


@pytest.mark.gpu
def test_nodes_are_timed_by_events() -> None:
    times = node_times(checked(), device="cuda:0", repeats=3)
    assert times.device_name
    step = times.programs["step"].nodes
    assert {"search", "field", "likeness", "pick"} <= set(step)
    assert all(took >= 0 for took in step.values()) and sum(step.values()) > 0
    assert 0 < times.frame_share <= 1.1, "crops are cut in the programs; reading the box is the session's"
