"""The backbone that LightTrack's search found: inverted residuals whose channels are weighed."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from ..registry import BACKBONES
from .mobilenet_v3 import Normalised, whole_channels


@dataclass(frozen=True)
class Row:
    """One inverted residual block."""

    channels: int
    kernel: int
    expansion: int
    stride: int


MOBILE = (
    (Row(16, 3, 1, 1),),
    (Row(24, 7, 4, 2), Row(24, 7, 6, 1)),
    (Row(40, 3, 4, 2), Row(40, 5, 4, 1), Row(40, 7, 6, 1), Row(40, 3, 6, 1)),
    (Row(80, 7, 4, 2), Row(80, 3, 4, 1), Row(80, 7, 4, 1), Row(80, 7, 4, 1)),
    (Row(96, 7, 6, 1), Row(96, 5, 4, 1), Row(96, 3, 6, 1)),
)
"""The stages of LightTrack-Mobile, up to the block whose output is used."""

STEM = 16
"""Channels of the first layer."""


@BACKBONES.register_module()
class LightTrackNet(nn.Module):
    """LightTrack-Mobile's backbone: an image [N, 3, H, W] -> features [N, 96, H / 16, W / 16].

    A convolution, a separable one, and the inverted residuals that the search chose. Activations are SiLU; channels
    are weighed after the depthwise convolution is activated.

    stages: how many of the five stages are kept (1..5), whose channels are 16, 24, 40, 80 and 96.

    Source: LightTrack (Yan et al., CVPR 2021), figure 4; the blocks are those of the published model.
    """

    def __init__(self, stages: int = len(MOBILE)) -> None:
        super().__init__()
        if not 1 <= stages <= len(MOBILE):
            raise ValueError(f"`stages` is 1..{len(MOBILE)}, not {stages}")
        self.conv = nn.Conv2d(3, STEM, 3, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(STEM)
        self.stages = nn.Sequential()
        channels = STEM
        for rows in MOBILE[:stages]:
            blocks = []
            for row in rows:
                blocks.append(WeighedResidual(channels, channels * row.expansion, row))
                channels = row.channels
            self.stages.append(nn.Sequential(*blocks))

    def forward(self, image: Tensor) -> Tensor:
        features: Tensor = self.stages(nn.functional.silu(self.norm(self.conv(image))))
        return features


class WeighedResidual(nn.Module):
    """Expand, convolve each channel, weigh the channels, project; with a shortcut where the shapes allow it."""

    def __init__(self, in_channels: int, expanded: int, row: Row) -> None:
        super().__init__()
        self.shortcut = row.stride == 1 and in_channels == row.channels
        self.expand = Normalised(in_channels, expanded, 1) if expanded != in_channels else None
        self.depthwise = Normalised(expanded, expanded, row.kernel, row.stride, groups=expanded)
        self.squeeze = ChannelGate(expanded)
        self.project = Normalised(expanded, row.channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        expanded = features if self.expand is None else nn.functional.silu(self.expand(features))
        weighed = self.squeeze(nn.functional.silu(self.depthwise(expanded)))
        projected: Tensor = self.project(weighed)
        return features + projected if self.shortcut else projected


class ChannelGate(nn.Module):
    """Channels scaled by a hard sigmoid of two 1x1 convolutions on their means, a quarter as wide in between."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = whole_channels(channels / 4)
        self.reduce = nn.Conv2d(channels, hidden, 1)
        self.restore = nn.Conv2d(hidden, channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        means = features.mean((2, 3), keepdim=True)
        return features * nn.functional.hardsigmoid(self.restore(self.reduce(means).relu()))
