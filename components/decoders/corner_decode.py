"""From a box within the crop to one in the frame."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..registry import DECODERS
from ..types import FrameBox, View
from .centre_decode import cut_off


@DECODERS.register_module()
class CornerDecode(nn.Module):
    """The box [N, 4] (left, top, right, bottom, as shares of the crop) in the frame.

    It is cut off at the frame's sides, stays 10 pixels wide and high, and within the frame by as much.

    size: side of the search crop, in pixels.

    Source: STARK (Yan et al., ICCV 2021): predictions in single precision, places in the frame in double.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, box: Tensor, view: View) -> FrameBox:
        first, last = box[:, :2].float(), box[:, 2:].float()
        middle, extent = (first + last) / 2, last - first
        centre = view.target[:, :2] + (middle - 0.5).to(torch.float64) * self.size / view.scale
        return cut_off(centre, extent.to(torch.float64) * self.size / view.scale, view.frame_size)
