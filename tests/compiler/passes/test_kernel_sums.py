"""Kernels that keep their sums: which neighbours are taken, and what becomes of the sums."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from sotc.compiler.passes.kernel_sums import rounded_kernels

LOW = pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])


def off(rounded: Tensor, weight: Tensor) -> Tensor:
    """By how much the sum of each kernel is off."""
    return (rounded.double() - weight.double()).flatten(2).sum(2).abs()


def test_as_many_go_up_as_the_sum_needs() -> None:
    """Numbers beside 1 are 1/128 apart: nine times 1.003 are 3.46 of these above 9, so three go up."""
    rounded = rounded_kernels(torch.full((1, 1, 3, 3), 1.003), torch.bfloat16)
    assert sorted(rounded.flatten().tolist()) == [1.0] * 6 + [1 + 1 / 128] * 3


@LOW
@pytest.mark.parametrize("shape", [(5, 3, 3, 3), (16, 1, 5, 5), (4, 2, 7), (2, 3, 2, 1, 3)])
@pytest.mark.parametrize("seed", [0, 1])
def test_sums_are_kept_and_every_number_is_next_to_the_exact_one(
    shape: tuple[int, ...], seed: int, dtype: torch.dtype
) -> None:
    weight = torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * 0.3
    nearest, rounded = weight.to(dtype), rounded_kernels(weight, dtype)
    assert (rounded.dtype, rounded.shape, rounded.stride()) == (dtype, nearest.shape, nearest.stride())
    assert (off(rounded, weight) <= off(nearest, weight)).all()
    assert off(rounded, weight).mean() < off(nearest, weight).mean() / 3
    unit = 2.0 ** (torch.frexp(weight.double()).exponent - (8 if dtype == torch.bfloat16 else 11))
    assert ((rounded.double() - weight.double()).abs() < unit).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-(2**10), 2**10, width=32), min_size=2, max_size=9))
def test_no_kernel_becomes_worse(numbers: list[float]) -> None:
    weight = torch.tensor(numbers).reshape(1, 1, -1)
    for dtype in (torch.bfloat16, torch.float16):
        rounded = rounded_kernels(weight, dtype)
        slack = 1e-6 * weight.abs().sum()
        assert float(off(rounded, weight)) <= float(off(weight.to(dtype), weight) + slack)


@LOW
def test_what_has_no_sum_to_keep_is_rounded_to_the_nearest(dtype: torch.dtype) -> None:
    single = torch.randn(8, 4, 1, 1)
    assert torch.equal(rounded_kernels(single, dtype), single.to(dtype))
    linear = torch.randn(8, 4)
    assert torch.equal(rounded_kernels(linear, dtype), linear.to(dtype))
    exact = torch.randn(8, 4, 3, 3).to(dtype).float()
    assert torch.equal(rounded_kernels(exact, dtype), exact.to(dtype))
    assert rounded_kernels(torch.empty(0, 4, 3, 3), dtype).shape == (0, 4, 3, 3)


def test_zeros_stay_and_what_is_not_finite_does() -> None:
    weight = torch.tensor([0.0, 1.003, torch.inf, 65519.0, 1e-30]).reshape(1, 1, 5)
    rounded = rounded_kernels(weight, torch.float16).flatten().tolist()
    assert (rounded[0], rounded[2], rounded[4]) == (0.0, torch.inf, 0.0)
    assert rounded[3] == 65504.0


def test_the_layout_in_memory_stays() -> None:
    weight = torch.randn(8, 4, 3, 3).contiguous(memory_format=torch.channels_last)
    rounded = rounded_kernels(weight, torch.bfloat16)
    assert rounded.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(rounded, rounded_kernels(weight.contiguous(), torch.bfloat16))
