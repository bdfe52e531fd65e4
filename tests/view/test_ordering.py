"""The order within rows, against counting by hand."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

import pytest

from sotc.view.net import Net
from sotc.view.ordering import crossings, ordered_rows


def net(layers: list[list[int]], edges: list[tuple[int, int]]) -> Net:
    count = sum(map(len, layers))
    up: list[list[int]] = [[] for _ in range(count)]
    down: list[list[int]] = [[] for _ in range(count)]
    for upper, lower in edges:
        down[upper].append(lower)
        up[lower].append(upper)
    return Net(tuple(map(tuple, layers)), up, down, [10.0] * count, count, {}, frozenset())


def counted_by_pairs(layers: list[list[int]], edges: list[tuple[int, int]]) -> int:
    place = {node: position for layer in layers for position, node in enumerate(layer)}
    row = {node: number for number, layer in enumerate(layers) for node in layer}
    return sum(
        (place[a] - place[c]) * (place[b] - place[d]) < 0
        for (a, b), (c, d) in combinations(edges, 2)
        if row[a] == row[c]
    )


def random_net(seed: int) -> tuple[list[list[int]], list[tuple[int, int]]]:
    chance = random.Random(seed)
    layers, count = [], 0
    for _ in range(4):
        size = chance.randint(2, 7)
        layers.append(list(range(count, count + size)))
        count += size
    edges = [
        (upper, lower)
        for above, below in pairwise(layers)
        for upper in above
        for lower in below
        if chance.random() < 0.4
    ]
    return layers, edges


@pytest.mark.parametrize("seed", range(15))
def test_crossings_are_those_that_pairs_of_edges_make(seed: int) -> None:
    layers, edges = random_net(seed)
    place = {node: float(position) for layer in layers for position, node in enumerate(layer)}
    found = crossings(net(layers, edges), layers, [place[node] for node in sorted(place)])
    assert found == counted_by_pairs(layers, edges)


@pytest.mark.parametrize("seed", range(15))
def test_the_order_is_never_worse_and_keeps_every_node(seed: int) -> None:
    layers, edges = random_net(seed)
    after = [list(layer) for layer in ordered_rows(net(layers, edges))]
    assert [sorted(layer) for layer in after] == [sorted(layer) for layer in layers]
    assert counted_by_pairs(after, edges) <= counted_by_pairs(layers, edges)


def test_two_crossed_edges_are_uncrossed() -> None:
    layers, edges = [[0, 1], [2, 3]], [(0, 3), (1, 2)]
    assert counted_by_pairs([list(layer) for layer in ordered_rows(net(layers, edges))], edges) == 0
