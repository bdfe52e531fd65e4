"""Overlaps and distances of boxes, in every toolkit's form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays

from sotc.evaluation.metrics.overlap import distances, in_frame, overlaps
from sotc.evaluation.metrics.profile import PROFILES
from sotc.evaluation.metrics.rules import CentreRule, OverlapRule

RULES = {name: profile.overlap for name, profile in PROFILES.items()}
SIZE = (640, 480)

boxes = arrays(np.float64, (6, 4), elements=some.floats(1, 400).map(lambda value: round(value, 3)))


@settings(max_examples=10, deadline=None)
@given(one=boxes, other=boxes)
@pytest.mark.parametrize("rule", list(dict.fromkeys(RULES.values())), ids=str)
def test_symmetric_and_within_range(rule: OverlapRule, one: Any, other: Any) -> None:
    found = overlaps(rule, one, other, SIZE)
    assert ((found >= 0) & (found <= 1 + 1e-6)).all()
    assert np.allclose(found, overlaps(rule, other, one, SIZE), rtol=1e-6, atol=0)
    assert np.allclose(overlaps(rule, one, one, SIZE), 1, atol=1e-6)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize(
    ("other", "overlap"),
    [
        ((10, 10, 20, 20), 1.0),
        ((20, 10, 20, 20), 1 / 3),
        ((10, 10, 10, 20), 0.5),
        ((30, 10, 20, 20), 0.0),
        ((90, 90, 1, 1), 0.0),
    ],
)
def test_by_hand(name: str, other: tuple[float, ...], overlap: float) -> None:
    """With +1 or without: the pixel that the inclusive form takes off the right side it gives back."""
    found = overlaps(RULES[name], np.array([[10.0, 10, 20, 20]]), np.array([other], dtype=float), SIZE)
    assert found[0] == pytest.approx(overlap, abs=1e-7)


def test_a_box_without_a_size() -> None:
    """0 / 0 is NaN, which reaches no threshold; got10k adds an epsilon."""
    nothing = np.zeros((1, 4))
    assert np.isnan(overlaps(RULES["otb"], nothing, nothing)).all()
    assert overlaps(RULES["got10k:otb"], nothing, nothing).tolist() == [0.0]
    assert overlaps(RULES["mmtracking"], nothing, nothing).tolist() == [0.0]


def test_rounding_may_lift_an_overlap_over_one_where_it_is_not_clipped() -> None:
    """The boxes are equal; the inclusive form loses and gains a bit."""
    same = np.random.default_rng(0).uniform(1, 300, (4000, 4)).round(4)
    assert overlaps(OverlapRule(inclusive=True), same, same).max() > 1
    assert overlaps(OverlapRule(inclusive=True, clip=True), same, same).max() == 1


def test_clipping_to_the_frame_keeps_the_width_on_the_left() -> None:
    """got10k's way: a box that begins 10 pixels left of the frame is moved in, not cut."""
    clipped = in_frame(np.array([[-10.0, 5, 40, 40], [620, 470, 40, 40]]), SIZE)
    assert clipped.tolist() == [[0, 5, 40, 40], [620, 470, 20, 10]]


@settings(max_examples=20, deadline=None)
@given(truth=boxes, found=boxes, offset=some.sampled_from([-1.0, 0.0, 1.0]))
def test_the_offset_of_the_centre_drops_out(truth: Any, found: Any, offset: float) -> None:
    middle = truth[:, :2] + truth[:, 2:] / 2 - found[:, :2] - found[:, 2:] / 2
    for divide in (False, True):
        expected = np.hypot(*(middle / (truth[:, 2:] if divide else 1)).T)
        assert np.allclose(distances(CentreRule(offset), truth, found, divide), expected, atol=1e-9)


def test_a_size_below_one_is_one_for_got10k() -> None:
    truth, found = np.array([[10.0, 10, 0.5, 2]]), np.array([[12.0, 10, 0.5, 2]])
    assert distances(PROFILES["got10k-uav"].centre, truth, found, divide=True).tolist() == [2.0]
    assert distances(PROFILES["lasot"].centre, truth, found, divide=True).tolist() == [4.0]
