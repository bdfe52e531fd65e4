"""Histograms of oriented gradients, computed in the graph."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..registry import PARTS

TRUNCATION = 0.2
"""Felzenszwalb et al., section 6.2: normalised energies are cut here."""
TEXTURE_GAIN = 0.2357
"""1 / sqrt(18): weighs the texture channels like the others (their released code's convention)."""
SMALLEST_ENERGY = 1e-4
"""Added to a block's energy, so that a flat block is not divided by zero; grey levels being 0..1."""


@PARTS.register_module()
class GradientHistogram(nn.Module):
    """Felzenszwalb's variant of HOG: `3 * orientations + 4` channels per cell.

    [..., 3, H, W] RGB in 0..1 -> [..., 3 * orientations + 4, H / cell, W / cell] float32: `2 * orientations`
    channels that tell light-to-dark from dark-to-light, `orientations` that do not, and four of texture energy.
    The gradient is that of the mean of the three colours (the strongest one's costs 1.4 times as much in all and
    tracked no better); a pixel's share goes linearly to the two nearest orientations and the four nearest cells.
    Each cell is normalised by the four blocks of 2 x 2 cells around it.

    cell: side of a cell in pixels; H and W are multiples of it. orientations: bins in half a turn.

    Source: Felzenszwalb, Girshick, McAllester, Ramanan, PAMI 2010, section 6; Dalal and Triggs, CVPR 2005.
    """

    def __init__(self, cell: int = 4, orientations: int = 9) -> None:
        super().__init__()
        self.cell = cell
        self.orientations = orientations

    def forward(self, image: Tensor) -> Tensor:
        leading = image.shape[:-3]
        lightness = image.mean(dim=-3).reshape(-1, *image.shape[-2:])
        votes = orientation_votes(*gradient(lightness), 2 * self.orientations)
        features = normalise_blocks(pool_cells(votes, self.cell))
        return features.reshape(*leading, *features.shape[1:])


def gradient(lightness: Tensor) -> tuple[Tensor, Tensor]:
    """[B, H, W] -> central differences along x and along y, each [B, H, W]; the border is repeated."""
    padded = F.pad(lightness, (1, 1, 1, 1), mode="replicate")
    return padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2], padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]


def orientation_votes(horizontal: Tensor, vertical: Tensor, bins: int) -> Tensor:
    """[B, H, W] gradients -> [B, bins, H, W]: magnitude, shared between the two nearest of `bins` in a turn.

    Bin `b` stands for the direction `b / bins` of a turn from the negative x axis.
    """
    magnitude = torch.hypot(horizontal, vertical)
    turn = torch.atan2(vertical, horizontal) * (bins / (2 * math.pi)) + bins / 2
    lower = torch.floor(turn)
    upper_share = magnitude * (turn - lower)
    first = torch.where(lower >= bins, lower - bins, lower)
    second = torch.where(first >= bins - 1, first - (bins - 1), first + 1)
    index = torch.stack((first, second), dim=1).to(torch.int64)
    weight = torch.stack((magnitude - upper_share, upper_share), dim=1)
    batch, height, width = magnitude.shape
    # In place on a fresh tensor: a copy of the largest tensor here costs as much as the rest of the function.
    return magnitude.new_zeros(batch, bins, height, width).scatter_(1, index, weight)


def pool_cells(votes: Tensor, cell: int) -> Tensor:
    """[B, C, H, W] -> [B, C, H / cell, W / cell]: each pixel is shared between its four nearest cells."""
    rows = cell_weights(votes.shape[-2], cell, votes)
    columns = cell_weights(votes.shape[-1], cell, votes)
    return torch.matmul(rows.T, torch.matmul(votes, columns))


def cell_weights(length: int, cell: int, like: Tensor) -> Tensor:
    """[length, length / cell]: how much of a pixel goes to each cell, falling linearly with the distance."""
    pixel = torch.arange(length, device=like.device, dtype=like.dtype) + 0.5
    centre = (torch.arange(length // cell, device=like.device, dtype=like.dtype) + 0.5) * cell
    return (1 - (pixel[:, None] - centre[None, :]).abs() / cell).clamp(min=0) / cell


def normalise_blocks(signed: Tensor) -> Tensor:
    """[B, 2 O, h, w] histograms -> [B, 3 O + 4, h, w]: normalised by four blocks, truncated, and summed up."""
    orientations = signed.shape[1] // 2
    unsigned = signed[:, :orientations] + signed[:, orientations:]
    energy = F.pad(unsigned.square().sum(dim=1, keepdim=True), (1, 1, 1, 1), mode="replicate")
    block = F.avg_pool2d(energy, 2, stride=1, divisor_override=1)
    inverse = torch.rsqrt(block + SMALLEST_ENERGY)
    corners = (inverse[..., :-1, :-1], inverse[..., :-1, 1:], inverse[..., 1:, :-1], inverse[..., 1:, 1:])
    sensitive = torch.zeros_like(signed)
    insensitive = torch.zeros_like(unsigned)
    texture = []
    for corner in corners:
        normalised = (signed * corner).clamp(max=TRUNCATION)
        sensitive = sensitive + normalised
        insensitive = insensitive + (unsigned * corner).clamp(max=TRUNCATION)
        texture.append(normalised.sum(dim=1, keepdim=True) * TEXTURE_GAIN)
    return torch.cat((sensitive / 2, insensitive / 2, *texture), dim=1)
