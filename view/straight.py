"""Long edges made straight: where there is room, the joints of an edge stand exactly below each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import TypeAlias

from .net import Net

PASSES = 3
"""One edge that became straight makes room for the next."""

Gap: TypeAlias = Callable[[Net, int, int], float]


def straightened(net: Net, layers: Sequence[Sequence[int]], xs: Sequence[float], gap: Gap) -> list[float]:
    """The positions with the joints of long edges moved; nodes stay, and so do the order of rows and `gap`."""
    result = list(xs)
    beside = neighbours(layers)
    for _ in range(PASSES):
        for chain in net.joints.values():
            straighten(net, chain, beside, result, gap)
    return result


def neighbours(layers: Sequence[Sequence[int]]) -> dict[int, tuple[int | None, int | None]]:
    """What stands left and right of each node and joint."""
    return {
        number: (row[place - 1] if place else None, row[place + 1] if place + 1 < len(row) else None)
        for row in layers
        for place, number in enumerate(row)
    }


def straighten(
    net: Net,
    chain: Sequence[int],
    beside: dict[int, tuple[int | None, int | None]],
    xs: list[float],
    gap: Gap,
) -> None:
    """Give as many joints in a row as can have it the same place, from above to below."""
    run: list[int] = []
    low, high = float("-inf"), float("inf")
    for joint in chain:
        left, right = beside[joint]
        least = xs[left] + gap(net, left, joint) if left is not None else float("-inf")
        most = xs[right] - gap(net, joint, right) if right is not None else float("inf")
        if max(low, least) > min(high, most):
            settle(run, low, high, xs)
            run, low, high = [], float("-inf"), float("inf")
        run.append(joint)
        low, high = max(low, least), min(high, most)
    settle(run, low, high, xs)


def settle(run: Sequence[int], low: float, high: float, xs: list[float]) -> None:
    if len(run) < 2 or low > high:
        return
    place = min(max(median(xs[joint] for joint in run), low), high)
    for joint in run:
        xs[joint] = place
