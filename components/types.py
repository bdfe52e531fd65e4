"""The kinds of values that travel on wires, beyond plain tensors, and the marks that signatures carry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, TypeAlias

from torch import Tensor


@dataclass(frozen=True)
class Kind:
    """What a tensor means, where its shape does not tell: written as `Annotated[Tensor, Kind("...")]`."""

    name: str


FrameBox: TypeAlias = Annotated[Tensor, Kind("box in the frame")]
"""[N, 4] float64: centre x, centre y, width, height in pixels of the video frame.

The box covers `centre - size/2 .. centre + size/2`. This is also the tracker's own state.
"""

CropBox: TypeAlias = Annotated[Tensor, Kind("box in the crop")]
"""[N, 4]: centre x, centre y, width, height in pixels of a crop. Only a `View` makes it a `FrameBox`."""


class View(NamedTuple):
    """The affine map between a crop and the video frame, for N targets and K patches of each.

    A point `p` of the frame lies in the crop, relative to the crop's centre, at `(p - centre) * scale`.
    """

    target: Tensor
    """[N, 4] float64: the box that the crop was cut around: centre x, centre y, width, height, in the frame"""
    scale: Tensor
    """[N, 2] (or [N, K, 2] where a crop gives K patches) float64: crop pixels per frame pixel, x and y"""
    frame_size: Tensor
    """[2] float64: width and height of the frame, in pixels"""


@dataclass(frozen=True)
class Inferred:
    """Marks a setting that is filled from the shapes that reach the component.

    `rule` gets `{port: shape}`, a shape being a tuple of integers, or a tuple of shapes for a port that takes
    several tensors. A setting written by hand becomes an assertion.
    """

    rule: Callable[[dict[str, Any]], Any]
    what: str


def channels_of(port: str) -> Inferred:
    """The size of axis 1 of the tensor at `port`; a list of sizes where several tensors arrive there."""

    def rule(shapes: dict[str, Any]) -> Any:
        shape = shapes[port]
        return shape[1] if isinstance(shape[0], int) else [level[1] for level in shape]

    return Inferred(rule, f"channels of `{port}`")


def positions_of(port: str) -> Inferred:
    """Height times width of the tensor at `port`: the channels that pixel-wise correlation gives."""
    return Inferred(lambda shapes: shapes[port][-2] * shapes[port][-1], f"positions of `{port}`")
