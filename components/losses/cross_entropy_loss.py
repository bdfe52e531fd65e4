"""Classification: one class of several."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..registry import LOSSES
from .weighted_loss import ElementLoss, Reduction, weighted_loss


@weighted_loss
def cross_entropy(
    pred: Tensor, target: Tensor, class_weight: Sequence[float] | None = None, ignore_index: int = -100
) -> Tensor:
    """[N, C, ...] logits, [N, ...] class indices -> [N, ...]; 0 where the target is `ignore_index`."""
    weight = (
        None if class_weight is None else torch.tensor(class_weight, dtype=pred.dtype, device=pred.device)
    )
    return F.cross_entropy(pred, target, weight, ignore_index=ignore_index, reduction="none")


@LOSSES.register_module()
class CrossEntropyLoss(ElementLoss):
    """The negative logarithm of the softmax of the right class.

    pred [N, C, ...] logits and target [N, ...] int64 class indices; weight [N, ...].

    reduction, loss_weight: as of every loss. class_weight: a factor per class. ignore_index: a target that costs
    nothing; it still counts in the mean (MMTracking's convention).
    """

    def __init__(
        self,
        reduction: Reduction = "mean",
        loss_weight: float = 1.0,
        class_weight: Sequence[float] | None = None,
        ignore_index: int = -100,
    ) -> None:
        super().__init__(
            cross_entropy, reduction, loss_weight, class_weight=class_weight, ignore_index=ignore_index
        )
