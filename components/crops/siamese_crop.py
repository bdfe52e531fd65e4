"""The crop of the SiamFC family: a square with context around the target, bordered by the mean colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ..registry import CROPS
from ..types import View
from .area_crop import IMAGENET_DEVIATION, IMAGENET_MEAN
from .crop import Crop
from .cut_rule import CutRule
from .resize import bounded_corner, bounded_side, sample_rectangles, sample_squares


@dataclass(frozen=True)
class Rule:
    """Where one implementation of this crop puts its window, in pixels of the frame."""

    centre: float
    """a box's centre lies this much before x + w/2"""
    corner: float
    """the window's first column lies at centre - side/2 - corner, made whole"""
    whole: Literal["up", "even", "ends"]
    """how: rounded, halves up or to even; or `ends`: both ends of the window are cut towards 0, and the last pixel is
    part of it, so that it is a pixel wider than its side, and beyond the frame not square (see `CutRule.shorter`)"""
    whole_levels: bool
    """whether the mean colour is cut to whole grey levels, instead of rounded"""


RULES = {
    "pysot": Rule(centre=0.5, corner=0.5, whole="up", whole_levels=True),
    "siamfc": Rule(centre=0.0, corner=0.0, whole="even", whole_levels=False),
    "lighttrack": Rule(centre=0.0, corner=0.5, whole="even", whole_levels=True),
    "mmtracking": Rule(centre=0.0, corner=0.0, whole="ends", whole_levels=False),
}
"""SiamFC's authors count boxes from 1 and pixels by their centres: their centre lies half a pixel before ours, and
their corner at centre - (side - 1)/2.

MMTracking cuts the ends of a window towards 0, which makes one that begins beyond the frame within a pixel narrower by
one, and pads a pixel too little at the right and at the bottom. It resizes to single precision, where this crop rounds
to grey levels."""


@CROPS.register_module()
class SiameseCrop(Crop):
    """A square whose area is that of the target with its surroundings, resized to `size` pixels.

    Around a target of w x h the template covers sqrt((w + c(w+h)) (h + c(w+h))) pixels of the frame, c being
    `context`; a larger crop of the same tracker (`size` > `template_size`) covers more at the same scale.
    What lies beyond the frame has the mean colour of the first frame. Sides are rounded half to even.

    With `scales` K > 1 each target gets K patches [N, K, 3, size, size], whose windows are larger or smaller by powers
    of `step`; the middle one is that of the target's present size.

    convention: whose centres, corners and mean colour (see `RULES`): PySOT's (a box's centre at x + (w-1)/2),
    those of SiamFC in PyTorch (L. Huang), LightTrack's or MMTracking's. pixels: `raw`, the network sees 0..255, or
    `imagenet`, (pixel / 255 - mean) / deviation; both in `color` order.

    Source: SiamFC (Bertinetto et al., ECCVW 2016), section 2.3; the scales, section 3.
    """

    def __init__(
        self,
        size: int,
        context: float = 0.5,
        template_size: int = 127,
        color: Literal["rgb", "bgr"] = "rgb",
        convention: Literal["pysot", "siamfc", "lighttrack", "mmtracking"] = "pysot",
        pixels: Literal["raw", "imagenet"] = "raw",
        scales: int = 1,
        step: float = 1.0375,
    ) -> None:
        """size: side of the patch. template_size: the size at which the side above is seen, in pixels."""
        super().__init__()
        if scales < 1 or scales % 2 == 0 or step <= 1:
            raise ValueError(f"scales must be odd and step above 1, not scales = {scales}, step = {step}")
        self.size = size
        self.context = context
        self.template_size = template_size
        self.color = color
        self.convention = RULES[convention]
        self.pixels = pixels
        self.factors = tuple(step ** (index - scales // 2) for index in range(scales))

    @property
    def rule(self) -> CutRule:
        if self.convention.whole == "ends":
            return CutRule("rectangles", self.size, shorter=True)
        return CutRule("squares", self.size)

    def start(self, box: Tensor) -> Tensor:
        corner, extent = box[:, :2].to(torch.float64), box[:, 2:].to(torch.float64)
        return torch.cat((corner + (extent - 2 * self.convention.centre) / 2, extent), 1)

    def border(self, frame: Tensor) -> Tensor:
        count = frame.shape[0] * frame.shape[1]
        total = frame.sum((0, 1), dtype=torch.int64)
        if self.convention.whole_levels:
            return (total // count).to(torch.uint8)
        return (total.to(torch.float64) / count).round().to(torch.uint8)

    def sample(self, frame: Tensor, target: Tensor, border: Tensor) -> Tensor:
        windows, rule = self.windows(target), self.rule
        if rule.kind == "rectangles":
            left, top, width, height = windows.reshape(-1, 4).unbind(1)
            patches = sample_rectangles(
                frame, (left, top, width, height), border, self.size, shorter=rule.shorter
            )
        else:
            left, top, side = windows.reshape(-1, 3).unbind(1)
            patches = sample_squares(frame, left, top, side, border, self.size)
        return patches.reshape(*windows.shape[:-1], *patches.shape[1:])

    def view(self, target: Tensor, frame_size: Tensor) -> View:
        scale = self.template_size / self.template_side(target)
        if len(self.factors) > 1:
            scale = scale[:, None] / self.all_factors(target)
        return View(target, scale[..., None].expand(*scale.shape, 2), frame_size)

    def forward(self, pixels: Tensor) -> Tensor:
        ordered = pixels.flip(-3) if self.color == "bgr" else pixels
        if self.pixels == "raw":
            return ordered.to(torch.float32)
        channels = slice(None, None, -1 if self.color == "bgr" else 1)
        mean = torch.tensor(IMAGENET_MEAN[channels], device=pixels.device)[:, None, None]
        deviation = torch.tensor(IMAGENET_DEVIATION[channels], device=pixels.device)[:, None, None]
        return (ordered.to(torch.float32) / 255.0 - mean) / deviation

    def template_side(self, target: Tensor) -> Tensor:
        """Side of the template's window [N], float64, not rounded, in pixels of the frame, at least 1."""
        width, height = target[:, 2], target[:, 3]
        context = self.context * (width + height)
        return ((width + context) * (height + context)).sqrt().clamp(min=1)

    def windows(self, target: Tensor) -> Tensor:
        """Windows around the targets: int64 [N, 3] or [N, K, 3], first column, first row, side.

        Where both ends are made whole, [N, 4] or [N, K, 4]: first column, first row, width, height.
        """
        side = self.template_side(target) * (self.size / self.template_size)
        if len(self.factors) == 1:
            return self.around(target[:, :2], bounded_side(side))
        return self.around(target[:, None, :2], bounded_side(side[:, None] * self.all_factors(target)))

    def around(self, centre: Tensor, side: Tensor) -> Tensor:
        """Windows [..., 3] of the sides [...] around the centres [..., 2] (an axis of size 1 is repeated)."""
        rule, side = self.convention, side[..., None]
        corner = centre - (side / 2 + rule.corner)
        if rule.whole == "ends":
            first, last = bounded_corner(corner.trunc()), bounded_corner((centre + side / 2).trunc())
            return torch.cat((first, (last - first + 1).clamp(min=1)), -1)
        corner = (corner + 0.5).floor() if rule.whole == "up" else corner.round()
        return torch.cat((bounded_corner(corner), side), -1)

    def all_factors(self, target: Tensor) -> Tensor:
        """By what each patch's window is larger than the middle one's: float64 [K]."""
        return torch.tensor(self.factors, dtype=torch.float64, device=target.device)
