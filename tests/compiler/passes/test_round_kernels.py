"""round-kernels: which weights are rounded, to what, and where the compiler asks for it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from sotc.compiler.backends.find import find_backend
from sotc.compiler.compiled import Options, Precision
from sotc.compiler.driver import pipeline_of
from sotc.compiler.passes.kernel_sums import rounded_kernels
from sotc.compiler.passes.round_kernels import RoundKernels
from sotc.compiler.programs import StageProgram

from .programs import apply, constants, program_of, run, zoo


class Net(nn.Module):
    """Kernels of several taps and of one, in groups too, a transposed convolution, and a small last layer."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 64, 3, padding=1)
        self.apart = nn.Conv2d(64, 64, 3, padding=1, groups=64)
        self.across = nn.Conv2d(64, 16, 1)
        self.wider = nn.ConvTranspose2d(16, 16, 2, 2)
        self.last = nn.Conv2d(16, 1, (1, 2))

    def forward(self, image: Tensor) -> Tensor:
        made = self.across(torch.relu(self.apart(torch.relu(self.first(image)))))
        return self.last(self.wider(made))


def weights(program: StageProgram) -> dict[tuple[int, ...], Tensor]:
    return {tuple(value.shape): value for value in constants(program).values()}


@pytest.mark.parametrize(("text", "dtype"), [("bf16", torch.bfloat16), ("fp16", torch.float16)])
def test_kernels_are_rounded_and_stay_float32(text: str, dtype: torch.dtype) -> None:
    network = Net()
    program = program_of(network, torch.randn(2, 3, 8, 8))
    before = {shape: value.clone() for shape, value in weights(program).items()}
    outcome = apply(RoundKernels(text), {"step": program})["step"]  # type: ignore[arg-type]
    after = weights(outcome.program)
    kernels = {(64, 3, 3, 3), (64, 1, 3, 3)}
    for shape, value in after.items():
        wanted = rounded_kernels(before[shape], dtype).float() if shape in kernels else before[shape]
        assert value.dtype == torch.float32
        assert torch.equal(value, wanted)
        assert torch.equal(weights(program)[shape], before[shape])
    assert len(outcome.fired) == 2
    assert "small" in " ".join(reason.text for reason in outcome.skipped)
    given = torch.randn(3, 3, 8, 8)
    with torch.no_grad():
        expected = network(given)
    torch.testing.assert_close(run(outcome.program, given), expected, rtol=0.05, atol=0.02)


def test_a_program_without_kernels_stays_the_very_program() -> None:
    program = program_of(nn.Linear(4, 4), torch.randn(2, 4))
    assert apply(RoundKernels(), {"step": program})["step"].program is program


@pytest.mark.parametrize(
    ("backend", "precision", "last"),
    [
        ("openvino", "bf16", "round-kernels{dtype=bf16}"),
        ("eager", "bf16", "precision{dtype=bf16}"),
        ("openvino", "fp32", "eliminate-dead"),
        ("openvino", "int8", "eliminate-dead"),
    ],
)
def test_it_runs_where_the_backend_makes_the_precision(backend: str, precision: Precision, last: str) -> None:
    options = Options(backend=backend, precision=precision, passes="eliminate-dead")
    assert pipeline_of(find_backend(backend), options).endswith(last)


def test_what_the_user_wrote_is_not_written_again() -> None:
    given = "round-kernels{dtype=bf16},eliminate-dead"
    options = Options(backend="openvino", precision="bf16", passes=given)
    assert pipeline_of(find_backend("openvino"), options) == given


@pytest.mark.slow
def test_in_nanotrack_v1() -> None:
    """Every kernel that is changed holds numbers of bfloat16, and its sum is nearer than that of the nearest."""
    programs = zoo("nanotrack_v1")
    outcome = apply(RoundKernels("bf16"), programs)
    for name in ("init", "step"):
        pairs = list(zip(kernels(programs[name]), kernels(outcome[name].program), strict=True))
        changed = [(before, after) for before, after in pairs if not torch.equal(before, after)]
        assert len(changed) == len(outcome[name].fired) > 0
        for before, after in changed:
            assert torch.equal(after, after.bfloat16().float())
            off, off_nearest = (
                (value.double() - before.double()).sum((2, 3)).abs() for value in (after, before.bfloat16())
            )
            assert (off <= off_nearest).all()
            assert off.sum() < off_nearest.sum()


def kernels(program: StageProgram) -> list[Tensor]:
    """The weights of its convolutions in their order."""
    nodes = (node for node in program.module.graph.nodes if "conv2d" in str(node.target))
    return [constants(program)[str(node.args[1].target)] for node in nodes if node.args[1].op == "get_attr"]
