"""TrackState: from a score to tracked, uncertain and lost."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

import sotc
from sotc.components.layers.track_state import TrackState
from sotc.dsl.diagnostics import Diagnostic


@pytest.mark.parametrize("shape", [(8,), (8, 1), (8, 1, 1)])
def test_states_by_score(shape: tuple[int, ...]) -> None:
    """A threshold belongs to the better side; NaN and minus infinity are lost."""
    scores = torch.tensor([1.0, 0.5, 0.49, 0.2, 0.19, -3.0, math.nan, -math.inf])
    states = TrackState(uncertain=0.5, lost=0.2)(scores.reshape(shape))
    assert states.tolist() == [0, 0, 1, 1, 2, 2, 2, 2]
    assert states.dtype == torch.int64


def test_equal_thresholds_leave_no_doubt() -> None:
    assert TrackState(0.3, 0.3)(torch.tensor([0.3, 0.29])).tolist() == [0, 2]


@pytest.mark.parametrize(
    ("uncertain", "lost", "message"),
    [(0.2, 0.5, "must not lie above"), (math.nan, 0.1, "finite"), (0.5, -math.inf, "finite")],
)
def test_thresholds_that_make_no_sense(uncertain: float, lost: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrackState(uncertain, lost)


def findings(tmp_path: Path, line: str) -> tuple[Diagnostic, ...]:
    spec = tmp_path / "small.sot"
    spec.write_text(
        "tracker Small {\n"
        "    template = SiameseCrop { size = 127 }\n"
        "    search   = SiameseCrop { size = 255 }\n"
        "    backbone = MobileNetV3 { blocks = 8 }\n"
        "    head classify = SeparableHead { out_channels = 2 }\n"
        "    head regress  = SeparableHead { out_channels = 4 }\n"
        "    likeness = XCorrDepthwise(search -> backbone, template -> backbone -> CenterCrop { size = 4 })\n"
        "    cls = likeness -> classify\n"
        "    pick = PointDecode { stride = 16 }(cls, likeness -> regress -> Exp, search.view)\n"
        "    output box = pick.box\n"
        f"    {line}\n"
        "}\n"
    )
    return sotc.check(spec).diagnostics


def test_a_spec_declares_its_thresholds(tmp_path: Path) -> None:
    line = "output state = TrackState { uncertain = 0.5, lost = 0.2 }(pick.score)"
    assert not [found.title for found in findings(tmp_path, line) if found.is_error]


def test_a_state_for_each_cell_is_no_state(tmp_path: Path) -> None:
    wrong = [found for found in findings(tmp_path, "output state = cls") if found.is_error]
    assert len(wrong) == 1
    assert "output state" in repr(wrong[0])


@pytest.mark.parametrize("crop", ["host", pytest.param("graph", marks=pytest.mark.slow)])
def test_a_running_tracker_tells_its_states(crop: str, tmp_path: Path) -> None:
    """The states of a run are those that its scores have by hand."""
    import numpy as np

    tracker = sotc.compile("correlation_filter", crop=crop, params={"size": 48})
    random = np.random.default_rng(0)
    frames = random.integers(0, 255, (5, 120, 160, 3), dtype=np.uint8)
    frames[1] = frames[0]
    session = tracker.start(frames[0], [(60, 40, 30, 30), (20, 20, 30, 30)])
    seen = set()
    for frame in frames[1:]:
        result = session.step(frame)
        by_hand = TrackState(*thresholds("correlation_filter"))(result.scores)
        assert result.outputs["state"].tolist() == by_hand.tolist()
        assert result.states == tuple(("tracked", "uncertain", "lost")[state] for state in by_hand.tolist())
        assert result.numpy().states == result.states
        seen |= set(result.states)
    assert len(seen) > 1


def thresholds(name: str) -> tuple[float, float]:
    """As the spec has them."""
    import re

    from sotc.specs import locate

    found = re.search(
        r"TrackState \{ uncertain = ([\d.]+), lost = ([\d.]+) \}", Path(locate(name)).read_text()
    )
    assert found is not None
    return float(found[1]), float(found[2])
