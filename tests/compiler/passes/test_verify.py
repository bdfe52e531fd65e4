"""verify finds what a broken pass leaves behind."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from sotc.compiler.passes.rewrite import draft_of, finish, fire
from sotc.compiler.passes.verify import UnsoundProgramError, verify
from sotc.compiler.plan import Slot
from sotc.compiler.programs import StageProgram

from .programs import program_of, zoo


@pytest.fixture
def program() -> StageProgram:
    return program_of(nn.Linear(3, 4), torch.randn(2, 3))


def broken(program: StageProgram, **meta: object) -> StageProgram:
    """The program with other notes on its linear layer."""
    draft = draft_of(program)
    node = next(node for node in draft.graph.nodes if node.op == "call_function")
    node.meta = {key: value for key, value in {**node.meta, **meta}.items() if value is not None}
    fire(draft, node, "broken by the test")
    return finish(draft).program


@pytest.mark.parametrize("spec", ["nanotrack_v2"])
def test_the_compilers_own_programs_are_sound(spec: str) -> None:
    for program in zoo(spec).values():
        verify(program, program)


def test_a_note_that_is_missing_or_wrong_is_found(program: StageProgram) -> None:
    verify(broken(program))
    with pytest.raises(UnsoundProgramError, match="linear has no origin"):
        verify(broken(program, origin=None))
    with pytest.raises(UnsoundProgramError, match="linear has no val"):
        verify(broken(program, val=None))
    with pytest.raises(
        UnsoundProgramError, match=r"linear is noted as float32 \[7\] on cpu and gives float32"
    ):
        verify(broken(program, val=torch.zeros(7)))


def test_another_signature_is_found(program: StageProgram) -> None:
    with pytest.raises(UnsoundProgramError, match="its signature was"):
        verify(replace(program, outputs=(Slot("output.other", "output"),)), program)
    with pytest.raises(UnsoundProgramError, match="takes 1 values where its signature says 2"):
        verify(replace(program, inputs=(*program.inputs, *program.inputs)))
    other = program_of(nn.Linear(3, 5), torch.randn(2, 3))
    with pytest.raises(UnsoundProgramError, match=r"`output.result` was float32 \[\w+, 5\] .* and is"):
        verify(program, other)
