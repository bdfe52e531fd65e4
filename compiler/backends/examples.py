"""Inputs of the right shapes for a program, made from what its graph says of its placeholders."""

from __future__ import annotations

import torch
from torch import Tensor

from ..flatten import FRAME
from ..programs import StageProgram


def examples(program: StageProgram, device: str, targets: int) -> tuple[Tensor, ...]:
    """A tensor for each input, for so many targets: boxes lie in the frame, all else is small random numbers."""
    generator = torch.Generator().manual_seed(0)
    entrances = [node for node in program.module.graph.nodes if node.op == "placeholder"]
    values = []
    for slot, node in zip(program.inputs, entrances, strict=True):
        like = node.meta["val"]
        shape = FRAME if slot.kind == "frame" else tuple(settled(size, targets) for size in like.shape)
        values.append(example(slot.kind, shape, like.dtype, generator).to(device))
    return tuple(values)


def settled(size: int | torch.SymInt, targets: int) -> int:
    return size if isinstance(size, int) else targets


def example(kind: str, shape: tuple[int, ...], dtype: torch.dtype, generator: torch.Generator) -> Tensor:
    if kind == "frame_size":
        return torch.tensor([FRAME[1], FRAME[0]], dtype=dtype)
    if kind in ("target", "boxes"):
        return torch.tensor([160.0, 120.0, 40.0, 30.0], dtype=dtype).expand(shape).contiguous()
    if dtype == torch.uint8:
        return torch.randint(0, 256, shape, dtype=dtype, generator=generator)
    if dtype == torch.bool:
        return torch.ones(shape, dtype=dtype)
    if not dtype.is_floating_point and not dtype.is_complex:
        return torch.zeros(shape, dtype=dtype)
    return torch.randn(shape, generator=generator).to(dtype)
