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
        levels = [shape] if is_shape(shape) else list(shape)
        if any(not is_shape(level) or len(level) < 2 for level in levels):
            raise ValueError(f"what reaches `{port}` has no axis of channels")
        channels = [level[1] for level in levels]
        return channels[0] if is_shape(shape) else channels

    return Inferred(rule, f"channels of `{port}`")


def positions_of(port: str) -> Inferred:
    """Height times width of the tensor at `port`: the channels that pixel-wise correlation gives."""

    def rule(shapes: dict[str, Any]) -> Any:
        shape = shapes[port]
        if not is_shape(shape) or len(shape) < 2:
            raise ValueError(f"what reaches `{port}` is no map of positions")
        return shape[-2] * shape[-1]

    return Inferred(rule, f"positions of `{port}`")


def is_shape(shape: Any) -> bool:
    """Whether this is the shape of one tensor, rather than of several."""
    return isinstance(shape, tuple) and all(isinstance(size, int) for size in shape)
