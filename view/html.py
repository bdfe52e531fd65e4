"""A tracker as one HTML file to look around in: nothing is fetched, nothing is installed."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from html import escape
from importlib.resources import files
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from ..compiler.node_programs import node_programs
from ..compiler.work import NodeWork, node_work
from ..dsl.sources import Sources
from .level_json import Json
from .palette import STAGE_MEANING, page_rules
from .picture import PictureNode, picture
from .scene import blocks_of, scene

if TYPE_CHECKING:
    from ..compiler.graph import ComponentGraph
    from ..compiler.node_times import NodeTimes

FORMAT = 1
"""Of the data within; raised when a field changes its meaning."""
SCRIPTS = ("levels.js", "draw.js", "panes.js", "panel.js", "hover.js")
"""Of every page, before those of its own."""
LINES_SHOWN = 40
"""Of the spec, for one node."""
LEAST_SHOWN = 0.004
"""Of the longest time in a program: what takes less is told in the panel only."""


def html(graph: ComponentGraph, sources: Sources, times: NodeTimes | None = None) -> str:
    """The whole document. `sources` are the texts that the graph was made of; its components run once more.

    With `times`, nodes are coloured by what they take.
    """
    if times is None:
        return page(graph.program.name, document(graph, sources))
    data = document(graph, sources, shown_times(times)) | {"times": asdict(times)}
    return page(graph.program.name, data, ("times.js",), ("times.css",))


def shown_times(times: NodeTimes) -> frozenset[str]:
    """Nodes that take enough, in one of the programs, to have it on their cards."""
    return frozenset(
        node
        for program in times.programs.values()
        for node, took in program.nodes.items()
        if took >= LEAST_SHOWN * max(program.nodes.values())
    )


def page(title: str, data: Json, scripts: Sequence[str] = (), styles: Sequence[str] = ()) -> str:
    """The document around its data; `scripts` and `styles` are assets that it needs beside those of every graph."""
    told = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    pieces = {
        "title": escape(title),
        "style": page_rules() + "".join(map(asset, ("graph.css", *styles))),
        "data": told.replace("<", "\\u003c"),  # nothing in a spec ends the element
        "script": "".join(map(asset, (*SCRIPTS, *scripts, "graph.js"))),
    }
    return re.sub(f"@({'|'.join(pieces)})@", lambda place: pieces[place[1]], asset("graph.html"))


def asset(name: str) -> str:
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


def document(graph: ComponentGraph, sources: Sources, timed: Collection[str] = ()) -> Json:
    """All that the viewer shows; as JSON in the file, under the id `data`. `timed` as in `scene`."""
    work = node_work(graph)
    drawn = picture(graph)
    return {
        "format": FORMAT,
        "name": drawn.title,
        "doc": graph.program.doc or "",
        "parameters": drawn.parameters,
        "stages": dict(STAGE_MEANING),
        "programs": programs(graph, work),
        "nodes": {node.name: told(node, graph, work.get(node.name), sources) for node in drawn.nodes},
        "blocks": blocks(graph, sources),
        "modules": modules(graph, work),
        "views": scene(graph, timed),
    }


def programs(graph: ComponentGraph, work: Mapping[str, NodeWork]) -> Json:
    """What each program costs."""
    return {
        name: {"operations": sum(cost.operations for node, cost in work.items() if node in nodes)}
        for name, nodes in node_programs(graph).items()
    }


def told(node: PictureNode, graph: ComponentGraph, cost: NodeWork | None, sources: Sources) -> Json:
    """All that is known of one node."""
    return {
        "title": node.title,
        "kind": node.kind,
        "group": node.group,
        "component": node.component,
        "about": about(node, graph),
        "part": node.part,
        "stage": node.stage,
        "shape": node.shape,
        "settings": [[found.name, found.value, found.inferred] for found in node.settings],
        "parameters": node.parameters,
        "operations": cost.operations if cost else 0,
        "bytes": cost.result_bytes if cost else 0,
        "uses": node.uses,
        "note": node.note,
        "modules": node.part if cost and cost.inner else None,
        "reads": [str(source) for source in dict.fromkeys(graph.graph.predecessors(node.name))],
        "feeds": [str(target) for target in dict.fromkeys(graph.graph.successors(node.name))],
        "sources": written(node, graph, sources),
    }


def written(node: PictureNode, graph: ComponentGraph, sources: Sources) -> list[Json]:
    """The spec's lines that a node came from: where it is applied, and where its part is declared."""
    part = graph.parts.get(node.part or "")
    spans = [graph.graph.nodes[node.name]["span"], *([part.bound.part.span] if part else [])]
    found = [lines_at(span, sources) for span in spans]
    return [lines for number, lines in enumerate(found) if lines and lines not in found[:number]]


def about(node: PictureNode, graph: ComponentGraph) -> str:
    """The first sentence of what a component says of itself."""
    part = graph.parts.get(node.part or "")
    lines = (part.bound.component.cls.__doc__ or "").strip().splitlines() if part else []
    return lines[0].strip() if lines else ""


def blocks(graph: ComponentGraph, sources: Sources) -> Json:
    """Every block that is in the picture: what it is, what it stands in, and where it is applied."""
    found = blocks_of(graph)
    return {
        name: {
            "block": use.block,
            "around": found.around(name),
            "nodes": [node for node, block in found.of.items() if name in found.parents(block)],
            "source": lines_at(use.span, sources),
            "declaration": lines_at(use.declaration, sources),
        }
        for name, use in found.uses.items()
    }


def modules(graph: ComponentGraph, work: Mapping[str, NodeWork]) -> Json:
    """The modules within each part, as its first application runs them."""
    found: dict[str, list[list[Any]]] = {}
    for name, cost in work.items():
        part = graph.graph.nodes[name]["part"]
        if cost.inner:
            found.setdefault(part, list(map(list, entries(cost))))
    return found


def entries(cost: NodeWork) -> Iterator[tuple[Any, ...]]:
    return ((one.path, one.type, one.shape, one.parameters, one.operations) for one in cost.inner)


def lines_at(span: Any, sources: Sources) -> Json | None:
    """The lines of the spec that something came from; the file without its folders."""
    text = sources.text(span.path)
    if text is None:
        return None
    lines = dedent("\n".join(text.split("\n")[span.line - 1 : span.end_line][:LINES_SHOWN])).split("\n")
    file = span.path.replace("\\", "/").rpartition("/")[2]
    return {"file": file, "line": span.line, "lines": [line.rstrip() for line in lines]}
