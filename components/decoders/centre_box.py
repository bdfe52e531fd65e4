"""The box that the maps of a centre head give at one of their cells."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..registry import PARTS


@PARTS.register_module()
class CentreBox(nn.Module):
    """The box where the score is highest: [N, 4] left, top, right, bottom, as shares of the crop (0..1 within it).

    score [N, 1, H, W], size [N, 2, H, W] and offset [N, 2, H, W] are those of CentreHead. Which cell is taken cannot
    be learned from this box, only what the head says there: it is for the losses of a box, beside one of the score.

    Source: OSTrack (Ye et al., ECCV 2022), section 3.3.
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(self, score: Tensor, size: Tensor, offset: Tensor) -> Tensor:
        best = score.flatten(1).argmax(1, keepdim=True)
        box = box_at(best, size, offset)
        centre, half = box[:, :2], box[:, 2:] / 2
        return torch.cat((centre - half, centre + half), 1)


def box_at(cell: Tensor, size: Tensor, offset: Tensor) -> Tensor:
    """[N, 4] centre x, centre y, width, height, as shares of the crop, at the cells [N, 1] (indices row by row)."""
    height, width = size.shape[-2:]
    column, row = cell % width, cell // width
    moved = torch.cat((column, row), 1).to(offset.dtype) + at(cell, offset)
    centre = torch.stack((moved[:, 0] / width, moved[:, 1] / height), 1)
    return torch.cat((centre, at(cell, size)), 1)


def at(cell: Tensor, maps: Tensor) -> Tensor:
    """What the maps [N, C, H, W] say at the cells [N, 1]: [N, C]."""
    chosen = cell[:, None].expand(-1, maps.shape[1], -1)
    return maps.flatten(2).gather(2, chosen)[:, :, 0]
