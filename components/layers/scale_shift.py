"""A learnt factor and a learnt summand for each channel."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..registry import PARTS


@PARTS.register_module()
class ScaleShift(nn.Module):
    """Maps [N, C, H, W] times a learnt number, plus a learnt number for each channel; `scale` and `shift` at first."""

    def __init__(self, in_channels: int, scale: float = 1.0, shift: float = 0.0) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((1,), scale))
        self.shift = nn.Parameter(torch.full((1, in_channels, 1, 1), shift))

    def forward(self, features: Tensor) -> Tensor:
        return features * self.scale + self.shift
