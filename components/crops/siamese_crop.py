"""The crop of the SiamFC family: a square with context around the target, bordered by the mean colour."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from ..registry import CROPS
from ..types import View
from .crop import Crop
from .cut_rule import CutRule
from .resize import bounded_corner, bounded_side, sample_squares


@CROPS.register_module()
class SiameseCrop(Crop):
    """A square whose area is that of the target with its surroundings, resized to `size` pixels.

    Around a target of w x h the template covers sqrt((w + c(w+h)) (h + c(w+h))) pixels of the frame, c being
    `context`; a larger crop of the same tracker (`size` > `template_size`) covers more at the same scale.
    What lies beyond the frame has the mean colour of the first frame. The network sees 0..255, in `color`
    order.

    Source: SiamFC (Bertinetto et al., ECCVW 2016), section 2.3, with the conventions of PySOT: sides rounded
    half to even, the centre of a box at x + (w-1)/2, the mean truncated to whole grey levels.
    """

    def __init__(
        self,
        size: int,
        context: float = 0.5,
        template_size: int = 127,
        color: Literal["rgb", "bgr"] = "rgb",
    ) -> None:
        """size: side of the patch. template_size: the size at which the side above is seen, in pixels."""
        super().__init__()
        self.size = size
        self.context = context
        self.template_size = template_size
        self.color = color

    @property
    def rule(self) -> CutRule:
        return CutRule("squares", self.size)

    def start(self, box: Tensor) -> Tensor:
        corner, extent = box[:, :2].to(torch.float64), box[:, 2:].to(torch.float64)
        return torch.cat((corner + (extent - 1) / 2, extent), 1)

    def border(self, frame: Tensor) -> Tensor:
        total = frame.sum((0, 1), dtype=torch.int64)
        return (total // (frame.shape[0] * frame.shape[1])).to(torch.uint8)

    def sample(self, frame: Tensor, target: Tensor, border: Tensor) -> Tensor:
        left, top, side = self.windows(target).unbind(1)
        return sample_squares(frame, left, top, side, border, self.size)

    def view(self, target: Tensor, frame_size: Tensor) -> View:
        scale = self.template_size / self.template_side(target)
        return View(target, scale[:, None].expand(-1, 2), frame_size)

    def forward(self, pixels: Tensor) -> Tensor:
        ordered = pixels.flip(-3) if self.color == "bgr" else pixels
        return ordered.to(torch.float32)

    def template_side(self, target: Tensor) -> Tensor:
        """Side of the template's window [N], float64, not rounded, in pixels of the frame, at least 1."""
        width, height = target[:, 2], target[:, 3]
        context = self.context * (width + height)
        return ((width + context) * (height + context)).sqrt().clamp(min=1)

    def windows(self, target: Tensor) -> Tensor:
        """Windows around the targets: int64 [N, 3], first column, first row, side."""
        side = bounded_side(self.template_side(target) * (self.size / self.template_size))
        corner = (target[:, :2] - (side[:, None] + 1) / 2 + 0.5).floor()
        return torch.cat((bounded_corner(corner), side[:, None]), 1)
