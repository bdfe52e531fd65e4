"""FBNet-C, cut where a tracker wants it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from ..registry import BACKBONES


@dataclass(frozen=True)
class Row:
    """One inverted residual block; none where there is no expansion."""

    channels: int
    kernel: int = 1
    expansion: int = 0
    stride: int = 1


STAGES = (
    (Row(16, 3, 1),),
    (Row(24, 3, 6, 2), Row(24), Row(24, 3, 1), Row(24, 3, 1)),
    (Row(32, 5, 6, 2), Row(32, 5, 3), Row(32, 5, 6), Row(32, 3, 6)),
    (
        Row(64, 5, 6, 2),
        Row(64, 5, 3),
        Row(64, 5, 6),
        Row(64, 5, 6),
        Row(112, 5, 6),
        Row(112, 5, 6),
        Row(112, 5, 6),
        Row(112, 5, 3),
    ),
    (Row(184, 5, 6, 2), Row(184, 5, 6), Row(184, 5, 6), Row(184, 5, 6), Row(352, 3, 6)),
)
"""The five stages behind the first convolution."""

STEM = 16
"""Channels of the first convolution."""


@BACKBONES.register_module()
class FBNet(nn.Module):
    """FBNet-C: an image [N, 3, H, W] -> features [N, C, H / s, W / s].

    stages: how many of the five stages are kept; C is 16, 24, 32, 112, 352 and s 2, 4, 8, 16, 32 for 1 to 5.

    Source: Wu et al. (FBNet), CVPR 2019, figure 5; the blocks are those of the published FBNet-C, whose convolutions
    have biases before they are normalised.
    """

    def __init__(self, stages: int = 4) -> None:
        super().__init__()
        if not 1 <= stages <= len(STAGES):
            raise ValueError(f"`stages` is 1..{len(STAGES)}, not {stages}")
        self.stem = Normalised(3, STEM, 3, stride=2)
        channels = STEM
        for level, rows in enumerate(STAGES[:stages], start=1):
            blocks: list[nn.Module] = []
            for row in rows:
                blocks.append(InvertedResidual(channels, row) if row.expansion else nn.Identity())
                channels = row.channels
            self.add_module(f"stage{level}", nn.Sequential(*blocks))
        self.count = stages

    def forward(self, image: Tensor) -> Tensor:
        features: Tensor = self.stem(image).relu()
        for level in range(1, self.count + 1):
            features = self.get_submodule(f"stage{level}")(features)
        return features


class InvertedResidual(nn.Module):
    """Expand, convolve each channel, project; added to the input where the shapes allow it."""

    def __init__(self, in_channels: int, row: Row) -> None:
        super().__init__()
        expanded = in_channels * row.expansion
        self.shortcut = row.stride == 1 and in_channels == row.channels
        self.expand = Normalised(in_channels, expanded, 1) if row.expansion > 1 else None
        self.depthwise = Normalised(expanded, expanded, row.kernel, row.stride, groups=expanded)
        self.project = Normalised(expanded, row.channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        expanded = features if self.expand is None else self.expand(features).relu()
        projected: Tensor = self.project(self.depthwise(expanded).relu())
        return features + projected if self.shortcut else projected


class Normalised(nn.Module):
    """A convolution and batch normalisation."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel: int, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, groups=groups)
        self.norm = nn.BatchNorm2d(out_channels)

    def forward(self, features: Tensor) -> Tensor:
        normalised: Tensor = self.norm(self.conv(features))
        return normalised
