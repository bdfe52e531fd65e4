"""The crop of the transformer trackers: a square with the target's area times a factor, black outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from ..registry import CROPS
from ..types import View
from .crop import Crop
from .cut_rule import CutRule
from .resize import bounded_corner, bounded_side, sample_squares

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)

HIDDEN = 1
"""STARK's and OSTrack's padding at right and bottom starts a pixel early: the last column is never seen."""


@CROPS.register_module()
class AreaCrop(Crop):
    """A square of side `factor` * sqrt(w h) around a target of w x h, resized to `size` pixels.

    Beyond the frame it is black (0 before normalisation). The network sees (pixel / 255 - mean) / deviation,
    in `color` order.

    Source: STARK (Yan et al., ICCV 2021) and OSTrack (Ye et al., ECCV 2022), with the conventions of their
    code: the side is rounded up, the corner half to even, the centre of a box at x + w/2.
    """

    def __init__(
        self,
        size: int,
        factor: float = 2.0,
        mean: Sequence[float] = IMAGENET_MEAN,
        deviation: Sequence[float] = IMAGENET_DEVIATION,
        color: Literal["rgb", "bgr"] = "rgb",
    ) -> None:
        """mean, deviation: of each channel in `color` order, for pixels of 0..1; 0 and 1 change nothing."""
        super().__init__()
        self.size = size
        self.factor = factor
        self.color = color
        self.mean = tuple(mean)
        self.deviation = tuple(deviation)

    @property
    def rule(self) -> CutRule:
        return CutRule("squares", self.size, HIDDEN)

    def start(self, box: Tensor) -> Tensor:
        corner, extent = box[:, :2].to(torch.float64), box[:, 2:].to(torch.float64)
        return torch.cat((corner + extent / 2, extent), 1)

    def border(self, frame: Tensor) -> Tensor:
        return torch.zeros(3, dtype=torch.uint8, device=frame.device)

    def sample(self, frame: Tensor, target: Tensor, border: Tensor) -> Tensor:
        left, top, side = self.windows(target).unbind(1)
        return sample_squares(frame, left, top, side, border, self.size, HIDDEN)

    def view(self, target: Tensor, frame_size: Tensor) -> View:
        scale = self.size / self.sides(target).to(torch.float64)
        return View(target, scale[:, None].expand(-1, 2), frame_size)

    def forward(self, pixels: Tensor) -> Tensor:
        ordered = pixels.flip(-3) if self.color == "bgr" else pixels
        mean = torch.tensor(self.mean, device=pixels.device)[:, None, None]
        deviation = torch.tensor(self.deviation, device=pixels.device)[:, None, None]
        return (ordered.to(torch.float32) / 255.0 - mean) / deviation

    def sides(self, target: Tensor) -> Tensor:
        """Sides of the windows, int64 [N], in pixels of the frame."""
        area = (target[:, 2] * target[:, 3]).clamp(min=0)
        return bounded_side((area.sqrt() * self.factor).ceil())

    def windows(self, target: Tensor) -> Tensor:
        """Windows around the targets: int64 [N, 3], first column, first row, side."""
        side = self.sides(target)[:, None]
        corner = (target[:, :2] - side * 0.5).round()
        return torch.cat((bounded_corner(corner), side), 1)
