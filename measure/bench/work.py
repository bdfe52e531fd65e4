"""What a step must do at the least: operations counted on the programs before any pass, bytes at their borders."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

from ...compiler.backends.examples import examples
from ...compiler.driver import Source
from ...compiler.programs import StageProgram

WIDTHS = {"fp32": 4, "bf16": 2, "fp16": 2, "int8": 1}
"""Bytes of a weight."""


@dataclass(frozen=True)
class Work:
    """Of one step."""

    operations: float
    """of products of matrices, convolutions and attention: a multiplication and an addition are two"""
    weights: int
    """numbers, of floating point, that the step's programs hold"""
    border: int
    """bytes that the programs read and give, as they are in fp32"""

    def least_bytes(self, precision: str) -> int:
        """Weights in their precision, and the border: what does not fit into a cache is moved at the least."""
        return self.weights * WIDTHS[precision] + self.border


def work_of(source: Source, targets: int, device: str = "cpu") -> Work:
    """Of the programs that run in every frame; refreshes count by how often they come. `device`: the source's."""
    every = {f"refresh.{crop.name}": crop.refresh_every or 1 for crop in source.plan.crops}
    operations, border = 0.0, 0.0
    weights: dict[int, int] = {}
    for name, program in source.programs.items():
        if name not in ("step", "next", *every):
            continue
        counted, size = traced(program, targets, device)
        operations += counted / every.get(name, 1)
        border += size / every.get(name, 1)
        weights |= weights_in(program)
    return Work(operations, sum(weights.values()), round(border))


def traced(program: StageProgram, targets: int, device: str) -> tuple[int, int]:
    """Operations and bytes at the border, of a run without numbers."""
    given = examples(program, device, targets)
    mode = FakeTensorMode(allow_non_fake_inputs=True)
    with mode, FlopCounterMode(display=False) as counter, torch.no_grad():
        results = program.module.to(device)(*(mode.from_tensor(value) for value in given))
    tensors = [value for value in (*given, *results) if isinstance(value, Tensor)]
    return int(counter.get_total_flops()), sum(value.numel() * value.element_size() for value in tensors)


def weights_in(program: StageProgram) -> dict[int, int]:
    """How many numbers each constant holds, by where it lies: programs share them."""
    return {
        value.untyped_storage().data_ptr(): value.numel()
        for value in program.module.buffers()
        if value.is_floating_point()
    }
