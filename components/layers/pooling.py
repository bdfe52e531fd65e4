"""Pooling and resizing of feature maps, as parts of a spec."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from ..registry import PARTS


@PARTS.register_module()
class MaxPool2d(nn.Module):
    """The largest value of each window: [N, C, H, W] -> [N, C, H', W']."""

    def __init__(self, kernel_size: int = 2, stride: int | None = None, padding: int = 0) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding

    def forward(self, features: Tensor) -> Tensor:
        return nn.functional.max_pool2d(features, self.kernel_size, self.stride, self.padding)


@PARTS.register_module()
class GlobalAveragePool(nn.Module):
    """The mean of each channel: [N, C, H, W] -> [N, C, 1, 1]."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, features: Tensor) -> Tensor:
        return features.mean((2, 3), keepdim=True)


@PARTS.register_module()
class Resize(nn.Module):
    """A feature map at `scale` times its size: [N, C, H, W] -> [N, C, scale H, scale W]."""

    def __init__(
        self, scale: float = 2.0, mode: Literal["nearest", "bilinear", "bicubic"] = "bilinear"
    ) -> None:
        super().__init__()
        self.scale = scale
        self.mode = mode

    def forward(self, features: Tensor) -> Tensor:
        corners = None if self.mode == "nearest" else False
        return nn.functional.interpolate(
            features, scale_factor=self.scale, mode=self.mode, align_corners=corners
        )
