"""How sure a tracker is, from its score."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ..registry import PARTS


@PARTS.register_module()
class TrackState(nn.Module):
    """A score for each target -> int64 [N]: 0 tracked, 1 uncertain, 2 lost.

    uncertain, lost: scores below which a target is uncertain, and lost. A score that is NaN is lost.

    Scores say different things in different trackers: so do the thresholds, which must be found for each.
    """

    def __init__(self, uncertain: float, lost: float) -> None:
        super().__init__()
        if not (math.isfinite(uncertain) and math.isfinite(lost)):
            raise ValueError(f"uncertain and lost must be finite, not {uncertain:g} and {lost:g}")
        if lost > uncertain:
            raise ValueError(f"lost ({lost:g}) must not lie above uncertain ({uncertain:g})")
        self.uncertain = uncertain
        self.lost = lost

    def forward(self, score: Tensor) -> Tensor:
        one_each = score.reshape(score.shape[0])
        # NaN is not above anything
        return 2 - (one_each >= self.uncertain).to(torch.int64) - (one_each >= self.lost).to(torch.int64)
