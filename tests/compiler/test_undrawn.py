"""Modules are built without random numbers only where a checkpoint gives every one of their weights."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sotc.compiler.check import check
from sotc.compiler.modules import build_modules
from sotc.compiler.undrawn import Undrawn
from sotc.compiler.weights import WeightsError
from sotc.specs import locate

CPU = torch.device("cpu")


class Noisy(nn.Module):
    """Has all that is drawn: layers, a parameter of its own, and a buffer that no checkpoint has."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.attention = nn.MultiheadAttention(8, 2)
        self.token = nn.Parameter(torch.full((4, 4), 7.0))
        nn.init.trunc_normal_(self.token)
        self.register_buffer("noise", torch.empty(5), persistent=False)
        nn.init.uniform_(self.noise, 1.0, 2.0)
        self.norm = nn.BatchNorm2d(4)


def test_nothing_is_drawn_for_parameters_but_for_buffers() -> None:
    torch.manual_seed(5)
    with Undrawn():
        module = Noisy()
    drawn = torch.rand(1)
    assert (
        not module.conv.weight.any() and not module.token.any() and not module.attention.in_proj_weight.any()
    )
    torch.manual_seed(5)
    torch.empty(5).uniform_(1.0, 2.0)
    assert torch.equal(drawn, torch.rand(1))  # so many numbers were drawn, and no more
    assert module.noise.min() >= 1.0 and module.noise.max() <= 2.0
    assert torch.equal(module.norm.weight, torch.ones(4))


def test_outside_of_it_parameters_are_drawn() -> None:
    with Undrawn():
        pass
    assert float(nn.Conv2d(3, 4, 3).weight.detach().std()) > 0.01


@pytest.mark.parametrize("spec", ["nanotrack_v1", "siamfc_alexnet"])
def test_a_checkpoint_gives_every_weight(spec: str) -> None:
    graph = check(locate(spec)).expect()
    first, _ = build_modules(graph, None, CPU)
    state = {
        f"{path}.{name}": value for path, part in first.items() for name, value in part.state_dict().items()
    }
    torch.manual_seed(99)
    second, _ = build_modules(graph, state, CPU)
    assert all(
        torch.equal(value, second[path].state_dict()[name])
        for path, part in first.items()
        for name, value in part.state_dict().items()
    )


def test_a_checkpoint_that_lacks_a_weight_is_refused() -> None:
    graph = check(locate("nanotrack_v1")).expect()
    first, _ = build_modules(graph, None, CPU)
    state = {
        f"{path}.{name}": value for path, part in first.items() for name, value in part.state_dict().items()
    }
    del state[next(name for name in state if name.endswith("conv.weight"))]
    with pytest.raises(WeightsError, match="1 missing"):
        build_modules(graph, state, CPU)
