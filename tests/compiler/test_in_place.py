"""Changes in place leave the graph before the cut, and come back only where nothing else reads the memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, fx, nn

from sotc.compiler.in_place import make_functional, restore_in_place
from sotc.compiler.lowering_errors import LoweringError


class Calls(nn.Module):
    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


def fresh(x: Tensor) -> Tensor:
    return (x * 2).relu_()


def read_before(x: Tensor) -> Tensor:
    doubled = x * 2
    before = doubled.sum()
    doubled.relu_()
    return doubled + before


def read_after(x: Tensor) -> Tensor:
    doubled = x * 2
    changed = doubled.relu_()
    return changed + doubled


def twice(x: Tensor) -> Tensor:
    value = x * 3
    value.add_(1)
    value.mul_(2)
    return value


def filled(x: Tensor) -> Tensor:
    index = torch.zeros_like(x, dtype=torch.int64)
    return x.new_zeros(x.shape).scatter_add_(1, index, x)


def changes_input(x: Tensor) -> Tensor:
    return x.relu_()


def through_a_view(x: Tensor) -> Tensor:
    parts = (x * 2).unbind(1)
    return parts[0].add_(1)


def exported(function: Callable[[Tensor], Tensor]) -> fx.GraphModule:
    module = torch.export.export(Calls(function), (torch.randn(2, 5),)).module(check_guards=False)
    assert isinstance(module, fx.GraphModule)
    return module


def mutating(module: fx.GraphModule) -> list[str]:
    operators = [node.target for node in module.graph.nodes if isinstance(node.target, torch._ops.OpOverload)]
    return [str(target) for target in operators if target._schema.is_mutable]


CASES = {
    "fresh": (fresh, 1),
    "read_before": (read_before, 0),
    "read_after": (read_after, 1),
    "twice": (twice, 1),
    "filled": (filled, 1),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_values_stay_the_same_and_inputs_untouched(name: str) -> None:
    function, restored = CASES[name]
    value = torch.randn(2, 5, generator=torch.Generator().manual_seed(1))
    wanted = function(value.clone())
    module = exported(function)
    assert mutating(module)
    make_functional(module.graph)
    module.recompile()
    assert mutating(module) == []
    given = value.clone()
    assert torch.equal(module(given), wanted)
    restore_in_place(module.graph)
    module.recompile()
    assert len(mutating(module)) >= restored
    assert torch.equal(module(given), wanted)
    assert torch.equal(given, value)


def test_a_value_that_is_read_before_is_not_changed_again() -> None:
    module = exported(read_before)
    make_functional(module.graph)
    restore_in_place(module.graph)
    assert mutating(module) == []


@pytest.mark.parametrize("function", [changes_input, through_a_view])
def test_inputs_and_views_are_refused(function: Callable[[Tensor], Tensor]) -> None:
    with pytest.raises(LoweringError, match="in place"):
        make_functional(exported(function).graph)
