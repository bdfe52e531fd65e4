"""Long edges made straight: nothing else moves, nothing comes too near, and no edge could bend less often."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from sotc.view.net import Net
from sotc.view.positions import distance
from sotc.view.straight import straightened

ROWS = 9


def one_chain(seed: int) -> tuple[Net, list[list[int]], list[float], list[int]]:
    """Rows of nodes (none in every fourth case) with one joint in each, and where all stand: with gaps to spare."""
    chance = random.Random(seed)
    layers: list[list[int]] = []
    width: list[float] = []
    xs: list[float] = []
    for _ in range(ROWS):
        count, place = chance.randint(0, seed % 4), chance.uniform(-60, 60)
        layers.append(list(range(len(width), len(width) + count)))
        for _ in range(count):
            wide = chance.uniform(20, 90)
            width.append(wide)
            xs.append(place + wide / 2)
            place += wide + chance.uniform(90, 160)
    nodes = len(width)
    joints = list(range(nodes, nodes + ROWS))
    width += [10.0] * ROWS
    for joint, layer in zip(joints, layers, strict=True):
        at = chance.randint(0, len(layer))
        layer.insert(at, joint)
        left = xs[layer[at - 1]] + width[layer[at - 1]] / 2 if at else None
        right = xs[layer[at + 1]] - width[layer[at + 1]] / 2 if at + 1 < len(layer) else None
        if left is None and right is None:
            xs.append(chance.uniform(-100, 300))
        elif left is None or right is None:
            xs.append(left + 45 if left is not None else right - 45)  # type: ignore[operator]
        else:
            xs.append((left + right) / 2)
    empty: list[list[int]] = [[] for _ in width]
    net = Net(tuple(map(tuple, layers)), empty, empty, width, nodes, {("a", "", ""): joints}, frozenset())
    return net, layers, xs, joints


def fewest_runs(net: Net, layers: list[list[int]], xs: list[float], joints: list[int]) -> int:
    """The least number of straight pieces, by trying every way to cut the chain."""
    bounds = []
    for joint, layer in zip(joints, layers, strict=True):
        at = layer.index(joint)
        low = xs[layer[at - 1]] + distance(net, layer[at - 1], joint) if at else float("-inf")
        high = (
            xs[layer[at + 1]] - distance(net, joint, layer[at + 1]) if at + 1 < len(layer) else float("inf")
        )
        bounds.append((low, high))
    best = [0]
    for end in range(1, len(bounds) + 1):
        best.append(
            min(
                best[start] + 1
                for start in range(end)
                if end - start == 1
                or max(low for low, _ in bounds[start:end]) <= min(high for _, high in bounds[start:end])
            )
        )
    return best[-1]


@pytest.mark.parametrize("seed", range(30))
def test_an_edge_bends_as_seldom_as_it_can(seed: int) -> None:
    net, layers, xs, joints = one_chain(seed)
    result = straightened(net, layers, xs, distance)
    assert result[: net.nodes] == xs[: net.nodes], "nodes stay"
    for layer in layers:
        for left, right in pairwise(layer):
            assert result[right] - result[left] >= distance(net, left, right) - 1e-9
    pieces = 1 + sum(abs(result[a] - result[b]) > 1e-9 for a, b in pairwise(joints))
    assert pieces == fewest_runs(net, layers, xs, joints)


def test_the_cases_bend_and_do_not() -> None:
    """The test above would say nothing of chains that are all free, or all hemmed in."""
    found = {fewest_runs(*one_chain(seed)) for seed in range(30)}
    assert 1 in found and len(found) > 2


def test_two_edges_side_by_side_are_both_straight() -> None:
    """The first is in the way of the second until it has moved."""
    layers = [[0, 1], [2, 3]]
    net = Net(
        ((0, 1), (2, 3)),
        [[]] * 4,
        [[]] * 4,
        [10.0] * 4,
        0,
        {("a", "", ""): [0, 2], ("b", "", ""): [1, 3]},
        frozenset(),
    )
    result = straightened(net, layers, [0.0, 30.0, 40.0, 70.0], distance)
    assert result[0] == result[2] and result[1] == result[3]
    assert result[1] - result[0] >= distance(net, 0, 1)
