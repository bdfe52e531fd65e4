"""What nodes compute, against torch's own counter on real tensors, and which program computes them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from sotc.compiler.check import check
from sotc.compiler.node_programs import node_programs
from sotc.compiler.work import counted, node_work
from sotc.specs import locate


class Attend(nn.Module):
    """Hands a weight of its own on to another module, as transformers do with their queries."""

    def __init__(self) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.zeros(2, 5, 16))
        self.attention = nn.MultiheadAttention(16, 4, batch_first=True)
        self.mix = nn.Linear(16, 8)

    def forward(self, memory: Tensor) -> Tensor:
        found, _ = self.attention(self.queries, memory, memory)
        return self.mix(self.mix.weight.new_zeros(2, 5, 16) + found)


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 4, 1, groups=2)), (2, 3, 12, 10)),
        (lambda: nn.Sequential(nn.Linear(16, 32), nn.Linear(32, 1)), (2, 7, 16)),
        (Attend, (2, 9, 16)),
    ],
)
def test_operations_are_those_that_torch_counts(make: type[nn.Module], shape: tuple[int, ...]) -> None:
    module = make().eval()
    with FlopCounterMode(display=False) as counter:
        result = module(torch.zeros(shape))
    with torch.device("meta"):
        work = counted(make().eval(), (torch.zeros(shape),), {})
    assert work.operations == counter.get_total_flops() // 2 > 0
    assert work.result_bytes == result.numel() * 4 // 2


def test_inner_modules_share_the_operations() -> None:
    with torch.device("meta"):
        block = nn.Sequential(nn.Conv2d(4, 8, 1), nn.BatchNorm2d(8))
        twice = nn.Sequential(block, nn.Conv2d(8, 2, 3)).eval()
        work = counted(twice, (torch.zeros(2, 4, 6, 6),), {})
    told = [(one.path, one.type, one.shape, one.parameters, one.operations) for one in work.inner]
    assert told == [
        ("0", "Sequential", "b 8 6 6", 4 * 8 + 8 + 16, 2 * 4 * 8 * 36),
        ("0.0", "Conv2d", "b 8 6 6", 4 * 8 + 8, 2 * 4 * 8 * 36),
        ("0.1", "BatchNorm2d", "b 8 6 6", 16, 0),
        ("1", "Conv2d", "b 2 4 4", 8 * 2 * 9 + 2, 2 * 8 * 2 * 9 * 16),
    ]


def test_counting_leaves_the_checked_modules_as_they_were() -> None:
    graph = check(locate("nanotrack_v2")).expect()
    first = node_work(graph)
    hooks = [module._forward_hooks for part in graph.parts.values() for module in part.module.modules()]
    assert not any(hooks)
    assert node_work(graph) == first


def test_programs_of_a_tracker_that_refreshes_and_learns() -> None:
    graph = check(locate("stark_st50")).expect()
    programs = node_programs(graph)
    assert list(programs) == ["init", "step", "refresh", "train"]
    assert {"template", "online", "newer.backbone"} <= programs["init"]
    assert "online" in programs["refresh"] and "template" not in programs["refresh"]
    assert {"search", "memory", "output.box"} <= programs["step"]
    assert not programs["step"] & programs["init"]
    assert "gt" in programs["train"] and not any(
        "gt" in programs[name] for name in ("init", "step", "refresh")
    )
