"""First weights of convolutions that no batch norm follows: signals neither fade nor grow on their way."""

from __future__ import annotations

import math

import torch
from torch import nn

RELU_SHARE = (1 - 1 / math.pi) / 2
"""The variance of a ReLU's output, for a standard normal input (Arpit et al., ICML 2016, section 3.2)."""


def keep_signal(convolution: nn.Conv2d, share: float = 1.0) -> None:
    """Weights [O, I, H, W] of a convolution that sees the output of a ReLU, drawn anew.

    Each filter sums up to zero, so that what all of its inputs have in common, which a ReLU makes of any input, is not
    handed on and on; a batch norm would take it away. share: the variance of the output over that of the input to the
    ReLU.

    Source: Brock et al., "Characterizing signal propagation to close the performance gap in unnormalized ResNets",
    ICLR 2021, section 4.2; here the filters only begin so.
    """
    weight = convolution.weight
    deviation = math.sqrt(share / (RELU_SHARE * weight[0].numel()))
    with torch.no_grad():
        weight.normal_(0, deviation)
        weight.sub_(weight.mean((1, 2, 3), keepdim=True))
