"""Regression of boxes: how little they overlap, and how far apart their centres are."""

from __future__ import annotations

from torch import Tensor

from ..registry import LOSSES
from .box_overlap import BoxForm, as_corners, centres_apart, overlap, per_box
from .weighted_loss import ElementLoss, Reduction, weighted_loss


@weighted_loss
def diou_loss(pred: Tensor, target: Tensor, form: BoxForm = "corners", eps: float = 1e-7) -> Tensor:
    """[N, 4, ...] boxes -> [N, ...], 0..2."""
    first, second = as_corners(pred, form), as_corners(target, form)
    return 1 - overlap(first, second, eps)[0] + centres_apart(first, second, eps)


@LOSSES.register_module()
class DIoULoss(ElementLoss):
    """One less the intersection over union, and the centres' squared distance over the squared diagonal of the hull.

    0..2; ports and `form` as of IoULoss. eps: the least area, and squared diagonal, that is divided by. reduction,
    loss_weight: as of every loss.

    Source: Zheng et al., "Distance-IoU Loss", AAAI 2020, section 3.2.
    """

    def __init__(
        self,
        form: BoxForm = "corners",
        eps: float = 1e-7,
        reduction: Reduction = "mean",
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(diou_loss, reduction, loss_weight, form=form, eps=eps)

    def element_weight(self, weight: Tensor | None, pred: Tensor) -> Tensor | None:
        return per_box(weight, pred)
