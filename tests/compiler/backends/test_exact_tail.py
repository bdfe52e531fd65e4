"""What depends on an exact number goes into the tail, all else into the network, and both give the whole."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sotc.compiler.backends.exact_tail import split_exact

from .onnx_programs import Called, net_inputs, net_program, plain, program_of, wanted


@pytest.mark.parametrize("low", [False, True])
def test_halves_give_what_the_whole_gives(low: bool) -> None:
    program = net_program()
    halves = split_exact(program, low)
    assert halves.network is not None and halves.tail is not None
    inputs = net_inputs(3)
    given = dict(zip((slot.name for slot in program.inputs), inputs, strict=True))
    store = dict(given)
    for half in (halves.network, halves.tail):
        with torch.no_grad():
            results = half.module(*(store[slot.name] for slot in half.inputs))
        store |= {slot.name: value for slot, value in zip(half.outputs, results, strict=True)}
    for slot, want in zip(program.outputs, wanted(program, inputs), strict=True):
        np.testing.assert_array_equal(plain(store[slot.name]), want)


def test_no_exact_number_enters_the_network() -> None:
    network = split_exact(net_program()).network
    assert network is not None
    types = {
        node.meta["val"].dtype
        for node in network.module.graph.nodes
        if hasattr(node.meta.get("val"), "dtype")
    }
    assert torch.float64 not in types
    assert [slot.name for slot in network.inputs] == ["in.0"]


def test_the_tail_holds_no_convolution() -> None:
    tail = split_exact(net_program()).tail
    assert tail is not None
    assert not [node for node in tail.module.graph.nodes if "conv" in str(node.target)]


def test_exact_arithmetic_alone_is_all_tail() -> None:
    program = program_of(Called(lambda x: x * 2), (torch.ones(2, 4, dtype=torch.float64),))
    halves = split_exact(program)
    assert halves.network is None
    assert halves.tail is program


def test_a_network_alone_has_no_tail() -> None:
    program = program_of(Called(lambda x: x @ x.mT), (torch.ones(2, 4, 4),))
    halves = split_exact(program)
    assert halves.network is program
    assert halves.tail is None


@pytest.mark.parametrize(("low", "has_head"), [(False, False), (True, True)])
def test_the_last_layer_is_reckoned_in_float_where_the_network_is_not(low: bool, has_head: bool) -> None:
    tail = split_exact(net_program(), low).tail
    assert tail is not None
    called = [str(node.target) for node in tail.module.graph.nodes if node.op == "call_function"]
    assert any("linear" in name for name in called) == has_head
    assert not any("conv" in name for name in called)


def test_a_last_layer_with_many_weights_stays_in_the_network() -> None:
    torch.manual_seed(0)
    layer = torch.nn.Linear(8, 16_384)
    program = program_of(
        Called(Answer(layer)), (torch.ones(2, 8), torch.ones(2, 1, dtype=torch.float64)), free=True
    )
    tail = split_exact(program, low=True).tail
    assert tail is not None
    called = [str(node.target) for node in tail.module.graph.nodes if node.op == "call_function"]
    assert called and not any("linear" in name for name in called)


class Answer(torch.nn.Module):
    def __init__(self, layer: torch.nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, features: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = target + self.layer(features).double()
        return found
