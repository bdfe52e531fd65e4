"""From the lowered graph to flat operators: `torch.export`, with a dynamic number of targets.

The flat graph is functional (nothing is changed in place), so that it can be cut anywhere.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx
from torch.export import Dim, ExportedProgram
from torch.export.passes import move_to_device_pass

from .graph import ComponentGraph
from .in_place import make_functional
from .lower import Lowered, Placeholder
from .lowering_errors import LoweringError
from .values import BATCHES

FRAME = (240, 320, 3)
"""The frame that programs are exported with; height and width stay free."""

MAX_TARGETS = 65_536


@dataclass(frozen=True)
class Flat:
    """The whole tracker as flat operators."""

    module: fx.GraphModule
    placeholders: Mapping[str, Placeholder]
    outputs: Mapping[str, fx.Node]
    origins: Mapping[str, str]
    """flat node -> component-graph node"""
    batch: Any
    """the symbol of the number of targets"""


def flatten(
    lowered: Lowered, graph: ComponentGraph, patches: Mapping[str, Tensor], device: torch.device
) -> Flat:
    """Export the lowered graph, for one device; its modules are on the CPU.

    `patches` are example pixels of each crop, for two targets, on the CPU.

    Raises LoweringError, naming the component and the spec's line, where a component cannot be exported.
    """
    inputs = tuple(example(placeholder, graph, patches) for placeholder in lowered.placeholders)
    names = [node.name for node in lowered.module.graph.nodes if node.op == "placeholder"]
    by_name = {
        placeholder.name: value for placeholder, value in zip(lowered.placeholders, inputs, strict=True)
    }
    targets = Dim("targets", min=1, max=MAX_TARGETS)
    dynamic = tuple(dynamic_axes(lowered, name, by_name[name], targets) for name in names)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            exported = torch.export.export(
                lowered.module, tuple(by_name[name] for name in names), dynamic_shapes=dynamic
            )
            module = moved(exported, device).module(check_guards=False)
    except Exception as error:
        raise LoweringError.of(error, lowered, graph) from error
    assert isinstance(module, fx.GraphModule)
    return tidy(module, lowered, graph)


def moved(exported: ExportedProgram, device: torch.device) -> ExportedProgram:
    """The program for another device than the CPU.

    Exporting on the CPU and moving the result keeps the number of targets free: elsewhere, operators choose their
    kernels by it while they are exported, and narrow its range.
    """
    return exported if device.type == "cpu" else move_to_device_pass(exported, device)


def example(placeholder: Placeholder, graph: ComponentGraph, patches: Mapping[str, Tensor]) -> Tensor:
    """A value of the right shape and type for a placeholder, for two targets."""
    kind, batch = placeholder.slot.kind, BATCHES[0]
    if kind == "frame":
        return torch.zeros(FRAME, dtype=torch.uint8)
    if kind == "frame_size":
        return torch.tensor([FRAME[1], FRAME[0]], dtype=torch.float64)
    if kind == "target":
        return torch.tensor([[160.0, 120.0, 40.0, 30.0]], dtype=torch.float64).repeat(batch, 1)
    if kind == "border":
        return torch.zeros((3,), dtype=torch.uint8)
    if kind == "pixels":
        return patches[str(placeholder.crop)]
    if kind == "image":
        return torch.zeros_like(graph.values[str(placeholder.crop)].small.image, device="cpu")
    reader = next(
        name
        for name, attributes in graph.graph.nodes(data=True)
        if attributes["kind"] == "state"
        and attributes["label"] == f"state {placeholder.slot.name.removeprefix('state.')}"
    )
    return torch.zeros_like(graph.values[reader].small, device="cpu")


def dynamic_axes(lowered: Lowered, name: str, value: Tensor, targets: Any) -> Any:
    placeholder = next(found for found in lowered.placeholders if found.name == name)
    if placeholder.slot.kind in ("frame_size", "border"):
        return None
    if placeholder.slot.kind == "frame":
        return {0: Dim.DYNAMIC, 1: Dim.DYNAMIC}
    return {0: targets} if value.ndim and value.shape[0] == BATCHES[0] else None


# ---------------------------------------------------------------- after export


def tidy(module: fx.GraphModule, lowered: Lowered, components: ComponentGraph) -> Flat:
    """Drop what export leaves behind, make changes in place functional, and note every node's origin."""
    graph = module.graph
    placeholders: dict[str, Placeholder] = {}
    known = {placeholder.name: placeholder for placeholder in lowered.placeholders}
    entrances = [node for node in lowered.module.graph.nodes if node.op == "placeholder"]
    flat_entrances = [node for node in graph.nodes if node.op == "placeholder"]
    for flat, node in zip(flat_entrances, entrances, strict=True):
        placeholders[flat.name] = known[node.name]
    make_functional(graph)
    for node in list(graph.nodes):
        if node.op == "call_function" and "_assert" in str(node.target):
            graph.erase_node(node)
    graph.eliminate_dead_code(is_impure_node=lambda node: node.op in ("placeholder", "output"))
    results = next(node for node in graph.nodes if node.op == "output").args[0]
    outputs = dict(zip(lowered.outputs, flat_results(results), strict=True))
    symbol = next(
        node.meta["val"].shape[0]
        for node in flat_entrances
        if placeholders[node.name].slot.kind in ("target", "pixels", "image", "state")
    )
    unite_batch_sizes(graph, symbol)
    origins = trace_origins(graph, lowered)
    for node in graph.nodes:
        origin = node.meta["origin"] = origins.get(node.name, "")
        if origin in components.graph:
            node.meta["span"] = components.graph.nodes[origin]["span"]
    return Flat(module, placeholders, outputs, origins, symbol)


def number_of_targets() -> int:
    """Stands in a flat graph for the size of the batch; each program reads it off a tensor that it has."""
    raise AssertionError("a program reads the number of targets off its own inputs")


def unite_batch_sizes(graph: fx.Graph, symbol: Any) -> None:
    """One node for the number of targets, whichever tensor's shape it was read from: it is known from the start."""
    sizes = [
        node
        for node in graph.nodes
        if node.target is torch.ops.aten.sym_size.int and same_symbol(node.meta.get("val"), symbol)
    ]
    if not sizes:
        return
    first = next(node for node in graph.nodes if node.op != "placeholder")
    with graph.inserting_before(first):
        united = graph.call_function(number_of_targets)
    united.meta["val"] = symbol
    for node in sizes:
        node.replace_all_uses_with(united)
        graph.erase_node(node)


def same_symbol(one: Any, other: Any) -> bool:
    """Whether two sizes are the same free size."""
    return not isinstance(one, int) and not isinstance(other, int) and str(one) == str(other)


def flat_results(results: Any) -> Iterator[fx.Node]:
    for result in results:
        if isinstance(result, fx.Node):
            yield result
        else:
            yield from flat_results(result)


def trace_origins(graph: fx.Graph, lowered: Lowered) -> dict[str, str]:
    """Which component-graph node each operator came from, by the module calls that export recorded.

    The k-th call of one module carries `@k` in the recorded name.
    """
    calls: dict[str, list[str]] = {}
    for node in lowered.module.graph.nodes:
        if node.op == "call_module":
            calls.setdefault(str(node.target), []).append(lowered.origins[node.name])
    entrances = [node for node in graph.nodes if node.op == "placeholder"]
    first = [node for node in lowered.module.graph.nodes if node.op == "placeholder"]
    origins = {flat.name: lowered.origins[node.name] for flat, node in zip(entrances, first, strict=True)}
    for node in graph.nodes:
        inherited = next(
            (origins[source.name] for source in node.all_input_nodes if source.name in origins), None
        )
        if inherited is not None:
            origins[node.name] = inherited
        for key, (path, _) in node.meta.get("nn_module_stack", {}).items():
            if path in calls:
                _, _, number = str(key).partition("@")
                turn = int(number) if number.isdigit() else 0
                origins[node.name] = calls[path][min(turn, len(calls[path]) - 1)]
                break
    return origins
