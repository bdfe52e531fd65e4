"""How far right each node stands: near its neighbours, in the order of its row, with gaps between.

Row by row, the positions of least squared distance from the neighbours' middle under a minimum gap: an
isotonic regression, solved by pooling adjacent violators in linear time.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .net import Net
from .straight import straightened

GAP = 36.0
JOINT_GAP = 18.0
SWEEPS = 20
BOTH_WAYS = 6
"""of the last sweeps, which look up and down at once"""
STRAIGHTNESS = 8.0
"""how much more a long edge resists bending than a node resists leaving its neighbours' middle"""
LOOSE = 0.25
"""weight of a node without neighbours on that side: the others push it away"""


def positions(net: Net, layers: Sequence[Sequence[int]]) -> list[float]:
    """The centre of every node and joint, in pixels; the leftmost edge of all is at 0."""
    xs = [0.0] * len(net.width)
    for layer in layers:
        place_row(net, layer, [0.0] * len(layer), [1.0] * len(layer), xs)
    for sweep in range(SWEEPS):
        downwards = sweep % 2 == 0
        for layer in layers if downwards else reversed(layers):
            pulls = [pull(net, node, near(net, node, sweep, downwards), xs) for node in layer]
            place_row(net, layer, [want for want, _ in pulls], [weight for _, weight in pulls], xs)
    xs = straightened(net, layers, xs, distance)
    left = min((x - width / 2 for x, width in zip(xs, net.width, strict=True)), default=0.0)
    return [x - left for x in xs]


def near(net: Net, node: int, sweep: int, downwards: bool) -> Sequence[int]:
    if sweep >= SWEEPS - BOTH_WAYS:
        return [*net.up[node], *net.down[node]]
    return net.up[node] if downwards else net.down[node]


def pull(net: Net, node: int, others: Sequence[int], xs: Sequence[float]) -> tuple[float, float]:
    """Where the neighbours want a node, and how much."""
    if not others:
        return xs[node], LOOSE
    weights = [STRAIGHTNESS if net.is_joint(node) and net.is_joint(other) else 1.0 for other in others]
    total = sum(weights)
    return sum(weight * xs[other] for weight, other in zip(weights, others, strict=True)) / total, total


def place_row(
    net: Net, layer: Sequence[int], wanted: Sequence[float], weights: Sequence[float], xs: list[float]
) -> None:
    """Set the x of a row's nodes: least squares to `wanted`, the order and the gaps kept."""
    offsets = [0.0] * len(layer)
    for place, (left, right) in enumerate(pairwise(layer)):
        offsets[place + 1] = offsets[place] + distance(net, left, right)
    free = [want - offset for want, offset in zip(wanted, offsets, strict=True)]
    for node, level, offset in zip(layer, isotonic(free, weights), offsets, strict=True):
        xs[node] = level + offset


def distance(net: Net, left: int, right: int) -> float:
    """The least from the middle of one to that of the next in its row."""
    gap = JOINT_GAP if net.is_joint(left) and net.is_joint(right) else GAP
    return (net.width[left] + net.width[right]) / 2 + gap


def isotonic(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The non-decreasing sequence of least weighted squared distance from `values`."""
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many values
    for value, weight in zip(values, weights, strict=True):
        pool = (value, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            before = pools.pop()
            total = before[1] + pool[1]
            pool = ((before[0] * before[1] + pool[0] * pool[1]) / total, total, before[2] + pool[2])
        pools.append(pool)
    return [level for level, _, count in pools for _ in range(count)]
