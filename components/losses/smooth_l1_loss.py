"""Regression: the absolute difference, rounded off where it is small."""

from __future__ import annotations

import torch
from torch import Tensor

from ..registry import LOSSES
from .weighted_loss import ElementLoss, Reduction, weighted_loss


@weighted_loss
def smooth_l1(pred: Tensor, target: Tensor, beta: float = 1.0) -> Tensor:
    """Two tensors of one shape -> that shape."""
    difference = (pred - target).abs()
    return torch.where(difference < beta, difference.square() / (2 * beta), difference - beta / 2)


@LOSSES.register_module()
class SmoothL1Loss(ElementLoss):
    """`d^2 / (2 beta)` for a difference `d` below `beta`, else `d - beta / 2`; shapes as of L1Loss.

    beta: where the square ends; positive. reduction, loss_weight: as of every loss.

    Source: Girshick, "Fast R-CNN", ICCV 2015, section 2.3 (beta = 1).
    """

    def __init__(self, beta: float = 1.0, reduction: Reduction = "mean", loss_weight: float = 1.0) -> None:
        if beta <= 0:
            raise ValueError(f"beta must be positive, not {beta}; without rounding it is L1Loss")
        super().__init__(smooth_l1, reduction, loss_weight, beta=beta)
