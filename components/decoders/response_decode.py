"""From the responses of several scales to one box in the frame, by upsampling the best."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..registry import DECODERS
from ..types import View
from .peak_decode import Pick
from .window import hann_map

CUBIC = -0.75
"""The parameter of the cubic interpolation: OpenCV's and PyTorch's."""


@DECODERS.register_module()
class ResponseDecode(nn.Module):
    """The box at the highest response of K scales, between the cells.

    response [N, K, h, w] and the view of the search crop, whose K patches are in the order of their windows' sizes.
    Each map is upsampled `up` times by cubic interpolation; the scale with the highest value wins, the present one (in
    the middle) being favoured. Of its map, made to sum to 1, and a Hann window the highest place is taken; the size
    follows the chosen scale at `rate`. The box keeps its aspect, and nothing holds it in the frame. The score is the
    sigmoid of the highest response, before the window.

    stride: pixels of the crop between cells. up: how many times the map is upsampled. penalty: by what the responses of
    the other scales are multiplied. window (0..1): share of the Hann window. rate (0..1): see above.

    Source: SiamFC (Bertinetto et al., ECCVW 2016), section 3, in the convention of its PyTorch version by L. Huang.
    """

    def __init__(
        self,
        stride: int = 8,
        up: int = 16,
        penalty: float = 0.9745,
        window: float = 0.176,
        rate: float = 0.59,
    ) -> None:
        super().__init__()
        self.stride = stride
        self.up = up
        self.penalty = penalty
        self.window = window
        self.rate = rate

    def forward(self, response: Tensor, view: View) -> Pick:
        scales, height, width = response.shape[1:]
        rows = cubic_upsampling(height, self.up, response.device)
        columns = cubic_upsampling(width, self.up, response.device)
        fine = rows @ response.float() @ columns.T
        heights = fine.amax((2, 3))
        other = torch.arange(scales, device=response.device) != scales // 2
        best = torch.where(other, heights * self.penalty, heights).argmax(1, keepdim=True)

        chosen = fine.gather(1, best[:, :, None, None].expand(-1, -1, *fine.shape[2:]))[:, 0]
        shift = self.shift(chosen)
        scale = view.scale.reshape(-1, scales, 2)
        own = scale.gather(1, best[:, :, None].expand(-1, -1, 2))[:, 0]
        centre = view.target[:, :2] + shift / own
        size = view.target[:, 2:] * (1 - self.rate + self.rate * scale[:, scales // 2] / own)
        return Pick(torch.cat((centre, size), 1), heights.gather(1, best)[:, 0].sigmoid())

    def shift(self, fine: Tensor) -> Tensor:
        """Where the upsampled map [N, H, W] is highest, under the window: float64 [N, 2], from its middle, in pixels of
        the crop."""
        height, width = fine.shape[1:]
        lifted = fine - fine.amin((1, 2), keepdim=True)
        share = lifted / (lifted.sum((1, 2), keepdim=True) + 1e-16)
        favoured = hann_map(height, width, fine.device)
        ranked = (1 - self.window) * share + self.window * favoured / favoured.sum()
        place = ranked.flatten(1).argmax(1)
        cell = torch.stack((place % width, place // width), 1).to(torch.float64)
        middle = torch.tensor(((width - 1) / 2, (height - 1) / 2), dtype=torch.float64, device=fine.device)
        return (cell - middle) * (self.stride / self.up)


def cubic_upsampling(size: int, up: int, device: torch.device | None = None) -> Tensor:
    """The matrix [size * up, size], float32, that interpolates a line of `size` values; its ends are repeated.

    As OpenCV's INTER_CUBIC: cells have their centres at halves.
    """
    place = (torch.arange(size * up, dtype=torch.float64, device=device) + 0.5) / up - 0.5
    first = place.floor()
    weights = cubic_weights(place - first)
    cells = torch.arange(size, device=device)
    matrix = torch.zeros(size * up, size, dtype=torch.float64, device=device)
    for tap, weight in enumerate(weights):
        index = (first.to(torch.int64) + tap - 1).clamp(0, size - 1)
        matrix = matrix + weight[:, None] * (index[:, None] == cells).to(torch.float64)
    return matrix.to(torch.float32)


def cubic_weights(fraction: Tensor) -> list[Tensor]:
    """Weights of the four neighbours of a place `fraction` (0..1) behind the second one: each of that shape."""
    near, far = fraction, 1 - fraction
    second, third = (((CUBIC + 2) * away - (CUBIC + 3)) * away**2 + 1 for away in (near, far))
    first, fourth = (
        ((CUBIC * away - 5 * CUBIC) * away + 8 * CUBIC) * away - 4 * CUBIC for away in (near + 1, far + 1)
    )
    return [first, second, third, fourth]
