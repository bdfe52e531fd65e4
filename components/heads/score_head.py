"""A head that says of tokens whether they stand for the target."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from torch import Tensor, nn

from ..layers.linear import width_of
from ..registry import HEADS


@HEADS.register_module()
class ScoreHead(nn.Module):
    """Linear layers with ReLU between them: tokens [N, L, C] -> logits [N, 1], the mean over tokens.

    hidden: channels of all layers but the last. layers: how many there are.

    Source: STARK (Yan et al., ICCV 2021), section 3.2; the name is MMTracking's.
    """

    def __init__(self, width: Annotated[int, width_of("tokens")], hidden: int = 256, layers: int = 3) -> None:
        super().__init__()
        widths = [width, *[hidden] * (layers - 1), 1]
        self.layers = nn.ModuleList(nn.Linear(wide, narrow) for wide, narrow in pairwise(widths))

    def forward(self, tokens: Tensor) -> Tensor:
        *inner, last = self.layers
        for layer in inner:
            tokens = layer(tokens).relu()
        logits: Tensor = last(tokens)
        return logits.mean(1)
