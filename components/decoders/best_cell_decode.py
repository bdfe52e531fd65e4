"""From a score and four distances at every cell to the best cell's box, in whole pixels."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..registry import DECODERS
from ..types import View
from .point_decode import PointPick, box_of_distances, target_probability
from .window import point_grid

SMALLEST = 3.0
"""No box is narrower or lower than this, in pixels of the frame (the authors' convention)."""


@DECODERS.register_module()
class BestCellDecode(nn.Module):
    """The box of the cell that scores highest: no window, no penalty, no smoothing.

    cls and loc are those of PointDecode. Boxes are rounded to whole pixels (half to even), and cut off at the frame's
    sides.

    stride: pixels of the crop between cells.

    Source: FEAR (Borsuk et al., ECCV 2022), with the conventions of its code.
    """

    def __init__(self, stride: int = 16) -> None:
        super().__init__()
        self.stride = stride

    def forward(self, cls: Tensor, loc: Tensor, view: View) -> PointPick:
        height, width = loc.shape[-2:]
        score = target_probability(cls).flatten(1)
        centre, size = box_of_distances(loc, point_grid(height, width, self.stride, loc.device))
        best = score.argmax(1, keepdim=True)
        pair = best[:, None].expand(-1, 2, -1)
        middle, extent = (chosen.gather(2, pair)[:, :, 0].to(torch.float64) for chosen in (centre, size))
        first = ((middle - extent / 2) / view.scale + view.target[:, :2]).round()
        whole = (extent / view.scale).round().clamp(min=SMALLEST)
        return PointPick(cut_off(first, whole, view.frame_size), score.gather(1, best)[:, 0])


def cut_off(first: Tensor, size: Tensor, frame_size: Tensor) -> Tensor:
    """Boxes [N, 4], centre and size, of what lies in the frame; what is left of one too narrow begins within it."""
    start = torch.minimum(first.clamp(min=0), frame_size)
    seen = torch.minimum((first + size).clamp(min=0), frame_size) - start
    held = seen.clamp(min=SMALLEST)
    beyond = (start + held - frame_size).clamp(min=0)
    start = torch.where(seen < SMALLEST, start - beyond, start)
    return torch.cat((start + held / 2, held), 1)
