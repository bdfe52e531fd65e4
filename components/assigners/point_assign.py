"""What a head of points should have said: labels, distances and weights from the true box."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..registry import PARTS


class PointTargets(NamedTuple):
    """Targets of a head that gives scores and distances per cell; weights have a mean of 1 over an image's cells."""

    labels: Tensor
    """[B, h, w] int64: 1 on the target, 0 elsewhere"""
    label_weight: Tensor
    """[B, h, w]: targets and background weigh one half each (0 for one that has no cell), what is
    neither nothing"""
    distances: Tensor
    """[B, 4, h, w]: from the cell to the left, top, right and bottom side of the box, in pixels of the crop"""
    box_weight: Tensor
    """[B, h, w]: the same for all cells on the target, 0 elsewhere"""


@PARTS.register_module()
class PointAssign(nn.Module):
    """Which cells are the target's, and how far each is from the sides of the true box.

    cls [B, C, h, w], of which only the shape counts, and gt [B, 4], x, y, w, h in pixels of the search crop. A cell
    is the target's if it lies in the ellipse of `inner` times the box's size, the background's if it lies outside of
    that of `outer`, and neither between them. Where no cell lies in the inner ellipse, the nearest one to the box's
    centre is the target's. All cells are used, with weights that balance the two classes, instead of samples drawn.

    So `CrossEntropyLoss(cls, t.labels, weight = t.label_weight)` and `IoULoss { form = "distances" }(loc,
    t.distances, weight = t.box_weight)`, each with reduction `mean`.

    size: side of the search crop. stride: pixels between cells; cell `w // 2` lies in the middle of the crop, as
    PointDecode has it. inner, outer: axes of the ellipses over the box's width and height.

    Source: SiamBAN (Chen et al., CVPR 2020), section 3.3: ellipses of half and of all the box's size.
    """

    shape_only = ("cls",)

    def __init__(self, size: int = 255, stride: int = 16, inner: float = 0.5, outer: float = 1.0) -> None:
        super().__init__()
        if not 0 < inner <= outer:
            raise ValueError(f"inner must be positive and outer no smaller, not {inner} and {outer}")
        self.size = size
        self.stride = stride
        self.inner = inner
        self.outer = outer

    def forward(self, cls: Tensor, gt: Tensor) -> PointTargets:
        height, width = cls.shape[-2:]
        x, y = self.positions(width, gt), self.positions(height, gt)[:, None]
        left, top, box_width, box_height = gt.reshape(-1, 4, 1, 1).unbind(dim=1)
        sides = (x - left, y - top, left + box_width - x, top + box_height - y)
        distances = torch.stack([side.expand(-1, height, width) for side in sides], dim=1)
        away = ((x - left) / box_width - 0.5).square() + ((y - top) / box_height - 0.5).square()
        nearest = away == away.amin(dim=(1, 2), keepdim=True)
        target = (away <= (self.inner / 2) ** 2) | nearest
        background = (away > (self.outer / 2) ** 2) & ~target
        box_weight = shared_out(target, gt)
        label_weight = (box_weight + shared_out(background, gt)) / 2
        return PointTargets(target.to(torch.int64), label_weight, distances, box_weight)

    def positions(self, count: int, like: Tensor) -> Tensor:
        """[count]: where cells lie along an axis of the crop, in pixels."""
        index = torch.arange(count, device=like.device, dtype=like.dtype)
        return (index - count // 2) * self.stride + self.size / 2


def shared_out(chosen: Tensor, like: Tensor) -> Tensor:
    """[B, ...] bool -> weights on what is chosen, whose mean over an image is 1; 0 where nothing is."""
    share = chosen.to(like.dtype)
    return share / share.mean(dim=tuple(range(1, share.ndim)), keepdim=True).clamp(min=1e-12)
