"""The component graph: a node per application, an edge per operand, each with where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import networkx as nx

from ..dsl.program import (
    Apply,
    Field,
    Input,
    Node,
    Operation,
    Pack,
    Program,
    Select,
    StateRead,
    Truth,
    Wire,
)
from .ports import match_ports
from .shapes import SettledPart
from .shown import Shown
from .stages import Stage, reads
from .values import Both, shape_text

KINDS: dict[type[Node], str] = {
    Input: "input",
    Truth: "truth",
    StateRead: "state",
    Apply: "apply",
    Select: "select",
    Field: "field",
    Operation: "operation",
    Pack: "pack",
}


@dataclass(frozen=True, repr=False)
class ComponentGraph(Shown):
    """A checked tracker as a graph.

    `graph` is a networkx multi-digraph. Node attributes: `kind`, `category`, `component`, `part`, `stage`, `shape`,
    `span`, `label`, `settings` (name -> (value, inferred)), `parameters`. Edge attributes: `port`, `shape`.
    """

    shown_as: ClassVar[str] = "graph"

    graph: nx.MultiDiGraph
    program: Program
    parts: Mapping[str, SettledPart]
    stages: Mapping[str, Stage]
    values: Mapping[str, Both]

    def __repr__(self) -> str:
        return f"ComponentGraph({self.program.name!r}, nodes={len(self.graph)}, parts={len(self.parts)})"


def build_graph(
    program: Program,
    parts: Mapping[str, SettledPart],
    stages: Mapping[str, Stage],
    values: Mapping[str, Both],
) -> ComponentGraph:
    """The graph of a program whose parts, stages and shapes are known."""
    graph: nx.MultiDiGraph = nx.MultiDiGraph(name=program.name)
    for node in program.nodes:
        graph.add_node(node.name, **attributes(node, parts, stages, values))
    for node in program.nodes:
        for port, source in wired(node, parts):
            graph.add_edge(source, node.name, port=port, shape=shape_text(values[source]))
    for kind, ends in (("output", program.outputs), ("loss", program.losses)):
        for end in ends:
            if not isinstance(end.value, Wire):
                continue
            name = f"{kind}.{end.name}"
            if name in graph:  # taken by the node of an expression that is written right there
                name = f"{kind} {end.name}"
            source = end.value.node
            graph.add_node(
                name,
                kind=kind,
                category=kind,
                component=None,
                part=None,
                stage=str(stages[source]),
                shape=shape_text(values[source]),
                span=end.span,
                label=f"{kind} {end.name}",
                settings={},
                parameters=0,
            )
            graph.add_edge(source, name, port=end.name, shape=shape_text(values[source]))
    add_feedback(graph, program, values)
    return ComponentGraph(graph, program, parts, stages, values)


def add_feedback(graph: nx.MultiDiGraph, program: Program, values: Mapping[str, Both]) -> None:
    """Edges into the next frame: from what a state becomes to where it is read. Marked `feedback`."""
    readers: dict[str, list[str]] = {}
    for node in program.nodes:
        if isinstance(node, StateRead):
            readers.setdefault(node.state, []).append(node.name)
    for state in program.states:
        for port, source in (("initial", state.initial), ("next", state.next)):
            if not isinstance(source, Wire):
                continue
            for reader in readers.get(state.name, []):
                shape = shape_text(values[source.node])
                graph.add_edge(source.node, reader, port=port, shape=shape, feedback=port == "next")


def attributes(
    node: Node,
    parts: Mapping[str, SettledPart],
    stages: Mapping[str, Stage],
    values: Mapping[str, Both],
) -> dict[str, Any]:
    path = node.part if isinstance(node, (Apply, Input)) else None
    part = parts.get(path) if path else None
    settings = {name: (value, name in part.inferred) for name, value in part.settings.items()} if part else {}
    return {
        "kind": KINDS[type(node)],
        "category": part.bound.component.category if part else KINDS[type(node)],
        "component": part.bound.component.name if part else None,
        "part": path,
        "stage": str(stages[node.name]),
        "shape": shape_text(values[node.name]),
        "span": node.span,
        "label": label(node, path),
        "settings": settings,
        "parameters": part.parameters if part else 0,
    }


def label(node: Node, path: str | None) -> str:
    if isinstance(node, Operation):
        return node.operator
    if isinstance(node, Select):
        return f"[{node.index}]"
    if isinstance(node, Field):
        return f".{node.field}"
    if isinstance(node, StateRead):
        return f"state {node.state}"
    return path or node.name


def wired(node: Node, parts: Mapping[str, SettledPart]) -> list[tuple[str, str]]:
    """(port, source node) for each operand that is a wire."""
    if isinstance(node, Apply) and node.part in parts:
        taken, _ = match_ports(node, parts[node.part].bound.component)
        return [(port, argument.value.node) for port, argument in taken if isinstance(argument.value, Wire)]
    return [(str(index), source.node) for index, source in enumerate(reads(node)) if isinstance(source, Wire)]
