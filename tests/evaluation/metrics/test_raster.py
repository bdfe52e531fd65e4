"""Regions drawn in pixels, and their overlaps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from sotc.evaluation.metrics.raster import Drawing, Window, draw, region_overlap
from sotc.evaluation.metrics.regions import Mark, Mask, Polygon, Rectangle, Region

DRAWINGS: tuple[Drawing, ...] = ("vot-toolkit", "region-c")
LAST = (99, 79)


def square(x: float, y: float, side: float = 10) -> Rectangle:
    return Rectangle(x, y, side, side)


@pytest.mark.parametrize(("drawing", "overlap"), [("vot-toolkit", 1 / 3), ("region-c", 66 / 176)])
def test_two_squares_that_share_a_half(drawing: Drawing, overlap: float) -> None:
    """100 pixels each and 50 of both; or 121 each and 66 of both, where the last row and column count."""
    assert region_overlap(drawing, square(0, 0), square(5, 0), LAST) == overlap


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_the_frame_cuts(drawing: Drawing) -> None:
    """What is beyond it does not count."""
    assert region_overlap(drawing, Rectangle(-10, 0, 20, 10), Rectangle(-40, 0, 50, 10), LAST) == 1.0
    assert region_overlap(drawing, square(200, 0), square(5, 0), LAST) == 0.0
    assert region_overlap(drawing, square(200, 0), square(300, 0), LAST) == 1.0  # neither has a pixel


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_a_mark_overlaps_nothing(drawing: Drawing) -> None:
    assert region_overlap(drawing, Mark(1), square(0, 0), LAST) == 0.0
    assert region_overlap(drawing, square(0, 0), Mark(0), LAST) == 0.0


def test_a_diamond_by_hand() -> None:
    """The older library leaves out the pixels of the top and the lowest corner."""
    diamond = Polygon(((3, 0), (6, 3), (3, 6), (0, 3)))
    rows = draw("vot-toolkit", diamond, Window(0, 0, 6, 6)).sum(axis=1).tolist()
    assert rows == [1, 3, 5, 7, 5, 3, 1]
    assert draw("region-c", diamond, Window(0, 0, 6, 6)).sum(axis=1).tolist() == [0, 3, 5, 7, 5, 3, 0]


def test_a_polygon_with_a_notch() -> None:
    """Two pieces in a row: the form of a V, filled between its outer and its inner edges."""
    notched = Polygon(((0, 0), (4, 6), (8, 0), (8, 10), (0, 10)))
    drawn = draw("vot-toolkit", notched, Window(0, 0, 8, 10))
    assert drawn[3].astype(int).tolist() == [1, 1, 1, 0, 0, 0, 1, 1, 1]
    assert drawn[8].all()


def test_a_mask_beside_a_rectangle() -> None:
    mask = Mask(2, 2, np.ones((4, 4), dtype=bool))
    mask.pixels[0] = False
    assert region_overlap("vot-toolkit", mask, Rectangle(2, 3, 4, 3), LAST) == 1.0
    assert region_overlap("vot-toolkit", mask, Rectangle(2, 2, 4, 4), LAST) == 12 / 16
    cut = Mask(-2, -2, np.ones((4, 4), dtype=bool))
    assert region_overlap("vot-toolkit", cut, Rectangle(0, 0, 2, 2), LAST) == 1.0


corner = some.tuples(some.floats(-20, 120), some.floats(-20, 100))
regions = some.one_of(
    some.builds(
        Rectangle, some.floats(-20, 99), some.floats(-20, 79), some.floats(1, 60), some.floats(1, 60)
    ),
    some.lists(corner, min_size=3, max_size=6).map(lambda points: Polygon(tuple(points))),
)


@settings(max_examples=60, deadline=None)
@given(one=regions, other=regions)
@pytest.mark.parametrize("drawing", DRAWINGS)
def test_an_overlap_is_a_fraction_and_does_not_ask_for_the_order(
    drawing: Drawing, one: Region, other: Region
) -> None:
    found = region_overlap(drawing, one, other, LAST)
    assert 0.0 <= found <= 1.0
    assert region_overlap(drawing, other, one, LAST) == found
    assert region_overlap(drawing, one, one, LAST) == 1.0


@settings(max_examples=40, deadline=None)
@given(
    x=some.integers(0, 60), y=some.integers(0, 40), width=some.integers(2, 30), height=some.integers(2, 30)
)
def test_a_rectangle_is_the_polygon_of_its_corners(x: int, y: int, width: int, height: int) -> None:
    """In the older library, which turns the one into the other."""
    rectangle = Rectangle(x, y, width, height)
    right, bottom = x + width, y + height
    polygon = Polygon(((x, y), (right, y), (right, bottom), (x, bottom)))
    window = Window(0, 0, *LAST)
    assert np.array_equal(draw("region-c", rectangle, window), draw("region-c", polygon, window))
