"""One of two, for each target."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..registry import PARTS


@PARTS.register_module()
class Choose(nn.Module):
    """`one` for targets where the condition (bool, a number a target) holds, else `other`, of one shape [N, ...]."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, condition: Tensor, one: Tensor, other: Tensor) -> Tensor:
        return torch.where(condition.reshape(-1, *[1] * (one.ndim - 1)), one, other)
