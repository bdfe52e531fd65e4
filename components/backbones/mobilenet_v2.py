"""MobileNetV2 in the form that Siamese trackers slide over a region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from ..registry import BACKBONES


@dataclass(frozen=True)
class Row:
    """One stage of the paper's table 2."""

    expansion: int
    channels: int
    blocks: int
    stride: int


STAGES = (
    Row(1, 16, 1, 1),
    Row(6, 24, 2, 2),
    Row(6, 32, 3, 2),
    Row(6, 64, 4, 2),
    Row(6, 96, 3, 1),
    Row(6, 160, 3, 2),
    Row(6, 320, 1, 1),
)

STEM = 32
"""Channels of the first convolution, at width 1."""


@BACKBONES.register_module()
class MobileNetV2(nn.Module):
    """MobileNetV2: an image [N, 3, H, W] -> a map of one stage, or a tuple of maps of several.

    The stages are the seven rows of the paper's table. Up to `output_stride` strides are the paper's; beyond it
    convolutions are dilated instead. Nothing is bordered where the stride is 2, so that every element sees the same in
    a template as in a search region: sides of 127 and 255 become 15 and 31 at stride 8. A number as `out_levels` gives
    that stage's map, a list a tuple of maps; stages behind the last one that is wanted are not built.

    Source: Sandler et al., CVPR 2018, table 2; without borders and dilated in PySOT's convention: the first block
    has a 1x1 convolution though it does not widen, and channels are cut to whole numbers.
    """

    def __init__(
        self, out_levels: int | Sequence[int] = 7, output_stride: int = 8, width: float = 1.0
    ) -> None:
        """out_levels: one of 1..7, or several, rising. output_stride: 8, 16 or 32. width: multiplies all channels."""
        super().__init__()
        self.single = isinstance(out_levels, int)
        self.out_levels = (out_levels,) if isinstance(out_levels, int) else tuple(out_levels)
        levels = list(self.out_levels)
        if not levels or levels != sorted(set(levels)) or not set(levels) <= set(range(1, len(STAGES) + 1)):
            raise ValueError(f"`out_levels` are of 1..7, each once, in rising order, not {levels}")
        if output_stride not in (8, 16, 32):
            raise ValueError(f"`output_stride` is 8, 16 or 32, not {output_stride}")
        channels = int(STEM * width)
        self.stem = Normalised(3, channels, 3, stride=2)
        reached, dilation = 2, 1
        for level, row in enumerate(STAGES[: levels[-1]], start=1):
            stride = row.stride if reached * row.stride <= output_stride else 1
            before, dilation = dilation, dilation * (row.stride // stride)
            reached *= stride
            out_channels = int(row.channels * width)
            blocks = [InvertedResidual(channels, out_channels, row.expansion, stride, before)]
            blocks += [
                InvertedResidual(out_channels, out_channels, row.expansion, 1, dilation)
                for _ in range(row.blocks - 1)
            ]
            self.add_module(f"layer{level}", nn.Sequential(*blocks))
            channels = out_channels

    def forward(self, image: Tensor) -> Tensor | tuple[Tensor, ...]:
        features = nn.functional.relu6(self.stem(image))
        found = []
        for level in range(1, self.out_levels[-1] + 1):
            features = self.get_submodule(f"layer{level}")(features)
            if level in self.out_levels:
                found.append(features)
        return found[0] if self.single else tuple(found)


class InvertedResidual(nn.Module):
    """Expand, convolve each channel, project; added to the input where the shapes allow it."""

    def __init__(
        self, in_channels: int, out_channels: int, expansion: int, stride: int, dilation: int
    ) -> None:
        super().__init__()
        expanded = in_channels * expansion
        self.shortcut = stride == 1 and in_channels == out_channels
        self.expand = Normalised(in_channels, expanded, 1)
        self.depthwise = Normalised(expanded, expanded, 3, stride, dilation, groups=expanded)
        self.project = Normalised(expanded, out_channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        expanded = nn.functional.relu6(self.expand(features))
        projected: Tensor = self.project(nn.functional.relu6(self.depthwise(expanded)))
        return features + projected if self.shortcut else projected


class Normalised(nn.Module):
    """A convolution without bias, bordered with zeros but for strides, and batch normalisation."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
    ) -> None:
        super().__init__()
        padding = 0 if kernel == 1 or stride > 1 else dilation
        self.conv = nn.Conv2d(
            in_channels, out_channels, kernel, stride, padding, dilation, groups, bias=False
        )
        self.norm = nn.BatchNorm2d(out_channels)

    def forward(self, features: Tensor) -> Tensor:
        normalised: Tensor = self.norm(self.conv(features))
        return normalised
