"""What a response map should have said: yes around the true centre, no elsewhere."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..registry import PARTS
from .point_assign import shared_out


class DiscTargets(NamedTuple):
    """Targets of a head that gives a score per cell."""

    labels: Tensor
    """[B, K, h, w] float32: 1 around the target's centre, 0 elsewhere"""
    label_weight: Tensor
    """[B, K, h, w]: the two classes weigh one half each; the mean over an image is 1"""


@PARTS.register_module()
class DiscAssign(nn.Module):
    """Which cells lie within `radius` of the true centre.

    response [B, K, h, w], of which only the shape counts, and gt [B, 4], x, y, w, h in pixels of the search crop (of
    each of the K patches). Where no cell lies so near, the nearest one counts. So `BinaryCrossEntropyLoss(response,
    t.labels, weight = t.label_weight)`.

    size: side of the search crop. stride: pixels between cells; cell `w // 2` lies in the middle of the crop. radius:
    in pixels of the crop.

    Source: SiamFC (Bertinetto et al., ECCVW 2016), section 2.2, equation 4.
    """

    shape_only = ("response",)

    def __init__(self, size: int = 255, stride: int = 8, radius: float = 16.0) -> None:
        super().__init__()
        if radius <= 0:
            raise ValueError(f"radius must be positive, not {radius}")
        self.size = size
        self.stride = stride
        self.radius = radius

    def forward(self, response: Tensor, gt: Tensor) -> DiscTargets:
        patches, height, width = response.shape[1:]
        centre = gt[:, :2] + gt[:, 2:] / 2
        across = self.positions(width, gt) - centre[:, :1]
        down = self.positions(height, gt) - centre[:, 1:]
        away = down[:, :, None].square() + across[:, None, :].square()
        nearest = away == away.amin(dim=(1, 2), keepdim=True)
        target = ((away <= self.radius**2) | nearest)[:, None].expand(-1, patches, -1, -1)
        weight = (shared_out(target, gt) + shared_out(~target, gt)) / 2
        return DiscTargets(target.to(gt.dtype), weight)

    def positions(self, count: int, like: Tensor) -> Tensor:
        """[count]: where cells lie along an axis of the crop, in pixels."""
        index = torch.arange(count, device=like.device, dtype=like.dtype)
        return (index - count // 2) * self.stride + self.size / 2
