"""Settings for each target: what a program gives for a row is what it gives with that row's numbers for all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from sotc.evaluation.search.row_settings import NoRowsError, with_row_settings

from ...compiler.passes.small_programs import program_of, random_inputs

Function = Callable[[Tensor, Tensor, Tensor, Tensor], object]

BUFFERS = {"function_first": "part.first", "function_second": "part.second"}


class Part(nn.Module):
    """Two settings, as `opened_programs` leaves them, and what is made of them and of two inputs."""

    def __init__(self, function: Function) -> None:
        super().__init__()
        self.function = function
        self.register_buffer("first", torch.tensor(0.3, dtype=torch.float64))
        self.register_buffer("second", torch.tensor(-1.7, dtype=torch.float64))

    def forward(self, flat: Tensor, deep: Tensor) -> object:
        return self.function(flat, deep, self.get_buffer("first"), self.get_buffer("second"))


def reckoned(flat: Tensor, deep: Tensor, first: Tensor, second: Tensor) -> tuple[Tensor, ...]:
    """flat [N, 4] and deep [N, 2, 3, 4] float32, in all ways in which parts read their settings."""
    window = torch.linspace(0, 1, 4, dtype=torch.float64)
    row = torch.linspace(1, 2, 4)[None]
    return (
        flat * (1 - first) + window * first,
        deep.double() * first - second / (1 + first),
        (first * row).exp() * flat,
        deep * (row * second),
        torch.lerp(deep, deep.flip(1), first),
        torch.where(flat > first, flat, second),
        torch.where(first > 0, flat, flat * second),
        flat.clamp(min=first),
        (flat * first)[:, :2].sum(1),
        first * window[None, None, :, None] * deep.amax(2, keepdim=True),
    )


def test_each_row_reckons_with_its_own_numbers() -> None:
    program = program_of(Part(reckoned), ((4,), (2, 3, 4)))
    made = with_row_settings(program, BUFFERS)
    assert [slot.name for slot in made.inputs[2:]] == ["part.first", "part.second"]
    assert all(slot.per_target for slot in made.inputs[2:])
    for targets, seed in ((1, 0), (2, 1), (5, 2)):
        inputs = random_inputs(program, targets, seed)
        random = torch.Generator().manual_seed(seed)
        settings = torch.randn(2, targets, generator=random, dtype=torch.float64)
        found = made.module(*inputs, *settings)
        for row in range(targets):
            for name, value in zip(BUFFERS, settings[:, row], strict=True):
                setattr(program.module, name, value.clone())
            for one, whole in zip(found, program.module(*inputs), strict=True):
                torch.testing.assert_close(one[row], whole[row], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda flat, deep, first, second: deep.flatten(0, 1) * first, "whose first axis"),
        (lambda flat, deep, first, second: flat * torch.stack((first, second)).sum(), "`part.first`"),
        (lambda flat, deep, first, second: (flat, first * second), "as a whole"),
    ],
)
def test_what_cannot_have_rows_says_which_setting(function: Function, said: str) -> None:
    with pytest.raises(NoRowsError, match=said):
        with_row_settings(program_of(Part(function), ((4,), (2, 3, 4))), BUFFERS)


def test_a_program_that_reads_no_setting_stays_as_it_is() -> None:
    program = program_of(Part(lambda flat, deep, first, second: flat + 1), ((4,), (2, 3, 4)))
    assert with_row_settings(program, BUFFERS) is program
