"""A dense prediction head of separable convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from torch import Tensor, nn

from ..registry import HEADS


@HEADS.register_module()
class SeparableHead(nn.Module):
    """A tower of separable convolutions and a prediction: [N, C, H, W] -> [N, out_channels, H, W].

    Each entry of `kernels` is one layer: a depthwise convolution of that size and a pointwise one to
    `channels`. `activation` says where each layer is normalised and activated: "last", once, after
    the pointwise convolution; "between", after the depthwise one, and the pointwise one is normalised but
    stays linear (as in MobileNetV2). Source: NanoTrack (its v1 and v2 do the former, v3 the latter);
    LightTrack (Yan et al., CVPR 2021), which predicts by 3x3.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        channels: int = 96,
        kernels: Sequence[int] = (3, 3, 3, 3, 3, 3),
        activation: Literal["last", "between"] = "last",
        function: Literal["relu6", "relu"] = "relu6",
        predict_kernel: int = 1,
    ) -> None:
        """channels: width of the tower. kernels: odd sizes, one a layer. function: which activation. predict_kernel:
        odd, of the prediction.
        """
        super().__init__()
        layers: list[nn.Module] = []
        for index, kernel in enumerate(kernels):
            layers += separable_layers(
                in_channels if index == 0 else channels, channels, kernel, activation, function
            )
        self.tower = nn.Sequential(*layers)
        self.predict = nn.Conv2d(
            channels if kernels else in_channels, out_channels, predict_kernel, padding=predict_kernel // 2
        )

    def forward(self, features: Tensor) -> Tensor:
        prediction: Tensor = self.predict(self.tower(features))
        return prediction


def separable_layers(
    in_channels: int, out_channels: int, kernel_size: int, activation: str, function: str
) -> list[nn.Module]:
    """One separable convolution, as a flat run of layers."""
    padding = kernel_size // 2
    depthwise = nn.Conv2d(
        in_channels, in_channels, kernel_size, padding=padding, groups=in_channels, bias=False
    )
    pointwise = nn.Conv2d(in_channels, out_channels, 1, bias=False)
    active = nn.ReLU6() if function == "relu6" else nn.ReLU()
    if activation == "between":
        return [depthwise, nn.BatchNorm2d(in_channels), active, pointwise, nn.BatchNorm2d(out_channels)]
    return [depthwise, pointwise, nn.BatchNorm2d(out_channels), active]
