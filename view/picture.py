"""A component graph as all pictures see it: plain nodes and edges, in a stable order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import networkx as nx

from ..compiler.annotations import describe_constant
from ..dsl.freezing import frozen_inside
from ..dsl.program import Apply, Input, Wire
from .marks import Mark

if TYPE_CHECKING:
    from ..compiler.graph import ComponentGraph
    from ..dsl.program import Program

STAGES = ("const", "init", "step", "train")
"""When a value is known, early to late."""

CATEGORIES = ("input", "backbone", "neck", "part", "head", "decoder", "flow", "output", "loss")
"""Groups of nodes, as a reader expects to meet them; `flow` is what only routes or reckons."""

KIND_GROUPS: Mapping[str, str] = MappingProxyType(
    {"input": "input", "truth": "input", "state": "input", "output": "output", "loss": "loss"}
)

PICKING = frozenset({"select", "field"})
"""Kinds of nodes that take one result of several, by place or by name."""


@dataclass(frozen=True)
class Setting:
    name: str
    value: str
    inferred: bool
    """filled in by the compiler from the shapes that arrive"""


@dataclass(frozen=True)
class PictureNode:
    name: str
    kind: str
    group: str
    """one of `CATEGORIES`"""
    title: str
    component: str
    part: str | None
    stage: str
    shape: str
    settings: tuple[Setting, ...]
    parameters: int
    place: str
    """`file:line` of what it came from; the file without its folders, so that a picture names no machine"""
    uses: int
    """how many nodes apply the same part, this one among them"""
    note: str = ""
    """`refresh every 200`, of a template that is cut again; `frozen`, of a part that training leaves as it is"""
    mark: Mark | None = None
    """in a picture of a change"""
    timed: bool = False
    """whether its card has a line for what it takes"""

    @property
    def shared(self) -> bool:
        return self.uses > 1


@dataclass(frozen=True)
class PictureEdge:
    source: str
    target: str
    port: str
    shape: str
    wire: str = ""
    """the name that the spec gives to what flows here, where it is not the source's own"""
    feedback: bool = False
    """into the next frame: what a state becomes"""
    mark: str = ""
    """in a picture of a change: `added`, `removed`"""
    flows: tuple[tuple[str, str], ...] = ()
    """in a picture of a change: wire and shape before and after, where they differ"""


@dataclass(frozen=True)
class Picture:
    title: str
    nodes: tuple[PictureNode, ...]
    edges: tuple[PictureEdge, ...]

    @property
    def shared_parts(self) -> dict[str, tuple[str, ...]]:
        """The nodes that apply each part which is applied more than once, in the graph's order."""
        parts: dict[str, list[str]] = {}
        for node in self.nodes:
            if node.shared and node.part is not None:
                parts.setdefault(node.part, []).append(node.name)
        return {part: tuple(names) for part, names in parts.items()}

    @property
    def parameters(self) -> int:
        """How many weights there are, a shared part counted once."""
        counted = {node.part or node.name: node.parameters for node in self.nodes}
        return sum(counted.values())


def picture(source: ComponentGraph | nx.MultiDiGraph, title: str | None = None) -> Picture:
    """The picture of a component graph, or of a bare networkx graph with the same attributes."""
    graph = source if isinstance(source, nx.MultiDiGraph) else source.graph
    wires = wires_of(source)
    inline = inline_parts(source)
    uses = Counter(data.get("part") for _, data in graph.nodes(data=True) if data.get("kind") == "apply")
    notes = notes_of(source)
    nodes = tuple(
        replace(node_of(str(name), data, uses, inline), note=notes.get(name, ""))
        for name, data in graph.nodes(data=True)
    )
    titles = {node.name: node.title for node in nodes}
    edges = tuple(
        PictureEdge(
            str(start),
            str(end),
            str(data.get("port") or ""),
            str(data.get("shape") or ""),
            wires[start] if wires.get(start, titles[start]) != titles[start] else "",
            bool(data.get("feedback")),
        )
        for start, end, data in graph.edges(data=True)
    )
    return Picture(title or str(graph.graph.get("name") or "tracker"), nodes, edges)


def wires_of(source: ComponentGraph | nx.MultiDiGraph) -> dict[str, str]:
    """The spec's name for what each node gives."""
    if isinstance(source, nx.MultiDiGraph):
        return {name: name for name in source.nodes if "." not in name}
    bindings = source.program.bindings
    return {found.value.node: found.name for found in reversed(bindings) if isinstance(found.value, Wire)}


def inline_parts(source: ComponentGraph | nx.MultiDiGraph) -> frozenset[str]:
    """Parts that have no name of their own in the spec: they are called by their component."""
    if isinstance(source, nx.MultiDiGraph):
        return frozenset()
    return frozenset(part.path for part in source.program.parts if part.keyword is None)


def notes_of(source: ComponentGraph | nx.MultiDiGraph) -> dict[str, str]:
    """What is to be said of nodes beyond their settings: when a template is cut again, and what is frozen."""
    if isinstance(source, nx.MultiDiGraph):
        return {}
    inputs = (node for node in source.program.nodes if isinstance(node, Input))
    frozen = {
        node.name: frozen_note(source.program, node.part)
        for node in source.program.nodes
        if isinstance(node, Apply)
    }
    return frozen | {
        node.name: f"refresh every {node.refresh.every}{' when …' if node.refresh.condition else ''}"
        for node in inputs
        if node.refresh is not None
    }


def frozen_note(program: Program, part: str) -> str:
    """`frozen`, `frozen: conv1, layer1`, or nothing."""
    inside = frozen_inside(program, part)
    if inside is None:
        return ""
    return f"frozen: {', '.join(inside)}" if inside else "frozen"


def node_of(
    name: str, data: dict[str, Any], uses: Counter[str | None], inline: frozenset[str]
) -> PictureNode:
    kind = data.get("kind") or "apply"
    part = data.get("part")
    component = data.get("component") or ""
    title = component if part in inline else str(data.get("label") or part or component or name)
    return PictureNode(
        name=name,
        kind=kind,
        group=group_of(kind, data.get("category")),
        title=title.removeprefix(f"{kind} ") if kind in KIND_GROUPS else title,
        component=component,
        part=part,
        stage=data.get("stage") or "const",
        shape=str(data.get("shape") or ""),
        settings=tuple(
            Setting(setting, describe_constant(value), bool(inferred))
            for setting, (value, inferred) in (data.get("settings") or {}).items()
        ),
        parameters=int(data.get("parameters") or 0),
        place=place_of(data.get("span")),
        uses=uses[part] if kind == "apply" and part is not None else 1,
    )


def folded(picture: Picture) -> Picture:
    """The picture without the nodes that only pick one result of several: their names move to the edges.

    A result that nothing reads disappears with its node.
    """
    by_name = {node.name: node for node in picture.nodes}
    arriving = {edge.target: edge for edge in picture.edges if by_name[edge.target].kind in PICKING}

    def origin(edge: PictureEdge) -> PictureEdge:
        """The same edge from what its value was picked out of."""
        source, picked = edge.source, ""
        while by_name[source].kind in PICKING and source in arriving:
            picked = by_name[source].title + picked
            source = arriving[source].source
        return edge if source == edge.source else replace(edge, source=source, wire=edge.wire or picked)

    edges = tuple(origin(edge) for edge in picture.edges if by_name[edge.target].kind not in PICKING)
    kept = tuple(node for node in picture.nodes if node.kind not in PICKING or node.name not in arriving)
    return Picture(picture.title, kept, edges)


def group_of(kind: str, category: str | None) -> str:
    if kind != "apply":
        return KIND_GROUPS.get(kind, "flow")
    return category if category in CATEGORIES else "part"


def place_of(span: Any) -> str:
    return f"{PurePath(span.path).name}:{span.line}" if span is not None else ""


def count_text(number: int) -> str:
    """`23.5 M`, `1.2 k`, `640`."""
    for unit, size in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return str(number)
