"""A head that says where two corners of the target's box lie, as the mean over all cells."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import torch
from torch import Tensor, nn

from ..layers.linear import width_of
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
class CornerPredictorHead(nn.Module):
    """The box that a hint [N, 1, C] and the memory [N, L, C] give, whose last H * W tokens are the map's.

    Each of those tokens is scaled by its product with the hint; two towers of convolutions make of them a map of
    logits for each corner, and the corner is the expected place under their softmax. A cell stands for its own upper
    left corner. Of field [N, *, H, W] only the shape counts.

    channels: of a tower's first layer; each of its four layers has half as many as the one before.

    Source: STARK (Yan et al., ICCV 2021), section 3.1; the name is MMTracking's.
    """

    shape_only = ("field",)

    def __init__(self, width: Annotated[int, width_of("memory")], channels: int = 256) -> None:
        super().__init__()
        self.top_left = tower(width, channels, 1)
        self.bottom_right = tower(width, channels, 1)

    def forward(self, hint: Tensor, memory: Tensor, field: Tensor) -> Corners:
        height, width = field.shape[-2:]
        seen = memory[:, -height * width :]
        scaled = seen * (seen @ hint.transpose(1, 2))
        enhanced = torch.unflatten(scaled.transpose(1, 2), 2, (height, width))
        first, last = self.top_left(enhanced), self.bottom_right(enhanced)
        return Corners(torch.cat((expected_place(first), expected_place(last)), 1), first, last)


def expected_place(logits: Tensor) -> Tensor:
    """Logits [N, 1, H, W] -> [N, 2]: x and y, as shares of the map, of a cell's upper left corner."""
    height, width = logits.shape[-2:]
    likely = torch.unflatten(logits.flatten(1).softmax(1), 1, (height, width))
    column = torch.arange(width, device=logits.device, dtype=logits.dtype) / width
    row = torch.arange(height, device=logits.device, dtype=logits.dtype) / height
    return torch.stack(((likely * column).sum((1, 2)), (likely * row[:, None]).sum((1, 2))), 1)
