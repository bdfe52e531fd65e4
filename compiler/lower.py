"""From the checked graph to torch.fx: one GraphModule, a `call_module` per application, built directly.

User code is never traced symbolically here. What enters from outside becomes a placeholder, of which `Lowered`
tells the place in a session's store.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal as Choice

import torch
from torch import fx, nn

from ..components.crops.crop import Crop
from ..dsl.program import (
    Apply,
    Field,
    Input,
    Node,
    Operand,
    Operation,
    Pack,
    Program,
    Select,
    StateRead,
    Truth,
    Wire,
)
from .glue import (
    AsTarget,
    Choose,
    Combine,
    Fill,
    Gather,
    MakeView,
    Move,
    PerTarget,
    Sample,
    Take,
    TakeField,
    Windows,
)
from .graph import ComponentGraph
from .modules import install
from .plan import Slot
from .ports import call_arguments, match_ports
from .shapes import SettledPart
from .stages import Stage, ancestors

Entrance = Choice["image", "pixels", "frame"]
"""What enters for a crop: the image that the network sees, cut `uint8` pixels, or the whole frame."""

GLUE = "glue"
"""Where the modules between components live in the lowered module."""


@dataclass(frozen=True)
class Placeholder:
    """An input of the lowered graph."""

    name: str
    slot: Slot
    stage: Stage
    crop: str | None
    """the `template` or `search` that it belongs to"""


@dataclass(frozen=True)
class Lowered:
    """The whole tracker as one fx graph."""

    module: fx.GraphModule
    placeholders: tuple[Placeholder, ...]
    outputs: tuple[str, ...]
    """names of what `module` returns, in order: `output.box`, `state.model.initial`, `refresh.online` ..."""
    origins: Mapping[str, str]
    """fx node -> component-graph node"""


@dataclass
class Lowering:
    """The graph as it grows."""

    program: Program
    parts: Mapping[str, SettledPart]
    entrance: Entrance
    root: nn.Module
    graph: fx.Graph = field(default_factory=fx.Graph)
    placeholders: dict[str, Placeholder] = field(default_factory=dict)
    values: dict[str, fx.Node] = field(default_factory=dict)
    views: dict[str, fx.Node] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    origin: str = ""

    def call(self, path: str, *args: fx.node.Argument, **kwargs: fx.node.Argument) -> fx.Node:
        node = self.graph.call_module(path, args, kwargs)
        self.origins[node.name] = self.origin
        return node

    def glue(self, name: str, module: nn.Module, *args: fx.node.Argument) -> fx.Node:
        """Call a module of our own, installed under a name made of the node's."""
        path = f"{GLUE}.{identifier(name)}"
        install(self.root, path, module)
        return self.call(path, *args)


def lower(
    graph: ComponentGraph,
    modules: Mapping[str, nn.Module],
    targets: Mapping[str, Operand],
    entrance: Entrance,
    aimed: Sequence[str] | None = None,
) -> Lowered:
    """Lower what `targets` (name of the output -> operand) need. `modules` are the parts, by path.

    With `aimed`, the targets are moved to `output.box`, and these crops are aimed at where they are then.
    """
    root = nn.Module()
    root.add_module(GLUE, nn.Module())
    for path, module in modules.items():
        install(root, path, module)
    lowering = Lowering(graph.program, graph.parts, entrance, root)
    conditions = [
        state.condition
        for state in graph.program.states
        if f"next.{state.name}" in targets and state.condition
    ]
    needed = ancestors(graph.program, [*targets.values(), *conditions])
    # Placeholders stand before everything else, whatever asks for them first.
    first = lowering.graph.call_function(torch.zeros, ((),))
    for node in graph.program.nodes:
        if node.name in needed:
            lowering.origin = node.name
            lowering.values[node.name] = lower_node(lowering, node)
    results = {name: finish(lowering, name, operand) for name, operand in targets.items()}
    if aimed is not None:
        results |= move(lowering, results["output.box"], aimed)
    lowering.graph.output(tuple(results.values()))
    lowering.graph.erase_node(first)
    module = fx.GraphModule(root, lowering.graph)
    module.training = False  # not .eval(): the parts are the caller's, and so are their modes
    return Lowered(module, tuple(lowering.placeholders.values()), tuple(results), lowering.origins)


def identifier(name: str) -> str:
    return re.sub(r"\W", "_", name)


# ---------------------------------------------------------------- nodes


def lower_node(lowering: Lowering, node: Node) -> fx.Node:
    if isinstance(node, Input):
        return lower_input(lowering, node)
    if isinstance(node, Truth):
        return place(lowering, node.name, Slot(node.name, "truth"), Stage.TRAIN, None)
    if isinstance(node, StateRead):
        return place(lowering, f"state.{node.state}", Slot(f"state.{node.state}", "state"), Stage.STEP, None)
    if isinstance(node, Apply):
        return lower_apply(lowering, node)
    if isinstance(node, Select):
        return lowering.glue(node.name, Take(node.index), value_of(lowering, node.source))
    if isinstance(node, Field):
        return lower_field(lowering, node)
    if isinstance(node, Operation):
        operands = [value_of(lowering, operand) for operand in node.operands]
        return lowering.glue(node.name, Combine(node.operator), *operands)
    assert isinstance(node, Pack)
    return lowering.glue(node.name, Gather(), *(value_of(lowering, item) for item in node.items))


def value_of(lowering: Lowering, operand: Operand) -> fx.node.Argument:
    return lowering.values[operand.node] if isinstance(operand, Wire) else operand.value


def lower_apply(lowering: Lowering, node: Apply) -> fx.Node:
    component = lowering.parts[node.part].bound.component
    taken, _ = match_ports(node, component)
    values = tuple((port, value_of(lowering, argument.value)) for port, argument in taken)
    args, kwargs = call_arguments(component, values)
    return lowering.call(node.part, *args, **kwargs)


def lower_field(lowering: Lowering, node: Field) -> fx.Node:
    source = node.source
    crop = next(
        (found for found in lowering.program.nodes if isinstance(source, Wire) and found.name == source.node),
        None,
    )
    if not isinstance(crop, Input):
        return lowering.glue(node.name, TakeField(node.field), value_of(lowering, source))
    return lower_view(lowering, crop) if node.field == "view" else lowering.values[crop.name]


def lower_input(lowering: Lowering, node: Input) -> fx.Node:
    stage = stage_of(node)
    if lowering.entrance == "image":
        return place(lowering, node.name, Slot(node.name, "image"), stage, node.name)
    if lowering.entrance == "pixels":
        pixels = place(
            lowering, f"{node.name}.pixels", Slot(f"{node.name}.pixels", "pixels"), stage, node.name
        )
    else:
        pixels = lowering.glue(
            f"{node.name}.sample",
            Sample(crop_of(lowering, node)),
            place(lowering, f"{node.name}.frame", Slot("frame", "frame"), stage, node.name),
            target_of(lowering, node),
            place(
                lowering, f"{node.name}.border", Slot(f"{node.name}.border", "border"), Stage.INIT, node.name
            ),
        )
    return lowering.call(node.part, pixels)


def lower_view(lowering: Lowering, node: Input) -> fx.Node:
    if node.name not in lowering.views:
        size = place(
            lowering, f"{node.name}.frame_size", Slot("frame_size", "frame_size"), stage_of(node), node.name
        )
        made = lowering.glue(
            f"{node.name}.view", MakeView(crop_of(lowering, node)), target_of(lowering, node), size
        )
        lowering.views[node.name] = made
    return lowering.views[node.name]


def target_of(lowering: Lowering, node: Input) -> fx.Node:
    return place(lowering, f"{node.name}.target", Slot("target", "target"), stage_of(node), node.name)


def stage_of(node: Input) -> Stage:
    return Stage.INIT if node.keyword == "template" else Stage.STEP


def crop_of(lowering: Lowering, node: Input) -> Crop:
    crop = lowering.root.get_submodule(node.part)
    assert isinstance(crop, Crop)
    return crop


def place(lowering: Lowering, name: str, slot: Slot, stage: Stage, crop: str | None) -> fx.Node:
    """The placeholder of that name, made at first need, before all other nodes."""
    key = f"<{name}>"
    if key not in lowering.values:
        anchor = next(iter(lowering.graph.nodes))
        while anchor.op == "placeholder":
            anchor = anchor.next
        with lowering.graph.inserting_before(anchor):
            node = lowering.graph.placeholder(identifier(name))
        lowering.origins[node.name] = lowering.origin
        lowering.values[key] = node
        lowering.placeholders[node.name] = Placeholder(node.name, slot, stage, crop)
    return lowering.values[key]


# ---------------------------------------------------------------- ends


def finish(lowering: Lowering, name: str, operand: Operand) -> fx.node.Argument:
    """What leaves the graph: the box as float64, scores, states and conditions as [N]."""
    value = value_of(lowering, operand)
    lowering.origin = operand.node if isinstance(operand, Wire) else ""
    if name.endswith(".initial") and not isinstance(value, fx.Node):
        target = place(lowering, "initial.target", Slot("target", "target"), Stage.INIT, None)
        assert isinstance(value, (int, float))
        return lowering.glue(name, Fill(value), target)
    if name == "output.box":
        return lowering.glue(name, AsTarget(), value)
    if name in ("output.score", "output.state") or name.startswith("refresh."):
        return lowering.glue(name, PerTarget(), value)
    if name.startswith("next."):
        return finish_next(lowering, name.removeprefix("next."), value)
    return value


def move(lowering: Lowering, box: fx.node.Argument, aimed: Sequence[str]) -> dict[str, fx.node.Argument]:
    """What a step leaves for the next one: targets, boxes, which were held, and where crops lie."""
    old = place(lowering, "move.target", Slot("target", "target"), Stage.STEP, None)
    moved = lowering.glue("move", Move(), box, old)
    names = ("target", "boxes", "held")
    results: dict[str, fx.node.Argument] = {
        name: lowering.glue(f"move.{name}", Take(index), moved) for index, name in enumerate(names)
    }
    for node in lowering.program.nodes:
        if isinstance(node, Input) and node.name in aimed:
            aim = Windows(crop_of(lowering, node))
            results[f"{node.name}.windows"] = lowering.glue(f"{node.name}.windows", aim, results["target"])
    return results


def finish_next(lowering: Lowering, name: str, value: fx.node.Argument) -> fx.node.Argument:
    state = next(found for found in lowering.program.states if found.name == name)
    if state.condition is None:
        return value
    old = place(lowering, f"state.{name}", Slot(f"state.{name}", "state"), Stage.STEP, None)
    condition = lowering.glue(f"next.{name}.when", PerTarget(), value_of(lowering, state.condition))
    return lowering.glue(f"next.{name}", Choose(), condition, value, old)
