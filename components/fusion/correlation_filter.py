"""A correlation filter, solved in closed form per frequency and kept to the target by a few iterations.

Fourier transforms are of real grids, unnormalised; a filter travels as [..., h, w // 2 + 1, 2], real and imaginary
part, so that no wire of a spec carries complex numbers.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..registry import PARTS
from ..types import View

GROWTH = 10.0
"""By which the penalty of the splitting grows with each iteration (BACF, section 5: mu = 1, 10, ...)."""


@PARTS.register_module()
class SolveFilter(nn.Module):
    """The filter whose correlation with the target's features is a narrow peak at its centre.

    model [N, K, C, h, w], the (averaged, windowed) features of the target and its surroundings, and the view they
    were cut with -> [N, K, C, h, w // 2 + 1, 2]. Minimises, over filters that are zero outside the target's box,
    `|response - peak|^2 + regularisation * |filter|^2`, where the response is the circular correlation summed over
    channels: all shifts of the surroundings serve as negative examples. Solved by the alternating direction method
    of multipliers: per frequency in closed form, then cut to the box in space.

    stride: pixels of the crop per cell of the features. sharpness: width (standard deviation) of the peak over the
    target's mean side. regularisation: see above. iterations: how often the two steps alternate.

    Source: Kiani Galoogahi, Fagg, Lucey, "Learning Background-Aware Correlation Filters", ICCV 2017, section 4.
    """

    def __init__(
        self, stride: int = 4, sharpness: float = 0.1, regularisation: float = 0.01, iterations: int = 2
    ) -> None:
        super().__init__()
        if iterations < 1:
            raise ValueError(f"iterations must be at least 1, not {iterations}")
        self.stride = stride
        self.sharpness = sharpness
        self.regularisation = regularisation
        self.iterations = iterations

    def forward(self, model: Tensor, view: View) -> Tensor:
        height, width = model.shape[-2:]
        size = (view.target[:, None, 2:] * view.scale / self.stride).to(model.dtype)
        peak = gaussian_peak(height, width, self.sharpness * size.prod(dim=-1).sqrt())
        support = box_support(height, width, size).unsqueeze(2)
        features = torch.fft.rfft2(model)
        wanted = features * torch.fft.rfft2(peak).conj().unsqueeze(2)
        energy = (features.real.square() + features.imag.square()).sum(dim=2, keepdim=True)
        inside = dual = torch.zeros_like(features)
        penalty = 1.0
        for _ in range(self.iterations):
            aim = wanted + penalty * (inside - dual)
            explained = (features.conj() * aim).sum(dim=2, keepdim=True) / (penalty + energy)
            spread = (aim - features * explained) / penalty + dual
            cut = torch.fft.irfft2(spread, s=(height, width)) * support
            cut = cut * (penalty / (penalty + self.regularisation))
            inside = torch.fft.rfft2(cut)
            dual = (spread - inside) / GROWTH
            penalty *= GROWTH
        return torch.view_as_real(inside)


@PARTS.register_module()
class ApplyFilter(nn.Module):
    """The circular correlation of features with a filter, summed over channels.

    filter [N, 1, C, h, w // 2 + 1, 2] and features [N, K, C, h, w] -> [N, K, h, w]. Element 0, 0 is the response
    where the target has not moved; shifts wrap around, those of the upper half being negative.

    Source: Bolme et al., CVPR 2010, section 3; over channels: Danelljan et al., BMVC 2014, section 3.
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(self, filter: Tensor, features: Tensor) -> Tensor:
        spectrum = torch.fft.rfft2(features) * torch.view_as_complex(filter).conj()
        response: Tensor = torch.fft.irfft2(spectrum.sum(dim=2), s=features.shape[-2:])
        return response


def gaussian_peak(height: int, width: int, deviation: Tensor) -> Tensor:
    """[...] standard deviations in cells -> [..., height, width]: 1 at element 0, 0, falling around it, wrapped."""
    rows = wrapped_shifts(height, deviation).square()
    columns = wrapped_shifts(width, deviation).square()
    return torch.exp(-(rows[:, None] + columns) / (2 * deviation[..., None, None].square()))


def wrapped_shifts(length: int, like: Tensor) -> Tensor:
    """[length]: 0, 1, ..., -2, -1: the shifts that the elements of a circular correlation stand for."""
    shifts = torch.arange(length, device=like.device, dtype=like.dtype)
    return torch.where(shifts < (length + 1) // 2, shifts, shifts - length)


def box_support(height: int, width: int, size: Tensor) -> Tensor:
    """[..., 2] width and height in cells -> [..., height, width]: what share of a cell lies in the centred box.

    The share along each axis is counted to half a cell around the box's edge.
    """
    rows, columns = (
        (torch.arange(length, device=size.device, dtype=size.dtype) + (0.5 - length / 2)).abs()
        for length in (height, width)
    )
    across = (size[..., 0, None] / 2 - columns + 0.5).clamp(0, 1)
    down = (size[..., 1, None] / 2 - rows + 0.5).clamp(0, 1)
    return down[..., :, None] * across[..., None, :]
