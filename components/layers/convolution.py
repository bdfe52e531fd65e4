"""Convolutions as parts of a spec: channels come from what reaches them."""

from __future__ import annotations

from torch import Tensor, nn

from ..registry import PARTS
from .activation import Activation, activation_layer


@PARTS.register_module()
class Conv2d(nn.Module):
    """A convolution: [N, C, H, W] -> [N, out_channels, H', W'].

    `padding` is (kernel_size - 1) / 2 * dilation where it is not given, so that stride 1 keeps the size (of
    odd kernels).
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 1,
        stride: int = 1,
        padding: int | None = None,
        dilation: int = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        padding = same_padding(kernel_size, dilation) if padding is None else padding
        convolution = nn.Conv2d(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias=bias
        )
        self.weight = convolution.weight
        self.bias = convolution.bias
        self.stride, self.padding, self.dilation, self.groups = stride, padding, dilation, groups

    def forward(self, features: Tensor) -> Tensor:
        return nn.functional.conv2d(
            features, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )


@PARTS.register_module()
class DepthwiseConv2d(nn.Module):
    """A convolution of each channel by itself: [N, C, H, W] -> [N, C, H', W']; `padding` as in `Conv2d`."""

    def __init__(
        self,
        in_channels: int,
        kernel_size: int = 3,
        stride: int = 1,
        padding: int | None = None,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.padding = same_padding(kernel_size) if padding is None else padding
        self.stride = stride
        convolution = nn.Conv2d(in_channels, in_channels, kernel_size, groups=in_channels, bias=bias)
        self.weight = convolution.weight
        self.bias = convolution.bias

    def forward(self, features: Tensor) -> Tensor:
        channels = self.weight.shape[0]
        return nn.functional.conv2d(
            features, self.weight, self.bias, self.stride, self.padding, groups=channels
        )


@PARTS.register_module()
class ConvBN(nn.Module):
    """A convolution and batch normalisation: [N, C, H, W] -> [N, out_channels, H', W'].

    `out_channels` is C where it is not given; `padding` is as in `Conv2d`; `depthwise` convolves each channel by
    itself.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int | None = None,
        kernel_size: int = 1,
        stride: int = 1,
        padding: int | None = None,
        depthwise: bool = False,
        bias: bool = False,
    ) -> None:
        super().__init__()
        out_channels = in_channels if out_channels is None else out_channels
        padding = same_padding(kernel_size) if padding is None else padding
        groups = in_channels if depthwise else 1
        self.conv = nn.Conv2d(
            in_channels, out_channels, kernel_size, stride, padding, groups=groups, bias=bias
        )
        self.norm = nn.BatchNorm2d(out_channels)

    def forward(self, features: Tensor) -> Tensor:
        normalised: Tensor = self.norm(self.conv(features))
        return normalised


@PARTS.register_module()
class ConvBNReLU(ConvBN):
    """A convolution, batch normalisation and an activation; the settings are those of `ConvBN`."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int | None = None,
        kernel_size: int = 3,
        stride: int = 1,
        padding: int | None = None,
        depthwise: bool = False,
        bias: bool = False,
        activation: Activation = "relu",
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, depthwise, bias)
        self.activation = activation_layer(activation)

    def forward(self, features: Tensor) -> Tensor:
        activated: Tensor = self.activation(super().forward(features))
        return activated


def same_padding(kernel_size: int, dilation: int = 1) -> int:
    """The padding by which an odd kernel at stride 1 keeps the size."""
    return (kernel_size - 1) * dilation // 2
