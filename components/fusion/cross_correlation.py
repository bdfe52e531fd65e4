"""Correlation of the template's features with those of the search region."""

from __future__ import annotations

from torch import Tensor, nn

from ..registry import PARTS


@PARTS.register_module()
class XCorrDepthwise(nn.Module):
    """Each channel of the template slides over the same channel of the search region.

    field [N, C, H, W], kernel [N, C, h, w] -> [N, C, H + 2 padding - h + 1, W + 2 padding - w + 1].
    Source: SiamRPN++ (Li et al., CVPR 2019), section 3.4.
    """

    def __init__(self, padding: int = 0) -> None:
        super().__init__()
        self.padding = padding

    def forward(self, field: Tensor, kernel: Tensor) -> Tensor:
        batch, channels = kernel.shape[:2]
        stacked = field.reshape(1, batch * channels, field.shape[2], field.shape[3])
        filters = kernel.reshape(batch * channels, 1, kernel.shape[2], kernel.shape[3])
        response = nn.functional.conv2d(stacked, filters, padding=self.padding, groups=batch * channels)
        return response.reshape(batch, channels, response.shape[2], response.shape[3])


@PARTS.register_module()
class XCorrPixelwise(nn.Module):
    """Each position of the template becomes a 1x1 filter over the search region.

    field [N, C, H, W], kernel [N, C, h, w] -> [N, h w, H, W]; position (row, column) of the template gives
    channel row * w + column. Source: Alpha-Refine (Yan et al., CVPR 2021), section 3.2.
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(self, field: Tensor, kernel: Tensor) -> Tensor:
        filters = kernel.flatten(2).transpose(1, 2)
        response = filters @ field.flatten(2)
        return response.reshape(field.shape[0], response.shape[1], field.shape[2], field.shape[3])


@PARTS.register_module()
class XCorr(nn.Module):
    """The whole template slides over the search region: one number for each place.

    field [N, C, H, W], kernel [N, C, h, w] -> [N, 1, H - h + 1, W - w + 1]; a field of K patches for each target,
    [N, K, C, H, W], gives [N, K, ...]. Source: SiamFC (Bertinetto et al., ECCVW 2016), section 2.1.
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(self, field: Tensor, kernel: Tensor) -> Tensor:
        fields = field[:, None] if field.ndim == 4 else field
        batch, patches, channels = fields.shape[:3]
        stacked = fields.reshape(1, batch * patches * channels, *fields.shape[3:])
        filters = kernel[:, None].expand(-1, patches, -1, -1, -1).reshape(-1, 1, *kernel.shape[2:])
        # channel by channel and then added up: the form for which every backend has a way with many targets
        response = nn.functional.conv2d(stacked, filters, groups=batch * patches * channels)
        return response.reshape(batch, patches, channels, *response.shape[2:]).sum(2)
