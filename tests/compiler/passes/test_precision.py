"""precision: which operators become low, where values are converted, and how near the numbers stay."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from sotc.compiler.passes.fold_batchnorm import FoldBatchnorm
from sotc.compiler.passes.precision import Precision
from sotc.compiler.programs import StageProgram

from .programs import apply, assert_near, constants, kinds, program_of, programs_in, run, texts, trace, zoo


class Net(nn.Module):
    """A tower, a softmax over positions in its middle, a small last layer, and arithmetic in float64."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 16, 3, padding=1), nn.Conv2d(16, 16, 3, padding=1)
        self.third, self.last = nn.Conv2d(16, 16, 3, padding=1), nn.Conv2d(16, 1, 1)

    def forward(self, image: Tensor) -> Tensor:
        made = self.second(torch.relu(self.first(image)))
        share = torch.softmax(made.flatten(2), 2).reshape(made.shape)
        return self.last(torch.relu(self.third(share * 100.0))).double() * 2.0


def dtypes(program: StageProgram) -> dict[str, torch.dtype]:
    return {
        node.name: node.meta["val"].dtype
        for node in program.module.graph.nodes
        if isinstance(node.meta.get("val"), Tensor)
    }


@pytest.mark.parametrize(("text", "dtype"), [("bf16", torch.bfloat16), ("fp16", torch.float16)])
def test_heavy_operators_and_those_between_them_are_low(text: str, dtype: torch.dtype) -> None:
    program = program_of(Net(), torch.randn(2, 3, 8, 8))
    outcome = apply(Precision(text), {"step": program})["step"]  # type: ignore[arg-type]
    found = dtypes(outcome.program)
    low = {"conv2d", "relu", "conv2d_1", "conv2d_2"}
    assert {name for name in low if found[name] == dtype} == low
    full = {"flatten", "softmax", "relu_1", "conv2d_3"}
    assert {name for name in full if found[name] == torch.float32} == full
    # in before the first and the third, out behind the second and the third, and the net's own to float64
    assert kinds(outcome.program)["to"] == 5
    assert len(outcome.fired) == 3
    (last,) = outcome.skipped
    assert last.node == "conv2d_3"
    assert last.text.startswith("no heavy operator follows and it is small")


def test_the_last_layer_can_be_low_too() -> None:
    program = program_of(Net(), torch.randn(2, 3, 8, 8))
    after = apply(Precision(last="low"), {"step": program})["step"].program
    assert dtypes(after)["conv2d_3"] == torch.bfloat16
    assert {value.dtype for value in constants(after).values()} == {torch.bfloat16}


@pytest.mark.parametrize("batch", [1, 3])
def test_numbers_stay_within_the_rounding_of_the_type(batch: int) -> None:
    network = Net()
    program = program_of(network, torch.randn(2, 3, 8, 8))
    given = torch.randn(batch, 3, 8, 8)
    with torch.no_grad():
        expected = network.double()(given.double())
    scale = float(expected.abs().max())
    for text, steps in (("bf16", 2**-8), ("fp16", 2**-11)):
        after = apply(Precision(text), {"step": program})["step"].program  # type: ignore[arg-type]
        error = float((run(after, given) - expected).abs().max())
        assert 0 < error < 8 * steps * scale


def test_float64_and_whole_numbers_stay() -> None:
    class Exact(nn.Module):
        def forward(self, value: Tensor) -> Tensor:
            return value.double() @ torch.eye(3, dtype=torch.float64)

    program = program_of(Exact(), torch.randn(2, 3))
    outcome = apply(Precision(), {"step": program})["step"]
    assert outcome.program is program
    assert texts(outcome.skipped) == ["it computes in float64"]


def test_pieces_of_a_split_are_low_together() -> None:
    class Split(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.both, self.last = nn.Linear(8, 8), nn.Linear(4, 64)

        def forward(self, value: Tensor) -> Tensor:
            one, two = self.both(value).split(4, 1)
            return self.last(one) * torch.softmax(two, 1).sum(1, keepdim=True)

    network = Split()
    program = program_of(network, torch.randn(2, 8))
    after = apply(Precision(), {"step": program})["step"].program
    given = torch.randn(3, 8)
    with torch.no_grad():
        torch.testing.assert_close(run(after, given), network(given), rtol=0.05, atol=0.05)
    assert kinds(after)["linear"] == 2


ZOO = [
    pytest.param("nanotrack_v2", 0.08),
    pytest.param("siamrpnpp_r50", 0.15, marks=pytest.mark.slow),
    pytest.param("ostrack_256", 0.05, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("spec", "tolerance"), ZOO)
def test_a_real_tracker_stays_near(spec: str, tolerance: float) -> None:
    programs = programs_in(apply(FoldBatchnorm(), zoo(spec)))
    outcome = apply(Precision(), programs)
    after = programs_in(outcome)
    assert len(outcome["step"].fired) > 40
    assert outcome["aim"].program is programs["aim"]
    for batch, seed in ((1, 0), (3, 1)):
        old, new = trace(programs, batch, seed), trace(after, batch, seed)
        both = sorted(old.wires.keys() & new.wires.keys())  # those that are float32 in both
        assert both
        assert_near(
            {name: old.wires[name] for name in both}, {name: new.wires[name] for name in both}, tolerance
        )
        assert {name: value.dtype for name, value in old.results.items()} == {
            name: value.dtype for name, value in new.results.items()
        }
