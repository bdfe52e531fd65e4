"""Regression: the absolute difference."""

from __future__ import annotations

from torch import Tensor

from ..registry import LOSSES
from .weighted_loss import ElementLoss, Reduction, weighted_loss


@weighted_loss
def l1(pred: Tensor, target: Tensor) -> Tensor:
    """Two tensors of one shape -> that shape."""
    return (pred - target).abs()


@LOSSES.register_module()
class L1Loss(ElementLoss):
    """`|pred - target|`, of two tensors of one shape; weight of that shape, or without axis 1.

    reduction, loss_weight: as of every loss.
    """

    def __init__(self, reduction: Reduction = "mean", loss_weight: float = 1.0) -> None:
        super().__init__(l1, reduction, loss_weight)
