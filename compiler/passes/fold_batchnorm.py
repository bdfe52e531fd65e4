"""Working scales and shifts of channels into the weights of the layer before: batch norms, and plain arithmetic.

`norm(conv(x))` is a convolution with other weights as long as the norm's statistics are constants (Jacob et al.,
2018, section 3.2). The new weights are computed in float64 and rounded once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, fx

from ..programs import Programs, StageProgram
from .base import PassResult
from .rewrite import (
    Draft,
    add_constant,
    arguments,
    constant_of,
    draft_of,
    erase,
    finish,
    fire,
    is_call,
    name_of_content,
    origin_of,
    skip,
)

CONVOLUTIONS = tuple(f"aten::conv{axes}d" for axes in (1, 2, 3))
TRANSPOSED = tuple(f"aten::conv_transpose{axes}d" for axes in (1, 2, 3))
LAYERS = (*CONVOLUTIONS, *TRANSPOSED, "aten::linear")
ARITHMETIC = (*(f"aten::{name}.Tensor" for name in ("mul", "add", "sub", "div")), "aten::rsub")
PASSED = ("aten::slice.Tensor", "aten::dropout", "aten::contiguous", "aten::clone", "aten::detach")
"""Operators that a scale and a shift of the channels may be moved before, as long as they leave the channels alone."""

PIECE = 65_536
"""Numbers that are scaled at once: few enough for a processor's cache."""


@dataclass(frozen=True)
class Affine:
    """`scale * x + shift` along one axis, in float64."""

    scale: Tensor
    shift: Tensor
    axis: int
    """of the channels; there are `len(scale)` of them"""


@dataclass(frozen=True)
class FoldBatchnorm:
    """Folds batch norms and constant factors and summands of channels into the convolution or linear layer before,
    also through a `cat` of channels and a slice of positions. The layer must have no other reader."""

    name: ClassVar[str] = "fold-batchnorm"

    def run(self, program: StageProgram) -> PassResult:
        return folded(program, {})

    def run_all(self, programs: Programs) -> Mapping[str, PassResult]:
        """Layers that several programs have in common are scaled once: half of the work for a siamese tracker."""
        known: Known = {}
        return {name: folded(program, known) for name, program in programs.items()}


def folded(program: StageProgram, known: Known) -> PassResult:
    draft = draft_of(program)
    for node in list(draft.graph.nodes):
        if not is_call(node, "aten::batch_norm", *ARITHMETIC):
            continue
        source = scaled(node)
        if source is None or not worth_telling(node, source):
            continue
        affine = affine_of(draft, node, source)
        if isinstance(affine, str):
            skip(draft, node, affine)
        elif not (affine.scale.isfinite().all() and affine.shift.isfinite().all()):
            skip(draft, node, "its scale or shift is infinite")
        elif (reason := why_not(draft, source, affine, node)) is not None:
            skip(draft, node, reason)
        else:
            work_in(draft, node, source, affine, known)
    return finish(draft)


# ---------------------------------------------------------------- what is scaled, and by what


def scaled(node: fx.Node) -> fx.Node | None:
    """The operand that a node scales: of a batch norm its input, of arithmetic the one that is no constant."""
    if is_call(node, "aten::batch_norm"):
        source = arguments(node)["input"]
        return source if isinstance(source, fx.Node) else None
    computed = [
        operand for operand in node.args[:2] if isinstance(operand, fx.Node) and operand.op != "get_attr"
    ]
    if len(computed) != 1 or (is_call(node, "aten::div.Tensor") and computed[0] is not node.args[0]):
        return None
    return computed[0]


def worth_telling(node: fx.Node, source: fx.Node) -> bool:
    """A batch norm always is; arithmetic only behind a layer."""
    return is_call(node, "aten::batch_norm") or is_call(through(source), *LAYERS)


def through(node: fx.Node) -> fx.Node:
    while is_call(node, *PASSED):
        node = node.all_input_nodes[0]
    return node


def affine_of(draft: Draft, node: fx.Node, source: fx.Node) -> Affine | str:
    """The scale and shift of the channels that a node applies, or why it applies none."""
    value = source.meta["val"]
    if not value.is_floating_point() or node.meta["val"].dtype != value.dtype:
        return f"it turns {value.dtype} into {node.meta['val'].dtype}"
    if is_call(node, "aten::batch_norm"):
        return norm_affine(draft, node)
    axis = channel_axis(source)
    other = node.args[1] if node.args[0] is source else node.args[0]
    given = constant_of(draft, other) if isinstance(other, fx.Node) else torch.tensor(other)
    if axis is None or given is None:
        return "what it is combined with is no constant"
    channels = along_channels(given, value, axis)
    if channels is None or str(node.meta["val"].shape) != str(value.shape):
        return (
            f"its constant {list(given.shape)} differs from position to position, not from channel to channel"
        )
    return arithmetic_affine(node, source, channels, axis)


def norm_affine(draft: Draft, node: fx.Node) -> Affine | str:
    given = arguments(node)
    if given["training"]:
        return "it takes its statistics from the batch (training)"
    mean, variance = constant_of(draft, given["running_mean"]), constant_of(draft, given["running_var"])
    weight, bias = constant_of(draft, given["weight"]), constant_of(draft, given["bias"])
    computed = [key for key in ("weight", "bias", "running_mean", "running_var") if is_computed(given[key])]
    if mean is None or variance is None or computed:
        return f"its {' and '.join(computed) or 'statistics'} are computed at run time"
    scale = (variance.double() + given["eps"]).rsqrt()
    scale = scale if weight is None else scale * weight.double()
    shift = -mean.double() * scale
    return Affine(scale, shift if bias is None else shift + bias.double(), 1)


def is_computed(operand: Any) -> bool:
    return isinstance(operand, fx.Node) and operand.op != "get_attr"


def channel_axis(node: fx.Node) -> int | None:
    """Where the layer behind a value has its output channels."""
    layer = through(node)
    if is_call(layer, "aten::linear"):
        return int(node.meta["val"].ndim) - 1
    if not is_call(layer, *CONVOLUTIONS, *TRANSPOSED):
        return None
    weight = arguments(layer)["weight"]
    return int(node.meta["val"].ndim) - (int(weight.meta["val"].ndim) - 1)


def along_channels(given: Tensor, value: Tensor, axis: int) -> Tensor | None:
    """A constant as one number for each channel of `value`; None where it changes along another axis."""
    count = value.shape[axis]
    if not isinstance(count, int) or given.ndim > value.ndim:
        return None
    place = axis - (value.ndim - given.ndim)
    if any(size != 1 and index != place for index, size in enumerate(given.shape)):
        return None
    return given.double().reshape(-1).expand(count)


def arithmetic_affine(node: fx.Node, source: fx.Node, channels: Tensor, axis: int) -> Affine:
    """Of `x * c`, `x / c`, `x + a c`, `x - a c`, `c - a x` and the like."""
    ones, zeros = torch.ones_like(channels), torch.zeros_like(channels)
    if is_call(node, "aten::mul.Tensor"):
        return Affine(channels, zeros, axis)
    if is_call(node, "aten::div.Tensor"):
        return Affine(1 / channels, zeros, axis)
    sign = 1.0 if is_call(node, "aten::add.Tensor") else -1.0
    factor = sign * float(arguments(node)["alpha"])
    plain = 1 if is_call(node, "aten::rsub") else 0  # of which operand the factor is none
    if node.args[plain] is source:
        return Affine(ones, factor * channels, axis)
    return Affine(factor * ones, channels, axis)


# ---------------------------------------------------------------- where it goes


def why_not(draft: Draft, node: fx.Node, affine: Affine, reader: fx.Node) -> str | None:
    """Why the scale and shift cannot be worked into what makes `node`; None where they can."""
    if len(set(node.users)) > 1:
        others = sorted(other.name for other in node.users if other is not reader)
        return f"`{node.name}` is read by {', '.join(others)} too"
    if is_call(node, *PASSED):
        return why_not_through(draft, node, affine)
    if is_call(node, "aten::cat"):
        return why_not_through_cat(draft, node, affine)
    if not is_call(node, *LAYERS):
        return f"`{node.name}` before it is no convolution or linear layer"
    given = arguments(node)
    computed = [key for key in ("weight", "bias") if is_computed(given[key])]
    if computed:
        verb = "is" if len(computed) == 1 else "are"
        return f"the {' and '.join(computed)} of `{node.name}` {verb} computed at run time"
    if channel_axis(node) != affine.axis:
        return f"the channels of `{node.name}` lie along another axis"
    return None


def why_not_through(draft: Draft, node: fx.Node, affine: Affine) -> str | None:
    given = arguments(node)
    if is_call(node, "aten::slice.Tensor") and given["dim"] % node.meta["val"].ndim == affine.axis:
        return f"`{node.name}` takes some of the channels"
    if is_call(node, "aten::dropout") and given["train"]:
        return f"`{node.name}` drops values at random (training)"
    return why_not(draft, node.all_input_nodes[0], affine, node)


def why_not_through_cat(draft: Draft, node: fx.Node, affine: Affine) -> str | None:
    given = arguments(node)
    if given["dim"] % node.meta["val"].ndim != affine.axis:
        return f"`{node.name}` joins along another axis than that of the channels"
    if len(set(given["tensors"])) != len(given["tensors"]):
        return f"`{node.name}` joins one value to itself"
    for source, part in parts_of(given["tensors"], affine):
        reason = why_not(draft, source, part, node)
        if reason is not None:
            return f"of what `{node.name}` joins, {reason}"
    return None


def parts_of(sources: Sequence[fx.Node], affine: Affine) -> list[tuple[fx.Node, Affine]]:
    """Each joined value with its own channels' scale and shift."""
    sizes = [int(source.meta["val"].shape[affine.axis]) for source in sources]
    scales, shifts = torch.split(affine.scale, sizes), torch.split(affine.shift, sizes)
    pieces = zip(sources, scales, shifts, strict=True)
    return [(source, Affine(scale, shift, affine.axis)) for source, scale, shift in pieces]


# ---------------------------------------------------------------- doing it


def work_in(draft: Draft, node: fx.Node, source: fx.Node, affine: Affine, known: Known) -> None:
    """Give the layers behind `source` the weights that make `node` needless."""
    layers = layers_behind(source, affine)
    fire(draft, node, f"worked into {', '.join(layer.name for layer, _ in layers)}")
    node.replace_all_uses_with(source, propagate_meta=False)
    erase(draft, node)
    for layer, part in layers:
        rescale(draft, layer, part, known)


def layers_behind(node: fx.Node, affine: Affine) -> list[tuple[fx.Node, Affine]]:
    if is_call(node, *PASSED):
        return layers_behind(node.all_input_nodes[0], affine)
    if not is_call(node, "aten::cat"):
        return [(node, affine)]
    parts = parts_of(arguments(node)["tensors"], affine)
    return [found for source, part in parts for found in layers_behind(source, part)]


def rescale(draft: Draft, layer: fx.Node, affine: Affine, known: Known) -> None:
    """The layer with its output channels scaled and shifted."""
    given = arguments(layer)
    weight, bias = constant_of(draft, given["weight"]), constant_of(draft, given["bias"])
    assert weight is not None
    groups, transposed = int(given.get("groups") or 1), is_call(layer, *TRANSPOSED)
    key = (place(weight), None if bias is None else place(bias), content(affine), groups, transposed)
    if key not in known:
        known[key] = rescaled(weight, bias, affine, groups if transposed else None)
    found, origin = known[key], origin_of(layer)
    old = [operand for operand in (given["weight"], given["bias"]) if operand is not None]
    given["weight"] = add_constant(draft, found.weight, layer, origin, found.names[0])
    given["bias"] = add_constant(draft, found.bias, layer, origin, found.names[1])
    layer.args = tuple(given.values())
    for operand in old:
        erase(draft, operand)


@dataclass(frozen=True)
class Rescaled:
    """A layer's new weights, and their names."""

    weight: Tensor
    bias: Tensor
    names: tuple[str, str]
    made_of: tuple[Tensor | None, ...]
    """held, so that no other tensor takes its place in memory"""


Known = dict[tuple[object, ...], Rescaled]
"""What was made of layers, by all that it depends on."""


def place(value: Tensor) -> tuple[object, ...]:
    return (value.data_ptr(), value.dtype, value.device, tuple(value.shape), value.stride())


def content(affine: Affine) -> tuple[bytes, bytes]:
    return affine.scale.cpu().numpy().tobytes(), affine.shift.cpu().numpy().tobytes()


def rescaled(weight: Tensor, bias: Tensor | None, affine: Affine, groups: int | None) -> Rescaled:
    """`groups` of a transposed convolution; None for any other layer."""
    scale, shift = affine.scale.to(weight.device), affine.shift.to(weight.device)
    by_channel = channels_of_weight(weight, scale, groups)
    moved = shift if bias is None else bias.double() * scale + shift
    new_weight = product(weight, by_channel)
    new_bias = moved.to(weight.dtype).detach()
    names = name_of_content(new_weight), name_of_content(new_bias)
    return Rescaled(new_weight, new_bias, names, (weight, bias))


def product(weight: Tensor, factor: Tensor) -> Tensor:
    """`weight * factor` in float64, rounded once, by rows: of all at once, the memory costs more than the product."""
    result = torch.empty_like(weight, requires_grad=False)
    rows = max(1, PIECE * weight.shape[0] // max(1, weight.numel()))
    for first in range(0, weight.shape[0], rows):
        piece = slice(first, first + rows)
        result[piece] = weight.detach()[piece].double().mul_(factor[piece])
    return result


def channels_of_weight(weight: Tensor, scale: Tensor, groups: int | None) -> Tensor:
    """The scale of each number of the weight; a transposed convolution has its output channels second, by group."""
    if groups is None:
        return scale.reshape(-1, *(1 for _ in weight.shape[1:]))
    rows = scale.reshape(groups, 1, -1).expand(groups, weight.shape[0] // groups, -1)
    return rows.reshape(weight.shape[0], weight.shape[1], *(1 for _ in weight.shape[2:]))


PASS = FoldBatchnorm
