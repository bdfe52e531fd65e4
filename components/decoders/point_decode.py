"""From a score and four distances at every cell to one box in the frame."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..registry import DECODERS
from ..types import FrameBox, View
from .window import hann_map, point_grid


class PointPick(NamedTuple):
    """The cell that was chosen."""

    box: FrameBox
    """[N, 4] float64: centre x, centre y, width, height, in the frame"""
    score: Tensor
    """[N] float32: probability of the target at that cell"""


SMALLEST_SIZE = 10.0
"""No box is narrower or lower than this, in pixels of the frame (PySOT's convention)."""


@DECODERS.register_module()
class PointDecode(nn.Module):
    """The box of the best cell, by score, change of shape and distance from the centre.

    cls [N, 2, H, W]: logits of background and target (or [N, 1, H, W]: one logit of the target); loc [N, 4,
    H, W]: distances from the cell to the left, top, right and bottom side of the box, in pixels of the crop.
    A cell's score is lowered by how far its size and proportions leave those of the previous box (`penalty`)
    and mixed with a Hann window (`window`); the size follows the chosen cell's at `rate` times its score. The
    centre is held within the frame, the size within 10 pixels and the frame's. `twice`: the size follows what
    has followed once, so that its rate is squared (LightTrack's code).

    Source: SiamRPN (Li et al., CVPR 2018), section 4.3, on the points of SiamBAN (Chen et al., CVPR 2020), as
    NanoTrack does it: predictions in single precision, the rest in double.
    """

    def __init__(
        self,
        stride: int = 16,
        penalty: float = 0.15,
        window: float = 0.49,
        rate: float = 0.385,
        twice: bool = False,
    ) -> None:
        """stride: pixels of the crop between cells. penalty, window (0..1), rate (0..1): see above."""
        super().__init__()
        self.stride = stride
        self.penalty = penalty
        self.window = window
        self.rate = rate
        self.twice = twice

    def forward(self, cls: Tensor, loc: Tensor, view: View) -> PointPick:
        height, width = loc.shape[-2:]
        score = target_probability(cls).flatten(1)
        centre, size = box_of_distances(loc, point_grid(height, width, self.stride, loc.device))
        favoured = hann_map(height, width, loc.device).flatten()
        return best_of(score, centre, size, favoured, view, self.penalty, self.window, self.rate, self.twice)


def best_of(
    score: Tensor,
    centre: Tensor,
    size: Tensor,
    favoured: Tensor,
    view: View,
    penalty: float,
    window: float,
    rate: float,
    twice: bool = False,
) -> PointPick:
    """The best of P boxes: score [N, P], centre and size [N, 2, P] in pixels of the crop, its window [P]."""
    previous = view.target[:, 2:4]
    kept = torch.exp(-(shape_change(size, previous, view.scale) - 1) * penalty)
    ranked = kept * score * (1 - window) + favoured * window
    best = ranked.argmax(1, keepdim=True)

    share = kept.gather(1, best) * score.gather(1, best) * rate
    share = share * share if twice else share
    pair = best[:, None].expand(-1, 2, -1)
    moved = centre.gather(2, pair)[:, :, 0] / view.scale + view.target[:, :2]
    grown = previous * (1 - share) + size.gather(2, pair)[:, :, 0] / view.scale * share
    return PointPick(held_in_frame(moved, grown, view.frame_size), score.gather(1, best)[:, 0])


def target_probability(cls: Tensor) -> Tensor:
    """[N, H, W] float32: softmax over background and target, or the sigmoid of a single logit."""
    if cls.shape[1] == 1:
        return cls[:, 0].float().sigmoid()
    return cls.float().softmax(1)[:, 1]


def box_of_distances(loc: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    """Centres and sizes [N, 2, H W], float32, relative to the crop's centre and in its pixels."""
    first = (points - loc[:, :2].float()).flatten(2)
    last = (points + loc[:, 2:].float()).flatten(2)
    return (first + last) * 0.5, last - first


def shape_change(size: Tensor, previous: Tensor, scale: Tensor) -> Tensor:
    """How much each cell's box differs from the previous one: 1 where it does not, float64 [N, H W].

    size [N, 2, H W] in pixels of the crop, previous [N, 2] in pixels of the frame, scale [N, 2].
    """
    shown = (previous * scale)[:, :, None]
    area_change = mutual(context_side(size) / context_side(shown))
    ratio = previous[:, 0] / previous[:, 1]
    ratio_change = mutual(ratio[:, None] / (size[:, 0] / size[:, 1]))
    return ratio_change * area_change


def context_side(size: Tensor) -> Tensor:
    """Side of the square around a box with its context: sqrt((w + p)(h + p)), p = (w + h) / 2."""
    width, height = size[:, 0], size[:, 1]
    context = (width + height) * 0.5
    return ((width + context) * (height + context)).sqrt()


def mutual(ratio: Tensor) -> Tensor:
    """The larger of a ratio and its inverse."""
    return torch.maximum(ratio, 1.0 / ratio)


def held_in_frame(centre: Tensor, size: Tensor, frame_size: Tensor) -> Tensor:
    """Boxes [N, 4] whose centre lies within the frame and whose size between 10 pixels and the frame's."""
    centre = torch.minimum(centre, frame_size).clamp(min=0)
    size = torch.minimum(size, frame_size).clamp(min=SMALLEST_SIZE)
    return torch.cat((centre, size), 1)
