"""Classification of centres, around which a Gaussian excuses near misses."""

from __future__ import annotations

from torch import Tensor

from ..registry import LOSSES
from .weighted_loss import ElementLoss, Reduction, weighted_loss


@weighted_loss
def gaussian_focal(
    pred: Tensor, target: Tensor, alpha: float = 2.0, gamma: float = 4.0, eps: float = 1e-12
) -> Tensor:
    """Probabilities and a heat map of one shape -> that shape."""
    centre = (target == 1).to(pred.dtype)
    hit = (pred + eps).log() * (1 - pred).pow(alpha) * centre
    miss = (1 - pred + eps).log() * pred.pow(alpha) * (1 - target).pow(gamma)
    return -(hit + miss)


@LOSSES.register_module()
class GaussianFocalLoss(ElementLoss):
    """A focal loss for heat maps: where the map is 1 lies a centre, elsewhere the less background the higher it is.

    pred and target are of one shape, both probabilities in 0..1 (pred no logits); weight of that shape, or without
    axis 1. Divide the sum by the number of centres (`avg_factor`) for the paper's loss.

    alpha: how little counts what is well classified. gamma: how fast background excuses with the heat. reduction,
    loss_weight: as of every loss.

    Source: CornerNet (Law and Deng, ECCV 2018), section 3.2.
    """

    def __init__(
        self,
        alpha: float = 2.0,
        gamma: float = 4.0,
        reduction: Reduction = "mean",
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(gaussian_focal, reduction, loss_weight, alpha=alpha, gamma=gamma)
