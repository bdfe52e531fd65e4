"""A vision transformer that reads two templates and a search region, and answers with tokens of its own."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import torch
from torch import Tensor, nn

from ..registry import BACKBONES
from .vision_transformer import (
    NORM_EPSILON,
    POSITION_DEVIATION,
    Attention,
    Perceptron,
    map_of,
    position_embedding,
    side_of,
    tokens_of,
)


class MixedFeatures(NamedTuple):
    """What the tokens have become: those of the images as maps of one cell a patch."""

    template: Tensor
    """[N, width, template_size / patch, template_size / patch]"""
    online: Tensor
    """of the same shape"""
    search: Tensor
    """[N, width, search_size / patch, search_size / patch]"""
    answers: Tensor
    """[N, answers, width]"""


@BACKBONES.register_module()
class MixedVisionTransformer(nn.Module):
    """A ViT over the tokens of two templates [N, 3, T, T], a search region [N, 3, S, S], and `answers` learnt tokens.

    The templates see each other and nothing else, so that what they give is known before the search region is. The
    search region and the answers see everything. There is no norm at the end.

    patch: side of a patch, in pixels. width: channels of a token. depth: blocks. heads: of the attention; they
    divide `width`. expansion: hidden channels of a block's perceptron over `width`. Both templates have the same
    position embeddings. Raises ValueError where sizes do not divide.

    Source: MixFormerV2 (Cui et al., NeurIPS 2023), sections 3.1 and 3.2; the attention is that of MixFormer (Cui et
    al., CVPR 2022), section 3.1 (asymmetric).
    """

    def __init__(
        self,
        template_size: Annotated[int, side_of("template")],
        search_size: Annotated[int, side_of("search")],
        patch: int = 16,
        width: int = 768,
        depth: int = 8,
        heads: int = 12,
        expansion: float = 4.0,
        answers: int = 4,
    ) -> None:
        super().__init__()
        self.embed = PatchConvolution(3, width, patch, patch)
        self.template_positions = position_embedding(template_size, patch, width)
        self.search_positions = position_embedding(search_size, patch, width)
        self.answers = drawn(answers, width)
        self.answer_positions = drawn(answers, width)
        self.blocks = nn.ModuleList(MixedBlock(width, heads, expansion) for _ in range(depth))

    def forward(self, template: Tensor, online: Tensor, search: Tensor) -> MixedFeatures:
        first = tokens_of(self.embed(template)) + self.template_positions
        newer = tokens_of(self.embed(online)) + self.template_positions
        field = tokens_of(self.embed(search)) + self.search_positions
        answers = (self.answers + self.answer_positions).expand(field.shape[0], -1, -1)
        known, seen = torch.cat((first, newer), 1), torch.cat((field, answers), 1)
        for block in self.blocks:
            known, seen = block(known, seen)
        count, cells = first.shape[1], field.shape[1]
        return MixedFeatures(
            map_of(known[:, :count]), map_of(known[:, count:]), map_of(seen[:, :cells]), seen[:, cells:]
        )


class PatchConvolution(nn.Conv2d):
    """A convolution whose stride is its kernel, as the product of patches and weights that it is.

    As fast, and a third more exact than the convolution, which sums up the 768 products of a patch one by one.
    """

    def forward(self, image: Tensor) -> Tensor:
        down, across = self.kernel_size
        rows, columns = image.shape[2] // down, image.shape[3] // across
        cells = torch.unflatten(torch.unflatten(image, 3, (columns, across)), 2, (rows, down))
        patches = cells.permute(0, 2, 4, 1, 3, 5).flatten(3)
        return nn.functional.linear(patches, self.weight.flatten(1), self.bias).permute(0, 3, 1, 2)


class MixedBlock(nn.Module):
    """Attention and a perceptron, each behind a norm and added to what it reads, for [N, K, C] and [N, L, C].

    The known tokens look at each other, the seen ones at both.
    """

    def __init__(self, width: int, heads: int, expansion: float) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width, NORM_EPSILON)
        self.attention = MixedAttention(width, heads)
        self.perceptron_norm = nn.LayerNorm(width, NORM_EPSILON)
        self.perceptron = Perceptron(width, int(width * expansion))

    def forward(self, known: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        known_change, seen_change = self.attention(self.attention_norm(known), self.attention_norm(seen))
        known, seen = known + known_change, seen + seen_change
        known = known + self.perceptron(self.perceptron_norm(known))
        seen = seen + self.perceptron(self.perceptron_norm(seen))
        return known, seen


class MixedAttention(Attention):
    """Multi-head attention of known tokens [N, K, C] to themselves, and of seen ones [N, L, C] to both."""

    def forward(self, known: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        known_queries, known_keys, known_values = self.project(known)
        queries, keys, values = self.project(seen)
        keys, values = torch.cat((known_keys, keys), 2), torch.cat((known_values, values), 2)
        return self.attend(known_queries, known_keys, known_values), self.attend(queries, keys, values)

    def project(self, tokens: Tensor) -> tuple[Tensor, ...]:
        """Queries, keys and values, each [N, heads, L, C / heads]."""
        joined = self.project_in(tokens).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return torch.unbind(joined)

    def attend(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        likeness = (queries @ keys.transpose(2, 3)) * self.scale
        attended: Tensor = self.project_out((likeness.softmax(3) @ values).transpose(1, 2).flatten(2))
        return attended


def drawn(count: int, width: int) -> nn.Parameter:
    """Tokens [1, count, width], drawn small."""
    return nn.Parameter(nn.init.trunc_normal_(torch.empty(1, count, width), std=POSITION_DEVIATION))
