"""Where the colours of the target are, and end: a response that survives deformation."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..registry import PARTS
from ..types import View
from .correlation_filter import box_support

INNER, OUTER = 0.8, 1.1
"""The target's colours are taken within 0.8 of its box, the background's beyond 1.1: a box is not the outline."""


@PARTS.register_module()
class ColourHistogram(nn.Module):
    """Histograms of the colours inside and outside of the target's box.

    image [N, K, 3, S, S] in 0..1 and its view -> [N, K, 2, bins ** 3]: of the target, of the background; each sums
    up to 1.

    bins: levels of each of R, G and B.

    Source: Bertinetto et al., "Staple", CVPR 2016, section 3.4; Possegger et al., CVPR 2015, section 3.1.
    """

    def __init__(self, bins: int = 16) -> None:
        super().__init__()
        self.bins = bins

    def forward(self, image: Tensor, view: View) -> Tensor:
        side = image.shape[-1]
        size = (view.target[:, None, 2:] * view.scale).to(image.dtype)
        within = box_support(side, side, size * INNER).flatten(2)
        beyond = 1 - box_support(side, side, size * OUTER).flatten(2)
        index = colour_index(image, self.bins).flatten(2)
        empty = image.new_zeros(*image.shape[:2], self.bins**3)
        histograms = [empty.scatter_add(2, index, weight) for weight in (within, beyond)]
        stacked = torch.stack(histograms, dim=2)
        return stacked / stacked.sum(dim=3, keepdim=True).clamp(min=1)


@PARTS.register_module()
class ColourContrast(nn.Module):
    """How much more of the target's colours a box holds than the ring around it.

    histograms [N, 1, 2, bins ** 3] of ColourHistogram, image [N, K, 3, S, S] in 0..1 and its view ->
    [N, K, S / stride, S / stride], -1..1, for the target's box moved by each number of strides; element 0, 0 is the
    box unmoved, shifts wrap around as those of ApplyFilter do. A pixel counts by the probability that it is the
    target's, given its colour. The ring makes a box that is too small or too large worse than one that fits.

    stride: pixels of the crop per element. ring: side of the ring's outer edge over the box's. doubt: added to the
    sum of the two densities; colours rarer than this count little.

    Source: the per-pixel score of Staple (Bertinetto et al., CVPR 2016, section 3.4), with a ring around the window.
    """

    def __init__(self, stride: int = 4, ring: float = 1.5, doubt: float = 0.001) -> None:
        super().__init__()
        if ring <= 1:
            raise ValueError(f"ring must be above 1, not {ring}")
        self.stride = stride
        self.ring = ring
        self.doubt = doubt

    def forward(self, histograms: Tensor, image: Tensor, view: View) -> Tensor:
        bins = round(histograms.shape[-1] ** (1 / 3))
        side = image.shape[-1]
        target, background = histograms.unbind(dim=2)
        belief = target / (target + background + self.doubt)
        index = colour_index(image, bins)
        likely = belief.expand(-1, image.shape[1], -1).gather(2, index.flatten(2)).reshape(index.shape)
        middle = image.shape[1] // 2
        size = (view.target[:, None, 2:] * view.scale[:, middle : middle + 1]).to(image.dtype)
        shifts = torch.arange(side // self.stride, device=image.device, dtype=image.dtype)
        centres = (shifts - side // self.stride // 2) * self.stride + side / 2
        box, box_area = box_sums(likely, centres, size)
        whole, whole_area = box_sums(likely, centres, size * self.ring)
        # By the whole area of the box: one that reaches beyond the patch loses what cannot be seen.
        held = box / size.prod(dim=-1)[..., None, None]
        contrast = held - (whole - box) / (whole_area - box_area).clamp(min=1)
        response: Tensor = torch.fft.ifftshift(contrast, dim=(-2, -1))
        return response


def box_sums(pixels: Tensor, centres: Tensor, size: Tensor) -> tuple[Tensor, Tensor]:
    """Sums of [N, K, S, S] over boxes of `size` [N, 1, 2] at each pair of n `centres`, and how many pixels each has.

    Both are [N, K or 1, n, n]. The sums are separable: two products with matrices of 0 and 1 (at a box's edge, of
    the share of the pixel that it covers).
    """
    across = covered(centres, pixels.shape[-1], size[..., 0])
    down = covered(centres, pixels.shape[-2], size[..., 1])
    sums = torch.matmul(torch.matmul(down, pixels), across.transpose(-1, -2))
    return sums, down.sum(dim=-1)[..., :, None] * across.sum(dim=-1)[..., None, :]


def covered(centres: Tensor, length: int, extent: Tensor) -> Tensor:
    """[n] centres, [N, 1] extents -> [N, 1, n, length]: what share of each pixel an interval covers."""
    pixel = torch.arange(length, device=centres.device, dtype=centres.dtype) + 0.5
    return (extent[..., None, None] / 2 - (pixel - centres[:, None]).abs() + 0.5).clamp(0, 1)


def colour_index(image: Tensor, bins: int) -> Tensor:
    """[..., 3, H, W] in 0..1 -> [..., H, W] int64: which of `bins ** 3` cells of the RGB cube."""
    levels = (image * bins).floor().clamp(0, bins - 1)
    red, green, blue = levels.unbind(dim=-3)
    return ((red * bins + green) * bins + blue).to(torch.int64)
