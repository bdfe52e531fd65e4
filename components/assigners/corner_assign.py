"""What a head that gives one box should have said."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..registry import PARTS


@PARTS.register_module()
class CornerAssign(nn.Module):
    """gt [B, 4] (x, y, w, h in pixels of the search crop) -> [B, 4]: left, top, right, bottom as shares of the crop.

    What of the box lies beyond the crop is cut off. size: side of the search crop, in pixels.

    So `GIoULoss(box, t)` and `L1Loss(box, t)`, as in STARK (Yan et al., ICCV 2021), section 3.3.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, gt: Tensor) -> Tensor:
        first, last = gt[:, :2], gt[:, :2] + gt[:, 2:]
        return torch.cat((first, last), 1).div(self.size).clamp(0, 1)
