"""The values that travel on wires while shapes are found out: meta tensors at two batch sizes, side by side."""

from __future__ import annotations

import typing
from collections.abc import Callable, Hashable
from typing import Annotated, Any, NamedTuple

import torch
from torch import Tensor

from ..components.types import Kind, View

BATCHES = (2, 3)
"""An axis that is 2 in the one run and 3 in the other is the batch; one that stays is fixed."""


class Patch(NamedTuple):
    """What a `template` or `search` is: read as an operand it is the image."""

    image: Tensor
    view: View


class Both(NamedTuple):
    """One value at both batch sizes."""

    small: Any
    large: Any


def shape_text(value: Both) -> str:
    """`b 48 16 16`, `b 4 float64`, `(b 512 31 31, b 1024 31 31)`, `PointBox(box: b 4 float64, score: b)`."""
    small, large = value
    if isinstance(small, Patch):
        return shape_text(Both(small.image, large.image))
    if isinstance(small, Tensor):
        dimensions = [axis_text(one, other) for one, other in zip(small.shape, large.shape, strict=False)]
        dtype = "" if small.dtype is torch.float32 else str(small.dtype).removeprefix("torch.")
        return " ".join([*dimensions, dtype]).strip() or "scalar"
    if isinstance(small, View):
        return "View"
    fields = getattr(small, "_fields", None)
    if fields is not None:
        inner = (f"{name}: {shape_text(Both(getattr(small, name), getattr(large, name)))}" for name in fields)
        return f"{type(small).__name__}({', '.join(inner)})"
    if isinstance(small, (tuple, list)):
        return f"({', '.join(shape_text(Both(*pair)) for pair in zip(small, large, strict=False))})"
    return repr(small)


def axis_text(small: int, large: int) -> str:
    if small == large:
        return str(small)
    times, rest = divmod(small, BATCHES[0])
    if rest == 0 and large == times * BATCHES[1]:
        return "b" if times == 1 else f"{times}b"
    return "?"


def keeps_batch(value: Both) -> bool:
    """Whether the value is a tensor whose first axis is the batch."""
    small, large = value
    if not isinstance(small, Tensor) or not small.shape:
        return False
    return (small.shape[0], large.shape[0]) == BATCHES


def shapes_of(value: Any) -> Any:
    """Shapes alone, as rules of inference see them: a tuple of integers, or a tuple of such."""
    if isinstance(value, Patch):
        return tuple(value.image.shape)
    if isinstance(value, Tensor):
        return tuple(value.shape)
    if isinstance(value, (tuple, list)):
        return tuple(shapes_of(item) for item in value)
    return None


def signature(value: Any) -> Hashable:
    """All that the shape of a result can depend on: shapes and types of tensors, and constants."""
    if isinstance(value, Tensor):
        return (tuple(value.shape), value.dtype)
    if isinstance(value, (tuple, list)):
        return (type(value).__name__, *(signature(item) for item in value))
    return repr(value)


def length_of(value: Any) -> int | None:
    """How many outputs a value has; None for a single tensor."""
    return len(value) if isinstance(value, (tuple, list)) and not isinstance(value, (Patch, View)) else None


def operand(value: Any) -> Any:
    """What a component gets: the image of a patch, anything else as it is."""
    return value.image if isinstance(value, Patch) else value


def map_both(function: Callable[..., Any], *values: Both) -> Both:
    """Apply a function to the small ones and to the large ones."""
    return Both(*(function(*side) for side in zip(*values, strict=True)))


def kind_of(annotation: Any) -> Kind | None:
    """The `Kind` that an annotation carries."""
    if typing.get_origin(annotation) is not Annotated:
        return None
    return next((mark for mark in typing.get_args(annotation)[1:] if isinstance(mark, Kind)), None)


def kind_of_output(returns: Any, which: str | int | None) -> Kind | None:
    """The kind of one output of a component, by the annotation of its `forward`."""
    if which is None:
        return kind_of(returns)
    fields = getattr(returns, "_fields", None)
    if fields is not None:
        hints = typing.get_type_hints(returns, include_extras=True)
        name = fields[which] if isinstance(which, int) and which < len(fields) else which
        return kind_of(hints.get(str(name)))
    arguments = typing.get_args(returns)
    return kind_of(arguments[which]) if isinstance(which, int) and which < len(arguments) else None
