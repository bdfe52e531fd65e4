"""The crop of FEAR: the box, wider on all sides, stretched to a square."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from ..registry import CROPS
from ..types import View
from .area_crop import IMAGENET_DEVIATION, IMAGENET_MEAN
from .crop import Crop
from .cut_rule import CutRule
from .resize import LARGEST, bounded_corner, bounded_side, sample_rectangles

SMALLEST = 3.0
"""No box is narrower or lower than this, in pixels of the frame (the authors' convention)."""


@CROPS.register_module()
class StretchedCrop(Crop):
    """The target's box with `offset` times its width and height more on each side, resized to a square.

    What lies beyond the frame has the mean colour of the first frame. The network sees (pixel / 255 - mean) /
    deviation of ImageNet, in `color` order.

    Source: FEAR (Borsuk et al., ECCV 2022), with the conventions of its code: boxes are of whole pixels, and so are
    the windows, all cut towards 0.
    """

    def __init__(self, size: int, offset: float = 2.0, color: Literal["rgb", "bgr"] = "rgb") -> None:
        """size: side of the patch. offset: 2 gives a window five times as wide as the box."""
        super().__init__()
        if offset < 0:
            raise ValueError(f"offset must not be negative, not {offset}")
        self.size = size
        self.offset = offset
        self.color = color

    @property
    def rule(self) -> CutRule:
        return CutRule("rectangles", self.size)

    def start(self, box: Tensor) -> Tensor:
        box = box.to(torch.float64)
        corner = box[:, :2].clamp(min=0)
        extent = ((box[:, :2] + box[:, 2:]).clamp(min=0) - corner).trunc().clamp(min=SMALLEST)
        return torch.cat((corner.trunc() + extent / 2, extent), 1)

    def border(self, frame: Tensor) -> Tensor:
        total = frame.sum((0, 1), dtype=torch.int64).to(torch.float64)
        return (total / (frame.shape[0] * frame.shape[1])).round().to(torch.uint8)

    def windows(self, target: Tensor) -> Tensor:
        """int64 [N, 4]: first column, first row, width, height."""
        extent = target[:, 2:].clamp(max=float(LARGEST))
        corner = target[:, :2] - target[:, 2:] / 2 - extent * self.offset
        side = (extent * (1.0 + self.offset + self.offset)).trunc()
        return torch.cat((bounded_corner(corner.trunc()), bounded_side(side)), 1)

    def sample(self, frame: Tensor, target: Tensor, border: Tensor) -> Tensor:
        left, top, width, height = self.windows(target).unbind(1)
        return sample_rectangles(frame, (left, top, width, height), border, self.size)

    def view(self, target: Tensor, frame_size: Tensor) -> View:
        return View(target, self.size / self.windows(target)[:, 2:].to(torch.float64), frame_size)

    def forward(self, pixels: Tensor) -> Tensor:
        ordered = pixels.flip(-3) if self.color == "bgr" else pixels
        channels = slice(None, None, -1 if self.color == "bgr" else 1)
        mean = torch.tensor(IMAGENET_MEAN[channels], device=pixels.device)[:, None, None]
        deviation = torch.tensor(IMAGENET_DEVIATION[channels], device=pixels.device)[:, None, None]
        return (ordered.to(torch.float32) / 255.0 - mean) / deviation
