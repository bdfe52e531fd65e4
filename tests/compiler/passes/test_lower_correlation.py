"""Correlations without convolutions of computed weights."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from sotc.compiler.passes.lower_correlation import Form, LowerCorrelation
from sotc.compiler.passes.verify import verify
from sotc.components.fusion.cross_correlation import XCorrDepthwise, XCorrPixelwise

from .programs import apply, programs_in, zoo
from .programs import assert_same_numbers as assert_same_wires
from .small_programs import assert_same_numbers, operators_of, program_of


def siamese_fc(field: Tensor, kernel: Tensor) -> Tensor:
    """One kernel over all channels of each target."""
    batch = field.shape[0]
    stacked = field.reshape(1, batch * 6, 9, 9)
    return functional.conv2d(stacked, kernel.reshape(batch, 6, 3, 3), groups=batch).reshape(batch, 1, 7, 7)


def pixelwise_by_convolution(field: Tensor, kernel: Tensor) -> Tensor:
    batch = field.shape[0]
    filters = kernel.flatten(2).transpose(1, 2).reshape(batch * 9, 6, 1, 1)
    return functional.conv2d(field.reshape(1, batch * 6, 9, 9), filters, groups=batch).reshape(batch, 9, 9, 9)


@pytest.mark.parametrize("form", ["matmul", "sum"])
@pytest.mark.parametrize("padding", [0, 2])
@pytest.mark.parametrize("taps", [(3, 3), (5, 5), (2, 4)])
def test_depthwise(form: Form, padding: int, taps: tuple[int, int]) -> None:
    program = program_of(XCorrDepthwise(padding), [(6, 9, 9), (6, *taps)])
    result = LowerCorrelation(form).run(program)
    verify(result.program, program)
    assert "conv2d" not in operators_of(result.program)
    assert result.fired[0].text == f"depthwise, kernel {taps[0]} x {taps[1]}: {form}"
    assert_same_numbers(program, result.program)


def test_a_response_by_hand() -> None:
    program = program_of(XCorrDepthwise(), [(1, 3, 3), (1, 2, 2)])
    field = torch.arange(9.0).reshape(1, 1, 3, 3)
    kernel = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    for form in ("matmul", "sum"):
        lowered = LowerCorrelation(form).run(program).program.module
        assert lowered(field, kernel)[0].tolist() == [[[[27.0, 37.0], [57.0, 67.0]]]]


@pytest.mark.parametrize("form", ["matmul", "sum", "auto"])
@pytest.mark.parametrize("function", [siamese_fc, pixelwise_by_convolution])
def test_a_kernel_for_each_target(form: Form, function: Callable[..., Tensor]) -> None:
    program = program_of(function, [(6, 9, 9), (6, 3, 3)])
    result = LowerCorrelation(form).run(program)
    assert [reason.text for reason in result.skipped] == []
    verify(result.program, program)
    assert "conv2d" not in operators_of(result.program)
    assert "matmul" in operators_of(result.program)
    assert_same_numbers(program, result.program)


@pytest.mark.parametrize(("taps", "chosen"), [((3, 3), "sum"), ((4, 4), "matmul"), ((8, 8), "matmul")])
def test_auto_chooses_by_the_kernel(taps: tuple[int, int], chosen: str) -> None:
    result = LowerCorrelation().run(program_of(XCorrDepthwise(), [(6, 9, 9), (6, *taps)]))
    assert result.fired[0].text.endswith(f": {chosen}")


def test_auto_leaves_a_fixed_number_of_groups_alone() -> None:
    program = program_of(XCorrDepthwise(), [(2, 6, 9, 9), (2, 6, 3, 3)], fixed=[0, 1])
    result = LowerCorrelation().run(program)
    assert result.program is program
    assert "its number of groups is fixed" in result.skipped[0].text
    assert LowerCorrelation("sum").run(program).changed


def test_grouped_changes_nothing() -> None:
    program = program_of(XCorrDepthwise(), [(6, 9, 9), (6, 3, 3)])
    assert LowerCorrelation("grouped").run(program).program is program


def test_the_pixelwise_correlation_is_a_product_already() -> None:
    program = program_of(XCorrPixelwise(), [(6, 9, 9), (6, 3, 3)])
    result = LowerCorrelation().run(program)
    assert result.program is program
    assert not result.skipped


def shared_kernel(field: Tensor, kernel: Tensor) -> Tensor:
    return functional.conv2d(field, kernel * 2)


def strided(field: Tensor, kernel: Tensor) -> Tensor:
    batch = field.shape[0]
    stacked = field.reshape(1, batch * 6, 9, 9)
    filters = kernel.reshape(batch * 6, 1, 3, 3)
    return functional.conv2d(stacked, filters, stride=2, groups=batch * 6).reshape(batch, 6, 4, 4)


def test_why_it_did_not_fire() -> None:
    for function, shapes, fixed, text in (
        (shared_kernel, [(6, 9, 9), (4, 6, 3, 3)], [1], "targets are not folded into its channels"),
        (strided, [(6, 9, 9), (6, 3, 3)], [], "it has a stride or a dilation"),
    ):
        program = program_of(function, shapes, fixed)
        result = LowerCorrelation().run(program)
        assert result.program is program
        assert text in result.skipped[0].text


@pytest.mark.slow
def test_in_siamrpnpp_r50() -> None:
    programs = zoo("siamrpnpp_r50")
    outcome = apply(LowerCorrelation(), programs)
    assert [reason.text for reason in outcome["step"].fired] == ["depthwise, kernel 5 x 5: matmul"] * 6
    assert_same_wires(programs, programs_in(outcome), 1e-4)
