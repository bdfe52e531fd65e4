"""A square patch around the target at several scales, for trackers that search the target's size by trying."""

from __future__ import annotations

import torch
from torch import Tensor

from ..registry import CROPS
from ..types import View
from .crop import Crop
from .cut_rule import CutRule


@CROPS.register_module()
class ScaleCrop(Crop):
    """Cuts squares around each target, one per scale, and resamples each to `size` x `size`.

    The square of the middle scale has `padding` times the side of a square of the target's area, so that the
    target keeps its aspect; the others are larger or smaller by powers of `step`. The resampling is bilinear at the
    target's exact (sub-pixel) centre; what lies beyond the frame repeats its edge. A point `p` of the frame lies at
    `p - 0.5` pixel indices: pixel `j` covers `j .. j + 1`.

    size: side of a patch, in pixels. padding: side of the searched square over the target's mean side.
    scales: how many patches K a target gets; odd, the middle one being the target's present size.
    step: the ratio of neighbouring scales.

    Source: the scale pyramid of SAMF (Li and Zhu, ECCVW 2014, section 3.2); the search square of SRDCF (Danelljan et
    al., ICCV 2015, section 5.1).
    """

    def __init__(self, size: int = 96, padding: float = 3.5, scales: int = 1, step: float = 1.02) -> None:
        super().__init__()
        if size < 1 or scales < 1 or scales % 2 == 0:
            raise ValueError(f"size must be positive and scales odd, not size = {size}, scales = {scales}")
        if padding <= 0 or step <= 1:
            raise ValueError(
                f"padding must be positive and step above 1, not padding = {padding}, step = {step}"
            )
        self.size = size
        self.padding = padding
        self.factors = tuple(step ** (index - scales // 2) for index in range(scales))

    @property
    def rule(self) -> CutRule:
        """OpenCV 5 interpolates these exactly; OpenCV 4 at the nearest 1/32 pixel, which sharp edges show."""
        return CutRule("scales", self.size)

    def start(self, box: Tensor) -> Tensor:
        """[N, 4] x, y, w, h -> centre x, centre y, w, h, float64."""
        box = box.to(torch.float64)
        return torch.cat((box[:, :2] + box[:, 2:] / 2, box[:, 2:]), dim=1)

    def border(self, frame: Tensor) -> Tensor:
        """Black, and unused: beyond the frame its edge is repeated."""
        return torch.zeros(3, dtype=torch.uint8, device=frame.device)

    def view(self, target: Tensor, frame_size: Tensor) -> View:
        """`scale` is [N, K, 2], equal in x and y."""
        side = (target[:, 2] * target[:, 3]).sqrt() * self.padding
        factors = torch.tensor(self.factors, dtype=torch.float64, device=target.device)
        scale = self.size / (side[:, None] * factors)
        return View(target, scale[..., None].expand(-1, -1, 2), frame_size)

    def windows(self, target: Tensor) -> Tensor:
        """float64 [N, K, 3]: x and y of the first sample, and the step between samples, in pixel indices."""
        factors = torch.tensor(self.factors, dtype=torch.float64, device=target.device)
        side = (target[:, 2] * target[:, 3]).sqrt() * self.padding
        step = side[:, None] * factors / self.size
        first = target[:, None, :2] - 0.5 - step[..., None] * ((self.size - 1) / 2)
        return torch.cat((first, step[..., None]), 2)

    def sample(self, frame: Tensor, target: Tensor, border: Tensor) -> Tensor:
        """`uint8` [N, K, 3, size, size]."""
        scale = self.view(target, target.new_zeros(2)).scale[..., 0]
        centred = torch.arange(self.size, dtype=torch.float64, device=target.device) + (0.5 - self.size / 2)
        offset = centred / scale[..., None] - 0.5
        left, right, across = neighbours(target[:, 0, None, None] + offset, frame.shape[1])
        above, below, down = neighbours(target[:, 1, None, None] + offset, frame.shape[0])
        above, below, down = above[..., None], below[..., None], down[..., None, None]
        left, right, across = left[..., None, :], right[..., None, :], across[..., None, :, None]
        upper = torch.lerp(frame[above, left].float(), frame[above, right].float(), across)
        lower = torch.lerp(frame[below, left].float(), frame[below, right].float(), across)
        pixels = torch.lerp(upper, lower, down).round().to(torch.uint8)
        return pixels.permute(0, 1, 4, 2, 3)

    def forward(self, pixels: Tensor) -> Tensor:
        """RGB 0..255 -> 0..1."""
        return pixels.float() / 255


def neighbours(position: Tensor, length: int) -> tuple[Tensor, Tensor, Tensor]:
    """The two pixel indices around each position along an axis, kept within it, and the weight of the second."""
    first = torch.floor(position)
    weight = (position - first).float()
    index = first.to(torch.int64)
    return index.clamp(0, length - 1), (index + 1).clamp(0, length - 1), weight
