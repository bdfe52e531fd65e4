"""A head that says of four tokens where the four edges of the target's box lie."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import torch
from torch import Tensor, nn

from ..layers.linear import width_of
from ..registry import HEADS

EDGES = (0, 2, 1, 3)
"""Tokens stand for left, right, top, bottom; boxes are left, top, right, bottom."""


class Edges(NamedTuple):
    """Four edges of a box."""

    box: Tensor
    """[N, 4]: left, top, right, bottom, as shares of the crop"""
    probability: Tensor
    """[N, 4, bins]: of each edge, in that order, how likely it lies at the bin's beginning"""


@HEADS.register_module()
class EdgeHead(nn.Module):
    """Tokens [N, 4, C], for left, right, top and bottom, through two layers shared by all: the expected edges.

    Each layer is linear and normalised, with a ReLU between them. bins: places between 0 and 1 that an edge may have.
    hidden: channels between the layers, C where it is not given.

    Source: MixFormerV2 (Cui et al., NeurIPS 2023), section 3.2.
    """

    def __init__(
        self, width: Annotated[int, width_of("tokens")], bins: int = 96, hidden: int | None = None
    ) -> None:
        super().__init__()
        hidden = width if hidden is None else hidden
        self.inner, self.inner_norm = nn.Linear(width, hidden), nn.LayerNorm(hidden)
        self.last, self.last_norm = nn.Linear(hidden, bins), nn.LayerNorm(bins)

    def forward(self, tokens: Tensor) -> Edges:
        inner = self.inner_norm(self.inner(tokens)).relu()
        logits: Tensor = self.last_norm(self.last(inner))
        likely = torch.stack([logits[:, index] for index in EDGES], 1).softmax(2)
        bins = likely.shape[2]
        places = torch.arange(bins, device=tokens.device, dtype=likely.dtype) / bins
        return Edges((likely * places).sum(2), likely)
