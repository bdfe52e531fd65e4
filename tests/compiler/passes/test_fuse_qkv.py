"""Queries, keys and values of one input come out of one linear layer."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from sotc.compiler.passes.fuse_attention import FuseAttention
from sotc.compiler.passes.fuse_qkv import FuseQkv
from sotc.compiler.passes.verify import verify

from .programs import apply, programs_in, zoo
from .programs import assert_same_numbers as assert_same_wires
from .small_programs import assert_same_numbers, operators_of, program_of


class Attention(nn.Module):
    """Separate layers, one of them without bias; `view` wants numbers that lie together."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.query, self.key, self.value = nn.Linear(16, 16), nn.Linear(16, 16, bias=False), nn.Linear(16, 8)

    def forward(self, x: Tensor) -> Tensor:
        q, k = (layer(x).view(-1, 6, 4, 4).transpose(1, 2) for layer in (self.query, self.key))
        v = self.value(x).view(-1, 24, 2).view(-1, 6, 4, 2).transpose(1, 2)
        return (q @ k.transpose(-2, -1) * 0.5).softmax(-1) @ v


def test_three_layers_become_one() -> None:
    program = program_of(Attention(), [(6, 16)])
    result = FuseQkv().run(program)
    verify(result.program, program)
    assert operators_of(program).count("linear") == 3
    assert operators_of(result.program)[:4] == ["linear", "slice", "slice", "slice"]
    assert operators_of(result.program).count("linear") == 1
    assert {reason.text for reason in result.fired} == {"one linear layer for linear, linear_1, linear_2"}
    assert_same_numbers(program, result.program)


def test_the_joined_weights_are_those_of_the_layers_in_order() -> None:
    module = Attention()
    result = FuseQkv().run(program_of(module, [(6, 16)]))
    linear = next(node for node in result.program.module.graph.nodes if "linear" in node.name)
    weight, bias = (getattr(result.program.module, node.target) for node in linear.args[1:])
    assert torch.equal(weight, torch.cat((module.query.weight, module.key.weight, module.value.weight)))
    assert torch.equal(bias, torch.cat((module.query.bias, torch.zeros(16), module.value.bias)))


def test_it_goes_together_with_fused_attention() -> None:
    program = program_of(Attention(), [(6, 16)])
    fused = FuseAttention().run(FuseQkv().run(program).program).program
    verify(fused, program)
    assert {"scaled_dot_product_attention", "linear"} <= set(operators_of(fused))
    assert "softmax" not in operators_of(fused)
    assert_same_numbers(program, fused)


def test_one_layer_stays_one() -> None:
    layer = nn.Linear(16, 48)
    program = program_of(lambda x: layer(x).chunk(3, -1)[0], [(6, 16)])
    result = FuseQkv().run(program)
    assert result.program is program
    assert not result.skipped


def test_weights_that_are_computed_are_left_alone() -> None:
    layer = nn.Linear(16, 16)

    def function(x: Tensor, weight: Tensor) -> Tensor:
        return layer(x) + nn.functional.linear(x, weight)

    program = program_of(function, [(6, 16), (16, 16)], fixed=[1])
    result = FuseQkv().run(program)
    assert result.program is program
    assert {reason.text for reason in result.skipped} == {
        "its weights are computed, not constant",
        "no other constant linear layer of its type reads this input",
    }


@pytest.mark.slow
def test_in_mixformer_cvt() -> None:
    """Its score module takes keys and values of its tokens from two layers."""
    programs = zoo("mixformer_cvt")
    outcome = apply(FuseQkv(), programs)
    assert outcome["step"].fired
    before, after = (
        operators_of(found["step"]).count("linear") for found in (programs, programs_in(outcome))
    )
    assert after < before
    assert_same_wires(programs, programs_in(outcome), 1e-4)
