"""A picture as a Mermaid flowchart, which many Markdown viewers draw by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from .palette import STAGE_COLORS
from .picture import CATEGORIES, STAGES, Picture, PictureNode, folded


def mermaid(picture: Picture) -> str:
    """A flowchart: a subgraph for each category, classes for stages, shared parts tied by dotted lines."""
    picture = folded(picture)
    ids = {node.name: f"n{number}" for number, node in enumerate(picture.nodes)}
    lines = [
        "---",
        f"title: {picture.title}",
        "---",
        "flowchart TB",
        *subgraphs(picture, ids),
        *(f"  {line}" for line in links(picture, ids)),
        *(f"  {line}" for line in classes(picture, ids)),
        "",
    ]
    return "\n".join(lines)


def subgraphs(picture: Picture, ids: Mapping[str, str]) -> Iterator[str]:
    for category in CATEGORIES:
        members = [node for node in picture.nodes if node.group == category]
        if not members:
            continue
        if category == "flow":
            yield from (f"  {node_line(node, ids)}" for node in members)
            continue
        yield f"  subgraph {category}_{len(members)}[{quoted(category)}]"
        yield from (f"    {node_line(node, ids)}" for node in members)
        yield "  end"


def node_line(node: PictureNode, ids: Mapping[str, str]) -> str:
    told = [node.title]
    if node.component and node.component != node.title:
        told.append(node.component)
    told += [node.note] if node.note else []
    text = quoted("<br>".join(escaped(line) for line in told))
    number = ids[node.name]
    return f"{number}[{text}]" if node.kind == "apply" else f"{number}([{text}])"


def links(picture: Picture, ids: Mapping[str, str]) -> Iterator[str]:
    for edge in picture.edges:
        told = "<br>".join(escaped(text) for text in (edge.wire, edge.shape) if text)
        arrow = "-.->" if edge.feedback else "-->"
        label = f"|{quoted(told)}|" if told else ""
        yield f"{ids[edge.source]} {arrow}{label} {ids[edge.target]}"
    for part, names in picture.shared_parts.items():
        for one, other in pairwise(names):
            yield f"{ids[one]} -. {quoted(f'same weights: {escaped(part)}')} .- {ids[other]}"


def classes(picture: Picture, ids: Mapping[str, str]) -> Iterator[str]:
    for stage in STAGES:
        members = [ids[node.name] for node in picture.nodes if node.stage == stage]
        if members:
            line, fill, _ = STAGE_COLORS[stage]
            yield f"classDef {stage} fill:{fill},stroke:{line},color:#1c2026"
            yield f"class {','.join(members)} {stage}"


def quoted(text: str) -> str:
    return f'"{text}"'


def escaped(text: str) -> str:
    """Entity codes for what the language would take as its own."""
    return text.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
