"""Two values of one kind as one: a running average, and a mean with a learnt share."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..registry import PARTS


@PARTS.register_module()
class Mix(nn.Module):
    """`(1 - rate) * old + rate * new`, of two tensors of one shape.

    rate: share of the new value, 0..1; after about `1 / rate` frames the old is forgotten.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        if not 0 <= rate <= 1:
            raise ValueError(f"rate must lie in 0..1, not {rate}")
        self.rate = rate

    def forward(self, old: Tensor, new: Tensor) -> Tensor:
        return torch.lerp(old, new, self.rate)


@PARTS.register_module()
class LearntMix(nn.Module):
    """`(1 - share) * old + share * new`, of two tensors of one shape; the share is one learnt number.

    share: what it is at first. Source: FEAR (Borsuk et al., ECCV 2022), the dual-template representation.
    """

    def __init__(self, share: float = 0.5) -> None:
        super().__init__()
        self.share = nn.Parameter(torch.tensor(share))

    def forward(self, old: Tensor, new: Tensor) -> Tensor:
        return torch.lerp(old, new, self.share)
