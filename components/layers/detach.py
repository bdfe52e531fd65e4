"""What is learnt behind it changes nothing before it."""

from __future__ import annotations

from torch import Tensor, nn

from ..registry import PARTS


@PARTS.register_module()
class Detach(nn.Module):
    """The same values, through which no gradient passes: a part behind it is trained by itself."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, features: Tensor) -> Tensor:
        return features.detach()
