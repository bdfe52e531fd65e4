"""Batch normalisation as a part of a spec."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..registry import PARTS


@PARTS.register_module()
class BatchNorm2d(nn.BatchNorm2d):
    """Normalisation of each channel: [N, C, H, W] -> [N, C, H, W]."""

    def __init__(self, in_channels: int, epsilon: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__(in_channels, epsilon, momentum)

    def forward(self, features: Tensor) -> Tensor:
        return super().forward(features)


class FrozenBatchNorm(nn.Module):
    """Normalisation of each channel that training leaves as it is: [N, C, H, W] -> [N, C, H, W].

    Statistics and scales come with a checkpoint and are no parameters; those of the batch never count.
    """

    weight: Tensor
    bias: Tensor
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.epsilon = epsilon
        self.register_buffer("weight", torch.ones(channels))
        self.register_buffer("bias", torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, features: Tensor) -> Tensor:
        return nn.functional.batch_norm(
            features, self.running_mean, self.running_var, self.weight, self.bias, eps=self.epsilon
        )
