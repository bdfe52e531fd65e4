"""A head that says of a map where two corners of the target's box lie, as the mean over all cells."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..registry import HEADS
from .centre_head import tower


class Corners(NamedTuple):
    """Both corners of a box."""

    box: Tensor
    """[N, 4]: left, top, right, bottom, as shares of the crop"""
    top_left: Tensor
    """[N, 1, H, W]: logits of where that corner lies; probabilities by a softmax over all cells"""
    bottom_right: Tensor
    """[N, 1, H, W]"""


@HEADS.register_module()
class CornerHead(nn.Module):
    """The box within features [N, C, H, W].

    Two towers of convolutions make a map of logits for each corner, and the corner is the expected place under their
    softmax. A cell stands for its own upper left corner.

    channels: of a tower's first layer; each of its four layers has half as many as the one before.

    Source: STARK (Yan et al., ICCV 2021), section 3.1, without the query; so in MixFormer (Cui et al., CVPR 2022),
    section 3.2.
    """

    def __init__(self, in_channels: int, channels: int = 256) -> None:
        super().__init__()
        self.top_left = tower(in_channels, channels, 1)
        self.bottom_right = tower(in_channels, channels, 1)

    def forward(self, features: Tensor) -> Corners:
        first, last = self.top_left(features), self.bottom_right(features)
        return Corners(torch.cat((expected_place(first), expected_place(last)), 1), first, last)


def expected_place(logits: Tensor) -> Tensor:
    """Logits [N, 1, H, W] -> [N, 2]: x and y, as shares of the map, of a cell's upper left corner."""
    height, width = logits.shape[-2:]
    likely = torch.unflatten(logits.flatten(1).softmax(1), 1, (height, width))
    column = torch.arange(width, device=logits.device, dtype=logits.dtype) / width
    row = torch.arange(height, device=logits.device, dtype=logits.dtype) / height
    return torch.stack(((likely * column).sum((1, 2)), (likely * row[:, None]).sum((1, 2))), 1)
