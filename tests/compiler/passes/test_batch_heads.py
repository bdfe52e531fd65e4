"""Heads of several levels become one, with the numbers of each."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from sotc.compiler.passes.batch_heads import BatchHeads
from sotc.compiler.passes.fold_batchnorm import FoldBatchnorm
from sotc.compiler.passes.verify import verify
from sotc.components.fusion.cross_correlation import XCorrDepthwise

from .programs import apply, programs_in, zoo
from .programs import assert_same_numbers as assert_same_wires
from .small_programs import assert_same_numbers, operators_of, program_of


class Head(nn.Module):
    """SiamRPN++'s: a projection, a correlation, a mix and a prediction."""

    def __init__(self, out: int, kernel_size: int = 3) -> None:
        super().__init__()
        self.project = nn.Conv2d(6, 8, kernel_size)
        self.correlate = XCorrDepthwise()
        self.mix = nn.Conv2d(8, 10, 1, bias=False)
        self.predict = nn.Conv2d(10, out, 1)

    def forward(self, kernel: Tensor, field: Tensor) -> Tensor:
        response = self.correlate(self.project(field).relu(), kernel)
        return self.predict(self.mix(response).relu())


class Levels(nn.Module):
    """Three levels; the last head may differ from the others."""

    def __init__(self, last: Head) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.heads = nn.ModuleList([Head(4), Head(4), last])

    def forward(self, kernel: Tensor, one: Tensor, two: Tensor, three: Tensor) -> tuple[Tensor, ...]:
        kernels = kernel, kernel * 0.5, kernel.flip(1)
        fields = one, two, three
        return tuple(head(k, f) for head, k, f in zip(self.heads, kernels, fields, strict=True))


SHAPES = [(8, 3, 3), (6, 9, 9), (6, 9, 9), (6, 9, 9)]


def test_three_levels_become_one_head() -> None:
    program = program_of(Levels(Head(4)), SHAPES)
    result = BatchHeads().run(program)
    verify(result.program, program)
    assert operators_of(program).count("conv2d") == 12
    operators = [name for name in operators_of(result.program) if name not in ("sym_size", "mul", "flip")]
    assert operators == [
        "cat", "conv2d", "relu", "cat", "reshape", "reshape", "conv2d", "reshape", "conv2d", "relu", "conv2d",
        "slice", "slice", "slice",
    ]  # fmt: skip
    assert len(result.fired) == 3
    assert_same_numbers(program, result.program)


def test_each_lane_keeps_its_groups() -> None:
    result = BatchHeads().run(program_of(Levels(Head(4)), SHAPES))
    layers = [node for node in result.program.module.graph.nodes if "conv2d" in node.name]
    assert [node.args[6] for node in layers if isinstance(node.args[6], int)] == [3, 3, 3]


def test_lanes_part_where_their_shapes_do() -> None:
    program = program_of(Levels(Head(5)), SHAPES)
    result = BatchHeads().run(program)
    verify(result.program, program)
    assert operators_of(result.program).count("conv2d") == 6
    assert result.fired[0].text.endswith("whose weights are [4, 10, 1, 1] and [5, 10, 1, 1]")
    assert_same_numbers(program, result.program)


def test_a_level_that_is_built_otherwise_stays_by_itself() -> None:
    program = program_of(Levels(Head(4, kernel_size=5)), [*SHAPES[:3], (6, 11, 11)])
    result = BatchHeads().run(program)
    verify(result.program, program)
    assert [reason.origin for reason in result.fired[:2]] == ["part.conv2d", "part.conv2d_4"]
    assert_same_numbers(program, result.program)


def test_one_input_for_all_is_not_repeated() -> None:
    torch.manual_seed(0)
    towers = [nn.Sequential(nn.Conv2d(6, 4, 3), nn.ReLU(), nn.Conv2d(4, 3, 1)) for _ in range(2)]
    program = program_of(lambda x: torch.cat([tower(x) * 2 for tower in towers], 1), [(6, 9, 9)])
    result = BatchHeads().run(program)
    verify(result.program, program)
    assert operators_of(result.program) == ["conv2d", "relu", "conv2d", "slice", "mul", "slice", "mul", "cat"]
    assert_same_numbers(program, result.program)


def test_layers_in_a_row_are_no_lanes() -> None:
    layers = nn.Sequential(*(nn.Conv2d(4, 4, 3, padding=1) for _ in range(3)))
    program = program_of(layers, [(4, 6, 6)])
    result = BatchHeads().run(program)
    assert result.program is program
    assert not result.skipped


def test_why_it_did_not_fire() -> None:
    program = program_of(Levels(Head(4)), SHAPES)
    narrow = BatchHeads(max_channels=7).run(program)
    assert narrow.program is program
    assert "have 10 channels (max_channels=7)" in narrow.skipped[0].text
    short = BatchHeads(min_convolutions=4).run(program)
    assert short.program is program
    assert "have 3 convolutions in common" in short.skipped[0].text


def test_a_kernel_that_another_lane_makes_parts_the_lanes() -> None:
    torch.manual_seed(0)
    project = [nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)]
    mix = [nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1)]

    def function(x: Tensor, y: Tensor, kernel: Tensor) -> Tensor:
        one = mix[0](XCorrDepthwise()(project[0](x), kernel))
        two = mix[1](XCorrDepthwise()(project[1](y), one[:, :, :3, :3]))
        return one[:, :, :5, :5] + two

    program = program_of(function, [(4, 7, 7), (4, 7, 7), (4, 3, 3)])
    result = BatchHeads().run(program)
    assert result.program is program or verify(result.program, program) is None
    assert_same_numbers(program, result.program)


@pytest.mark.slow
def test_in_siamrpnpp_r50() -> None:
    programs = programs_in(apply(FoldBatchnorm(), zoo("siamrpnpp_r50")))
    outcome = apply(BatchHeads(max_channels=0), programs)
    fired = [reason for reason in outcome["step"].fired if "match_" in reason.origin]
    assert len(fired) == 6  # three levels, two questions
    assert_same_wires(programs, programs_in(outcome), 1e-4)


@pytest.mark.slow
def test_in_nanotrack_v2() -> None:
    programs = programs_in(apply(FoldBatchnorm(), zoo("nanotrack_v2")))
    outcome = apply(BatchHeads(), programs)
    assert [reason.text.split(" for ")[0] for reason in outcome["step"].fired] == [
        "2 convolutions of a lane run once", "2 convolutions of a lane run once",
        "12 convolutions of a lane run once", "12 convolutions of a lane run once",
    ]  # fmt: skip
    assert_same_wires(programs, programs_in(outcome), 1e-4)
