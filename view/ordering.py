"""The order of nodes within the rows of a picture, with few crossings.

The barycentre method of Sugiyama, Tagawa and Toda (1981): each row is sorted by where its neighbours stand,
down and up in turn, and the best order seen is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from .net import Net

SWEEPS = 12


def ordered_rows(net: Net) -> tuple[tuple[int, ...], ...]:
    """Every row's nodes and joints from left to right."""
    layers = [list(layer) for layer in net.layers]
    place = [0.0] * len(net.width)
    for layer in layers:
        number(layer, place)
    best, fewest = [tuple(layer) for layer in layers], crossings(net, layers, place)
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        downwards = sweep % 2 == 0
        toward = net.up if downwards else net.down
        for layer in layers if downwards else reversed(layers):
            middles = {node: middle([place[other] for other in toward[node]], place[node]) for node in layer}
            layer.sort(key=lambda node: (middles[node], place[node]))
            number(layer, place)
        found = crossings(net, layers, place)
        if found < fewest:
            best, fewest = [tuple(layer) for layer in layers], found
    return tuple(best)


def number(layer: Sequence[int], place: list[float]) -> None:
    for position, node in enumerate(layer):
        place[node] = float(position)


def middle(numbers: Sequence[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise


def crossings(net: Net, layers: Sequence[Sequence[int]], place: Sequence[float]) -> int:
    """How many pairs of edges cross between neighbouring rows (inversions, by a Fenwick tree)."""
    total = 0
    for layer in layers:
        ends = [
            position for node in layer for position in sorted(int(place[lower]) for lower in net.down[node])
        ]
        tree = [0] * (max(ends, default=0) + 2)
        for seen, end in enumerate(ends):
            total += seen - count_up_to(tree, end + 1)
            count_in(tree, end + 1)
    return total


def count_in(tree: list[int], position: int) -> None:
    while position < len(tree):
        tree[position] += 1
        position += position & -position


def count_up_to(tree: Sequence[int], position: int) -> int:
    total = 0
    while position > 0:
        total += tree[position]
        position -= position & -position
    return total
