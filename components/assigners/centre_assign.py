"""What a centre head should have said: a heat map and a box from the true box."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..registry import PARTS


class CentreTargets(NamedTuple):
    """Targets of a head that gives a score per cell, and of the box that it finds."""

    heat: Tensor
    """[B, 1, h, w]: 1 at the cell of the centre, and only there; less around it, 0 elsewhere"""
    corners: Tensor
    """[B, 4]: left, top, right, bottom of what of the box lies in the crop, as shares of the crop"""


@PARTS.register_module()
class CentreAssign(nn.Module):
    """A Gaussian around the true centre, and the true box as CentreBox gives one.

    score [B, 1, h, w], of which only the shape counts, and gt [B, 4], x, y, w, h in pixels of the search crop. The
    Gaussian ends `radius` cells from its middle, and its deviation is a third of `radius + 1/2`; the larger the box,
    the wider it is. A centre beyond the crop counts for the nearest cell.

    So `GaussianFocalLoss(score, t.heat)`, `GIoULoss(box, t.corners)` and `L1Loss(box, t.corners)`.

    stride: pixels of the crop between cells. overlap: how much a box whose corners are moved by the radius overlaps
    the true one (0 < overlap < 1); less makes wider Gaussians.

    Source: OSTrack (Ye et al., ECCV 2022), section 3.3, with the conventions of its code: the nearest cell, as what
    is predicted for a cell is an offset of either sign, and the radius as in `gaussian_radius`.
    """

    shape_only = ("score",)

    def __init__(self, stride: int = 16, overlap: float = 0.7) -> None:
        super().__init__()
        if not 0 < overlap < 1:
            raise ValueError(f"overlap must lie between 0 and 1, not be {overlap}")
        self.stride = stride
        self.overlap = overlap

    def forward(self, score: Tensor, gt: Tensor) -> CentreTargets:
        height, width = score.shape[-2:]
        boxes = gt / self.stride
        radius = gaussian_radius(boxes[:, 2:], self.overlap).floor()
        middle = (boxes[:, :2] + boxes[:, 2:] / 2).round()
        along_x = bump(middle[:, 0], radius, width)
        along_y = bump(middle[:, 1], radius, height)
        heat = along_y[:, None, :, None] * along_x[:, None, None, :]
        cells = torch.tensor((width, height) * 2, dtype=gt.dtype, device=gt.device)
        corners = torch.cat((boxes[:, :2], boxes[:, :2] + boxes[:, 2:]), 1) / cells
        return CentreTargets(heat, corners.clamp(0, 1))


def gaussian_radius(size: Tensor, overlap: float) -> Tensor:
    """Sizes [B, 2] in cells -> how far the Gaussians reach, [B], in cells.

    CornerNet (Law and Deng, ECCV 2018), section 3.2, asks for the largest shift of both corners after which the boxes
    still overlap by `overlap`: the least root of three quadratic equations. Its code divided the roots by 2 instead
    of by 2 a; this is the least of those, which CenterNet and OSTrack were trained with. (The corrected one, at an
    overlap of 0.7, is below one cell for a square of up to twelve: it would hardly blur anything.)
    """
    width, height = size.unbind(1)
    scaled = overlap * (width + height)
    return (scaled.square() + 4 * overlap * (1 - overlap) * width * height).sqrt() - scaled


def bump(middle: Tensor, radius: Tensor, count: int) -> Tensor:
    """[B, count]: a Gaussian along one axis, 1 at the cells nearest to `middle` [B], 0 beyond `radius` [B]."""
    cells = torch.arange(count, device=middle.device, dtype=middle.dtype)
    away = cells - middle.clamp(0, count - 1)[:, None]
    deviation = (2 * radius[:, None] + 1) / 6
    return torch.exp(-(away / deviation).square() / 2) * (away.abs() <= radius[:, None])
