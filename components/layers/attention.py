"""Attention over channels: each channel is scaled by what the whole map says of it."""

from __future__ import annotations

from torch import Tensor, nn

from ..registry import PARTS


@PARTS.register_module()
class ChannelAttention(nn.Module):
    """Channels [N, C, H, W] scaled by sigmoid(W2 relu(W1 mean)), the mean taken over the map.

    `reduction` divides the channels between the two 1x1 convolutions. Source: Squeeze-and-Excitation (Hu et
    al., CVPR 2018), section 3; in this form in the pixel-wise correlation of Alpha-Refine (Yan et al., CVPR
    2021).
    """

    def __init__(self, in_channels: int, reduction: int = 1) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(in_channels, in_channels // reduction, 1)
        self.excite = nn.Conv2d(in_channels // reduction, in_channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        mean = features.mean((2, 3), keepdim=True)
        scale: Tensor = self.excite(self.squeeze(mean).relu()).sigmoid()
        return features * scale
