"""Classification: yes or no, for each element by itself."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from ..registry import LOSSES
from .weighted_loss import ElementLoss, Reduction, weighted_loss


@weighted_loss
def binary_cross_entropy(pred: Tensor, target: Tensor) -> Tensor:
    """Logits [N, 1, ...] and targets in 0..1 of that shape, or without axis 1 -> the shape of the logits."""
    if target.ndim == pred.ndim - 1:
        target = target.unsqueeze(1)
    return F.binary_cross_entropy_with_logits(pred, target.to(pred.dtype), reduction="none")


@LOSSES.register_module()
class BinaryCrossEntropyLoss(ElementLoss):
    """The cross entropy of a sigmoid with targets between 0 and 1.

    pred and target are of one shape (a score map, say), pred being logits; target and weight may lack axis 1.

    reduction, loss_weight: as of every loss.
    """

    def __init__(self, reduction: Reduction = "mean", loss_weight: float = 1.0) -> None:
        super().__init__(binary_cross_entropy, reduction, loss_weight)
