"""A window that fades features out towards the border of the patch."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ..registry import PARTS


@PARTS.register_module()
class CosineWindow(nn.Module):
    """Multiplies [..., H, W] by a Hann window of that size.

    A correlation in the Fourier domain takes the patch for periodic; faded out, its borders do not meet in a jump.
    Of the periodic kind with half a sample's shift: symmetric, and never quite zero.

    Source: Bolme et al., CVPR 2010, section 3.1.
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(self, features: Tensor) -> Tensor:
        rows = hann(features.shape[-2], features)
        columns = hann(features.shape[-1], features)
        return features * (rows[:, None] * columns)


def hann(length: int, like: Tensor) -> Tensor:
    """[length]: sin^2 at the middles of `length` equal pieces of half a turn."""
    position = (torch.arange(length, device=like.device, dtype=like.dtype) + 0.5) / length
    return torch.sin(math.pi * position).square()
