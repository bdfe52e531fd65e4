"""Shapes of common operators on meta tensors, told by their rule.

PyTorch answers most of them in Python, and imports its whole compiler to do so: a second of every `sotc check`. What
is told here is what PyTorch would tell, or None, and then PyTorch is asked: for dtypes that are hard to tell, for
shapes that do not fit (so that its message is the one a user reads). Shapes and dtypes are the same always; strides
are where operands are laid out alike, and else in one of the ways that its kernels have.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor
from torch._prims_common import compute_elementwise_output_strides, suggest_memory_format
from torch.utils._python_dispatch import TorchDispatchMode

COMPARISONS = frozenset({"eq", "ne", "lt", "le", "gt", "ge"})

ARITHMETIC = frozenset({"add", "sub", "mul", "div"})
"""Pointwise operators of two values that give what PyTorch promotes the two to."""

KEEP_INTEGERS = frozenset(
    {"abs", "clamp", "floor_divide", "maximum", "minimum", "neg", "remainder", "rsub", "where"}
)
KEEP_BOOLEANS = frozenset({"bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "where"})

OTHER_DTYPES = frozenset(
    {"isfinite", "isinf", "isnan", "isneginf", "isposinf", "logical_and", "logical_not", "logical_or"}
    | {"logical_xor", "signbit", "_to_copy", "complex", "frexp", "polar"}
)
"""Pointwise operators that do not give what they are given."""


class QuickMeta(TorchDispatchMode):  # type: ignore[no-untyped-call]  # PyTorch's hook for subclasses
    """While it is entered, operators on meta tensors are answered by the rules below where one holds."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Wrapped for the compiler, as PyTorch would have it, the mode would import what it is here to avoid."""
        return False

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        told = told_by_rule(func, args, kwargs)
        return func(*args, **kwargs) if told is None else told


def told_by_rule(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """What the operator gives, on the meta device; None where no rule is sure."""
    name = func._schema.name.removeprefix("aten::")
    rule = RULES.get(f"{name}.{func._overloadname}")
    if rule is not None:
        return rule(*args, **kwargs)
    if torch.Tag.pointwise not in func.tags or kwargs:
        return None
    return in_place(name, args) if func._schema.is_mutable else pointwise(name, args)


# ---------------------------------------------------------------- pointwise


def pointwise(name: str, args: Sequence[Any]) -> Tensor | None:
    tensors = [given for given in args if isinstance(given, Tensor)]
    if not tensors or not all(tensor.is_meta for tensor in tensors):
        return None
    dtype = dtype_of(name, tensors[1:] if name == "where" else tensors, args)
    if dtype is None:
        return None
    return torch.empty_like(tensors[0], dtype=dtype) if len(tensors) == 1 else broadcast(tensors, dtype)


def in_place(name: str, args: Sequence[Any]) -> Tensor | None:
    """`add_` and its like give their first operand, where the result fits into it."""
    told = pointwise(name.removesuffix("_"), args) if name.endswith("_") else None
    first = args[0]
    fits = told is not None and told.shape == first.shape and told.dtype == first.dtype
    return first if fits else None


def dtype_of(name: str, tensors: Sequence[Tensor], args: Sequence[Any]) -> torch.dtype | None:
    """The dtype of the result; None where it takes more than these rules to tell."""
    if name in ARITHMETIC and len(args) == 2:
        dtype = torch.result_type(*args)
        if dtype is torch.bool:
            return None
        whole = not dtype.is_floating_point and not dtype.is_complex
        return torch.get_default_dtype() if name == "div" and whole else dtype
    if name in COMPARISONS:
        return torch.bool
    dtypes = {tensor.dtype for tensor in tensors}
    if len(dtypes) != 1:
        return None
    dtype = dtypes.pop()
    if dtype is torch.bool:
        return dtype if name in KEEP_BOOLEANS else None
    if dtype.is_floating_point:
        return None if name in OTHER_DTYPES else dtype
    whole = all(isinstance(given, (Tensor, int)) for given in args if given is not None)
    return dtype if whole and name in KEEP_INTEGERS else None


def broadcast(tensors: Sequence[Tensor], dtype: torch.dtype) -> Tensor | None:
    """An empty tensor of the common shape; None where there is none, or where the layout is hard to tell."""
    try:
        shape = torch.broadcast_shapes(*(tensor.shape for tensor in tensors))  # type: ignore[no-untyped-call]
    except RuntimeError:
        return None
    if all(in_order(tensor) for tensor in tensors):
        return torch.empty(shape, dtype=dtype, device="meta")
    if (
        len({tensor.dtype for tensor in tensors} - {torch.bool}) > 1
    ):  # what is converted first is laid out anew
        return None
    strides = compute_elementwise_output_strides(*(tensor.expand(shape) for tensor in tensors))
    return torch.empty_strided(shape, strides, dtype=dtype, device="meta")


def in_order(tensor: Tensor) -> bool:
    """Whether its axes lie in memory as they are counted: a pointwise result of such tensors is laid out plainly."""
    strides = [
        stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True) if size > 1 and stride > 0
    ]
    return all(outer >= inner for outer, inner in pairwise(strides))


# ---------------------------------------------------------------- others


def alike(*tensors: Tensor) -> bool:
    """Meta tensors of one dtype."""
    return all(tensor.is_meta for tensor in tensors) and len({tensor.dtype for tensor in tensors}) == 1


def plain(*tensors: Tensor) -> bool:
    """Alike, numbers with a point, and laid out plainly."""
    return alike(*tensors) and tensors[0].is_floating_point() and all(map(in_order, tensors))


def same(value: Tensor, *_: Any) -> Tensor | None:
    return torch.empty_like(value) if plain(value) else None


def batch_norm(
    value: Tensor, weight: Any, bias: Any, mean: Any, variance: Any, training: bool, *_: Any
) -> tuple[Tensor, Tensor, Tensor] | None:
    given = [tensor for tensor in (weight, bias, mean, variance) if tensor is not None]
    if training or not plain(value, *given) or any(tensor.shape != value.shape[1:2] for tensor in given):
        return None
    saved = value.new_empty(value.shape[1:2])
    return torch.empty_like(value), saved, torch.empty_like(saved)


def layer_norm(
    value: Tensor, shape: Sequence[int], weight: Any, bias: Any, _: float
) -> tuple[Tensor, Tensor, Tensor] | None:
    given = [tensor for tensor in (weight, bias) if tensor is not None]
    fits = tuple(value.shape[value.dim() - len(shape) :]) == tuple(shape)
    if not fits or not alike(value, *given) or any(tuple(tensor.shape) != tuple(shape) for tensor in given):
        return None
    outer = (*value.shape[: value.dim() - len(shape)], *(1 for _ in shape))
    return value.new_empty(value.shape), value.new_empty(outer), value.new_empty(outer)


def joined(tensors: Sequence[Tensor], dim: int = 0) -> Tensor | None:
    first = tensors[0]
    if first.dim() == 0 or not alike(*tensors) or any(tensor.dim() != first.dim() for tensor in tensors):
        return None
    axis = dim % first.dim()
    others = {(*tensor.shape[:axis], *tensor.shape[axis + 1 :]) for tensor in tensors}
    if len(others) != 1:
        return None
    formats = {suggest_memory_format(tensor) for tensor in tensors}
    layout = formats.pop() if len(formats) == 1 else torch.contiguous_format
    shape = (*first.shape[:axis], sum(tensor.shape[axis] for tensor in tensors), *first.shape[axis + 1 :])
    return torch.empty(shape, dtype=first.dtype, device="meta", memory_format=layout)


def stacked(tensors: Sequence[Tensor], dim: int = 0) -> Tensor | None:
    first = tensors[0]
    if not alike(*tensors) or any(tensor.shape != first.shape for tensor in tensors):
        return None
    axis = dim % (first.dim() + 1)
    return first.new_empty((*first.shape[:axis], len(tensors), *first.shape[axis:]))


def mean(
    value: Tensor, dims: Sequence[int] | None = None, keepdim: bool = False, **kwargs: Any
) -> Tensor | None:
    if not value.is_meta or not value.is_floating_point() or kwargs:
        return None
    axes = {dim % value.dim() for dim in dims} if dims else set(range(value.dim()))
    sizes = (
        (1 if axis in axes else size) for axis, size in enumerate(value.shape) if keepdim or axis not in axes
    )
    return value.new_empty(tuple(sizes))


def norm(
    value: Tensor, order: float = 2, dims: Sequence[int] | None = None, keepdim: bool = False, **kwargs: Any
) -> Tensor | None:
    return mean(value, dims, keepdim, **kwargs) if value.numel() and value.dim() else None


def product(bias: Tensor, left: Tensor, right: Tensor, **kwargs: Any) -> Tensor | None:
    """`addmm`: the weights of a linear layer come transposed, so only the shapes are looked at."""
    fits = (
        left.dim() == right.dim() == 2 and left.shape[1] == right.shape[0] and bias.shape == right.shape[1:]
    )
    if kwargs or not fits or not plain(bias, left) or right.dtype != left.dtype or not right.is_meta:
        return None
    return left.new_empty((left.shape[0], right.shape[1]))


def floor_divide(left: Any, right: Any) -> Tensor | None:
    """Pointwise, though not marked so; for two tensors it has a layout of its own."""
    return None if isinstance(right, Tensor) and right.dim() > 0 else pointwise("floor_divide", (left, right))


def broadcast_as(value: Tensor, mask: Tensor) -> Tensor | None:
    return broadcast((value, mask), value.dtype) if value.is_meta and mask.is_meta else None


def class_loss(
    scores: Tensor, labels: Tensor, weight: Tensor | None, reduction: int, ignored: int
) -> tuple[Tensor, Tensor] | None:
    """`nll_loss2d`: scores [N, C, H, W], labels [N, H, W]; without reduction a loss a label, else one number."""
    if not plain(scores) or not labels.is_meta or labels.shape != (*scores.shape[:1], *scores.shape[2:]):
        return None
    return scores.new_empty(() if reduction else labels.shape), scores.new_empty(())


def logit_loss(
    scores: Tensor, labels: Tensor, weight: Tensor | None = None, positive: Any = None, reduction: int = 1
) -> Tensor | None:
    given = [tensor for tensor in (weight, positive) if tensor is not None]
    if given or not plain(scores, labels) or scores.shape != labels.shape:
        return None
    return scores.new_empty(() if reduction else scores.shape)


def counted(start: float, end: float, step: float = 1, **kwargs: Any) -> Tensor | None:
    device, dtype = kwargs.get("device"), kwargs.get("dtype")
    whole = all(isinstance(number, int) for number in (start, end, step))
    if device is None or torch.device(device).type != "meta" or step == 0 or (end - start) / step < 0:
        return None
    made = dtype or (torch.int64 if whole else torch.get_default_dtype())
    return torch.empty((math.ceil((end - start) / step),), dtype=made, device="meta")


def resized(value: Tensor, size: Sequence[int], *_: Any) -> Tensor | None:
    """A map [N, C, H, W] at another size."""
    if not plain(value) or value.dim() != 4 or min(*size, *value.shape) < 1:
        return None
    layout = suggest_memory_format(value)
    shape = (*value.shape[:2], *size)
    return torch.empty(shape, dtype=value.dtype, device="meta", memory_format=layout)


RULES: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "native_batch_norm.default": batch_norm,
        "native_layer_norm.default": layer_norm,
        "cat.default": joined,
        "stack.default": stacked,
        "mean.default": mean,
        "mean.dim": mean,
        "linalg_vector_norm.default": norm,
        "addmm.default": product,
        "arange.default": lambda end, **kwargs: counted(0, end, **kwargs),
        "arange.start": counted,
        "arange.start_step": counted,
        "_log_softmax.default": lambda value, dim, half: None if half else same(value),
        "roll.default": same,
        "upsample_bilinear2d.default": resized,
        "hardswish.default": same,
        "nll_loss2d_forward.default": class_loss,
        "binary_cross_entropy_with_logits.default": logit_loss,
        "floor_divide.default": floor_divide,
        "masked_fill.Scalar": lambda value, mask, number: broadcast_as(value, mask),
        "cumsum.default": lambda value, dim, **kwargs: None if kwargs else same(value),
    }
)
