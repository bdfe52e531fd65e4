"""The small modules between components: taking an output, arithmetic, packing, cutting.

Each is a module, not a bare function, so that after export every operator still tells which node it came from.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..components.crops.crop import Crop
from ..components.types import View
from .shapes import OPERATORS

FARTHEST = 1e6
"""A coordinate or size beyond this many pixels is no box of any frame: the step has diverged."""


class Take(nn.Module):
    """One of several outputs, by position."""

    def __init__(self, index: int) -> None:
        super().__init__()
        self.index = index

    def forward(self, value: Any) -> Any:
        return value[self.index]


class TakeField(nn.Module):
    """One of several outputs, by name."""

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field

    def forward(self, value: Any) -> Any:
        return getattr(value, self.field)


class Combine(nn.Module):
    """An operator of the language, on tensors."""

    def __init__(self, operator: str) -> None:
        super().__init__()
        self.operator = operator

    def forward(self, *operands: Any) -> Any:
        return OPERATORS[self.operator](*operands)


class Gather(nn.Module):
    """Several values as one tuple."""

    def forward(self, *items: Any) -> tuple[Any, ...]:
        return items


class Sample(nn.Module):
    """A crop's pixels, cut inside the graph."""

    def __init__(self, crop: Crop) -> None:
        super().__init__()
        self.crop = (crop,)  # not a submodule: the crop is one already, under its own name

    def forward(self, frame: Tensor, target: Tensor, border: Tensor) -> Tensor:
        return self.crop[0].sample(frame, target, border)


class MakeView(nn.Module):
    """A crop's map back into the frame."""

    def __init__(self, crop: Crop) -> None:
        super().__init__()
        self.crop = (crop,)

    def forward(self, target: Tensor, frame_size: Tensor) -> View:
        return self.crop[0].view(target, frame_size)


class AsTarget(nn.Module):
    """A box of the frame as the tracker's state: [N, 4] float64."""

    def forward(self, box: Tensor) -> Tensor:
        return box.to(torch.float64)


class Move(nn.Module):
    """Where the targets are after a step: `(targets [N, 4], boxes x, y, w, h [N, 4], held [N])`.

    A box that is no usable one (NaN, infinite, no size, or farther than any frame reaches) leaves its target where
    it was, and `held` says so.
    """

    def forward(self, box: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        lowest = torch.tensor([-FARTHEST, -FARTHEST, 0.0, 0.0], dtype=torch.float64, device=box.device)
        usable = ((box > lowest) & (box < FARTHEST)).all(dim=1)
        moved = torch.where(usable[:, None], box, target)
        return moved, torch.cat((moved[:, :2] - moved[:, 2:] / 2, moved[:, 2:]), 1), ~usable


class Windows(nn.Module):
    """Where a crop of the targets lies."""

    def __init__(self, crop: Crop) -> None:
        super().__init__()
        self.crop = (crop,)

    def forward(self, target: Tensor) -> Tensor:
        return self.crop[0].windows(target)


class PerTarget(nn.Module):
    """One number per target: [N], axes of size one dropped."""

    def forward(self, value: Tensor) -> Tensor:
        return value.reshape(value.shape[0])


class Fill(nn.Module):
    """A number, or true or false, as a state's beginning: the same for each target, [N]."""

    def __init__(self, value: float | bool) -> None:
        super().__init__()
        self.value = value

    def forward(self, target: Tensor) -> Tensor:
        dtype = torch.bool if isinstance(self.value, bool) else torch.float32
        return target.new_full((target.shape[0],), self.value, dtype=dtype)


class Choose(nn.Module):
    """`next` with a condition: the new value for targets where it holds, the old one elsewhere."""

    def forward(self, condition: Tensor, new: Tensor, old: Tensor) -> Tensor:
        return choose(condition, new, old)


def choose(condition: Tensor, new: Tensor, old: Tensor) -> Tensor:
    """`condition` is [N]; the values are [N, ...]."""
    return torch.where(condition.reshape(-1, *(1 for _ in new.shape[1:])), new, old)
