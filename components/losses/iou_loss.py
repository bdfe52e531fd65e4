"""Regression of boxes: how little they overlap."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from ..registry import LOSSES
from .box_overlap import BoxForm, as_corners, overlap, per_box
from .weighted_loss import ElementLoss, Reduction, weighted_loss

Mode = Literal["log", "linear", "square"]


@weighted_loss
def iou_loss(
    pred: Tensor, target: Tensor, form: BoxForm = "corners", mode: Mode = "log", eps: float = 1e-6
) -> Tensor:
    """[N, 4, ...] boxes -> [N, ...]."""
    iou, _ = overlap(as_corners(pred, form), as_corners(target, form), eps)
    if mode == "log":
        return -iou.clamp(min=eps).log()
    return 1 - iou if mode == "linear" else 1 - iou.square()


@LOSSES.register_module()
class IoULoss(ElementLoss):
    """`-log(IoU)`, `1 - IoU` or `1 - IoU^2`.

    pred and target [N, 4, ...]; weight [N, ...], or [N, 4, ...] of which the mean is taken.

    form: `corners` (left, top, right, bottom) or `distances` (from one point to the sides: what a point head
    predicts). mode: `log`, `linear` or `square`. eps: the least IoU and union. reduction, loss_weight: as of every
    loss.

    Source: Yu et al., "UnitBox", ACM Multimedia 2016, section 3.1 (`log`).
    """

    def __init__(
        self,
        form: BoxForm = "corners",
        mode: Mode = "log",
        eps: float = 1e-6,
        reduction: Reduction = "mean",
        loss_weight: float = 1.0,
    ) -> None:
        if mode not in ("log", "linear", "square"):
            raise ValueError(f"mode must be `log`, `linear` or `square`, not `{mode}`")
        super().__init__(iou_loss, reduction, loss_weight, form=form, mode=mode, eps=eps)

    def element_weight(self, weight: Tensor | None, pred: Tensor) -> Tensor | None:
        return per_box(weight, pred)
