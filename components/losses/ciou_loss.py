"""Regression of boxes: how little they overlap, how far apart their centres are, and how their shapes differ."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..registry import LOSSES
from .box_overlap import BoxForm, as_corners, centres_apart, overlap, per_box
from .weighted_loss import ElementLoss, Reduction, weighted_loss


@weighted_loss
def ciou_loss(pred: Tensor, target: Tensor, form: BoxForm = "corners", eps: float = 1e-7) -> Tensor:
    """[N, 4, ...] boxes -> [N, ...]."""
    first, second = as_corners(pred, form), as_corners(target, form)
    iou, _ = overlap(first, second, eps)
    shapes = 4 / math.pi**2 * (steepness(second, eps) - steepness(first, eps)).square()
    # How much the shapes count is a weight: it is not learned from.
    trade_off = (shapes / (1 - iou + shapes).clamp(min=eps)).detach()
    return 1 - iou + centres_apart(first, second, eps) + trade_off * shapes


def steepness(corners: Tensor, smallest: float) -> Tensor:
    """[N, 4, ...] -> [N, ...]: the angle whose tangent is width over height."""
    width, height = (corners[:, 2:] - corners[:, :2]).unbind(1)
    return torch.atan(width / height.clamp(min=smallest))


@LOSSES.register_module()
class CIoULoss(ElementLoss):
    """DIoULoss, and a term for the shapes: the squared difference of atan(width / height), more the more they overlap.

    Ports and `form` as of IoULoss. eps: the least height, area, and squared diagonal that is divided by. reduction,
    loss_weight: as of every loss.

    Source: Zheng et al., "Distance-IoU Loss", AAAI 2020, section 3.3.
    """

    def __init__(
        self,
        form: BoxForm = "corners",
        eps: float = 1e-7,
        reduction: Reduction = "mean",
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(ciou_loss, reduction, loss_weight, form=form, eps=eps)

    def element_weight(self, weight: Tensor | None, pred: Tensor) -> Tensor | None:
        return per_box(weight, pred)
