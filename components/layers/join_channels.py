"""Feature maps of one patch, side by side."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..registry import PARTS


@PARTS.register_module()
class JoinChannels(nn.Module):
    """[..., C1, H, W], [..., C2, H, W], ... -> [..., C1 + C2 + ..., H, W], in the order of the operands."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, *features: Tensor) -> Tensor:
        return torch.cat(features, dim=-3)
