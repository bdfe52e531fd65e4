"""fold-constants: bit-equal results, and fewer operators."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from sotc.compiler.passes.fold_constants import FoldConstants

from .programs import apply, constants, kinds, program_of, programs_in, run, texts, trace, zoo


class Windowed(nn.Module):
    """A table made of numbers, softmaxed weights, and something that depends on the number of targets."""

    def __init__(self) -> None:
        super().__init__()
        self.levels = nn.Parameter(torch.tensor([0.1, 0.7, 0.2]))

    def forward(self, value: Tensor) -> Tensor:
        window = torch.outer(torch.hann_window(4), torch.ones(4)).reshape(-1)
        share = torch.softmax(self.levels, 0)
        count = torch.arange(value.shape[0], dtype=torch.float32)
        return value * window * share[0] + share[1] * count[:, None]


def test_tables_and_softmaxed_weights_are_computed_beforehand() -> None:
    program = program_of(Windowed(), torch.randn(2, 16))
    outcome = apply(FoldConstants(), {"step": program})["step"]
    left = kinds(outcome.program)
    assert "softmax" in kinds(program) and "softmax" not in left
    assert left["arange"] == 1, "the number of targets is not known"
    assert left["mul"] == 3
    assert any("float32 [16]" in text for text in texts(outcome.fired))
    for batch in (1, 2, 5):
        given = torch.randn(batch, 16)
        assert torch.equal(run(program, given), run(outcome.program, given))


def test_a_large_result_is_not_stored() -> None:
    class Filled(nn.Module):
        def forward(self, value: Tensor) -> Tensor:
            return value + torch.arange(1000.0)[None] * 2.0

    program = program_of(Filled(), torch.randn(2, 1000))
    small = apply(FoldConstants(limit=3999), {"step": program})["step"]
    assert small.program is program
    assert small.skipped[0].text == "its result is 4000 bytes larger than what it is made of (limit 3999)"
    large = apply(FoldConstants(limit=4000), {"step": program})["step"]
    assert kinds(large.program) == {"add": 1}


def test_random_numbers_are_drawn_anew() -> None:
    class Noisy(nn.Module):
        def forward(self, value: Tensor) -> Tensor:
            return value + torch.rand(3)

    program = program_of(Noisy(), torch.randn(2, 3))
    assert apply(FoldConstants(), {"step": program})["step"].program is program


def test_a_result_of_the_program_keeps_memory_of_its_own() -> None:
    class Fixed(nn.Module):
        def forward(self, value: Tensor) -> Tensor:
            return torch.zeros(3) + 1.0

    program = program_of(Fixed(), torch.randn(2, 3))
    after = apply(FoldConstants(), {"step": program})["step"].program
    first = run(after, torch.randn(2, 3))
    first += 1
    assert torch.equal(run(after, torch.randn(2, 3)), torch.ones(3))


def test_what_is_changed_in_place_is_no_constant_any_more() -> None:
    class Changed(nn.Module):
        def forward(self, value: Tensor) -> Tensor:
            table = torch.zeros(3)
            table.add_(value.sum())
            return table

    program = program_of(Changed(), torch.ones(2, 3))
    after = apply(FoldConstants(), {"step": program})["step"].program
    assert torch.equal(run(after, torch.ones(2, 3)), torch.full((3,), 6.0))
    assert torch.equal(run(after, torch.ones(1, 3)), torch.full((3,), 3.0))


ZOO = [
    pytest.param("nanotrack_v2", 29),
    pytest.param("nanotrack_v1", 29, marks=pytest.mark.slow),
    pytest.param("correlation_filter", 130, marks=pytest.mark.slow),
    pytest.param("siamrpnpp_r50", 46, marks=pytest.mark.slow),
    pytest.param("ostrack_256", 27, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("spec", "fewer"), ZOO)
def test_a_real_tracker_gives_the_same_bits(spec: str, fewer: int) -> None:
    programs = zoo(spec)
    after = programs_in(apply(FoldConstants(), programs))
    before = sum(kinds(programs["step"]).values())
    assert before - sum(kinds(after["step"]).values()) >= fewer
    for batch, seed in ((1, 0), (3, 1)):
        old, new = trace(programs, batch, seed).results, trace(after, batch, seed).results
        for name, value in old.items():
            assert torch.equal(torch.nan_to_num(value), torch.nan_to_num(new[name])), name


def test_constants_are_named_by_their_content() -> None:
    program = program_of(Windowed(), torch.randn(2, 16))
    first, second = (apply(FoldConstants(), {"step": program})["step"].program for _ in range(2))
    assert list(constants(first)) == list(constants(second))
    assert all(name.startswith("constant_") for name in constants(first))
