"""Parts that rearrange or join tensors and have no weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..registry import PARTS


@PARTS.register_module()
class Concat(nn.Module):
    """Tensors joined along one axis; 1: channels of maps [N, C, H, W], positions of tokens [N, L, C]."""

    def __init__(self, axis: int = 1) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, *features: Tensor) -> Tensor:
        return torch.cat(features, self.axis)


@PARTS.register_module()
class Add(nn.Module):
    """The sum of tensors of one shape."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, *features: Tensor) -> Tensor:
        total = features[0]
        for feature in features[1:]:
            total = total + feature
        return total


@PARTS.register_module()
class Multiply(nn.Module):
    """The product of two tensors, element by element; an axis of size 1 is repeated."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, features: Tensor, factor: Tensor) -> Tensor:
        return features * factor


@PARTS.register_module()
class Identity(nn.Module):
    """What comes in."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, features: Tensor) -> Tensor:
        return features


@PARTS.register_module()
class Flatten(nn.Module):
    """A feature map as tokens, row by row: [N, C, H, W] -> [N, H W, C]."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, features: Tensor) -> Tensor:
        return features.flatten(2).transpose(1, 2)


@PARTS.register_module()
class CenterCrop(nn.Module):
    """The `size` x `size` cells in the middle of a feature map; a smaller map stays as it is.

    Where the margin is odd, the middle lies half a cell towards the start.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, features: Tensor) -> Tensor:
        height, width = features.shape[-2:]
        top, left = max(height - self.size, 0) // 2, max(width - self.size, 0) // 2
        return features[..., top : top + self.size, left : left + self.size]
