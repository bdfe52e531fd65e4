"""From a score and four offsets at every anchor to one box in the frame."""

from __future__ import annotations

import math
from typing import Literal

from torch import Tensor, nn

from ..registry import DECODERS
from ..types import View
from .point_decode import PointPick, best_of, target_probability
from .window import hann_map

LARGEST_GROWTH = math.log(1000 / 16)
"""MMDetection's limit for the logarithm of a box's size over its anchor's, up and down."""


@DECODERS.register_module()
class AnchorDecode(nn.Module):
    """The box of the best anchor, by score, change of shape and distance from the centre.

    cls [N, 2, A, H, W]: logits of background and target; loc [N, 4, A, H, W]: how far the box's centre lies from the
    anchor's, over the anchor's size, and the logarithms of its size over the anchor's; anchors [4, A, H, W], of
    AnchorGrid. Choice, smoothing and limits are those of PointDecode.

    convention: as `pysot` has it, or as `mmtracking` does: no side of a box is more than 62.5 times that of its anchor,
    nor less than a 62.5th.

    Source: SiamRPN (Li et al., CVPR 2018), section 4.3, in PySOT's convention: predictions in single precision, the
    rest in double.
    """

    def __init__(
        self,
        penalty: float = 0.05,
        window: float = 0.42,
        rate: float = 0.38,
        convention: Literal["pysot", "mmtracking"] = "pysot",
    ) -> None:
        """penalty, window (0..1), rate (0..1): see PointDecode."""
        super().__init__()
        self.penalty = penalty
        self.window = window
        self.rate = rate
        self.limit = LARGEST_GROWTH if convention == "mmtracking" else None

    def forward(self, cls: Tensor, loc: Tensor, anchors: Tensor, view: View) -> PointPick:
        count, height, width = loc.shape[-3:]
        score = target_probability(cls).flatten(1)
        centre, size = box_of_offsets(loc, anchors, self.limit)
        favoured = hann_map(height, width, loc.device).expand(count, -1, -1).flatten()
        return best_of(score, centre, size, favoured, view, self.penalty, self.window, self.rate)


def box_of_offsets(loc: Tensor, anchors: Tensor, limit: float | None = None) -> tuple[Tensor, Tensor]:
    """Centres and sizes [N, 2, A H W], float32, relative to the crop's centre and in its pixels.

    limit: what the logarithms of size over the anchor's are held within.
    """
    offset, growth = loc[:, :2].float(), loc[:, 2:].float()
    if limit is not None:
        growth = growth.clamp(-limit, limit)
    place, extent = anchors[:2], anchors[2:]
    return (offset * extent + place).flatten(2), (growth.exp() * extent).flatten(2)
