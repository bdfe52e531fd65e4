"""Several answers to one question, averaged with weights that are learnt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import torch
from torch import Tensor, nn

from ..registry import PARTS
from ..types import Inferred, is_shape


def count_of(port: str) -> Inferred:
    """How many tensors arrive at `port`."""

    def rule(shapes: dict[str, Any]) -> Any:
        if is_shape(shapes[port]):
            raise ValueError(f"what reaches `{port}` is one tensor, not several")
        return len(shapes[port])

    return Inferred(rule, f"tensors of `{port}`")


@PARTS.register_module()
class WeightedSum(nn.Module):
    """K tensors of one shape -> their mean with the softmax of K learnt numbers as weights, equal at first.

    learnt: whether there are such numbers; else it is the plain mean.

    Source: SiamRPN++ (Li et al., CVPR 2019), section 3.3 (layer-wise aggregation).
    """

    def __init__(self, count: Annotated[int, count_of("features")], learnt: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(count)) if learnt else None

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        if self.weight is None:
            return sum(features[1:], start=features[0]) / len(features)
        shares = self.weight.softmax(0)
        total = features[0] * shares[0]
        for index, feature in enumerate(features[1:], start=1):
            total = total + feature * shares[index]
        return total
