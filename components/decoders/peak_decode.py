"""From the peak of a response to the box in the frame."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..registry import DECODERS
from ..types import FrameBox, View

SMALLEST_SIDE = 4.0
"""No side of a box shrinks below this, in pixels of the frame: there is nothing left to see."""


class Pick(NamedTuple):
    box: FrameBox
    """[N, 4] float64"""
    score: Tensor
    """[N]: the height of the peak, cut to 0..1"""


@DECODERS.register_module()
class PeakDecode(nn.Module):
    """The box at the highest peak of the responses of K scales.

    response [N, K, h, w], element 0, 0 being the target unmoved and shifts wrapping around, and the view of the
    search crop. The peak's place is refined by a parabola through its neighbours along each axis, the scale by one
    through the peaks of the neighbouring scales. The box keeps its aspect and its centre stays in the frame; where
    the best scale is the largest or smallest it is taken as it is.

    stride: pixels of the crop per element. preference: by what the peaks of the other scales than the present one
    are multiplied.

    Source: SAMF (Li and Zhu, ECCVW 2014, section 3.2) for the choice of scale.
    """

    def __init__(self, stride: int = 4, preference: float = 1.0) -> None:
        super().__init__()
        self.stride = stride
        self.preference = preference

    def forward(self, response: Tensor, view: View) -> Pick:
        scales, height, width = response.shape[1:]
        middle = scales // 2
        heights, places = response.flatten(2).max(dim=2)
        preference = torch.full((scales,), self.preference, dtype=response.dtype, device=response.device)
        preference = torch.where(torch.arange(scales, device=response.device) == middle, 1.0, preference)
        best = (heights * preference).argmax(dim=1, keepdim=True)
        place = places.gather(1, best)[:, 0]
        row, column = place // width, place % width
        chosen = response.gather(1, best[:, :, None, None].expand(-1, -1, height, width))[:, 0]
        along_y = chosen.gather(2, column[:, None, None].expand(-1, height, 1))[:, :, 0]
        along_x = chosen.gather(1, row[:, None, None].expand(-1, 1, width))[:, 0]
        shift = torch.stack((refined(along_x, column), refined(along_y, row)), dim=1).to(torch.float64)
        scale = view.scale.gather(1, best[:, :, None].expand(-1, -1, 2))[:, 0]
        centre = view.target[:, :2] + shift * self.stride / scale
        centre = torch.minimum(centre.clamp(min=0), view.frame_size)
        size = view.target[:, 2:]
        size = size * within_limits(growth(view.scale[..., 0], heights, best), size, view.frame_size)
        score = heights.gather(1, best)[:, 0].clamp(0, 1)
        return Pick(torch.cat((centre, size), dim=1), score)


def refined(line: Tensor, place: Tensor) -> Tensor:
    """[N, L] periodic responses and the [N] places of their peaks -> the shifts they stand for, -L/2..L/2."""
    length = line.shape[1]
    sides = torch.stack(((place + length - 1) % length, place, (place + 1) % length), dim=1)
    shift = torch.where(place < (length + 1) // 2, place, place - length)
    return shift + vertex(*line.gather(1, sides).unbind(dim=1))


def vertex(before: Tensor, peak: Tensor, after: Tensor) -> Tensor:
    """Where the parabola through three equidistant values is highest, -0.5..0.5 from the middle; flat gives 0."""
    bend = before - 2 * peak + after
    flat = bend > -1e-12
    return torch.where(flat, 0.0, (before - after) / (2 * torch.where(flat, -1.0, bend))).clamp(-0.5, 0.5)


def growth(scale: Tensor, heights: Tensor, best: Tensor) -> Tensor:
    """[N, 1] float64: by what the target has grown; scales [N, K] fall by one ratio, `best` is [N, 1]."""
    scales = scale.shape[1]
    present = scale[:, scales // 2, None]
    grown = present / scale.gather(1, best)
    if scales < 3:
        return grown
    inner = best.clamp(1, scales - 2)
    sides = heights.gather(1, torch.cat((inner - 1, inner, inner + 1), dim=1))
    fraction = vertex(*sides.to(torch.float64).unbind(dim=1))[:, None]
    ratio = (scale[:, :1] / scale[:, 1:2]) ** fraction
    return torch.where(best == inner, grown * ratio, grown)


def within_limits(factor: Tensor, size: Tensor, frame_size: Tensor) -> Tensor:
    """The factor [N, 1], so far as the box gets neither tiny nor larger than the frame; a box that is may stay."""
    least = (SMALLEST_SIDE / size).amax(dim=1, keepdim=True).clamp(max=1)
    most = (frame_size / size).amin(dim=1, keepdim=True).clamp(min=1)
    return torch.minimum(torch.maximum(factor, least), most)
