"""Batch normalisation as a part of a spec."""

from __future__ import annotations

from torch import Tensor, nn

from ..registry import PARTS


@PARTS.register_module()
class BatchNorm2d(nn.BatchNorm2d):
    """Normalisation of each channel: [N, C, H, W] -> [N, C, H, W]."""

    def __init__(self, in_channels: int, epsilon: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__(in_channels, epsilon, momentum)

    def forward(self, features: Tensor) -> Tensor:
        return super().forward(features)
