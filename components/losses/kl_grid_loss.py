"""Regression by probability: what a grid of scores says of a place, against how likely the place is."""

from __future__ import annotations

from torch import Tensor

from ..registry import LOSSES
from .weighted_loss import ElementLoss, Reduction, weighted_loss


@weighted_loss
def kl_grid(pred: Tensor, target: Tensor) -> Tensor:
    """Scores and densities of one shape [N, ...] -> [N]."""
    density = target.to(pred.dtype).flatten(1)
    total = density.sum(1, keepdim=True)
    wanted = density / total.where(total > 0, 1)
    # q log q is 0 where q is, of which the logarithm is not
    known = wanted.where(wanted > 0, 1).log()
    return (wanted * (known - pred.flatten(1).log_softmax(1))).sum(1)


@LOSSES.register_module()
class KLGridLoss(ElementLoss):
    """The Kullback-Leibler divergence of the softmax over a grid of scores from a density sampled on the grid.

    pred [N, ...] are scores, all of a row (channels, rows and columns) being one grid; target, of that shape, is how
    likely each place is: not below 0, of any sum, as it is divided by it. A row without any density costs nothing.
    weight [N].

    It is the paper's loss with cells of one size, less the entropy of the target, in which nothing can be learned:
    so it is 0 where the scores tell the density.

    reduction, loss_weight: as of every loss.

    Source: PrDiMP (Danelljan et al., CVPR 2020), section 3: its Kullback-Leibler divergence, sampled on a grid.
    """

    def __init__(self, reduction: Reduction = "mean", loss_weight: float = 1.0) -> None:
        super().__init__(kl_grid, reduction, loss_weight)
