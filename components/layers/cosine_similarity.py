"""How alike two descriptions are."""

from __future__ import annotations

from torch import Tensor, nn

from ..registry import PARTS


@PARTS.register_module()
class CosineSimilarity(nn.Module):
    """The cosine of the angle between two descriptions: [N, C, ...] and the same -> [N], from -1 to 1.

    What stands in the axes behind the first counts as one long vector; of a vector of zeros the cosine is 0.
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        return nn.functional.cosine_similarity(one.flatten(1), other.flatten(1), dim=1)
