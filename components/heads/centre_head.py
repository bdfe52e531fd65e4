"""A head that says where the target's centre lies, cell by cell, and how large the target is."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from torch import Tensor, nn

from ..layers.convolution import ConvBNReLU
from ..registry import HEADS

SURE = 1e-4
"""Scores and sizes stay so far from 0 and 1, that their logarithms stay finite (CenterNet's convention)."""


class CentreMaps(NamedTuple):
    """For each cell of the map."""

    score: Tensor
    """[N, 1, H, W]: how likely the target's centre lies there, 1e-4 .. 1 - 1e-4"""
    size: Tensor
    """[N, 2, H, W]: width and height of the target, as shares of the crop, 1e-4 .. 1 - 1e-4"""
    offset: Tensor
    """[N, 2, H, W]: from the cell to the centre, x and y, in cells"""


@HEADS.register_module()
class CentreHead(nn.Module):
    """Three towers of convolutions: score, size and offset of a centre at every cell of features [N, C, H, W].

    channels: of a tower's first layer; each of its four layers has half as many as the one before.

    Source: OSTrack (Ye et al., ECCV 2022), section 3.3, after CenterNet (Zhou et al., 2019), section 3.
    """

    def __init__(self, in_channels: int, channels: int = 256) -> None:
        super().__init__()
        self.score = tower(in_channels, channels, 1)
        self.size = tower(in_channels, channels, 2)
        self.offset = tower(in_channels, channels, 2)

    def forward(self, features: Tensor) -> CentreMaps:
        return CentreMaps(share(self.score(features)), share(self.size(features)), self.offset(features))


def tower(in_channels: int, channels: int, out_channels: int) -> nn.Sequential:
    """Four 3x3 convolutions, each half as wide as the one before, and a 1x1 prediction."""
    widths = [in_channels, *(channels // 2**index for index in range(4))]
    layers = [ConvBNReLU(wide, narrow, bias=True) for wide, narrow in pairwise(widths)]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], out_channels, 1))


def share(logits: Tensor) -> Tensor:
    """The sigmoid, held off 0 and 1."""
    return logits.sigmoid().clamp(SURE, 1 - SURE)
