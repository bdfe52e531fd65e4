"""MobileNetV3-Small, cut where a tracker wants it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from ..registry import BACKBONES


@dataclass(frozen=True)
class Row:
    """One inverted residual block of the paper's table 2."""

    kernel: int
    expanded: int
    channels: int
    squeeze: bool
    swish: bool
    stride: int


SMALL = (
    Row(3, 16, 16, True, False, 2),
    Row(3, 72, 24, False, False, 2),
    Row(3, 88, 24, False, False, 1),
    Row(5, 96, 40, True, True, 2),
    Row(5, 240, 40, True, True, 1),
    Row(5, 240, 40, True, True, 1),
    Row(5, 120, 48, True, True, 1),
    Row(5, 144, 48, True, True, 1),
    Row(5, 288, 96, True, True, 2),
    Row(5, 576, 96, True, True, 1),
    Row(5, 576, 96, True, True, 1),
)


@BACKBONES.register_module()
class MobileNetV3(nn.Module):
    """MobileNetV3-Small: an image [N, 3, H, W] -> features [N, C, H / output_stride, W / output_stride].

    `blocks` of the paper's eleven inverted residual blocks are kept. Where the stride would exceed
    `output_stride`, a block keeps the resolution instead. C is 24 for 3 blocks, 48 for 8, 96 for 9 and more (at width
    1). Several numbers of blocks give a tuple of maps, one behind so many of them: behind 3 at stride 8, behind 8 at
    16, behind 11 at 32, say. Source: Howard et al., ICCV 2019, table 2.
    """

    def __init__(self, blocks: int | Sequence[int] = 8, output_stride: int = 16, width: float = 1.0) -> None:
        """blocks: 1..11, or several, rising. output_stride: 4, 8, 16 or 32. width: multiplies all channels."""
        super().__init__()
        self.single = isinstance(blocks, int)
        self.levels = (blocks,) if isinstance(blocks, int) else tuple(blocks)
        refuse_wrong(blocks, self.levels, output_stride)
        channels = whole_channels(16 * width)
        layers: list[nn.Module] = [Stem(channels)]
        stride = 2
        for row in SMALL[: self.levels[-1]]:
            step = row.stride if stride * row.stride <= output_stride else 1
            stride *= step
            out_channels = whole_channels(row.channels * width)
            layers.append(
                InvertedResidual(channels, whole_channels(row.expanded * width), out_channels, row, step)
            )
            channels = out_channels
        self.features = nn.Sequential(*layers)

    def forward(self, image: Tensor) -> Tensor | tuple[Tensor, ...]:
        features, found = image, []
        for index, layer in enumerate(self.features):
            features = layer(features)
            if index in self.levels:
                found.append(features)
        return found[0] if self.single else tuple(found)


def refuse_wrong(blocks: int | Sequence[int], levels: tuple[int, ...], output_stride: int) -> None:
    """Raises ValueError for settings that no MobileNetV3-Small has."""
    rising = bool(levels) and list(levels) == sorted(set(levels))
    if not rising or levels[0] < 1 or levels[-1] > len(SMALL):
        raise ValueError(
            f"MobileNetV3-Small has {len(SMALL)} blocks: `blocks` is 1..{len(SMALL)}, or several of them, rising, "
            f"not {blocks if isinstance(blocks, int) else list(blocks)}"
        )
    if output_stride not in (4, 8, 16, 32):
        raise ValueError(f"`output_stride` is 4, 8, 16 or 32, not {output_stride}")


class Stem(nn.Module):
    """The first convolution, at half the resolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, channels, 3, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, image: Tensor) -> Tensor:
        return nn.functional.hardswish(self.norm(self.conv(image)))


class InvertedResidual(nn.Module):
    """Expand, convolve each channel, weigh the channels, project; with a shortcut where the shapes allow it.

    A block that does not expand activates before its channels are weighed, one that does, after it.
    """

    def __init__(self, in_channels: int, expanded: int, out_channels: int, row: Row, stride: int) -> None:
        super().__init__()
        self.shortcut = stride == 1 and in_channels == out_channels
        self.expand = Normalised(in_channels, expanded, 1) if expanded != in_channels else None
        self.depthwise = Normalised(expanded, expanded, row.kernel, stride, groups=expanded)
        self.squeeze = SqueezeExcite(expanded) if row.squeeze else nn.Identity()
        self.project = Normalised(expanded, out_channels, 1)
        self.activation: nn.Module = nn.Hardswish() if row.swish else nn.ReLU()

    def forward(self, features: Tensor) -> Tensor:
        projected: Tensor = self.project(self.weighed(features))
        return features + projected if self.shortcut else projected

    def weighed(self, features: Tensor) -> Tensor:
        if self.expand is None:
            weighed: Tensor = self.squeeze(self.activation(self.depthwise(features)))
            return weighed
        expanded = self.activation(self.expand(features))
        activated: Tensor = self.activation(self.squeeze(self.depthwise(expanded)))
        return activated


class Normalised(nn.Module):
    """A convolution without bias and batch normalisation."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel: int, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels, out_channels, kernel, stride, kernel // 2, groups=groups, bias=False
        )
        self.norm = nn.BatchNorm2d(out_channels)

    def forward(self, features: Tensor) -> Tensor:
        normalised: Tensor = self.norm(self.conv(features))
        return normalised


class SqueezeExcite(nn.Module):
    """Channels scaled by a hard sigmoid of two linear layers on their means, a quarter as wide in between."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = whole_channels(channels // 4)
        self.reduce = nn.Linear(channels, hidden)
        self.restore = nn.Linear(hidden, channels)

    def forward(self, features: Tensor) -> Tensor:
        means = features.mean((2, 3))
        scale = nn.functional.hardsigmoid(self.restore(self.reduce(means).relu()))
        return features * scale[:, :, None, None]


def whole_channels(channels: float, multiple: int = 8) -> int:
    """Channels rounded to a multiple of 8, at most a tenth below what was asked (the authors' rule)."""
    rounded = max(multiple, int(channels + multiple / 2) // multiple * multiple)
    return rounded + multiple if rounded < 0.9 * channels else rounded
