"""Classification where the background outnumbers the target by far."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..registry import LOSSES
from .weighted_loss import ElementLoss, Reduction, weighted_loss


@weighted_loss
def focal(pred: Tensor, target: Tensor, gamma: float = 2.0, alpha: float = 0.25) -> Tensor:
    """[N, C, ...] logits, and targets in 0..1 of that shape or [N, ...] class indices -> [N, C, ...]."""
    if target.ndim == pred.ndim - 1:
        classes = torch.arange(pred.shape[1], device=pred.device).reshape(-1, *([1] * (pred.ndim - 2)))
        target = target.unsqueeze(1) == classes
    target = target.to(pred.dtype)
    probability = pred.sigmoid()
    wrong = (1 - probability) * target + probability * (1 - target)
    balance = alpha * target + (1 - alpha) * (1 - target)
    entropy = F.binary_cross_entropy_with_logits(pred, target, reduction="none")
    return entropy * balance * wrong.pow(gamma)


@LOSSES.register_module()
class FocalLoss(ElementLoss):
    """Cross entropy of sigmoids, in which what is well classified already counts little.

    pred [N, C, ...] logits; target of the same shape in 0..1, or [N, ...] class indices, of which C (and any other
    beyond the classes) means background; weight [N, ...] or as pred.

    gamma: how little. alpha: share of the targets against the background. reduction, loss_weight: as of every loss.

    Source: Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, section 3.
    """

    def __init__(
        self,
        gamma: float = 2.0,
        alpha: float = 0.25,
        reduction: Reduction = "mean",
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(focal, reduction, loss_weight, gamma=gamma, alpha=alpha)
