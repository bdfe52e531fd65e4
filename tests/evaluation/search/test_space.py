"""Axes from text, and the points that they span."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sotc.evaluation.search.errors import SearchSpaceError
from sotc.evaluation.search.space import Axis, Space, parse_axis, tidied


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("a.b=0:0.3", "float", ()),
        ("a.b=0.2:0.4:0.1", "float", (0.2, 0.3, 0.4)),
        ("a = 0 : 1 : 0.3", "float", (0.0, 0.3, 0.6, 0.9)),
        ("n=2:5", "int", (2, 3, 4, 5)),
        ("n=-4:4:4", "int", (-4, 0, 4)),
        ("c={0.1, 0.2,0.1}", "choice", (0.1, 0.2)),
        ("c={true,false}", "choice", (True, False)),
        ('c={rgb,"bgr"}', "choice", ("rgb", "bgr")),
        ("c={3}", "choice", (3,)),
    ],
)
def test_values_of_an_axis(text: str, kind: str, values: tuple[object, ...]) -> None:
    axis = parse_axis(text)
    assert (axis.kind, axis.choices) == (kind, values)
    assert [type(value) for value in axis.choices] == [type(value) for value in values]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a", "names no setting"),
        ("=0:1", "names no setting"),
        ("a=", "names no setting"),
        ("a=0.3", "is no range"),
        ("a=0:1:0.1:2", "is no range"),
        ("a=0.3:0.3", "is empty"),
        ("a=1:0", "is empty"),
        ("a=0:x", "`x`"),
        ("a=0:inf", "`inf`"),
        ("a=nan:1", "`nan`"),
        ("a=0:1:0", "step"),
        ("a=0:1:-0.5", "step"),
        ("a=0:1:2", "step"),
        ("a=0:1:1e-9", "steps"),
        ("a={}", "is no list"),
        ("a={1,,2}", "is no list"),
        ("a={1,2", "is no list"),
    ],
)
def test_what_is_no_axis(text: str, said: str) -> None:
    with pytest.raises(SearchSpaceError, match="SOT864") as caught:
        parse_axis(text)
    assert said in str(caught.value)


def test_a_grid_has_every_point_once() -> None:
    space = Space((parse_axis("a=1:3"), parse_axis("b={x,y}")))
    rows = [(point["a"], point["b"]) for point in space.grid()]
    assert rows == [(1, "x"), (1, "y"), (2, "x"), (2, "y"), (3, "x"), (3, "y")]


def test_a_grid_needs_steps() -> None:
    with pytest.raises(SearchSpaceError, match="has none"):
        Space((parse_axis("a=0:0.3"),)).grid()


def test_a_setting_is_given_once_and_there_is_one() -> None:
    with pytest.raises(SearchSpaceError, match="given twice"):
        Space((parse_axis("a=0:1"), parse_axis("a=2:3")))
    with pytest.raises(SearchSpaceError, match="nothing to search"):
        Space(())


@given(low=st.floats(-1e6, 1e6), span=st.floats(1e-6, 1e6), share=st.floats(0, 1))
def test_tidied_values_stay_within_and_near(low: float, span: float, share: float) -> None:
    high = low + span
    axis = Axis("a", "float", low, high)
    value = min(max(low + share * span, low), high)
    kept = tidied(axis, value)
    assert low <= kept <= high
    assert abs(kept - value) <= 0.001 * (high - low) + 1e-9


def test_points_by_chance_cover_the_range() -> None:
    space = Space((parse_axis("a=0:0.3"), parse_axis("n=1:3"), parse_axis("c={x,y}")))
    points = [space.drawn(np.random.default_rng((5, number))) for number in range(300)]
    values = np.array([point["a"] for point in points], dtype=float)
    assert values.min() < 0.02
    assert values.max() > 0.28
    assert abs(values.mean() - 0.15) < 0.02
    assert {point["n"] for point in points} == {1, 2, 3}
    assert {point["c"] for point in points} == {"x", "y"}
    assert all(len(repr(value)) <= 6 for value in values.tolist())
