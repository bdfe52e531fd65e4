"""The mean of features over boxes: against an integral cell by cell, at the map's borders, and its gradients."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from sotc.components.fusion.precise_roi_pool import PreciseRoIPool

torch.set_num_threads(1)

HEIGHT, WIDTH = 5, 7


def features(seed: int = 0, batch: int = 1, channels: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, channels, HEIGHT, WIDTH, generator=generator, dtype=torch.float64)


def at(image: Tensor, x: float, y: float) -> float:
    """Bilinear between the centres of cells; cells beyond the map are 0."""
    value, left, top = 0.0, math.floor(x), math.floor(y)
    for row in (top, top + 1):
        for column in (left, left + 1):
            if 0 <= row < HEIGHT and 0 <= column < WIDTH:
                value += float(image[row, column]) * (1 - abs(x - column)) * (1 - abs(y - row))
    return value


def ends(first: float, last: float) -> list[float]:
    """A stretch cut at whole numbers: within the pieces, what is interpolated is bilinear."""
    return [first, *(float(whole) for whole in range(math.floor(first) + 1, math.ceil(last))), last]


def mean_over(image: Tensor, left: float, top: float, right: float, bottom: float) -> float:
    """The middle of a piece is its mean, as long as the piece lies within one cell."""
    across, down = ends(left, right), ends(top, bottom)
    total = 0.0
    for x, next_x in pairwise(across):
        for y, next_y in pairwise(down):
            total += (next_x - x) * (next_y - y) * at(image, (x + next_x) / 2, (y + next_y) / 2)
    return total / ((right - left) * (bottom - top))


def expected(maps: Tensor, box: list[float], size: int) -> Tensor:
    """box: left, top, right, bottom in cells."""
    width, height = (box[2] - box[0]) / size, (box[3] - box[1]) / size
    pooled = torch.empty(maps.shape[0], size, size, dtype=torch.float64)
    for channel, image in enumerate(maps):
        for row in range(size):
            for column in range(size):
                left, top = box[0] + column * width, box[1] + row * height
                pooled[channel, row, column] = mean_over(image, left, top, left + width, top + height)
    return pooled


def shares(*boxes: list[float]) -> Tensor:
    """Boxes in cells as shares of the map."""
    return torch.tensor(boxes, dtype=torch.float64) / torch.tensor([WIDTH, HEIGHT, WIDTH, HEIGHT])


@settings(deadline=None, max_examples=40)
@given(
    left=st.floats(-3, 8),
    top=st.floats(-3, 6),
    width=st.floats(0.01, 9),
    height=st.floats(0.01, 9),
    size=st.integers(1, 4),
)
def test_it_is_the_integral(left: float, top: float, width: float, height: float, size: int) -> None:
    box = [left, top, left + width, top + height]
    maps = features(size)
    found = PreciseRoIPool(size)(maps, shares(box))[0]
    torch.testing.assert_close(found, expected(maps[0], box, size), rtol=1e-9, atol=1e-10)


def test_each_target_has_its_box_and_single_precision_is_enough() -> None:
    boxes = [[0.3, 0.7, 4.1, 3.9], [1.0, 1.0, 3.0, 2.0], [-0.8, 2.2, 6.9, 5.5]]
    maps = features(1, batch=3)
    found = PreciseRoIPool(4)(maps.float(), shares(*boxes).float())
    wanted = torch.stack([expected(one, box, 4) for one, box in zip(maps, boxes, strict=True)])
    torch.testing.assert_close(found.double(), wanted, rtol=0, atol=2e-6)


def test_a_slope_gives_the_middles_of_the_parts() -> None:
    """What grows by 1 a column and by 10 a row, within the map."""
    rows, columns = torch.arange(float(HEIGHT)), torch.arange(float(WIDTH))
    slope = (rows[:, None] * 10 + columns).double()[None, None]
    found = PreciseRoIPool(2)(slope, shares([1.0, 0.5, 5.0, 3.5]))
    torch.testing.assert_close(
        found[0, 0], torch.tensor([[12.5 + 2, 12.5 + 4], [27.5 + 2, 27.5 + 4]]).double()
    )


@pytest.mark.parametrize(
    "box", [[2.0, 1.0, 2.0, 3.0], [4.0, 1.0, 2.0, 3.0], [1.0, 3.0, 4.0, 2.0], [40.0, 1.0, 50.0, 3.0]]
)
def test_nothing_within_gives_nothing(box: list[float]) -> None:
    """No width, sides the wrong way round, beyond the map: 0, and gradients that are numbers."""
    maps, place = features().requires_grad_(), shares(box).requires_grad_()
    found = PreciseRoIPool(3)(maps, place)
    assert not found.any()
    found.sum().backward()
    assert maps.grad is not None
    assert place.grad is not None
    assert torch.isfinite(maps.grad).all()
    assert torch.isfinite(place.grad).all()


@pytest.mark.parametrize("box", [[0.3, 0.7, 4.1, 3.9], [-0.6, 1.2, 2.8, 5.4], [2.2, 2.3, 2.7, 2.6]])
def test_gradients_of_features_and_box(box: list[float]) -> None:
    """Those of the box are where the integral is smooth, which it is everywhere but at an empty one."""
    maps, place = features(2).requires_grad_(), shares(box).requires_grad_()
    assert torch.autograd.gradcheck(PreciseRoIPool(3), (maps, place))


def test_gradients_at_the_middles_of_cells() -> None:
    """Where pieces meet, both sides agree."""
    place = shares([1.0, 1.0, 4.0, 3.0]).requires_grad_()
    assert torch.autograd.gradcheck(lambda box: PreciseRoIPool(1)(features(3), box), (place,), atol=1e-4)
