"""Where the cells of a score map lie in the crop, and how much each is favoured."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def hann(size: int, device: torch.device | None = None) -> Tensor:
    """The Hann window of `size` points, float64, zero at both ends, as `numpy.hanning`; [1] for size 1."""
    if size == 1:
        return torch.ones(1, dtype=torch.float64, device=device)
    phase = torch.arange(1 - size, size, 2, dtype=torch.float64, device=device)
    return 0.5 + 0.5 * torch.cos(math.pi * phase / (size - 1))


def hann_map(height: int, width: int, device: torch.device | None = None) -> Tensor:
    """The outer product of two Hann windows: float64 [height, width]."""
    return hann(height, device)[:, None] * hann(width, device)[None, :]


def inner_hann_map(height: int, width: int, device: torch.device | None = None) -> Tensor:
    """The outer product of Hann windows without their zeros at the ends: float64 [height, width], all positive.

    0.5 (1 - cos(2 pi n / (size + 1))), n = 1..size (pytracking's and OSTrack's convention).
    """
    return hann_map(height + 2, width + 2, device)[1:-1, 1:-1]


def point_grid(height: int, width: int, stride: int, device: torch.device | None = None) -> Tensor:
    """Centres of the cells relative to the crop's centre: float32 [2, height, width], x then y, in pixels.

    Cell `size // 2` lies at the centre: on a map of even size the grid reaches one cell further to the left
    and to the top (PySOT's and SiamBAN's convention).
    """
    x = (torch.arange(width, dtype=torch.float32, device=device) - width // 2) * stride
    y = (torch.arange(height, dtype=torch.float32, device=device) - height // 2) * stride
    return torch.stack((x[None, :].expand(height, width), y[:, None].expand(height, width)))
