"""Convolutions of one input become one, where they are alike."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from sotc.compiler.passes.fold_batchnorm import FoldBatchnorm
from sotc.compiler.passes.fuse_parallel_convolutions import FuseParallelConvolutions
from sotc.compiler.passes.verify import verify

from .programs import apply, programs_in, zoo
from .programs import assert_same_numbers as assert_same_wires
from .small_programs import assert_same_numbers, operators_of, program_of


class Towers(nn.Module):
    """Three convolutions of one input with different numbers of channels, one without bias."""

    def __init__(self, second: Callable[[Tensor], Tensor] = functional.relu6) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.towers = nn.ModuleList(nn.Conv2d(8, count, 3, padding=1, bias=count != 5) for count in (4, 5, 6))
        self.second = second

    def forward(self, x: Tensor) -> Tensor:
        first, second, third = (tower(x) for tower in self.towers)
        values = functional.relu6(first), self.second(second), functional.relu6(third)
        return torch.cat([value.view(-1, value.shape[1] * 36) for value in values], 1)


def test_three_become_one_and_their_activation_is_applied_once() -> None:
    program = program_of(Towers(), [(8, 6, 6)])
    result = FuseParallelConvolutions().run(program)
    verify(result.program, program)
    assert operators_of(result.program) == [
        "conv2d", "relu6", "slice", "slice", "slice", "reshape", "reshape", "reshape", "cat",
    ]  # fmt: skip
    assert {reason.text for reason in result.fired} == {"one convolution for conv2d, conv2d_1, conv2d_2"}
    assert_same_numbers(program, result.program)


def test_origins_are_joined() -> None:
    result = FuseParallelConvolutions().run(program_of(Towers(), [(8, 6, 6)]))
    origins = {node.name: node.meta["origin"] for node in result.program.module.graph.nodes}
    assert "part.conv2d + part.conv2d_1 + part.conv2d_2" in origins.values()


def test_activations_that_differ_stay_behind_the_split() -> None:
    program = program_of(Towers(torch.sigmoid), [(8, 6, 6)])
    result = FuseParallelConvolutions().run(program)
    assert operators_of(result.program)[:4] == ["conv2d", "slice", "slice", "slice"]
    assert_same_numbers(program, result.program)


def test_wide_convolutions_are_left_alone_unless_asked_for() -> None:
    program = program_of(Towers(), [(8, 6, 6)])
    result = FuseParallelConvolutions(max_channels=3).run(program)
    assert result.program is program
    assert result.skipped[0].text == "its 4 channels fill the machine alone (max_channels=3)"
    assert FuseParallelConvolutions(max_channels=0).run(program).changed


KERNEL = torch.randn(4, 8, 3, 3)


def strided(x: Tensor) -> Tensor:
    return functional.conv2d(x, KERNEL)[:, :, ::2, ::2] + functional.conv2d(x, KERNEL, stride=2)


def grouped(x: Tensor) -> Tensor:
    return functional.conv2d(x, KERNEL) + functional.conv2d(x, KERNEL[:, :2], groups=4)


@pytest.mark.parametrize(
    ("function", "reasons"),
    [
        (strided, {"its geometry differs from that of conv2d_1, which read the same input",
                   "its geometry differs from that of conv2d, which read the same input"}),
        (grouped, {"its geometry differs from that of conv2d_1, which read the same input",
                   "its weights are computed, not constant"}),
    ],
)  # fmt: skip
def test_why_it_did_not_fire(function: Callable[[Tensor], Tensor], reasons: set[str]) -> None:
    program = program_of(function, [(8, 6, 6)])
    result = FuseParallelConvolutions().run(program)
    assert result.program is program
    assert {reason.text for reason in result.skipped} == reasons


def test_grouped_convolutions_are_left_alone() -> None:
    layers = nn.Conv2d(8, 8, 3, groups=8), nn.Conv2d(8, 8, 3, groups=8)
    result = FuseParallelConvolutions().run(program_of(lambda x: layers[0](x) + layers[1](x), [(8, 6, 6)]))
    assert {reason.text for reason in result.skipped} == {"it has 8 groups, which would come out interleaved"}


def test_in_nanotrack_v2() -> None:
    programs = programs_in(apply(FoldBatchnorm(), zoo("nanotrack_v2")))
    outcome = apply(FuseParallelConvolutions(max_channels=0), programs)
    texts = {reason.text for reason in outcome["step"].fired}
    assert texts == {"one convolution for conv2d_48, conv2d_65"}
    assert_same_wires(programs, programs_in(outcome), 1e-4)
