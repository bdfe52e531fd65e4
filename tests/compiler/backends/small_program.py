"""A program small enough to be compiled in a test: boxes grow, and a score comes of them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.export import Dim

from sotc.compiler.geometry import exported
from sotc.compiler.plan import Plan, Slot
from sotc.compiler.programs import StageProgram

TARGET = Slot("target", "target", per_target=True)
SCORE = Slot("output.score", "output", per_target=True)


class Grow(nn.Module):
    def forward(self, target: Tensor) -> tuple[Tensor, ...]:
        factor = torch.tensor([1.0, 1.0, 1.5, 1.5], dtype=torch.float64)
        return target * factor, (target[:, 2] * target[:, 3]).sqrt().to(torch.float32)


class Flip(nn.Module):
    """Cannot be compiled as one graph: which way it goes depends on a value."""

    def forward(self, target: Tensor) -> tuple[Tensor, ...]:
        return (target * 2,) if float(target.sum()) > 0 else (target,)


def grow(name: str = "step") -> StageProgram:
    example = torch.ones(2, 4, dtype=torch.float64)
    axes = {0: Dim("targets", min=1, max=100)}
    return exported(name, Grow(), example, axes, (TARGET,), (TARGET, SCORE), torch.device("cpu"))


def plan_of(*programs: StageProgram) -> Plan:
    return Plan("Small", (), "host", {program.name: program.signature for program in programs}, ("score",))


def boxes(count: int) -> Tensor:
    return torch.arange(4 * count, dtype=torch.float64).reshape(count, 4) + 1
