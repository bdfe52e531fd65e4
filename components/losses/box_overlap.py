"""Overlap of boxes that losses are made of, differentiable."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

BoxForm = Literal["corners", "distances"]
"""How axis 1 of a tensor [N, 4, ...] holds boxes: `corners` are left, top, right, bottom (x1, y1, x2, y2);
`distances` are those from a common point to the four sides, as point heads predict them."""


def as_corners(boxes: Tensor, form: BoxForm) -> Tensor:
    """[N, 4, ...] in either form -> left, top, right, bottom; distances are taken from a point at 0, 0.

    Raises ValueError for another form.
    """
    if form not in ("corners", "distances"):
        raise ValueError(f"form must be `corners` or `distances`, not `{form}`")
    return boxes if form == "corners" else torch.cat((-boxes[:, :2], boxes[:, 2:]), dim=1)


def overlap(first: Tensor, second: Tensor, smallest: float) -> tuple[Tensor, Tensor]:
    """Corners [N, 4, ...] -> intersection over union [N, ...], and the union; unions are `smallest` at least."""
    sides = torch.minimum(first[:, 2:], second[:, 2:]) - torch.maximum(first[:, :2], second[:, :2])
    shared = sides.clamp(min=0).prod(dim=1)
    union = (area(first) + area(second) - shared).clamp(min=smallest)
    return shared / union, union


def hull_of(first: Tensor, second: Tensor) -> Tensor:
    """Corners [N, 4, ...] of the least box around all corners of both."""
    corners = torch.stack((first[:, :2], first[:, 2:], second[:, :2], second[:, 2:]))
    return torch.cat((corners.amin(0), corners.amax(0)), dim=1)


def centres_apart(first: Tensor, second: Tensor, smallest: float) -> Tensor:
    """Corners [N, 4, ...] -> [N, ...], 0..1: squared distance of the centres over the hull's squared diagonal."""
    between = (first[:, :2] + first[:, 2:] - second[:, :2] - second[:, 2:]) / 2
    hull = hull_of(first, second)
    diagonal = (hull[:, 2:] - hull[:, :2]).square().sum(dim=1)
    return between.square().sum(dim=1) / diagonal.clamp(min=smallest)


def area(corners: Tensor) -> Tensor:
    """[N, 4, ...] -> [N, ...]; 0 for a box whose corners have changed places, as a corner head may predict.

    Two negative sides would make an area like any other, and a loss that falls the further the corners are swapped.
    """
    return (corners[:, 2:] - corners[:, :2]).clamp(min=0).prod(dim=1)


def per_box(weight: Tensor | None, pred: Tensor) -> Tensor | None:
    """A weight per coordinate [N, 4, ...] as one per box, their mean; others as they are."""
    return weight.mean(dim=1) if weight is not None and weight.ndim == pred.ndim else weight
