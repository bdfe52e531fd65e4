"""Where a cell lies, as sines and cosines of its place."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ..registry import PARTS

LEAST = 1e-6
"""Added to the number of cells that places are divided by (DETR's convention)."""


@PARTS.register_module()
class SinePositionalEncoding(nn.Module):
    """Places of the cells of a map, counted over those that are not masked: [N, 2 num_feats, h, w], float32.

    mask: bool [N, 1, h, w], true for cells that do not count. Rows and columns are counted from 1, scaled to 2 pi for
    the last one, and each is written as sines (even channels) and cosines (odd ones) of `num_feats` / 2 wavelengths;
    first those of the row, then those of the column.

    num_feats: channels for each of the two. temperature: the longest wavelength over the shortest.

    Source: DETR (Carion et al., ECCV 2020), appendix A.4, after Vaswani et al. (2017), section 3.5; the name is
    MMTracking's.
    """

    def __init__(self, num_feats: int = 128, temperature: float = 10000.0) -> None:
        super().__init__()
        if num_feats % 2:
            raise ValueError(f"num_feats must be even, for sines and cosines, not {num_feats}")
        self.num_feats = num_feats
        self.temperature = temperature

    def forward(self, mask: Tensor) -> Tensor:
        counted = (~mask[:, 0]).float()
        row, column = counted.cumsum(1), counted.cumsum(2)
        row = row / (row[:, -1:, :] + LEAST) * (2 * math.pi)
        column = column / (column[:, :, -1:] + LEAST) * (2 * math.pi)
        waves = torch.cat((self.waves(row), self.waves(column)), 3)
        return waves.permute(0, 3, 1, 2)

    def waves(self, place: Tensor) -> Tensor:
        """Angles [N, h, w] -> [N, h, w, num_feats]."""
        index = torch.arange(self.num_feats // 2, dtype=torch.float32, device=place.device)
        phase = place[..., None] / self.temperature ** (2 * index / self.num_feats)
        return torch.stack((phase.sin(), phase.cos()), 4).flatten(3)
