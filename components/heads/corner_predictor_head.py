"""A head that says where two corners of the target's box lie, by a hint at what the target looks like."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor

from ..layers.linear import width_of
from ..registry import HEADS
from .corner_head import CornerHead, Corners


@HEADS.register_module()
class CornerPredictorHead(CornerHead):
    """The box that a hint [N, 1, C] and the memory [N, L, C] give, whose last H * W tokens are the map's.

    Each of those tokens is scaled by its product with the hint; the rest is `CornerHead`. Of field [N, *, H, W] only
    the shape counts.

    channels: of a tower's first layer; each of its four layers has half as many as the one before.

    Source: STARK (Yan et al., ICCV 2021), section 3.1; the name is MMTracking's.
    """

    shape_only = ("field",)

    def __init__(self, width: Annotated[int, width_of("memory")], channels: int = 256) -> None:
        super().__init__(width, channels)

    def forward(self, hint: Tensor, memory: Tensor, field: Tensor) -> Corners:  # type: ignore[override]
        height, width = field.shape[-2:]
        seen = memory[:, -height * width :]
        scaled = seen * (seen @ hint.transpose(1, 2))
        return super().forward(torch.unflatten(scaled.transpose(1, 2), 2, (height, width)))
