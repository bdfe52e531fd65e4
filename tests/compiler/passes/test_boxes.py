"""Boxes: what they hold, how they are joined, and what becomes of them in another shape."""

from __future__ import annotations

import math
from typing import Any

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from sotc.compiler.passes.boxes import Box, contains, hull, pieces_of, reshaped, tidy, volume, within

SIZES = st.lists(st.sampled_from([1, 2, 3, 4, 6]), min_size=1, max_size=4)


def taken(value: Tensor, box: Box) -> Tensor:
    return value[tuple(slice(None) if each is None else slice(*each) for each in box)]


@st.composite
def boxes(draw: Any, sizes: list[int]) -> Box:
    ranges = []
    for size in sizes:
        first = draw(st.integers(0, size - 1))
        ranges.append((first, draw(st.integers(first + 1, size))))
    return tidy(sizes, ranges)


@st.composite
def shapes_of_one_size(draw: Any) -> tuple[list[int], list[int]]:
    """Two shapes of as many numbers: one with neighbours joined, and one with them joined otherwise."""
    sizes = draw(SIZES)

    def joined() -> list[int]:
        found = [sizes[0]]
        for size in sizes[1:]:
            if draw(st.booleans()):
                found[-1] *= size
            else:
                found.append(size)
        return found

    return joined(), joined()


@given(st.data(), shapes_of_one_size())
@settings(max_examples=60, deadline=None)
def test_a_box_in_another_shape_has_the_same_numbers(
    data: st.DataObject, shapes: tuple[list[int], list[int]]
) -> None:
    old, new = shapes
    wanted = data.draw(boxes(new))
    found = reshaped(old, new, wanted)
    assert found is not None
    after, before = found
    numbers = torch.arange(math.prod(old))
    assert contains(after, wanted)
    assert torch.equal(
        taken(numbers.reshape(old), before).flatten(), taken(numbers.reshape(new), after).flatten()
    )


def test_rows_of_heads_are_rows_of_channels() -> None:
    """320 tokens of 3 times 12 heads of 64 channels; queries of the last 256."""
    wanted = (None, (64, 320), (0, 1), None, None)
    assert reshaped(["n", 320, 2304], ["n", 320, 3, 12, 64], wanted) == (wanted, (None, (64, 320), (0, 768)))


def test_an_open_axis_that_is_worked_with_another_is_left_alone() -> None:
    assert reshaped(["n", 12, 8], ["12*n", 8], (None, (0, 2))) is None


@given(st.data(), SIZES)
@settings(max_examples=40, deadline=None)
def test_pieces_hold_all_that_is_wanted(data: st.DataObject, sizes: list[int]) -> None:
    wanted = data.draw(st.lists(boxes(sizes), min_size=1, max_size=4))
    slack = data.draw(st.sampled_from([0, 1, 1.125, math.inf]))
    pieces = pieces_of(sizes, wanted, slack)
    assert all(any(contains(piece, box) for piece in pieces) for box in wanted)
    if slack == math.inf:
        assert len(pieces) == 1
    numbers = torch.arange(math.prod(sizes)).reshape(sizes)
    for piece in pieces:
        assert volume(sizes, piece) == taken(numbers, piece).numel()
        inner = hull(wanted[0], piece)
        assert torch.equal(taken(taken(numbers, inner), within(inner, piece)), taken(numbers, piece))


def test_far_boxes_stay_apart_and_near_ones_join() -> None:
    queries, keys, values = ((0, 1), (6, 8)), ((1, 2), None), ((2, 3), None)
    assert pieces_of([3, 8], [values, queries, keys], 1.125) == [queries, ((1, 3), None)]
    assert pieces_of([3, 8], [queries, keys, values], 2) == [(None, None)]
