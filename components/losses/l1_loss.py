"""Regression: the absolute difference."""

from __future__ import annotations

from torch import Tensor, nn

from ..registry import LOSSES
from .weighted_loss import Reduction, weighted_loss


@weighted_loss
def l1(pred: Tensor, target: Tensor) -> Tensor:
    """Two tensors of one shape -> that shape."""
    return (pred - target).abs()


@LOSSES.register_module()
class L1Loss(nn.Module):
    """`|pred - target|`, of two tensors of one shape; weight of that shape, or without axis 1.

    reduction, loss_weight: as of every loss.
    """

    def __init__(self, reduction: Reduction = "mean", loss_weight: float = 1.0) -> None:
        super().__init__()
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
        return self.loss_weight * l1(
            pred, target, weight, reduction=reduction_override or self.reduction, avg_factor=avg_factor
        )
