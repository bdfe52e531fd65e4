"""Programs for another device hold nothing of the CPU: seen without one, on PyTorch's device `meta`.

What stayed behind on the CPU (a constant, a device named in an operator) would meet values of the device and fail.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, fx
from torch.utils._pytree import tree_leaves

from sotc.compiler.check import check
from sotc.compiler.driver import CropChoice, source_of
from sotc.compiler.plan import Slot
from sotc.specs import locate

FRAME, TARGETS = (200, 260, 3), 3


def example(slot: Slot, node: fx.Node) -> Tensor:
    value = node.meta["val"]
    free = FRAME if slot.kind == "frame" else (TARGETS,) * value.ndim
    shape = [size if isinstance(size, int) else free[axis] for axis, size in enumerate(value.shape)]
    return torch.zeros(shape, dtype=value.dtype, device="meta")


@pytest.mark.slow
@pytest.mark.parametrize("crop", ["graph", "host"])
@pytest.mark.parametrize("name", ["nanotrack_v2", "correlation_filter", "siamfc_alexnet", "fear_xs"])
def test_every_program_runs_where_it_was_moved_to(name: str, crop: CropChoice) -> None:
    source = source_of(check(locate(name)), None, "meta", crop)
    for program in source.programs.values():
        graph = program.module.graph
        given = [argument for node in graph.nodes for argument in tree_leaves((node.args, node.kwargs))]
        assert torch.device("cpu") not in [found for found in given if isinstance(found, torch.device)]
        entrances = graph.find_nodes(op="placeholder")
        inputs = [example(slot, node) for slot, node in zip(program.inputs, entrances, strict=True)]
        results = program.module(*inputs)
        assert [result.device.type for result in results] == ["meta"] * len(program.outputs)
