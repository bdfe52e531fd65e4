"""Regression of boxes: how little they overlap, and how far apart they are where they do not."""

from __future__ import annotations

from torch import Tensor

from ..registry import LOSSES
from .box_overlap import BoxForm, area, as_corners, hull_of, overlap, per_box
from .weighted_loss import ElementLoss, Reduction, weighted_loss


@weighted_loss
def giou_loss(pred: Tensor, target: Tensor, form: BoxForm = "corners", eps: float = 1e-7) -> Tensor:
    """[N, 4, ...] boxes -> [N, ...], 0..2."""
    first, second = as_corners(pred, form), as_corners(target, form)
    iou, union = overlap(first, second, eps)
    hull = area(hull_of(first, second)).clamp(min=eps)
    return 1 - iou + (hull - union) / hull


@LOSSES.register_module()
class GIoULoss(ElementLoss):
    """One less the generalised intersection over union, 0..2; ports and `form` as of IoULoss.

    eps: the least area that is divided by. reduction, loss_weight: as of every loss.

    Source: Rezatofighi et al., CVPR 2019, section 3.
    """

    def __init__(
        self,
        form: BoxForm = "corners",
        eps: float = 1e-7,
        reduction: Reduction = "mean",
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(giou_loss, reduction, loss_weight, form=form, eps=eps)

    def element_weight(self, weight: Tensor | None, pred: Tensor) -> Tensor | None:
        return per_box(weight, pred)
