"""Where labels and ticks stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sotc.evaluation.report.axis import Axis, log_bounds, round_ticks
from sotc.evaluation.report.charts import LETTER, label_places


def test_ticks_are_round() -> None:
    assert round_ticks(0, 1, 5) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    assert round_ticks(0, 50, 6) == pytest.approx([0, 10, 20, 30, 40, 50])
    assert Axis(4, 3000, 0, 1, log=True).ticks() == pytest.approx([5, 10, 20, 50, 100, 200, 500, 1000, 2000])
    assert len(Axis(*log_bounds([24, 25]), 0, 1, log=True).ticks()) >= 4


def test_numbers_lie_where_they_should() -> None:
    assert Axis(1, 100, 40, 240, log=True).at(10) == pytest.approx(140)
    assert Axis(0, 1, 246, 10).at(0.25) == pytest.approx(187)
    assert Axis(0, 1, 246, 10).at(1.5) == 10


@given(st.lists(st.tuples(st.floats(60, 600), st.floats(20, 280)), max_size=20))
def test_labels_cover_neither_points_nor_each_other(points: list[tuple[float, float]]) -> None:
    long = 6 * LETTER
    taken = [(x - 4, y - 4, x + 4, y + 4) for x, y in points]
    for place in label_places(points, ["abcdef"] * len(points)):
        if place is None:
            continue
        own = (place[0], place[1] - 11, place[0] + long, place[1] + 3)
        for other in taken:
            assert own[0] >= other[2] or other[0] >= own[2] or own[1] >= other[3] or other[1] >= own[3]
        taken.append(own)
