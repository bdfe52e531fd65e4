"""Positions, against the closed form of isotonic regression and the gaps that must be kept."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from sotc.view.net import Net
from sotc.view.positions import GAP, isotonic, positions


def by_minimax(values: list[float], weights: list[float]) -> list[float]:
    """Robertson, Wright and Dykstra (1988), theorem 1.4.4: max over starts of min over ends of the mean."""
    count = len(values)

    def mean(start: int, end: int) -> float:
        return float(np.average(values[start : end + 1], weights=weights[start : end + 1]))

    return [
        max(min(mean(start, end) for end in range(place, count)) for start in range(place + 1))
        for place in range(count)
    ]


@pytest.mark.parametrize("seed", range(10))
def test_isotonic_regression_has_its_closed_form(seed: int) -> None:
    chance = random.Random(seed)
    values = [chance.uniform(-10, 10) for _ in range(chance.randint(1, 12))]
    weights = [chance.uniform(0.1, 5) for _ in values]
    assert isotonic(values, weights) == pytest.approx(by_minimax(values, weights))


def test_a_node_stands_between_those_below_it() -> None:
    net = Net(((0,), (1, 2)), [[], [0], [0]], [[1, 2], [], []], [50.0, 50.0, 50.0], 3, {}, frozenset())
    xs = positions(net, net.layers)
    assert xs[0] == pytest.approx((xs[1] + xs[2]) / 2)
    assert xs[2] - xs[1] == pytest.approx(50 + GAP)


@pytest.mark.parametrize("seed", range(10))
def test_nodes_of_a_row_never_touch(seed: int) -> None:
    chance = random.Random(seed)
    layers = [list(range(start, start + 6)) for start in (0, 6, 12)]
    width = [chance.uniform(20, 200) for _ in range(18)]
    up: list[list[int]] = [[] for _ in range(18)]
    down: list[list[int]] = [[] for _ in range(18)]
    for above, below in pairwise(layers):
        for upper in above:
            for lower in chance.sample(below, 2):
                down[upper].append(lower)
                up[lower].append(upper)
    xs = positions(Net(tuple(map(tuple, layers)), up, down, width, 18, {}, frozenset()), layers)
    for layer in layers:
        for left, right in pairwise(layer):
            assert xs[right] - xs[left] >= (width[left] + width[right]) / 2 + GAP - 1e-6
    assert min(x - wide / 2 for x, wide in zip(xs, width, strict=True)) == pytest.approx(0)
