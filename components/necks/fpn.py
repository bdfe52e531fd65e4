"""A feature pyramid: what coarse levels know, brought to the finer ones."""

from __future__ import annotations

import typing
from collections.abc import Sequence
from typing import Annotated, Literal

from torch import Tensor, nn

from ..layers.convolution import Conv2d
from ..registry import NECKS
from ..types import channels_of

ExtraConvs = Literal["on_input", "on_lateral", "on_output"]


@NECKS.register_module()
class FPN(nn.Module):
    """Maps [N, C_i, H_i, W_i], from fine to coarse -> as many or more maps [N, out_channels, H_i, W_i].

    Each level is brought to `out_channels` by a 1x1 convolution and added to the next coarser one, which is resized to
    it by the nearest cell; a 3x3 convolution smooths the sum. Sizes need not be halves of each other.

    num_outs: how many maps; as many as there are levels where it is not given. Further ones are each half as large as
    the one before. add_extra_convs: these are made by 3x3 convolutions of stride 2; else by leaving out every other
    cell. The first of them reads the coarsest map as it came in (`on_input`, or true), as it was brought to
    `out_channels` (`on_lateral`), or as it goes out (`on_output`). relu_before_extra_convs: what the further ones read
    is activated.
    Raises ValueError for fewer maps than levels.

    Source: Lin et al., CVPR 2017, section 3; convolved extra levels as in RetinaNet (Lin et al., ICCV 2017), section
    4. The names of settings are MMDetection's.
    """

    def __init__(
        self,
        in_channels: Annotated[Sequence[int], channels_of("features")],
        out_channels: int,
        num_outs: int | None = None,
        add_extra_convs: bool | ExtraConvs = False,
        relu_before_extra_convs: bool = False,
    ) -> None:
        super().__init__()
        if add_extra_convs not in (True, False, *typing.get_args(ExtraConvs)):
            raise ValueError(f"`add_extra_convs` is {add_extra_convs!r}, and no form of further levels")
        self.reads = "on_input" if add_extra_convs is True else add_extra_convs
        self.activated = relu_before_extra_convs
        more = 0 if num_outs is None else num_outs - len(in_channels)
        if more < 0:
            raise ValueError(f"`num_outs` is {num_outs}, but {len(in_channels)} levels come in")
        self.more = more
        self.lateral_convs = nn.ModuleList(Conv2d(channels, out_channels) for channels in in_channels)
        self.fpn_convs = nn.ModuleList(Conv2d(out_channels, out_channels, 3) for _ in in_channels)
        first = in_channels[-1] if self.reads == "on_input" else out_channels
        read = [first, *[out_channels] * (more - 1)] if self.reads and more else []
        self.extra_convs = nn.ModuleList(Conv2d(channels, out_channels, 3, stride=2) for channels in read)

    def forward(self, features: Sequence[Tensor]) -> tuple[Tensor, ...]:
        levels = [lateral(feature) for lateral, feature in zip(self.lateral_convs, features, strict=True)]
        coarsest = levels[-1]
        for index in range(len(levels) - 1, 0, -1):
            finer = levels[index - 1]
            levels[index - 1] = finer + nn.functional.interpolate(levels[index], size=finer.shape[-2:])
        maps = [smooth(level) for smooth, level in zip(self.fpn_convs, levels, strict=True)]
        source = {"on_lateral": coarsest, "on_output": maps[-1]}.get(str(self.reads), features[-1])
        for number, convolution in enumerate(self.extra_convs):
            source = convolution(source.relu() if self.activated and number else source)
            maps.append(source)
        while len(maps) < len(levels) + self.more:
            maps.append(maps[-1][..., ::2, ::2])
        return tuple(maps)
