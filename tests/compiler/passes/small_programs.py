"""Small programs from a function or module, as the cut makes them, for tests of passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim, export

from sotc.compiler.in_place import make_functional
from sotc.compiler.plan import Slot
from sotc.compiler.programs import StageProgram


class Wrapped(nn.Module):
    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        result = self.function(*inputs)
        return result if isinstance(result, tuple) else (result,)


def program_of(
    function: Callable[..., Any], shapes: Sequence[Sequence[int]], fixed: Sequence[int] = ()
) -> StageProgram:
    """Export `function` at inputs of these shapes behind the batch, which is free but for the inputs in `fixed`."""
    examples = tuple(
        torch.randn(*shape) if index in fixed else torch.randn(2, *shape)
        for index, shape in enumerate(shapes)
    )
    targets = Dim("targets", min=1, max=64)
    dynamic = tuple(None if index in fixed else {0: targets} for index in range(len(shapes)))
    module = Wrapped(function).eval()
    with torch.no_grad():
        exported = export(module, examples, dynamic_shapes=(dynamic,)).module(check_guards=False)
    make_functional(exported.graph)
    for node in list(exported.graph.nodes):
        if node.op == "call_function" and "_assert" in str(node.target):
            exported.graph.erase_node(node)
    exported.graph.eliminate_dead_code(is_impure_node=lambda node: node.op in ("placeholder", "output"))
    for node in exported.graph.nodes:
        node.meta["origin"] = f"part.{node.name}"
    flatten_output(exported)
    names = [node.name for node in exported.graph.nodes if node.op == "placeholder"]
    inputs = tuple(Slot(name, "cache", index not in fixed) for index, name in enumerate(names))
    results = next(node for node in exported.graph.nodes if node.op == "output").args[0]
    outputs = tuple(Slot(f"output.{index}", "output") for index in range(len(results)))
    return StageProgram("step", plain(exported), inputs, outputs)


def flatten_output(module: torch.fx.GraphModule) -> None:
    output = next(node for node in module.graph.nodes if node.op == "output")
    output.args = (tuple(output.args[0]),)


def plain(module: torch.fx.GraphModule) -> torch.fx.GraphModule:
    """Constants under flat names, without export's input and output trees."""
    holder, graph = nn.Module(), torch.fx.Graph()
    copies: dict[torch.fx.Node, torch.fx.Node] = {}
    for node in module.graph.nodes:
        if node.op == "get_attr":
            value: Any = module
            for part in str(node.target).split("."):
                value = getattr(value, part)
            name = str(node.target).replace(".", "_")
            holder.register_buffer(name, value.detach())
            copies[node] = graph.create_node("get_attr", name, (), {})
            copies[node].meta = {**node.meta, "val": value.detach()}
        else:
            copies[node] = graph.node_copy(node, copies.__getitem__)
    return torch.fx.GraphModule(holder, graph)


def random_inputs(
    program: StageProgram, batch: int, seed: int, dtype: torch.dtype = torch.float32
) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    found = []
    for node in program.module.graph.nodes:
        if node.op == "placeholder":
            shape = [size if isinstance(size, int) else batch for size in node.meta["val"].shape]
            found.append(torch.randn(shape, generator=generator).to(dtype))
    return found


def operators_of(program: StageProgram) -> list[str]:
    """The operators of a program, in order, by their short names."""
    return [
        str(node.target).removeprefix("aten.").rsplit(".", 1)[0]
        for node in program.module.graph.nodes
        if node.op == "call_function" and isinstance(node.target, torch._ops.OpOverload)
    ]


def assert_same_numbers(before: StageProgram, after: StageProgram, tolerance: float = 4e-6) -> None:
    """Both programs against the first one in float64, at batches 1, 2 and 5: errors of rounding, relative to the
    largest number of a result."""
    exact = in_double(before)
    for batch, seed in ((1, 0), (2, 1), (5, 2), (2, 3)):
        inputs = random_inputs(before, batch, seed)
        with torch.no_grad():
            truth = exact(*(value.double() for value in inputs))
            results = {
                name: program.module(*inputs) for name, program in (("before", before), ("after", after))
            }
        for name, given in results.items():
            for true, value in zip(truth, given, strict=True):
                assert value.shape == true.shape
                error = (value.double() - true).abs().max() / true.abs().max()
                assert error < tolerance, f"{name} at batch {batch}: {error:.1e}"


def in_double(program: StageProgram) -> torch.fx.GraphModule:
    """The program's operators in float64."""
    holder = nn.Module()
    for name, value in program.module.named_buffers():
        holder.register_buffer(name, value.double() if value.is_floating_point() else value)
    return torch.fx.GraphModule(holder, program.module.graph)
