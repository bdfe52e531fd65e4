"""Flat programs as data, before and after each pass."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from sotc.compiler.pass_steps import FlatNode, PassStep, steps_of

from .passes.programs import program_of


class Small(nn.Module):
    """A convolution with its normalisation, a sum, and a constant that can be computed beforehand."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.register_buffer("offset", torch.ones(4, 1, 1))

    def forward(self, image: Tensor) -> Tensor:
        found = self.norm(self.conv(image))
        return (torch.relu(found) + (self.offset * 2 + 1))[:, :, 1:]


@pytest.fixture(scope="module")
def steps() -> tuple[PassStep, ...]:
    program = program_of(Small().eval(), torch.randn(2, 3, 8, 8))
    return steps_of("fold-constants,fold-batchnorm,eliminate-dead", {"step": program})


def called(nodes: tuple[FlatNode, ...], operator: str) -> FlatNode:
    (found,) = [node for node in nodes if node.operator == operator]
    return found


def test_every_operator_is_there_with_what_it_reads(steps: tuple[PassStep, ...]) -> None:
    nodes = steps[0].before.nodes
    assert [node.operator for node in nodes if node.kind == "call"] == [
        *("conv2d", "batch_norm", "relu", "mul", "add", "add", "slice"),
    ]
    assert steps[0].before.operators == 7
    conv, norm = called(nodes, "conv2d"), called(nodes, "batch_norm")
    assert nodes[0].kind == "input" and nodes[0].operator == "state.0" and conv.reads == (nodes[0].name,)
    assert conv.shape == "b 4 8 8" and norm.reads == (conv.name,)
    operands = dict(conv.operands)
    assert operands["input"] == "•" and operands["weight"].endswith("[4 3 3 3]")
    assert operands["padding"] == "[1, 1]" and "groups" not in operands, (
        "what is left at its default is not told"
    )
    assert dict(called(nodes, "slice").operands)["end"] == "∞"
    assert nodes[-1].kind == "output" and nodes[-1].reads == (called(nodes, "slice").name,)
    assert nodes[-1].shape == "b 4 7 8"


def test_a_step_begins_where_the_one_before_ended(steps: tuple[PassStep, ...]) -> None:
    assert [step.name for step in steps] == ["fold-constants", "fold-batchnorm", "eliminate-dead"]
    assert [(step.before.operators, step.after.operators) for step in steps] == [(7, 5), (5, 4), (4, 4)]
    assert steps[1].before is steps[0].after
    assert steps[2].before is steps[2].after and not steps[2].fired, "nothing was left to do"


def test_a_pass_shows_in_the_operands(steps: tuple[PassStep, ...]) -> None:
    was, now = (called(side.nodes, "conv2d") for side in (steps[1].before, steps[1].after))
    assert was.name == now.name
    assert dict(was.operands)["weight"] != dict(now.operands)["weight"]
    assert [reason.text for reason in steps[1].fired] == [f"worked into {was.name}"]
    assert all(node.operator != "batch_norm" for node in steps[1].after.nodes)
