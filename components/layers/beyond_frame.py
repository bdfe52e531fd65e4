"""Which cells of a feature map show what lies beyond the frame."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..crops.area_crop import HIDDEN
from ..crops.resize import bounded_corner, bounded_side, taps
from ..registry import PARTS
from ..types import View


@PARTS.register_module()
class BeyondFrame(nn.Module):
    """Cells of a map [N, C, h, w] over a crop, which is beyond the frame there: bool [N, 1, h, w].

    A cell counts by its first pixel, which is beyond the frame if any of the pixels is that it was blended from. The
    crop is an AreaCrop of `stride` h pixels; of the map only the shape counts.

    stride: pixels of the crop between cells. Source: STARK (Yan et al., ICCV 2021), in the convention of its code,
    which resizes a mask with the crop and takes every sixteenth element of it.
    """

    shape_only = ("features",)

    def __init__(self, stride: int = 16) -> None:
        super().__init__()
        self.stride = stride

    def forward(self, features: Tensor, view: View) -> Tensor:
        height, width = features.shape[-2:]
        side = bounded_side(width * self.stride / view.scale[:, 0])
        corner = bounded_corner((view.target[:, :2] - side[:, None] * 0.5).round())
        seen = view.frame_size - HIDDEN
        column = self.beyond(side, corner[:, 0], seen[0], width)
        row = self.beyond(side, corner[:, 1], seen[1], height)
        return column[:, None, None, :] | row[:, None, :, None]

    def beyond(self, side: Tensor, start: Tensor, end: Tensor, cells: int) -> Tensor:
        """Along one axis: bool [N, cells], for windows of `side` pixels from `start` on; the frame ends at `end`."""
        before, fraction = (found[:, :: self.stride] for found in taps(side, cells * self.stride))
        pair = torch.stack((before, before + 1))
        pair = torch.minimum(pair.clamp(min=0), (side - 1)[:, None]) + start[:, None]
        outside = (pair < 0) | (pair >= end)
        return outside[0] | (outside[1] & (fraction > 0))
