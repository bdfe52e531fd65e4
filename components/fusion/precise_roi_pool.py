"""The mean of features over a box, exactly."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..registry import PARTS


@PARTS.register_module()
class PreciseRoIPool(nn.Module):
    """Features [N, C, H, W] within a box [N, 4] each -> [N, C, size, size]: the mean over each part of the box.

    box: left, top, right, bottom as shares of the map, whose first cell's centre is its origin. Between centres of
    cells features are interpolated, beyond the outer ones they fall to 0 within a cell. A box without area gives 0.
    The mean is an integral in closed form, with exact gradients for features and box.

    size: parts across and down.

    Source: IoU-Net (Jiang et al., ECCV 2018), section 3.2, equations 3 to 5.
    """

    def __init__(self, size: int = 4) -> None:
        super().__init__()
        self.size = size

    def forward(self, features: Tensor, box: Tensor) -> Tensor:
        height, width = features.shape[-2:]
        across = mean_weights(box[:, 0] * width, box[:, 2] * width, self.size, width)
        down = mean_weights(box[:, 1] * height, box[:, 3] * height, self.size, height)
        return down[:, None] @ features @ across[:, None].transpose(2, 3)


def mean_weights(first: Tensor, last: Tensor, parts: int, cells: int) -> Tensor:
    """How much each cell counts in the mean over each part of a stretch: [N, parts, cells].

    first, last [N]: its ends, in cells. An empty stretch has weights of 0.
    """
    extent = ((last - first) / parts).clamp(min=0)[:, None]
    steps = torch.arange(parts + 1, device=first.device, dtype=first.dtype)
    ends = first[:, None] + extent * steps
    places = torch.arange(cells, device=first.device, dtype=first.dtype)
    below = hat_below(ends[:, :, None] - places)
    empty = extent <= 0
    mean = (below[:, 1:] - below[:, :-1]) / torch.where(empty, torch.ones_like(extent), extent)[:, :, None]
    return torch.where(empty[:, :, None], torch.zeros_like(mean), mean)


def hat_below(place: Tensor) -> Tensor:
    """The integral up to a place of max(0, 1 - |t|), less a half: how much of a cell at 0 lies below."""
    held = place.clamp(-1, 1)
    return held - held * held.abs() / 2
