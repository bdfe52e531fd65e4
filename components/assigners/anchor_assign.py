"""What a head of anchors should have said: labels, offsets and weights from the true box."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..registry import PARTS
from .point_assign import shared_out


class AnchorTargets(NamedTuple):
    """Targets of a head that scores and moves anchors; weights have a mean of 1 over an image's anchors."""

    labels: Tensor
    """[B, A, h, w] int64: 1 on the target, 0 elsewhere"""
    label_weight: Tensor
    """[B, A, h, w]: targets and background weigh one half each (0 for one that has no anchor), what is
    neither nothing"""
    offsets: Tensor
    """[B, 4, A, h, w]: from the anchor's centre to the box's, over the anchor's size, and the logarithms of the
    box's size over the anchor's"""
    box_weight: Tensor
    """[B, A, h, w]: the same for all anchors on the target, 0 elsewhere"""


@PARTS.register_module()
class AnchorAssign(nn.Module):
    """Which anchors are the target's, and how the true box lies to each.

    anchors [4, A, h, w], of AnchorGrid, and gt [B, 4], x, y, w, h in pixels of the search crop. An anchor is the
    target's if its overlap (intersection over union) with the box is `positive` or more, the background's below
    `negative`. Where none reaches `positive`, the one that overlaps most is the target's. All anchors are used, with
    weights that balance the two classes, instead of samples drawn.

    So `CrossEntropyLoss(cls, t.labels, weight = t.label_weight)` and `L1Loss(loc, t.offsets, weight = t.box_weight)`,
    each with reduction `mean`, for cls [B, 2, A, h, w] and loc [B, 4, A, h, w].

    size: side of the search crop.

    Source: SiamRPN (Li et al., CVPR 2018), section 3.2 (0.6 and 0.3); the best one, of Faster R-CNN (Ren et al., NIPS
    2015), section 3.1.2.
    """

    def __init__(self, size: int = 255, positive: float = 0.6, negative: float = 0.3) -> None:
        super().__init__()
        if not 0 < negative <= positive <= 1:
            raise ValueError(
                f"0 < negative <= positive <= 1 must hold, not {negative} (negative) and {positive} (positive)"
            )
        self.size = size
        self.positive = positive
        self.negative = negative

    def forward(self, anchors: Tensor, gt: Tensor) -> AnchorTargets:
        anchors = anchors.to(gt.dtype)
        centre, extent = gt[:, :2] + gt[:, 2:] / 2 - self.size / 2, gt[:, 2:]
        centre, extent = (side.reshape(-1, 2, 1, 1, 1) for side in (centre, extent))
        overlap = overlap_of(anchors, centre, extent)
        most = overlap.amax(dim=(1, 2, 3), keepdim=True)
        best = (overlap == most) & (most > 0)
        target = (overlap >= self.positive) | best
        background = (overlap < self.negative) & ~target
        offsets = torch.cat(((centre - anchors[:2]) / anchors[2:], (extent / anchors[2:]).log()), dim=1)
        box_weight = shared_out(target, gt)
        label_weight = (box_weight + shared_out(background, gt)) / 2
        return AnchorTargets(target.to(torch.int64), label_weight, offsets, box_weight)


def overlap_of(anchors: Tensor, centre: Tensor, extent: Tensor) -> Tensor:
    """Intersection over union [B, A, h, w] of anchors [4, A, h, w] and boxes given by [B, 2, 1, 1, 1] each."""
    place, size = anchors[:2], anchors[2:]
    first = torch.maximum(place - size / 2, centre - extent / 2)
    last = torch.minimum(place + size / 2, centre + extent / 2)
    common = (last - first).clamp(min=0).prod(dim=1)
    return common / (size.prod(dim=0) + extent.prod(dim=1) - common)
