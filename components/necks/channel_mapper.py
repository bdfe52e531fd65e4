"""Maps of several levels, brought to one number of channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from torch import Tensor, nn

from ..layers.convolution import Conv2d, ConvBN
from ..registry import NECKS
from ..types import channels_of


@NECKS.register_module()
class ChannelMapper(nn.Module):
    """A convolution and batch normalisation for each level: maps [N, C_i, H_i, W_i] -> [N, out_channels, H_i, W_i].

    out_channels: one number for all levels, or one for each. kernel_size: odd, so that sizes stay. norm: without it,
    the convolution has a bias instead.

    Source: SiamRPN++ (Li et al., CVPR 2019), section 3.3; the name is MMTracking's.
    """

    def __init__(
        self,
        in_channels: Annotated[Sequence[int], channels_of("features")],
        out_channels: int | Sequence[int],
        kernel_size: int = 1,
        norm: bool = True,
    ) -> None:
        super().__init__()
        layer = ConvBN if norm else Conv2d
        wanted = [out_channels] * len(in_channels) if isinstance(out_channels, int) else out_channels
        if len(wanted) != len(in_channels):
            raise ValueError(f"out_channels has {len(wanted)} numbers for {len(in_channels)} levels")
        self.levels = nn.ModuleList(
            layer(channels, out, kernel_size) for channels, out in zip(in_channels, wanted, strict=True)
        )

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, ...]:
        return tuple(level(feature) for level, feature in zip(self.levels, features, strict=True))
