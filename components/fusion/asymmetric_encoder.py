"""A transformer in which the search region reads the template, and not the other way round."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from torch import Tensor, nn

from ..backbones.mixed_vision_transformer import MixedBlock
from ..backbones.vision_transformer import NORM_EPSILON, map_of, position_embedding, side_of, tokens_of
from ..registry import PARTS
from ..types import channels_of


class JointMaps(NamedTuple):
    """What the cells of both maps have become."""

    template: Tensor
    """[N, width, T, T]"""
    search: Tensor
    """[N, width, S, S]"""


@PARTS.register_module()
class AsymmetricEncoder(nn.Module):
    """Blocks of attention over the cells of two square maps, template [N, width, T, T] and search [N, width, S, S].

    The template's cells look at each other and nothing else, so that all of what they become, through every block, is
    known before the search region is; those of the search region look at both. Both go through the same weights, with
    position embeddings of their own, and a last norm.

    depth: blocks. heads: of the attention; they divide `width`. expansion: hidden channels of a block's perceptron over
    `width`.

    Source: the attention is that of MixFormer (Cui et al., CVPR 2022), section 3.1 (asymmetric); the blocks are ViT's
    (Dosovitskiy et al., ICLR 2021), section 3.1.
    """

    def __init__(
        self,
        width: Annotated[int, channels_of("search")],
        template_side: Annotated[int, side_of("template")],
        search_side: Annotated[int, side_of("search")],
        depth: int = 6,
        heads: int = 4,
        expansion: float = 4.0,
    ) -> None:
        super().__init__()
        self.template_positions = position_embedding(template_side, 1, width)
        self.search_positions = position_embedding(search_side, 1, width)
        self.blocks = nn.ModuleList(MixedBlock(width, heads, expansion) for _ in range(depth))
        self.norm = nn.LayerNorm(width, NORM_EPSILON)

    def forward(self, template: Tensor, search: Tensor) -> JointMaps:
        known = tokens_of(template) + self.template_positions
        seen = tokens_of(search) + self.search_positions
        for block in self.blocks:
            known, seen = block(known, seen)
        return JointMaps(map_of(self.norm(known)), map_of(self.norm(seen)))
