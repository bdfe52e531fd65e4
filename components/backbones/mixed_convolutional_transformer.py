"""A transformer with convolutions between its tokens, that reads two templates and a search region."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..layers.batch_norm import FrozenBatchNorm
from ..registry import BACKBONES
from .vision_transformer import Perceptron, tokens_of

EMBEDDINGS = ((7, 4, 2), (3, 2, 1), (3, 2, 1))
"""Kernel, stride and padding of the convolution that each stage begins with (CvT, table 1)."""

SAMPLING = 2
"""Cells from one key to the next, down and across; each cell has a query (CvT, section 3.2)."""

STEEPNESS = 1.702
"""Of the sigmoid by which the published weights of CvT approximate the normal distribution function."""


class MixedMaps(NamedTuple):
    """What the images have become, a cell for each 16 x 16 pixels of T x T or S x S."""

    template: Tensor
    """[N, width, T / 16, T / 16]"""
    online: Tensor
    """of the same shape"""
    search: Tensor
    """[N, width, S / 16, S / 16]"""


@BACKBONES.register_module()
class MixedConvolutionalTransformer(nn.Module):
    """CvT over two templates [N, 3, T, T] and a search region [N, 3, S, S] at once: what they become, as maps.

    Each of three stages embeds the maps by a convolution (strides 4, 2, 2) and sends their tokens through blocks. The
    templates see each other and nothing else, so that what they give is known before the search region is; the search
    region sees all three. There is no norm at the end.

    widths: channels of each stage. depths: its blocks. heads: of its attention; they divide the width. expansion:
    hidden channels of a block's perceptron over the width. Without class token and position embeddings. The batch norms
    stay as they are loaded. Raises ValueError where settings are not one for each stage, or do not divide.

    Source: CvT (Wu et al., ICCV 2021), section 3; MixFormer (Cui et al., CVPR 2022), sections 3.1 (asymmetric mixed
    attention) and 3.2. The defaults are CvT-21.
    """

    def __init__(
        self,
        widths: Sequence[int] = (64, 192, 384),
        depths: Sequence[int] = (1, 4, 16),
        heads: Sequence[int] = (1, 3, 6),
        expansion: float = 4.0,
    ) -> None:
        super().__init__()
        for name, setting in (("widths", widths), ("depths", depths), ("heads", heads)):
            if len(setting) != len(EMBEDDINGS):
                raise ValueError(f"`{name}` is one number for each of the 3 stages, not {len(setting)}")
        channels = (3, *widths[:-1])
        self.stages = nn.ModuleList(
            MixedStage(*embedding, *settings, expansion)
            for embedding, settings in zip(
                EMBEDDINGS, zip(channels, widths, depths, heads, strict=True), strict=True
            )
        )

    def forward(self, template: Tensor, online: Tensor, search: Tensor) -> MixedMaps:
        maps = MixedMaps(template, online, search)
        for stage in self.stages:
            maps = stage(maps)
        return maps


class MixedStage(nn.Module):
    """Three maps [N, in_channels, H, W] -> three of `width` channels and a `stride`-th of the size."""

    def __init__(
        self,
        kernel: int,
        stride: int,
        padding: int,
        in_channels: int,
        width: int,
        depth: int,
        heads: int,
        expansion: float,
    ) -> None:
        super().__init__()
        self.embed = nn.Conv2d(in_channels, width, kernel, stride, padding)
        self.embed_norm = nn.LayerNorm(width)
        self.blocks = nn.ModuleList(MixedConvolutionalBlock(width, heads, expansion) for _ in range(depth))

    def forward(self, maps: MixedMaps) -> MixedMaps:
        embedded = [self.embed(features) for features in maps]
        shapes = [(features.shape[2], features.shape[3]) for features in embedded]
        tokens = [self.embed_norm(tokens_of(features)) for features in embedded]
        for block in self.blocks:
            tokens = block(tokens, shapes)
        return MixedMaps(*map(grid_of, tokens, shapes))


class MixedConvolutionalBlock(nn.Module):
    """Attention and a perceptron, each behind a norm and added to what it reads.

    tokens: of both templates and the search region, each [N, H W, C], and the shape (H, W) of each.
    """

    def __init__(self, width: int, heads: int, expansion: float) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = MixedConvolutionalAttention(width, heads)
        self.perceptron_norm = nn.LayerNorm(width)
        self.perceptron = QuickPerceptron(width, int(width * expansion))

    def forward(self, tokens: list[Tensor], shapes: list[tuple[int, int]]) -> list[Tensor]:
        maps = [grid_of(self.attention_norm(one), shape) for one, shape in zip(tokens, shapes, strict=True)]
        changes = self.attention(*maps)
        tokens = [one + change for one, change in zip(tokens, changes, strict=True)]
        return [one + self.perceptron(self.perceptron_norm(one)) for one in tokens]


class MixedConvolutionalAttention(nn.Module):
    """Multi-head attention between maps: both templates look at each other, the search region at all three.

    Maps [N, C, H, W] -> tokens [N, H W, C]. Queries, keys and values are depthwise convolutions of each map by itself,
    then linear; keys and values are of every second cell. What they are scaled by is the whole width's root, not a
    head's, as in CvT's own code.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"{heads} heads do not divide {width} channels")
        self.heads = heads
        self.scale = width**-0.5
        self.queries = TokenProjection(width, 1)
        self.keys = TokenProjection(width, SAMPLING)
        self.values = TokenProjection(width, SAMPLING)
        self.project_out = nn.Linear(width, width)

    def forward(self, template: Tensor, online: Tensor, search: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        known = (template, online)
        known_keys, known_values = self.split(self.keys(*known)), self.split(self.values(*known))
        keys = torch.cat((known_keys, self.split(self.keys(search))), 2)
        values = torch.cat((known_values, self.split(self.values(search))), 2)
        first, newer = self.attend(self.queries(*known), known_keys, known_values).chunk(2, 1)
        return first, newer, self.attend(self.queries(search), keys, values)

    def split(self, tokens: Tensor) -> Tensor:
        """[N, L, C] -> [N, heads, L, C / heads]"""
        return torch.unflatten(tokens, 2, (self.heads, -1)).transpose(1, 2)

    def attend(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        likeness = (self.split(queries) @ keys.transpose(2, 3)) * self.scale
        attended: Tensor = self.project_out((likeness.softmax(3) @ values).transpose(1, 2).flatten(2))
        return attended


class TokenProjection(nn.Module):
    """A 3x3 depthwise convolution with a norm for each map [N, C, H, W], their tokens in a row, and a linear layer."""

    def __init__(self, width: int, stride: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, stride, 1, groups=width, bias=False)
        self.norm = FrozenBatchNorm(width)
        self.linear = nn.Linear(width, width)

    def forward(self, *maps: Tensor) -> Tensor:
        rows = [tokens_of(self.norm(self.conv(features))) for features in maps]
        projected: Tensor = self.linear(torch.cat(rows, 1))
        return projected


class QuickPerceptron(Perceptron):
    """Two linear layers with x sigmoid(1.702 x) between them, for each token by itself: [N, L, C] -> [N, L, C]."""

    def forward(self, tokens: Tensor) -> Tensor:
        hidden = self.expand(tokens)
        reduced: Tensor = self.reduce(hidden * (hidden * STEEPNESS).sigmoid())
        return reduced


def grid_of(tokens: Tensor, shape: tuple[int, int]) -> Tensor:
    """[N, H W, C], row by row -> [N, C, H, W]."""
    return torch.unflatten(tokens.transpose(1, 2), 2, shape)
