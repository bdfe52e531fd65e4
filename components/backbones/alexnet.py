"""AlexNet without borders, as the first Siamese trackers cut it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from ..registry import BACKBONES


@dataclass(frozen=True)
class Layer:
    """One convolution, and what follows it."""

    channels: int
    kernel: int
    stride: int
    grouped: bool
    """whether AlexNet's authors split it over two devices"""
    pooled: bool


LAYERS = (
    Layer(96, 11, 2, False, True),
    Layer(256, 5, 1, True, True),
    Layer(384, 3, 1, False, False),
    Layer(384, 3, 1, True, False),
    Layer(256, 3, 1, True, False),
)


@BACKBONES.register_module()
class AlexNet(nn.Module):
    """AlexNet's five convolutions: an image [N, 3, H, W] -> features [N, 256 width, H', W'] at stride 8.

    K patches of each target, [N, K, 3, H, W], give features [N, K, ...]. Nothing is bordered, so that every element
    sees the same in a template as in a search region: sides of 127 and 255 become 6 and 22.

    groups: 2 as in AlexNet, where three convolutions see half of the channels each; 1 as in SiamRPN. final_norm:
    whether the last convolution is normalised. epsilon: of the normalisations. width: multiplies all channels.

    Source: Krizhevsky et al., NIPS 2012; strides, normalisations and cut of SiamFC (Bertinetto et al., ECCVW 2016),
    table 1.
    """

    def __init__(
        self, groups: int = 1, final_norm: bool = True, epsilon: float = 1e-5, width: float = 1.0
    ) -> None:
        super().__init__()
        if groups < 1:
            raise ValueError(f"`groups` must be positive, not {groups}")
        channels, modules = 3, []
        for index, layer in enumerate(LAYERS):
            last = index == len(LAYERS) - 1
            out_channels = int(layer.channels * width)
            split = groups if layer.grouped else 1
            if channels % split or out_channels % split:
                raise ValueError(f"{channels} and {out_channels} channels do not make {split} equal groups")
            convolution = nn.Conv2d(channels, out_channels, layer.kernel, layer.stride, groups=split)
            modules.append(block(convolution, epsilon, final_norm or not last, not last, layer.pooled))
            channels = out_channels
        self.layers = nn.Sequential(*modules)

    def forward(self, image: Tensor) -> Tensor:
        features: Tensor = self.layers(image.flatten(0, -4))
        return features.reshape(*image.shape[:-3], *features.shape[1:])


def block(convolution: nn.Conv2d, epsilon: float, norm: bool, active: bool, pooled: bool) -> nn.Sequential:
    """A convolution with what follows it: normalised, activated and pooled, each where it is wanted."""
    modules: Sequence[nn.Module | None] = (
        convolution,
        nn.BatchNorm2d(convolution.out_channels, epsilon) if norm else None,
        nn.ReLU() if active else None,
        nn.MaxPool2d(3, 2) if pooled else None,
    )
    return nn.Sequential(*(module for module in modules if module is not None))
