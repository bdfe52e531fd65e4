"""Boxes of several shapes at every cell of a score map, which predictions are measured from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from ..decoders.window import point_grid
from ..registry import PARTS


@PARTS.register_module()
class AnchorGrid(nn.Module):
    """Anchors [4, A, H, W], float32: centre x, centre y from the crop's centre, width, height, in pixels of the crop.

    features [..., H, W], of which only the shape counts. There is one anchor for each of `ratios` (height over width)
    and, within it, each of `scales` (in strides); cell `W // 2` lies at the crop's centre.

    convention: widths and heights are cut to whole pixels before they are scaled; the height is that of the cut width
    (`pysot`), or of the ratio alone (`mmtracking`), which differs for ratios 2 and 3.

    Source: SiamRPN (Li et al., CVPR 2018), section 3.2.
    """

    sizes: Tensor
    """[2, A]: widths and heights"""

    shape_only = ("features",)

    def __init__(
        self,
        ratios: Sequence[float] = (0.33, 0.5, 1.0, 2.0, 3.0),
        scales: Sequence[float] = (8.0,),
        stride: int = 8,
        convention: Literal["pysot", "mmtracking"] = "pysot",
    ) -> None:
        """stride: pixels of the crop between cells."""
        super().__init__()
        if not ratios or not scales or min(*ratios, *scales) <= 0:
            raise ValueError(f"`ratios` and `scales` must be positive numbers, not {ratios} and {scales}")
        self.stride = stride
        sizes = [size for ratio in ratios for size in anchor_sizes(ratio, scales, stride, convention)]
        if min(min(size) for size in sizes) < 1:
            raise ValueError(
                f"an anchor has no size: {sizes}; a ratio is too far from 1 for a stride of {stride}"
            )
        self.register_buffer("sizes", torch.tensor(sizes, dtype=torch.float32).t(), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        height, width = features.shape[-2:]
        count = self.sizes.shape[1]
        centres = point_grid(height, width, self.stride, features.device)[:, None]
        sizes = self.sizes.to(torch.float32)[:, :, None, None]
        return torch.cat((centres.expand(-1, count, -1, -1), sizes.expand(-1, -1, height, width)), dim=0)


def anchor_sizes(
    ratio: float, scales: Sequence[float], stride: int, convention: str = "pysot"
) -> list[tuple[float, float]]:
    """Width and height of the anchors of one ratio, for each scale."""
    width = int(math.sqrt(stride * stride / ratio))
    height = int(width * ratio) if convention == "pysot" else int(stride * math.sqrt(ratio))
    return [(width * scale, height * scale) for scale in scales]
