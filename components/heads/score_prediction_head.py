"""A head that says whether a box holds the target, by a token that has looked at the box and at the template."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn

from ..layers.linear import width_of
from ..registry import HEADS
from .score_head import ScoreHead

TOKEN_DEVIATION = 0.02
"""Of the token before anything has trained it (MixFormer's code)."""


@HEADS.register_module()
class ScorePredictionHead(nn.Module):
    """What tokens found [N, L, C] and known [N, K, C] say of the target's presence: logits [N, 1].

    A learnt token looks at those found within the box, and what it has become at those known of the target; a
    perceptron makes of the result a logit. Nothing is added to what was before.

    heads: of both attentions; they divide C. layers: of the perceptron. Raises ValueError where heads do not divide C.

    Source: MixFormer (Cui et al., CVPR 2022), section 3.3 (score prediction module).
    """

    def __init__(self, width: Annotated[int, width_of("found")], heads: int = 6, layers: int = 3) -> None:
        super().__init__()
        self.token = nn.Parameter(nn.init.trunc_normal_(torch.empty(1, 1, width), std=TOKEN_DEVIATION))
        self.token_norm = nn.LayerNorm(width)
        self.looks = nn.ModuleList(Look(width, heads) for _ in range(2))
        self.score = ScoreHead(width, hidden=width, layers=layers)

    def forward(self, found: Tensor, known: Tensor) -> Tensor:
        token = self.token_norm(self.token).expand(found.shape[0], -1, -1)
        for look, tokens in zip(self.looks, (found, known), strict=True):
            token = look(token, tokens)
        logits: Tensor = self.score(token)
        return logits


class Look(nn.Module):
    """Multi-head attention of a token [N, 1, C] to others [N, L, C], and a norm: [N, 1, C].

    It is scaled by the whole width's root, not a head's, as in the authors' code.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"{heads} heads do not divide {width} channels")
        self.heads = heads
        self.scale = width**-0.5
        self.queries, self.keys = nn.Linear(width, width), nn.Linear(width, width)
        self.values, self.project_out = nn.Linear(width, width), nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, token: Tensor, tokens: Tensor) -> Tensor:
        queries, keys = self.split(self.queries(token)), self.split(self.keys(tokens))
        likeness = (queries @ keys.transpose(2, 3)) * self.scale
        seen = likeness.softmax(3) @ self.split(self.values(tokens))
        normalised: Tensor = self.norm(self.project_out(seen.transpose(1, 2).flatten(2)))
        return normalised

    def split(self, tokens: Tensor) -> Tensor:
        """[N, L, C] -> [N, heads, L, C / heads]"""
        return torch.unflatten(tokens, 2, (self.heads, -1)).transpose(1, 2)
