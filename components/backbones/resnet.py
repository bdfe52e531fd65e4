"""ResNet, whole or in the form that Siamese trackers slide over a region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from ..layers.signal import keep_signal
from ..registry import BACKBONES

BLOCKS = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}
"""Blocks of each stage by depth (He et al., table 1)."""

SHALLOW = (18, 34)
"""Depths of two 3x3 convolutions a block; a block of the others has one, between two 1x1 ones."""

Style = Literal["standard", "siamese"]

Norms = Literal["learnt", "kept", "frozen"]


@dataclass(frozen=True)
class StageShape:
    """How one stage treats its map."""

    width: int
    """channels of its 3x3 convolutions"""
    blocks: int
    stride: int
    """of its first block: 1 or 2"""
    dilation: int
    """of its 3x3 convolutions; the very first one dilates half as much, as the stage before it does"""


@dataclass(frozen=True)
class BlockShape:
    """How one block treats its map."""

    width: int
    """channels of its 3x3 convolutions"""
    stride: int
    entry: int
    """dilation of its first 3x3 convolution, which has the stride"""
    dilation: int
    """of a second one"""


@BACKBONES.register_module()
class ResNet(nn.Module):
    """ResNet-18 to -152: an image [N, 3, H, W] -> a map of one level, or a tuple of maps of several.

    Level 1 has stride 4 and 256 channels (depths 18 and 34: 64), each further one twice the channels and, up to
    `output_stride`, twice the stride; beyond that its convolutions are dilated instead. A number as `out_levels` gives
    that level's map, a list a tuple of maps. Levels behind the last one that is wanted are not built. Names of weights
    are torchvision's.

    style: `standard` keeps the whole region, bordered with zeros. `siamese` does not border where the stride is 2 (in
    the stem and in the first block of a stage), so that every element sees the same in a template as in a search
    region, and has 3x3 shortcuts there: sides of 127 and 255 become 15 and 31 at stride 8.

    norms: what training does to batch norms. `learnt` ones take their statistics from the batch; `kept` ones keep those
    that they came with, and learn scale and shift (MMDetection's `norm_eval`); of `frozen` ones nothing changes. Those
    two are meant for weights that are loaded; without any, they normalise nothing, and the convolutions begin with
    weights under which signals keep their size all the same.

    Source: He et al., CVPR 2016, table 1; dilation as of Li et al. (SiamRPN++), CVPR 2019, section 3.3; `siamese` in
    PySOT's convention.
    """

    def __init__(
        self,
        depth: int = 50,
        out_levels: int | Sequence[int] = 4,
        output_stride: int = 32,
        style: Style = "standard",
        norms: Norms = "learnt",
    ) -> None:
        """depth: 18, 34, 50, 101 or 152. out_levels: one of 1..4, or several, rising. output_stride: 4, 8, 16 or 32."""
        super().__init__()
        self.single = isinstance(out_levels, int)
        self.out_levels = (out_levels,) if isinstance(out_levels, int) else tuple(out_levels)
        refuse_wrong(depth, self.out_levels, output_stride, style, norms)
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3 if style == "standard" else 0, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        channels = 64
        block = BasicBlock if depth in SHALLOW else Bottleneck
        for level, shape in enumerate(stage_shapes(depth, output_stride)[: self.out_levels[-1]], start=1):
            self.add_module(f"layer{level}", stage(channels, shape, style, block))
            channels = shape.width * block.expansion
        self.norms = norms
        for norm in self.batch_norms() if norms == "frozen" else ():
            norm.requires_grad_(False)
        if norms != "learnt":
            begin_unnormalised(self)

    def batch_norms(self) -> list[nn.BatchNorm2d]:
        return [module for module in self.modules() if isinstance(module, nn.BatchNorm2d)]

    def train(self, mode: bool = True) -> ResNet:
        """Training mode, but for norms that keep their statistics."""
        super().train(mode)
        for norm in self.batch_norms() if self.norms != "learnt" else ():
            norm.eval()
        return self

    def forward(self, image: Tensor) -> Tensor | tuple[Tensor, ...]:
        features = self.bn1(self.conv1(image)).relu()
        features = nn.functional.max_pool2d(features, 3, 2, 1)
        found = []
        for level in range(1, self.out_levels[-1] + 1):
            features = self.get_submodule(f"layer{level}")(features)
            if level in self.out_levels:
                found.append(features)
        return found[0] if self.single else tuple(found)


class BasicBlock(nn.Module):
    """Two 3x3 convolutions of `width` channels; added to the shortcut."""

    expansion = 1
    """A block's channels over those of its 3x3 convolutions."""

    def __init__(
        self, in_channels: int, shape: BlockShape, style: Style, downsample: nn.Module | None
    ) -> None:
        """downsample: the shortcut, where it is not the input."""
        super().__init__()
        width = shape.width
        self.conv1 = middle(in_channels, width, shape.stride, shape.entry, style)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = middle(width, width, 1, shape.dilation, style)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = downsample

    def forward(self, features: Tensor) -> Tensor:
        shortcut = features if self.downsample is None else self.downsample(features)
        inner = self.bn1(self.conv1(features)).relu()
        activated: Tensor = (self.bn2(self.conv2(inner)) + shortcut).relu()
        return activated


class Bottleneck(nn.Module):
    """1x1 to `width` channels, 3x3, 1x1 to four times as many; added to the shortcut."""

    expansion = 4

    def __init__(
        self, in_channels: int, shape: BlockShape, style: Style, downsample: nn.Module | None
    ) -> None:
        """downsample: the shortcut, where it is not the input."""
        super().__init__()
        width, out_channels = shape.width, shape.width * self.expansion
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = middle(width, width, shape.stride, shape.entry, style)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.downsample = downsample

    def forward(self, features: Tensor) -> Tensor:
        shortcut = features if self.downsample is None else self.downsample(features)
        inner = self.bn1(self.conv1(features)).relu()
        inner = self.bn2(self.conv2(inner)).relu()
        activated: Tensor = (self.bn3(self.conv3(inner)) + shortcut).relu()
        return activated


def begin_unnormalised(network: ResNet) -> None:
    """First weights for norms whose statistics are not taken from the data.

    What the blocks add to their shortcuts is so small that all of them together add about as much as there was (De and
    Smith, "Batch normalization biases residual blocks towards the identity function", NeurIPS 2020, section 3).
    """
    if network.conv1.weight.is_meta:  # nothing to draw; asking for it makes PyTorch import its compiler
        return
    blocks = [module for module in network.modules() if isinstance(module, BasicBlock | Bottleneck)]
    nn.init.kaiming_normal_(network.conv1.weight, nonlinearity="relu")  # it sees an image: no ReLU
    last = {block.conv2 if isinstance(block, BasicBlock) else block.conv3 for block in blocks}
    for block in blocks:
        for module in block.modules():
            if isinstance(module, nn.Conv2d):
                keep_signal(module, 1 / len(blocks) if module in last else 1.0)


def refuse_wrong(
    depth: int, out_levels: Sequence[int], output_stride: int, style: Style, norms: Norms
) -> None:
    """Raises ValueError for settings that no ResNet of ours has."""
    if depth not in BLOCKS:
        raise ValueError(f"`depth` is {', '.join(map(str, BLOCKS))}, not {depth}")
    levels = list(out_levels)
    if not levels or levels != sorted(set(levels)) or not set(levels) <= {1, 2, 3, 4}:
        raise ValueError(f"`out_levels` are of 1..4, each once, in rising order, not {levels}")
    if output_stride not in (4, 8, 16, 32):
        raise ValueError(f"`output_stride` is 4, 8, 16 or 32, not {output_stride}")
    if style not in ("standard", "siamese"):
        raise ValueError(f"`style` is `standard` or `siamese`, not `{style}`")
    if norms not in ("learnt", "kept", "frozen"):
        raise ValueError(f"`norms` are `learnt`, `kept` or `frozen`, not `{norms}`")


def stage_shapes(depth: int, output_stride: int) -> tuple[StageShape, ...]:
    """The four stages; where the stride would exceed `output_stride`, the dilation doubles instead."""
    shapes = []
    reached, dilation = 4, 1
    for index, blocks in enumerate(BLOCKS[depth]):
        wanted = 1 if index == 0 else 2
        stride = wanted if reached * wanted <= output_stride else 1
        dilation *= wanted // stride
        reached *= stride
        shapes.append(StageShape(64 * 2**index, blocks, stride, dilation))
    return tuple(shapes)


def stage(
    in_channels: int, shape: StageShape, style: Style, block: type[BasicBlock | Bottleneck]
) -> nn.Sequential:
    """The blocks of one stage: the first one changes the stride and the channels."""
    out_channels = shape.width * block.expansion
    first = BlockShape(shape.width, shape.stride, max(shape.dilation // 2, 1), shape.dilation)
    rest = BlockShape(shape.width, 1, shape.dilation, shape.dilation)
    reshapes = shape.stride > 1 or shape.dilation > 1 or in_channels != out_channels
    beside = shortcut(in_channels, out_channels, first, style) if reshapes else None
    blocks = [block(in_channels, first, style, beside)]
    blocks += [block(out_channels, rest, style, None) for _ in range(shape.blocks - 1)]
    return nn.Sequential(*blocks)


def shortcut(in_channels: int, out_channels: int, first: BlockShape, style: Style) -> nn.Sequential:
    """From a stage's input to the output of its first block."""
    looks_around = first.stride > 1 or first.dilation > 1
    convolution = (
        middle(in_channels, out_channels, first.stride, first.entry, style)
        if style == "siamese" and looks_around
        else nn.Conv2d(in_channels, out_channels, 1, first.stride, bias=False)
    )
    return nn.Sequential(convolution, nn.BatchNorm2d(out_channels))


def middle(in_channels: int, out_channels: int, stride: int, dilation: int, style: Style) -> nn.Conv2d:
    """A 3x3 convolution, bordered with zeros but for strides in the siamese style."""
    padding = 0 if style == "siamese" and stride > 1 else dilation
    return nn.Conv2d(in_channels, out_channels, 3, stride, padding, dilation=dilation, bias=False)
