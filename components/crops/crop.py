"""What every crop is: one cutting rule, with one lowering inside the graph and one on the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from ..types import View

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Crop(nn.Module):
    """Cuts a patch of fixed size around each target.

    A crop is called in three pieces, so that the first may run where it is fastest:
    `sample` (in the graph) or `sample_host` (numpy and OpenCV) gives `uint8` pixels; `forward` makes of them what
    the network sees (colour order, mean, deviation); `view` is the map back into the frame.

    Frames are RGB `uint8` [H, W, 3]. Targets are [N, 4] float64 centre-size boxes in the frame. `sample` and
    `view` use no host synchronisation and no Python branch on a value.
    """

    size: int
    """side of the patch, in pixels"""

    def start(self, box: Tensor) -> Tensor:
        """The user's boxes [N, 4] (x, y, w, h) as centre-size targets, by this crop's convention."""
        raise NotImplementedError

    def border(self, frame: Tensor) -> Tensor:
        """`uint8` [3], RGB: what lies beyond the frame; taken once, from the first frame."""
        raise NotImplementedError

    def sample(self, frame: Tensor, target: Tensor, border: Tensor) -> Tensor:
        """`uint8` [N, 3, size, size] RGB (or [N, K, 3, size, size] for K patches a target), in the graph."""
        raise NotImplementedError

    def sample_host(
        self, frame: NDArray[np.uint8], target: NDArray[np.float64], border: NDArray[np.uint8]
    ) -> NDArray[np.uint8]:
        """The same pixels as `sample`, by OpenCV on the CPU."""
        raise NotImplementedError

    def view(self, target: Tensor, frame_size: Tensor) -> View:
        """The map between the patch and the frame; `frame_size` is [2] float64, width and height."""
        raise NotImplementedError

    def forward(self, pixels: Tensor) -> Tensor:
        """What the network sees: float32, of the shape of `pixels`."""
        raise NotImplementedError
