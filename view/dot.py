"""A picture in the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from .palette import STAGE_COLORS
from .picture import CATEGORIES, Picture, PictureNode


def dot(picture: Picture) -> str:
    """A digraph: a cluster for each category, filled by stage, shared parts tied by dashed lines."""
    lines = [
        f"digraph {quoted(picture.title)} {{",
        '  graph [rankdir=TB, fontname="Helvetica", labeljust=l, compound=true];',
        '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11];',
        '  edge [fontname="Helvetica", fontsize=9];',
        *clusters(picture),
        *(f"  {line}" for line in edge_lines(picture)),
        "}",
        "",
    ]
    return "\n".join(lines)


def clusters(picture: Picture) -> Iterator[str]:
    for category in CATEGORIES:
        members = [node for node in picture.nodes if node.group == category]
        if not members:
            continue
        if category == "flow":
            yield from (f"  {node_line(node)}" for node in members)
            continue
        yield f"  subgraph {quoted(f'cluster_{category}')} {{"
        yield f'    label={quoted(category)}; color="#c8ccd2"; style=rounded;'
        yield from (f"    {node_line(node)}" for node in members)
        yield "  }"


def node_line(node: PictureNode) -> str:
    line, fill, _ = STAGE_COLORS[node.stage]
    label = node.title
    if node.component and node.component != node.title:
        label += f"\n{node.component}"
    if node.note:
        label += f"\n{node.note}"
    if node.shared:
        label += f"\n(part {node.part}, applied {node.uses} times)"
    small = ", shape=ellipse, margin=0.02" if node.group == "flow" else ""
    return (
        f"{quoted(node.name)} [label={quoted(label)}, color={quoted(line)}, fillcolor={quoted(fill)}{small}];"
    )


def edge_lines(picture: Picture) -> Iterator[str]:
    for edge in picture.edges:
        told = "\n".join(text for text in (edge.wire, edge.shape) if text)
        later = ", style=dotted, constraint=false" if edge.feedback else ""
        yield f"{quoted(edge.source)} -> {quoted(edge.target)} [label={quoted(told)}{later}];"
    for part, names in picture.shared_parts.items():
        for one, other in pairwise(names):
            yield (
                f"{quoted(one)} -> {quoted(other)} [dir=none, style=dashed, constraint=false, "
                f'color="#b0386f", fontcolor="#b0386f", label={quoted(part)}];'
            )


def quoted(text: str) -> str:
    """A string of the language: quotes and backslashes escaped, line ends as it writes them."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
