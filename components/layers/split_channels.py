"""Channels that mean two things, taken apart."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..registry import PARTS


@PARTS.register_module()
class SplitChannels(nn.Module):
    """Channels as `groups` of equal size: [N, groups C, H, W] -> [N, groups, C, H, W]; the first C are the first group.

    So 2 A channels of scores become two classes for each of A anchors. Raises ValueError where the channels cannot be
    parted.
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        if groups < 1:
            raise ValueError(f"`groups` must be positive, not {groups}")
        self.groups = groups

    def forward(self, features: Tensor) -> Tensor:
        channels = features.shape[1]
        if channels % self.groups:
            raise ValueError(f"{channels} channels do not make {self.groups} equal groups")
        return torch.unflatten(features, 1, (self.groups, channels // self.groups))
