"""Makes a loss of elements one that can be weighted and reduced, by MMTracking's convention."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Literal, Protocol

from torch import Tensor, nn

Reduction = Literal["none", "mean", "sum"]
"""`none` gives every element's loss, `mean` their mean (or their sum over `avg_factor`), `sum` their sum."""

REDUCTIONS = ("none", "mean", "sum")


class Weighted(Protocol):
    """What `weighted_loss` gives."""

    def __call__(
        self,
        pred: Tensor,
        target: Tensor,
        weight: Tensor | None = None,
        reduction: str = "mean",
        avg_factor: float | Tensor | None = None,
        **settings: object,
    ) -> Tensor: ...


def weighted_loss(element_loss: Callable[..., Tensor]) -> Weighted:
    """Decorates `element_loss(pred, target, **settings)`, which gives a loss per element.

    The function that it makes takes, besides, `weight`, `reduction` and `avg_factor`, as `reduce_loss` does.
    """

    @functools.wraps(element_loss)
    def weighted(
        pred: Tensor,
        target: Tensor,
        weight: Tensor | None = None,
        reduction: str = "mean",
        avg_factor: float | Tensor | None = None,
        **settings: object,
    ) -> Tensor:
        return reduce_loss(element_loss(pred, target, **settings), weight, reduction, avg_factor)

    return weighted


def reduce_loss(
    loss: Tensor,
    weight: Tensor | None = None,
    reduction: str = "mean",
    avg_factor: float | Tensor | None = None,
) -> Tensor:
    """Losses of elements, each times its weight, brought together.

    weight has the shape of `loss`, or lacks its axis 1 (channels), or broadcasts to it. With `mean` the sum is divided
    by how many elements there are, whatever their weights, or by `avg_factor` where one is given (which must not be
    0). `none` takes no notice of `avg_factor`.
    Raises ValueError for another reduction, and for an `avg_factor` with `sum`, which would not be a sum.
    """
    if reduction not in REDUCTIONS:
        raise ValueError(f"reduction must be one of {', '.join(REDUCTIONS)}, not `{reduction}`")
    if reduction == "sum" and avg_factor is not None:
        raise ValueError("avg_factor divides a mean; it cannot be used with reduction = `sum`")
    if weight is not None:
        loss = loss * (weight.unsqueeze(1) if weight.ndim == loss.ndim - 1 else weight)
    if reduction == "none":
        return loss
    if reduction == "sum":
        return loss.sum()
    return loss.mean() if avg_factor is None else loss.sum() / avg_factor


class ElementLoss(nn.Module):
    """A weighted loss as a component: what all of them have in common.

    reduction: `none`, `mean` or `sum`; loss_weight: a factor of the result; settings go to the loss of elements.
    """

    def __init__(
        self, function: Weighted, reduction: Reduction = "mean", loss_weight: float = 1.0, **settings: object
    ) -> None:
        super().__init__()
        self.function = function
        self.reduction = reduction
        self.loss_weight = loss_weight
        self.settings = settings

    def element_weight(self, weight: Tensor | None, pred: Tensor) -> Tensor | None:
        """The weight as the loss of elements wants it."""
        return weight

    def forward(
        self,
        pred: Tensor,
        target: Tensor,
        weight: Tensor | None = None,
        avg_factor: float | Tensor | None = None,
        reduction_override: Reduction | None = None,
    ) -> Tensor:
        return self.loss_weight * self.function(
            pred,
            target,
            self.element_weight(weight, pred),
            reduction=reduction_override or self.reduction,
            avg_factor=avg_factor,
            **self.settings,
        )
