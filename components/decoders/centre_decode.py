"""From score, size and offset at every cell to one box in the frame."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..registry import DECODERS
from ..types import FrameBox, View
from .centre_box import at, box_at
from .window import inner_hann_map


class CentrePick(NamedTuple):
    """The cell that was chosen."""

    box: FrameBox
    """[N, 4] float64: centre x, centre y, width, height, in the frame"""
    score: Tensor
    """[N] float32: the score at that cell, as the head gives it"""


MARGIN = 10.0
"""So many pixels of the frame a box keeps within it, and is wide and high at least (the authors' convention)."""


@DECODERS.register_module()
class CentreDecode(nn.Module):
    """The box of the cell whose score, times a Hann window over the map, is highest.

    score [N, 1, H, W], size [N, 2, H, W] and offset [N, 2, H, W] are those of CentreHead, over all of the search
    crop. The box is cut off at the frame's sides; it stays 10 pixels wide and high, and within the frame by as much.

    stride: pixels of the crop between cells.

    Source: OSTrack (Ye et al., ECCV 2022), section 3.3: predictions in single precision, places in the frame in double.
    """

    def __init__(self, stride: int = 16) -> None:
        super().__init__()
        self.stride = stride

    def forward(self, score: Tensor, size: Tensor, offset: Tensor, view: View) -> CentrePick:
        height, width = score.shape[-2:]
        score = score.float()
        ranked = score * inner_hann_map(height, width, score.device).float()
        best = ranked.flatten(1).argmax(1, keepdim=True)
        box = box_at(best, size.float(), offset.float())

        crop = torch.tensor((width, height), dtype=torch.float64, device=score.device) * self.stride
        centre = view.target[:, :2] + (box[:, :2] - 0.5) * crop / view.scale
        extent = box[:, 2:] * crop / view.scale
        return CentrePick(cut_off(centre, extent, view.frame_size), at(best, score)[:, 0])


def cut_off(centre: Tensor, extent: Tensor, frame_size: Tensor) -> Tensor:
    """Boxes [N, 4], centre and size, of what of a box lies in the frame; at least `MARGIN` wide and high."""
    first = torch.minimum((centre - extent / 2).clamp(min=0), frame_size - MARGIN)
    last = torch.minimum((centre + extent / 2).clamp(min=MARGIN), frame_size)
    seen = (last - first).clamp(min=MARGIN)
    return torch.cat((first + seen / 2, seen), 1)
