"""channels-last: the layout of what runs, the same shapes and numbers, results laid out as before."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from sotc.compiler.passes.channels_last import ChannelsLast

from .programs import (
    apply,
    assert_same_numbers,
    constants,
    inputs_of,
    kinds,
    program_of,
    programs_in,
    run,
    texts,
    trace,
    zoo,
)


class Twice(nn.Module):
    """Two branches of one image, and a view that only holds for numbers in the usual order."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3)
        self.head = nn.Conv2d(4, 2, 3)

    def forward(self, image: Tensor) -> Tensor:
        made = self.head(torch.relu(self.left(image) + self.right(image)))
        return made.view(made.shape[0], -1)


def test_the_image_is_laid_out_once_and_weights_for_good() -> None:
    network = Twice()
    program = program_of(network, torch.randn(2, 3, 9, 9))
    outcome = apply(ChannelsLast(), {"step": program})["step"]
    assert kinds(outcome.program)["clone"] == 1
    weights = [value for value in constants(outcome.program).values() if value.ndim == 4]
    assert all(value.is_contiguous(memory_format=torch.channels_last) for value in weights)
    assert texts(outcome.fired)[1:] == ["weight laid out channels last"] * 2
    seen: list[bool] = []
    for node in outcome.program.module.graph.nodes:
        if node.name == "relu":
            seen.append(node.meta["val"].is_contiguous(memory_format=torch.channels_last))
    assert seen == [True], "the layout is handed on"
    for batch in (1, 3):
        given = torch.randn(batch, 3, 9, 9)
        with torch.no_grad():
            expected = network.double()(given.double())
        network.float()
        torch.testing.assert_close(run(outcome.program, given).double(), expected, rtol=0, atol=1e-5)


def test_a_result_keeps_its_layout() -> None:
    for network in (nn.Conv2d(3, 4, 3), nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(2))):
        program = program_of(network, torch.randn(2, 3, 9, 9))
        after = apply(ChannelsLast(), {"step": program})["step"].program
        given = torch.randn(3, 3, 9, 9)
        assert run(after, given).stride() == run(program, given).stride()


def test_a_kernel_that_is_computed_is_left_alone() -> None:
    class Correlated(nn.Module):
        def forward(self, image: Tensor) -> Tensor:
            return torch.conv2d(image, image[:1, :, :3, :3])

    program = program_of(Correlated(), torch.randn(2, 3, 9, 9))
    outcome = apply(ChannelsLast(), {"step": program})["step"]
    assert outcome.program is program
    assert texts(outcome.skipped) == ["its kernel is computed at run time"]


ZOO = [
    pytest.param("nanotrack_v2", 56, 4),
    pytest.param("siamrpnpp_r50", 74, 7, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("spec", "convolutions", "entries"), ZOO)
def test_a_real_tracker_keeps_numbers_and_layouts(spec: str, convolutions: int, entries: int) -> None:
    """`entries` of SiamRPN++: the image, and what each of the six correlations gives."""
    programs = zoo(spec)
    outcome = apply(ChannelsLast(), programs)
    assert len(outcome["step"].fired) == convolutions
    after = programs_in(outcome)
    assert kinds(after["step"])["clone"] <= entries, (
        "the layout changes where convolutions begin, not in between"
    )
    assert_same_numbers(programs, after, 1e-4)
    old, new = trace(programs, 2, 0).results, trace(after, 2, 0).results
    assert {name: value.stride() for name, value in old.items()} == {
        name: value.stride() for name, value in new.items()
    }
    assert inputs_of(after["step"], 2, 0)[0].shape == inputs_of(programs["step"], 2, 0)[0].shape
