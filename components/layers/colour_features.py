"""How much of each basic colour a cell holds, computed in the graph."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..registry import PARTS

BASIC_COLOURS = {
    "black": (0, 0, 0),
    "blue": (0, 0, 255),
    "brown": (139, 69, 19),
    "grey": (128, 128, 128),
    "green": (0, 128, 0),
    "orange": (255, 165, 0),
    "pink": (255, 192, 203),
    "purple": (128, 0, 128),
    "red": (255, 0, 0),
    "white": (255, 255, 255),
    "yellow": (255, 255, 0),
}
"""The eleven basic colour terms of English (Berlin and Kay, 1969), as CSS's sRGB values of these names."""

WHITE = (0.95047, 1.0, 1.08883)
"""Tristimulus values of CIE illuminant D65, by which XYZ is divided."""


@PARTS.register_module()
class ColourNames(nn.Module):
    """The share of each of the eleven basic colours in a cell, and its lightness.

    [..., 3, H, W] RGB in 0..1 -> [..., 12, H / cell, W / cell] float32. Each cell's mean colour is compared in
    CIELAB with eleven prototypes; the shares are a softmax of the squared distances, less their mean of 1/11, so
    that no colour means zero. The last channel is the lightness, -0.5..0.5. Nothing is learned.

    cell: side of a cell in pixels; H and W are multiples of it. spread: distance in CIELAB within which two
    colours are taken for alike.

    Source: after the colour names of van de Weijer et al., TIP 2009, used for tracking by Danelljan et al., CVPR
    2014; their learned table is replaced by a soft assignment to named prototypes.
    """

    def __init__(self, cell: int = 4, spread: float = 20.0) -> None:
        super().__init__()
        if spread <= 0:
            raise ValueError(f"spread must be positive, not {spread}")
        self.cell = cell
        self.spread = spread

    def forward(self, image: Tensor) -> Tensor:
        leading = image.shape[:-3]
        colour = lab(F.avg_pool2d(image.reshape(-1, *image.shape[-3:]), self.cell))
        prototypes = torch.tensor(list(BASIC_COLOURS.values()), dtype=image.dtype, device=image.device) / 255
        prototypes = lab(prototypes.reshape(-1, 3, 1, 1)).reshape(1, -1, 3, 1, 1)
        distance = (colour[:, None] - prototypes).square().sum(dim=2)
        shares = torch.softmax(-distance / (2 * self.spread**2), dim=1) - 1 / len(BASIC_COLOURS)
        features = torch.cat((shares, colour[:, :1] / 100 - 0.5), dim=1)
        return features.reshape(*leading, *features.shape[1:])


def lab(colour: Tensor) -> Tensor:
    """[B, 3, H, W] sRGB in 0..1 -> CIELAB: L 0..100, a and b about -100..100 (IEC 61966-2-1; CIE 15)."""
    linear = torch.where(colour > 0.04045, ((colour + 0.055) / 1.055).clamp(min=0) ** 2.4, colour / 12.92)
    red, green, blue = linear.unbind(dim=1)
    x = (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / WHITE[0]
    y = (0.2126729 * red + 0.7151522 * green + 0.0721750 * blue) / WHITE[1]
    z = (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / WHITE[2]
    x, y, z = (cube_root(value) for value in (x, y, z))
    return torch.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), dim=1)


def cube_root(value: Tensor) -> Tensor:
    """CIELAB's cube root, straight below (6/29)^3."""
    return torch.where(value > 0.008856, value.clamp(min=0.008856) ** (1 / 3), value * 7.787 + 16 / 116)
