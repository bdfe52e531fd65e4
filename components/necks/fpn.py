"""A feature pyramid: what coarse levels know, brought to the finer ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from torch import Tensor, nn

from ..layers.convolution import Conv2d
from ..registry import NECKS
from ..types import channels_of


@NECKS.register_module()
class FPN(nn.Module):
    """Maps [N, C_i, H_i, W_i], from fine to coarse -> as many or more maps [N, out_channels, H_i, W_i].

    Each level is brought to `out_channels` by a 1x1 convolution and added to the next coarser one, which is resized to
    it by the nearest cell; a 3x3 convolution smooths the sum. Sizes need not be halves of each other.

    num_outs: how many maps; as many as there are levels where it is not given. Further ones are each half as large as
    the one before. add_extra_convs: these are made by 3x3 convolutions of stride 2, of which the first reads the
    coarsest map that came in; else by leaving out every other cell.
    Raises ValueError for fewer maps than levels.

    Source: Lin et al., CVPR 2017, section 3; convolved extra levels as in RetinaNet (Lin et al., ICCV 2017), section
    4. The names of settings are MMDetection's.
    """

    def __init__(
        self,
        in_channels: Annotated[Sequence[int], channels_of("features")],
        out_channels: int,
        num_outs: int | None = None,
        add_extra_convs: bool = False,
    ) -> None:
        super().__init__()
        more = 0 if num_outs is None else num_outs - len(in_channels)
        if more < 0:
            raise ValueError(f"`num_outs` is {num_outs}, but {len(in_channels)} levels come in")
        self.more = more
        self.lateral_convs = nn.ModuleList(Conv2d(channels, out_channels) for channels in in_channels)
        self.fpn_convs = nn.ModuleList(Conv2d(out_channels, out_channels, 3) for _ in in_channels)
        reads = [in_channels[-1], *[out_channels] * (more - 1)] if add_extra_convs and more else []
        self.extra_convs = nn.ModuleList(Conv2d(channels, out_channels, 3, stride=2) for channels in reads)

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, ...]:
        levels = [lateral(feature) for lateral, feature in zip(self.lateral_convs, features, strict=True)]
        for index in range(len(levels) - 1, 0, -1):
            finer = levels[index - 1]
            levels[index - 1] = finer + nn.functional.interpolate(levels[index], size=finer.shape[-2:])
        maps = [smooth(level) for smooth, level in zip(self.fpn_convs, levels, strict=True)]
        source = features[-1]
        for convolution in self.extra_convs:
            source = convolution(source)
            maps.append(source)
        while len(maps) < len(levels) + self.more:
            maps.append(maps[-1][..., ::2, ::2])
        return tuple(maps)
