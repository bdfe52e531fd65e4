"""When an online template is renewed, by the best frame since it was last."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..registry import PARTS

NONE_YET = -1.0
"""The best score of no frame at all."""


class Renewal(NamedTuple):
    """For each target."""

    better: Tensor
    """bool [N]: this frame is the best one so far, and good enough"""
    found: Tensor
    """bool [N]: there has been a frame that was good enough"""
    due: Tensor
    """bool [N]: this frame is the last one of a period"""
    best: Tensor
    """[N]: the best score so far, for the next frame; -1 where a period begins"""
    age: Tensor
    """[N]: frames of this period, for the next frame"""


@PARTS.register_module()
class BestFrame(nn.Module):
    """Whether a frame is the best of its period of `every` frames, and whether the period ends with it.

    score, best (of the period, up to the frame before) and age (frames of the period before this one): [N]. Only
    frames whose score is above `threshold` are good enough.

    Source: MixFormer (Cui et al., CVPR 2022), section 3.3.
    """

    def __init__(self, every: int, threshold: float = 0.5) -> None:
        super().__init__()
        self.every = every
        self.threshold = threshold

    def forward(self, score: Tensor, best: Tensor, age: Tensor) -> Renewal:
        score = score.reshape(best.shape)
        better = (score > self.threshold) & (score > best)
        reached, age = torch.where(better, score, best), age + 1
        due = age >= self.every
        kept = torch.where(due, torch.full_like(reached, NONE_YET), reached)
        return Renewal(better, reached > NONE_YET, due, kept, torch.where(due, torch.zeros_like(age), age))
