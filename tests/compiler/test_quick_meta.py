"""The quick rules tell what PyTorch tells: every operator of every shipped spec, and many random calls."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import hypothesis.strategies as some
import pytest
import torch
from hypothesis import assume, given, settings
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from sotc.compiler import shapes
from sotc.compiler.check import check
from sotc.compiler.quick_meta import QuickMeta, told_by_rule
from sotc.specs import locate, names


class Compared(TorchDispatchMode):
    """Every operator is answered by PyTorch, and beside it by the rules."""

    def __init__(self) -> None:
        super().__init__()
        self.told = 0
        self.wrong: list[str] = []

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        quick = told_by_rule(func, args, kwargs or {})
        expected = func(*args, **(kwargs or {}))
        if quick is not None:
            self.told += 1
            if described(quick) != described(expected):
                self.wrong.append(f"{func}: {described(quick)} for {described(expected)}")
        return expected


def described(value: Any) -> Any:
    """Shape, dtype and strides; the stride of an axis of length 1 says nothing."""
    if isinstance(value, tuple):
        return tuple(map(described, value))
    assert isinstance(value, Tensor)
    strides = [stride for size, stride in zip(value.shape, value.stride(), strict=True) if size > 1]
    return tuple(value.shape), value.dtype, strides


@pytest.mark.parametrize(
    "spec",
    [
        name
        if name in ("correlation_filter", "siamrpnpp_mobilev2", "stark_st50")
        else pytest.param(name, marks=pytest.mark.slow)
        for name in names()
    ],
)
def test_every_operator_of_a_shipped_spec_is_told_right(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = Compared()
    monkeypatch.setattr(shapes, "QuickMeta", lambda: compared)
    assert check(locate(spec)).ok
    assert compared.wrong == []
    assert compared.told > 100


DTYPES = (torch.float32, torch.float64, torch.float16, torch.int64, torch.uint8, torch.bool)
BINARY = (torch.add, torch.sub, torch.mul, torch.div, torch.maximum, torch.floor_divide, torch.ge, torch.eq)
UNARY = (
    torch.relu,
    torch.sqrt,
    torch.neg,
    torch.abs,
    torch.isfinite,
    torch.logical_not,
    torch.exp,
    torch.floor,
)


@some.composite
def tensors(draw: some.DrawFn, axes: int = 3) -> Tensor:
    """A meta tensor: some axes of length 1, in any order in memory, a part of a larger one, or expanded."""
    sizes = [draw(some.sampled_from((1, 4))) for _ in range(axes)]
    whole = torch.empty(
        [size + draw(some.integers(0, 1)) for size in sizes],
        dtype=draw(some.sampled_from(DTYPES)),
        device="meta",
    )
    part = whole[tuple(slice(0, size) for size in sizes)]
    turned = part.permute(draw(some.permutations(range(axes))))
    return turned.expand(4, *turned.shape[1:]) if turned.shape[0] == 1 and draw(some.booleans()) else turned


def outcome(operator: Any, *args: Any) -> Any:
    """What it gives, or that it raises."""
    try:
        return described(operator(*args))
    except (RuntimeError, NotImplementedError, TypeError) as error:
        return type(error)


@settings(max_examples=100, deadline=None)
@given(some.sampled_from(BINARY), tensors(), some.one_of(tensors(), some.sampled_from((2, 0.5, -1))))
def test_operators_of_two_values(operator: Any, left: Tensor, right: Tensor | float) -> None:
    expected = outcome(operator, left, right)
    with QuickMeta():
        found = outcome(operator, left, right)
    alike = not isinstance(right, Tensor) or described(left) == described(right)
    if alike or isinstance(expected, type):
        assert found == expected
    else:
        assert found[:2] == expected[:2]  # for layouts that differ, kernels of PyTorch differ, too


@settings(max_examples=60, deadline=None)
@given(
    some.sampled_from((Tensor.add_, Tensor.mul_, Tensor.div_, Tensor.clamp_min_)),
    tensors(),
    some.one_of(tensors(), some.sampled_from((2, 0.5, -1))),
)
def test_operators_that_write_into_their_first_operand(
    operator: Any, left: Tensor, right: Tensor | float
) -> None:
    """Where the second fits into the first; else PyTorch raises for some, and makes the first larger for others."""
    assume(not isinstance(right, Tensor) or fits_into(right, left))
    expected = outcome(operator, left, right)
    with QuickMeta():
        assert outcome(operator, left, right) == expected
        assert isinstance(expected, type) or operator(left, right) is left


def fits_into(value: Tensor, place: Tensor) -> bool:
    try:
        return torch.broadcast_shapes(value.shape, place.shape) == place.shape
    except RuntimeError:
        return False


@settings(max_examples=50, deadline=None)
@given(some.sampled_from(UNARY), tensors())
def test_operators_of_one_value(operator: Any, value: Tensor) -> None:
    expected = outcome(operator, value)
    with QuickMeta():
        assert outcome(operator, value) == expected


@settings(max_examples=50, deadline=None)
@given(
    some.lists(tensors(), min_size=1, max_size=3),
    some.integers(-3, 2),
    some.sampled_from((torch.cat, torch.stack)),
)
def test_tensors_side_by_side(values: list[Tensor], axis: int, operator: Any) -> None:
    expected = outcome(operator, values, axis)
    with QuickMeta():
        assert outcome(operator, values, axis) == expected


@settings(max_examples=60, deadline=None)
@given(tensors(), some.lists(some.integers(-3, 2), unique_by=lambda axis: axis % 3), some.booleans())
def test_means(value: Tensor, axes: list[int], kept: bool) -> None:
    expected = outcome(torch.mean, value, axes, kept)
    with QuickMeta():
        assert outcome(torch.mean, value, axes, kept) == expected


@settings(max_examples=60, deadline=None)
@given(tensors(), some.lists(some.integers(-3, 2), unique_by=lambda axis: axis % 3), some.booleans())
def test_norms(value: Tensor, axes: list[int], kept: bool) -> None:
    """As with numbers: PyTorch 2.11 keeps an axis of size one on the meta device, which it drops elsewhere."""
    numbers = torch.empty_strided(value.shape, value.stride(), dtype=value.dtype)
    expected = outcome(torch.linalg.vector_norm, numbers, 2, axes, kept)
    with QuickMeta():
        assert outcome(torch.linalg.vector_norm, value, 2, axes, kept) == expected


def test_values_elsewhere_are_computed() -> None:
    """A tensor with numbers keeps them: the rules are for meta tensors."""
    with QuickMeta():
        total = torch.tensor([1.0, 2.0]) + torch.tensor([3.0, 4.0])
        joined = torch.cat([total, total])
    assert joined.tolist() == [4.0, 6.0, 4.0, 6.0]


def test_a_mismatch_is_told_by_pytorch() -> None:
    with QuickMeta(), pytest.raises(RuntimeError, match="broadcast"):
        torch.empty(2, 3, device="meta") + torch.empty(2, 4, device="meta")


def test_checking_a_spec_and_counting_its_work_do_not_import_the_compiler_of_pytorch() -> None:
    code = "import sys; from sotc.compiler.check import check; from sotc.compiler.work import node_work\n"
    code += "from sotc.specs import locate\n"
    names = ("siamrpnpp_r50", "stark_st50", "fear_xs_dual")
    code += f"for name in {names}: assert node_work(check(locate(name)).expect())\n"
    code += "print('torch._dynamo' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
