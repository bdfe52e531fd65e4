"""Which points are proposed."""

from __future__ import annotations

import importlib.util
from typing import cast

import pytest

from sotc.evaluation.search.errors import SearchFailedError
from sotc.evaluation.search.space import Point, Space, parse_axis
from sotc.evaluation.search.strategy import strategy_for

SPACE = Space((parse_axis("a=0.0:1"), parse_axis("n=1:4"), parse_axis("s=0:0.5:0.25"), parse_axis("c={x,y}")))


def height(point: Point) -> float:
    """Highest, 0, at a = 0.3 and n = 2."""
    return -abs(cast(float, point["a"]) - 0.3) - abs(cast(int, point["n"]) - 2)


def test_a_point_by_chance_depends_on_seed_and_number_only() -> None:
    first, _ = strategy_for("random", SPACE, 5, seed=3)
    again, _ = strategy_for("random", SPACE, 9, seed=3)
    other, _ = strategy_for("random", SPACE, 5, seed=4)
    assert [first.ask(number) for number in (1, 2, 3)] == [again.ask(number) for number in (1, 2, 3)]
    assert first.ask(1) != other.ask(1)
    assert first.ask(1) != first.ask(2)


@pytest.mark.parametrize(("trials", "count"), [(None, 6), (4, 4), (50, 6)])
def test_a_grid_ends_with_its_points(trials: int | None, count: int) -> None:
    strategy, found = strategy_for("grid", Space((parse_axis("n=1:3"), parse_axis("c={x,y}"))), trials, 0)
    assert found == count
    assert strategy.ask(1) == {"n": 1, "c": "x"}
    assert strategy.ask(count)["n"] == (3 if count == 6 else 2)


def test_fifty_where_nothing_is_said() -> None:
    assert strategy_for("random", SPACE, None, 0)[1] == 50


def test_optuna_learns_from_what_it_is_told() -> None:
    pytest.importorskip("optuna")
    strategy, _ = strategy_for("optuna", SPACE, 60, seed=0)
    heights = []
    for number in range(1, 61):
        point = strategy.ask(number)
        assert isinstance(point["n"], int)
        assert point["s"] in (0.0, 0.25, 0.5)
        assert point["c"] in ("x", "y")
        heights.append(height(point))
        strategy.tell(number, point, None if number == 7 else height(point))
    assert sum(heights[40:]) / 20 > sum(heights[:20]) / 20
    assert max(heights) > -0.15


def test_optuna_goes_on_with_trials_of_an_earlier_run() -> None:
    pytest.importorskip("optuna")
    strategy, _ = strategy_for("optuna", SPACE, 60, seed=0)
    by_chance, _ = strategy_for("random", SPACE, 60, seed=1)
    for number in range(1, 40):
        point = by_chance.ask(number)
        strategy.tell(number, point, height(point))
    later = []
    for number in range(40, 60):
        point = strategy.ask(number)
        later.append(height(point))
        strategy.tell(number, point, later[-1])
    chance = [height(by_chance.ask(number)) for number in range(40, 60)]
    assert sum(later) > sum(chance)


def test_without_optuna_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SearchFailedError, match=r"sotc\[tune\]"):
        strategy_for("optuna", SPACE, 5, 0)
