"""Regression: the absolute difference, rounded off where it is small."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..registry import LOSSES
from .weighted_loss import Reduction, weighted_loss


@weighted_loss
def smooth_l1(pred: Tensor, target: Tensor, beta: float = 1.0) -> Tensor:
    """Two tensors of one shape -> that shape."""
    difference = (pred - target).abs()
    return torch.where(difference < beta, difference.square() / (2 * beta), difference - beta / 2)


@LOSSES.register_module()
class SmoothL1Loss(nn.Module):
    """`d^2 / (2 beta)` for a difference `d` below `beta`, else `d - beta / 2`; shapes as of L1Loss.

    beta: where the square ends; positive. reduction, loss_weight: as of every loss.

    Source: Girshick, "Fast R-CNN", ICCV 2015, section 2.3 (beta = 1).
    """

    def __init__(self, beta: float = 1.0, reduction: Reduction = "mean", loss_weight: float = 1.0) -> None:
        super().__init__()
        if beta <= 0:
            raise ValueError(f"beta must be positive, not {beta}; without rounding it is L1Loss")
        self.beta = beta
        self.reduction = reduction
        self.loss_weight = loss_weight

    def forward(
        self,
        pred: Tensor,
        target: Tensor,
        weight: Tensor | None = None,
        avg_factor: float | Tensor | None = None,
        reduction_override: Reduction | None = None,
    ) -> Tensor:
        return self.loss_weight * smooth_l1(
            pred,
            target,
            weight,
            reduction=reduction_override or self.reduction,
            avg_factor=avg_factor,
            beta=self.beta,
        )
