"""Parts of tensors: a range along each axis. What passes that ask which part of a value is read compute with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

Range = tuple[int, int]
"""first index, and the one behind the last"""

Box = tuple[Range | None, ...]
"""A range for each axis; None for the whole axis, always so where its size is open (the number of targets)."""

Shape = Sequence[Any]
"""sizes, some of which may be symbols"""


def whole(shape: Shape) -> Box:
    return (None,) * len(shape)


def is_whole(box: Box) -> bool:
    return all(each is None for each in box)


def span(shape: Shape, box: Box, axis: int) -> Range:
    """The range along an axis whose size is a number."""
    return box[axis] or (0, shape[axis])


def tidy(shape: Shape, ranges: Sequence[Range | None]) -> Box:
    """Ranges over all of an axis become None."""
    return tuple(
        None if each is None or not isinstance(size, int) or each == (0, size) else each
        for size, each in zip(shape, ranges, strict=True)
    )


def contains(outer: Box, inner: Box) -> bool:
    return all(
        one is None or (other is not None and one[0] <= other[0] and other[1] <= one[1])
        for one, other in zip(outer, inner, strict=True)
    )


def hull(first: Box, second: Box) -> Box:
    """The smallest box around both; whole where one is whole."""
    return tuple(
        None if one is None or other is None else (min(one[0], other[0]), max(one[1], other[1]))
        for one, other in zip(first, second, strict=True)
    )


def within(outer: Box, inner: Box) -> Box:
    """`inner` as counted from the beginning of `outer`, which contains it."""
    return tuple(
        each if around is None or each is None else (each[0] - around[0], each[1] - around[0])
        for around, each in zip(outer, inner, strict=True)
    )


def size_along(shape: Shape, box: Box, axis: int) -> Any:
    """How many numbers the box has along an axis: a number, or the axis' symbol."""
    taken = box[axis]
    return shape[axis] if taken is None else taken[1] - taken[0]


def volume(shape: Shape, box: Box) -> int:
    """Numbers in the box for each target: axes of open size count as one."""
    sizes = (size_along(shape, box, axis) for axis in range(len(shape)))
    return math.prod(size for size in sizes if isinstance(size, int))


def with_axis(box: Box, axis: int, taken: Range | None) -> Box:
    """The box with another range along an axis."""
    return (*box[:axis], taken, *box[axis + 1 :])


def pieces_of(shape: Shape, wanted: Sequence[Box], slack: float) -> list[Box]:
    """Boxes that hold all that is wanted: two become their hull where that is at most `slack` times as much."""
    found: list[Box] = []
    for box in wanted:
        while (near := neighbour(shape, found, box, slack)) is not None:
            found.remove(near)
            box = tidy(shape, hull(near, box))
        found.append(box)
    return found


def neighbour(shape: Shape, found: Sequence[Box], box: Box, slack: float) -> Box | None:
    """A box that is better taken together with this one."""
    for other in found:
        apart = volume(shape, other) + volume(shape, box)
        inside = contains(other, box) or contains(box, other)
        if inside or volume(shape, hull(other, box)) <= slack * apart:
            return other
    return None


# ---------------------------------------------------------------- other shapes of the same numbers


def reshaped(old: Shape, new: Shape, wanted: Box) -> tuple[Box, Box] | None:
    """The box of a reshaped tensor that holds `wanted`, and the box before reshaping that has the same numbers.

    None where axes of open size are worked together.
    """
    groups = axis_groups(old, new)
    if groups is None:
        return None
    before: list[Range | None] = [None] * len(old)
    after: list[Range | None] = [None] * len(new)
    for olds, news in groups:
        old_sizes, new_sizes = [old[axis] for axis in olds], [new[axis] for axis in news]
        if not all(isinstance(size, int) for size in (*old_sizes, *new_sizes)):
            continue
        taken = flat_range(new_sizes, [wanted[axis] for axis in news])
        while True:
            old_ranges = ranges_of(old_sizes, taken)
            new_ranges = ranges_of(new_sizes, flat_range(old_sizes, old_ranges))
            larger = flat_range(new_sizes, new_ranges)
            if larger == flat_range(old_sizes, old_ranges):
                break
            taken = larger
        for axis, each in (*zip(olds, old_ranges, strict=True),):
            before[axis] = each
        for axis, each in (*zip(news, new_ranges, strict=True),):
            after[axis] = each
    return tidy(new, after), tidy(old, before)


def axis_groups(old: Shape, new: Shape) -> list[tuple[list[int], list[int]]] | None:
    """Axes before and after reshaping that hold the same numbers, as few together as can be.

    None where a symbol stands for more than an axis that stays.
    """
    groups: list[tuple[list[int], list[int]]] = []
    i = j = 0
    while i < len(old) and j < len(new):
        if same_size(old[i], new[j]):
            groups.append(([i], [j]))
            i, j = i + 1, j + 1
            continue
        olds, news = [i], [j]
        left, right = old[i], new[j]
        while isinstance(left, int) and isinstance(right, int) and left != right:
            if left < right:
                i += 1
                if i == len(old) or not isinstance(old[i], int):
                    return None
                olds.append(i)
                left *= old[i]
            else:
                j += 1
                if j == len(new) or not isinstance(new[j], int):
                    return None
                news.append(j)
                right *= new[j]
        if not isinstance(left, int) or not isinstance(right, int):
            return None
        groups.append((olds, news))
        i, j = i + 1, j + 1
    return [
        *groups,
        *(([axis], []) for axis in range(i, len(old))),
        *(([], [axis]) for axis in range(j, len(new))),
    ]


def same_size(one: Any, other: Any) -> bool:
    """Whether two sizes are one number, or one symbol."""
    both = isinstance(one, int), isinstance(other, int)
    return one == other if all(both) else not any(both) and str(one) == str(other)


def flat_range(sizes: Sequence[int], ranges: Sequence[Range | None]) -> Range:
    """Places in memory, of axes that lie one behind the other, from the first to the last number of a box."""
    start, extent = 0, math.prod(sizes)
    for size, each in zip(sizes, ranges, strict=True):
        first, last = each or (0, size)
        rest = extent // size if size else 0
        start += first * rest
        extent = (last - first) * rest
        if last - first != 1:
            break
    return start, start + extent


def ranges_of(sizes: Sequence[int], taken: Range) -> list[Range | None]:
    """The smallest box, of numbers that lie one behind the other, that holds these places in memory."""
    first, last = taken
    found: list[Range | None] = []
    rest = math.prod(sizes)
    for size in sizes:
        rest = rest // size if size else 0
        low, high = (first // rest, -(-last // rest)) if rest else (0, size)
        found.append((low, high))
        if high - low != 1:
            break
        first, last = first - low * rest, last - low * rest
    return found + [None] * (len(sizes) - len(found))
