"""A vision transformer that reads template and search together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import torch
from torch import Tensor, nn

from ..registry import BACKBONES
from ..types import Inferred

NORM_EPSILON = 1e-6
"""Of all layer norms, by ViT's own code; torch's default is ten times as large."""

POSITION_DEVIATION = 0.02
"""Of position embeddings that nothing has trained yet (ViT's own code)."""


def side_of(port: str) -> Inferred:
    """The side, in pixels, of the square images at `port`."""

    def rule(shapes: dict[str, Any]) -> Any:
        height, width = shapes[port][-2:]
        if height != width:
            raise ValueError(f"images at `{port}` must be square, not {height} x {width}")
        return height

    return Inferred(rule, f"side of `{port}`")


class JointFeatures(NamedTuple):
    """What the tokens of both images have become, as maps of one cell a patch."""

    template: Tensor
    """[N, width, template_size / patch, template_size / patch]"""
    search: Tensor
    """[N, width, search_size / patch, search_size / patch]"""


@BACKBONES.register_module()
class VisionTransformer(nn.Module):
    """A ViT over the tokens of two images: every block lets each see the other.

    template [N, 3, T, T] and search [N, 3, S, S] are cut into patches, embedded by the same convolution, told apart
    by position embeddings of their own, joined, and sent through `depth` blocks and a last norm. As the first block
    already mixes them, no more than the template's embedding is known before the search is.

    patch: side of a patch, in pixels. width: channels of a token. depth: blocks. heads: of the attention; they
    divide `width`. expansion: hidden channels of a block's perceptron over `width`. The defaults are ViT-B/16.
    eliminate: blocks, counted from 0, each of which leaves only the share `keep` of the search tokens that reach it,
    those that the template's middle looks at most; where one is missing in the end, the map is 0.
    Raises ValueError where sizes do not divide, and for blocks and shares that there are not.

    Source: ViT (Dosovitskiy et al., ICLR 2021), section 3.1; joined as in OSTrack (Ye et al., ECCV 2022), section
    3.1, without class token; elimination as in its section 3.2.
    """

    def __init__(
        self,
        template_size: Annotated[int, side_of("template")],
        search_size: Annotated[int, side_of("search")],
        patch: int = 16,
        width: int = 768,
        depth: int = 12,
        heads: int = 12,
        expansion: float = 4.0,
        eliminate: Sequence[int] = (),
        keep: float = 0.7,
    ) -> None:
        super().__init__()
        refuse_wrong(depth, eliminate, keep)
        self.keep = dict.fromkeys(eliminate, keep)
        self.embed = nn.Conv2d(3, width, patch, patch)
        self.template_positions = position_embedding(template_size, patch, width)
        self.search_positions = position_embedding(search_size, patch, width)
        self.blocks = nn.Sequential(*(Block(width, heads, expansion) for _ in range(depth)))
        self.norm = nn.LayerNorm(width, NORM_EPSILON)

    def forward(self, template: Tensor, search: Tensor) -> JointFeatures:
        known = tokens_of(self.embed(template)) + self.template_positions
        seen = tokens_of(self.embed(search)) + self.search_positions
        joint, count = torch.cat((known, seen), dim=1), known.shape[1]
        left: Tensor | None = None  # which of the search tokens are left, [N, L]; None is all, in their order
        for index, block in enumerate(self.blocks):
            assert isinstance(block, Block)
            if index in self.keep:
                joint, left = block.eliminate(joint, count, left, self.keep[index])
            else:
                joint = block(joint)
        tokens: Tensor = self.norm(joint)
        found = tokens[:, count:] if left is None else put_back(tokens[:, count:], left, seen)
        return JointFeatures(map_of(tokens[:, :count]), map_of(found))


class Block(nn.Module):
    """Attention and a perceptron, each behind a norm and added to what it reads: [N, L, C] -> [N, L, C]."""

    def __init__(self, width: int, heads: int, expansion: float) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width, NORM_EPSILON)
        self.attention = Attention(width, heads)
        self.perceptron_norm = nn.LayerNorm(width, NORM_EPSILON)
        self.perceptron = Perceptron(width, int(width * expansion))

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.attention(self.attention_norm(tokens))
        extended: Tensor = tokens + self.perceptron(self.perceptron_norm(tokens))
        return extended

    def eliminate(
        self, tokens: Tensor, count: int, left: Tensor | None, keep: float
    ) -> tuple[Tensor, Tensor]:
        """The block, losing search tokens between attention and perceptron: tokens, and which of them are left.

        tokens [N, L, C], the first `count` of them the template's; left [N, L - count]. The share `keep` of the others
        stays, in falling order of how much the token in the template's middle looks at them, the mean over heads.
        """
        change, weights = self.attention.weigh(self.attention_norm(tokens))
        tokens = tokens + change
        looked_at = weights[:, :, middle_of(count), count:].mean(1)
        best = looked_at.topk(math.ceil(keep * looked_at.shape[1]), dim=1).indices
        tokens = torch.cat((tokens[:, :count], take(tokens[:, count:], best)), dim=1)
        extended: Tensor = tokens + self.perceptron(self.perceptron_norm(tokens))
        return extended, best if left is None else left.gather(1, best)


class Attention(nn.Module):
    """Multi-head self-attention: [N, L, C] -> [N, L, C]. Source: ViT, appendix A.

    Written out, with queries, keys and values from one product, so that what fuses it is the compiler's choice.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"{heads} heads do not divide {width} channels")
        self.heads = heads
        self.scale = (width // heads) ** -0.5
        self.project_in = nn.Linear(width, 3 * width)
        self.project_out = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.weigh(tokens)[0]

    def weigh(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """What comes out, and how much each token looked at each other one: [N, heads, L, L], rows sum up to 1."""
        joined = self.project_in(tokens).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        queries, keys, values = joined.unbind(0)
        likeness = (queries @ keys.transpose(2, 3)) * self.scale
        weights = likeness.softmax(dim=3)
        projected: Tensor = self.project_out((weights @ values).transpose(1, 2).flatten(2))
        return projected, weights


class Perceptron(nn.Module):
    """Two linear layers with a GELU between them, for each token by itself: [N, L, C] -> [N, L, C]."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.expand = nn.Linear(width, hidden)
        self.reduce = nn.Linear(hidden, width)

    def forward(self, tokens: Tensor) -> Tensor:
        reduced: Tensor = self.reduce(nn.functional.gelu(self.expand(tokens)))
        return reduced


def refuse_wrong(depth: int, eliminate: Sequence[int], keep: float) -> None:
    """Raises ValueError for blocks that there are not, and for shares that are none."""
    unknown = [index for index in eliminate if not 0 <= index < depth]
    if unknown:
        raise ValueError(f"there is no block {unknown[0]} to eliminate tokens in: they are 0..{depth - 1}")
    if not 0 < keep <= 1:
        raise ValueError(f"`keep` must lie in 0..1, and above 0, not be {keep:g}")


def middle_of(count: int) -> int:
    """Which of the `count` tokens of a square template lies in its middle, or, for an even side, just before it."""
    side = math.isqrt(count)
    return (side - 1) // 2 * (side + 1)


def take(tokens: Tensor, which: Tensor) -> Tensor:
    """The tokens [N, L, C] at indices [N, K]: [N, K, C]."""
    return tokens.gather(1, which[:, :, None].expand(-1, -1, tokens.shape[2]))


def put_back(tokens: Tensor, which: Tensor, whole: Tensor) -> Tensor:
    """The tokens [N, K, C] at their indices [N, K] in a row as long as `whole` [N, L, C], zeros elsewhere."""
    return torch.zeros_like(whole).scatter(1, which[:, :, None].expand(-1, -1, tokens.shape[2]), tokens)


def position_embedding(size: int, patch: int, width: int) -> nn.Parameter:
    """[1, patches, width], drawn small. Raises ValueError where the patches do not divide the image."""
    if size % patch:
        raise ValueError(f"patches of {patch} pixels do not divide an image of {size}")
    positions = torch.empty(1, (size // patch) ** 2, width)
    return nn.Parameter(nn.init.trunc_normal_(positions, std=POSITION_DEVIATION))


def tokens_of(features: Tensor) -> Tensor:
    """[N, C, H, W] -> [N, H W, C], row by row."""
    return features.flatten(2).transpose(1, 2)


def map_of(tokens: Tensor) -> Tensor:
    """[N, L, C], the tokens of a square row by row -> [N, C, side, side]."""
    side = round(tokens.shape[1] ** 0.5)
    return torch.unflatten(tokens.transpose(1, 2), 2, (side, side))
