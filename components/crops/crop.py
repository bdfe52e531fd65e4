"""What every crop is: one cutting rule, with one lowering inside the graph and one on the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ..types import View
from .cut_rule import CutRule
from .host_patch import cut

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Crop(nn.Module):
    """Cuts a patch of fixed size around each target.

    A crop is called in pieces, so that the cutting may run where it is fastest: `windows` says where the patches
    lie; `sample` (in the graph) or `sample_host` (numpy and OpenCV, by `rule`) gives their `uint8` pixels; `forward`
    makes of them what the network sees (colour order, mean, deviation); `view` is the map back into the frame.

    Frames are RGB `uint8` [H, W, 3]. Targets are [N, 4] float64 centre-size boxes in the frame. `windows`, `sample`
    and `view` use no host synchronisation and no Python branch on a value.
    """

    size: int
    """side of the patch, in pixels"""

    @property
    def rule(self) -> CutRule | None:
        """How the windows are cut on the host; None for a crop that only `sample` can cut, in the graph."""
        return None

    def start(self, box: Tensor) -> Tensor:
        """The user's boxes [N, 4] (x, y, w, h) as centre-size targets, by this crop's convention."""
        raise NotImplementedError

    def border(self, frame: Tensor) -> Tensor:
        """`uint8` [3], RGB: what lies beyond the frame; taken once, from the first frame."""
        raise NotImplementedError

    def windows(self, target: Tensor) -> Tensor:
        """Where the patches lie, as `rule` has it: [N, 3], or [N, K, 3] for K patches a target."""
        raise NotImplementedError

    def sample(self, frame: Tensor, target: Tensor, border: Tensor) -> Tensor:
        """`uint8` [N, 3, size, size] RGB (or [N, K, 3, size, size] for K patches a target), in the graph."""
        raise NotImplementedError

    def sample_host(
        self, frame: NDArray[np.uint8], target: NDArray[np.float64], border: NDArray[np.uint8]
    ) -> NDArray[np.uint8]:
        """The same pixels as `sample`, by OpenCV on the CPU."""
        rule = self.rule
        if rule is None:
            raise NotImplementedError
        return cut(rule, frame, self.windows(torch.from_numpy(target)).numpy(), border)

    def view(self, target: Tensor, frame_size: Tensor) -> View:
        """The map between the patch and the frame; `frame_size` is [2] float64, width and height."""
        raise NotImplementedError

    def forward(self, pixels: Tensor) -> Tensor:
        """What the network sees: float32, of the shape of `pixels`."""
        raise NotImplementedError
