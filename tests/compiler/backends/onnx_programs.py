"""Programs for the tests of the ONNX backends: small modules as programs, and their inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.export import Dim

from sotc.compiler.backends.numpy_engine import NumpyEngine
from sotc.compiler.geometry import tidied
from sotc.compiler.glue import Move
from sotc.compiler.plan import Plan, Slot
from sotc.compiler.programs import StageProgram


class Called(nn.Module):
    """A function as a module, with a tuple for a result."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *values: Tensor) -> tuple[Tensor, ...]:
        found = self.function(*values)
        return tuple(found) if isinstance(found, tuple | list) else (found,)


def program_of(
    module: nn.Module, examples: Sequence[Tensor], name: str = "step", free: bool = True
) -> StageProgram:
    """A module as a program; with `free`, the first axis of every input is the number of targets."""
    targets = Dim("targets", min=1, max=4096)
    axes = tuple({0: targets} if free else None for _ in examples)
    with torch.no_grad():
        wrapped = (axes,) if isinstance(module, Called) else axes  # it takes its inputs as one `*values`
        program = torch.export.export(module.eval(), tuple(examples), dynamic_shapes=wrapped)
    flat = tidied(program.module(check_guards=False))
    (results,) = next(node for node in flat.graph.nodes if node.op == "output").args
    inputs = tuple(Slot(f"in.{index}", "cache", free) for index in range(len(examples)))
    outputs = tuple(Slot(f"out.{index}", "output", free) for index in range(len(results)))
    return StageProgram(name, flat, inputs, outputs)


def plan_of(*programs: StageProgram) -> Plan:
    return Plan("Small", (), "host", {program.name: program.signature for program in programs}, ())


class Net(nn.Module):
    """A network between exact numbers: pixels to features, features and target to a box, as trackers have it."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.Sequential(
            nn.Conv2d(3, 16, 3, 2, 1),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.Conv2d(16, 16, 3, 2, 1),
            nn.Hardswish(),
        )
        self.head = nn.Linear(16, 4)
        self.move = Move()

    def forward(self, pixels: Tensor, target: Tensor) -> tuple[Tensor, ...]:
        features = self.body(pixels.float() / 255)
        offset = self.head(features.mean((2, 3)))
        box = target * (1 + offset.double().tanh() / 10)
        windows = torch.round(box[:, :3] * 3).to(torch.int64)
        return *self.move(box, target), windows, features.amax((1, 2, 3))


def net_program(name: str = "step") -> StageProgram:
    return program_of(Net(), net_inputs(2), name)


def net_inputs(count: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8, generator=draw)
    return pixels, 40 + 100 * torch.rand(count, 4, dtype=torch.float64, generator=draw)


def wanted(program: StageProgram, inputs: Sequence[Tensor]) -> list[NDArray[Any]]:
    """The program's results by torch."""
    with torch.no_grad():
        return [plain(result) for result in program.module(*inputs)]


def plain(tensor: Tensor) -> NDArray[Any]:
    """As ONNX has it: complex numbers as pairs."""
    array: NDArray[Any] = (
        torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor
    ).numpy()
    return array


def found(engine: NumpyEngine, name: str, inputs: Sequence[Tensor]) -> list[NDArray[Any]]:
    return [np.asarray(value) for value in engine.run(name, [plain(value) for value in inputs])]
