"""Equal weights lie in memory once."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from sotc.compiler.passes.pipeline import run_pipeline
from sotc.compiler.passes.share_weights import share_weights
from sotc.compiler.programs import Programs

from .programs import constants, program_of, run, zoo


class Scaled(nn.Module):
    def __init__(self, factor: Tensor) -> None:
        super().__init__()
        self.register_buffer("factor", factor)
        self.factor: Tensor

    def forward(self, value: Tensor) -> Tensor:
        return value * self.factor


def memory(programs: Programs) -> int:
    """Bytes of all constants, what is shared counted once."""
    found = {}
    for program in programs.values():
        for value in constants(program).values():
            found[value.untyped_storage().data_ptr()] = value.untyped_storage().nbytes()
    return sum(found.values())


def two(first: Tensor, second: Tensor) -> Programs:
    example = torch.ones(2, 3)
    return {
        "init": replace(program_of(Scaled(first), example), name="init"),
        "step": program_of(Scaled(second), example),
    }


def test_equal_constants_of_two_programs_become_one() -> None:
    programs = two(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 2.0, 3.0]))
    shared = share_weights(programs)
    assert memory(programs) == 2 * memory(shared)
    assert torch.equal(run(shared["step"], torch.ones(1, 3)), torch.tensor([[1.0, 2.0, 3.0]]))
    kept = next(node for node in shared["step"].module.graph.nodes if node.op == "get_attr").meta["val"]
    assert kept.data_ptr() == next(iter(constants(shared["init"]).values())).data_ptr()


def test_what_differs_in_a_bit_type_or_layout_stays_apart() -> None:
    zero, minus = torch.zeros(3), -torch.zeros(3)
    (kept,) = constants(share_weights(two(zero, minus))["step"]).values()
    assert kept.signbit().all()
    programs = two(torch.ones(3), torch.ones(3, dtype=torch.float64))
    assert memory(share_weights(programs)) == memory(programs)


def test_programs_that_share_already_are_the_very_same() -> None:
    weight = torch.randn(3)
    programs = two(weight, weight)
    shared = share_weights(programs)
    assert all(shared[name] is programs[name] for name in programs)


def test_a_backbone_of_init_and_step_is_not_doubled_by_folding() -> None:
    programs = zoo("nanotrack_v2")
    folded, _ = run_pipeline("fold-constants,fold-batchnorm", programs)
    assert memory(folded) <= 1.02 * memory(programs)
    low, _ = run_pipeline("fold-batchnorm,precision{dtype=bf16}", programs)
    assert memory(low) <= 0.7 * memory(programs)
