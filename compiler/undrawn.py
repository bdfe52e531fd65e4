"""Building modules without drawing random weights for them, where a checkpoint follows that has them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

DRAWING = (
    Tensor.uniform_,
    Tensor.normal_,
    nn.init.uniform_,
    nn.init.normal_,
    nn.init.kaiming_uniform_,
    nn.init.kaiming_normal_,
)
"""What draws random numbers into a tensor; the other initialisers of PyTorch come down to the first two."""


class Undrawn(TorchFunctionMode):
    """While it holds, parameters are zero where they would be random: for modules whose parameters are then loaded.

    Buffers are drawn as ever, since a checkpoint need not have them. Two thirds of the time of building a large
    network would go into random numbers that nobody sees.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        given = kwargs or {}
        drawn = args[0] if args else given.get("tensor")
        if func in DRAWING and isinstance(drawn, nn.Parameter):
            # Not left as memory was: what is drawn may be looked at, and drawn again.
            with torch.no_grad():
                return drawn.zero_()
        return func(*args, **given)
