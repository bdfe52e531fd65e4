"""A level of a picture as the viewer draws it: rectangles, ways and labels in pixels, and what is written on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from .cards import faces_of, label_lines, label_size, lines_of, turned
from .layout import Layout, arrange
from .marks import SIDES
from .net import Trunk, trunk_of
from .picture import Picture, PictureEdge, PictureNode
from .svg import sizes_of

Json: TypeAlias = dict[str, Any]


def laid_out(level: Picture) -> Json:
    """A level as the viewer draws it: rectangles, ways and labels, in pixels from its upper left."""
    layout = arrange(level, sizes_of(level))
    stage_of = {node.name: node.stage for node in level.nodes}
    number_of = {node.name: number for number, node in enumerate(level.nodes)}
    flowing: dict[Trunk, list[PictureEdge]] = {}
    for edge in level.edges:
        flowing.setdefault(trunk_of(edge), []).append(edge)
    return {
        "size": rounded((layout.width, layout.height)),
        "bands": [[" · ".join(band.groups), *rounded((band.top, band.bottom))] for band in layout.bands],
        "nodes": [node_entry(node, layout) for node in level.nodes],
        "edges": [
            {
                "ends": [number_of[route.edge.source], number_of[route.edge.target]],
                "stage": stage_of[route.edge.source],
                "port": route.edge.port,
                "back": route.edge.feedback,
                "how": route.edge.mark,
                "way": [number for point in route.points for number in rounded(point)],
            }
            for route in layout.routes
        ],
        "labels": [
            {
                "of": number_of[trunk[0]],
                "at": rounded(point),
                **label_entry(*trunk[1:]),
                **label_change(edges),
            }
            for trunk, point in layout.trunks.items()
            for edges in [flowing[trunk]]
            if label_lines(trunk[1], trunk[2])
        ],
        "shared": [
            [part, *(number_of[name] for name in names)]
            for part, names in level.shared_parts.items()
            if len(names) > 1
        ],
    }


def label_entry(wire: str, shape: str) -> Json:
    lines = label_lines(wire, shape)
    return {"size": rounded(label_size(lines)), "lines": lines, "wire": bool(wire)}


def label_change(edges: Sequence[PictureEdge]) -> Json:
    """Of what flows in a change: what it is on each side, and whether it is on one side only."""
    hows = {edge.mark for edge in edges}
    found: Json = {"how": edges[0].mark} if len(hows) == 1 and edges[0].mark else {}
    if edges[0].flows:
        found["sides"] = {side: label_entry(*flow) for side, flow in zip(SIDES, edges[0].flows, strict=True)}
    return found


def node_entry(node: PictureNode, layout: Layout) -> Json:
    """A card; of a change with what it says on each side, where that differs."""
    place = layout.places[node.name]
    sides = [turned(node, face) for face in faces_of(node)]
    return {
        "id": node.name,
        "kind": node.kind,
        "flow": node.group == "flow" or node.kind == "port",
        "stage": node.stage,
        "box": rounded((place.left, place.y, place.width, place.height)),
        **text_entry(node),
        "how": node.mark.how if node.mark else "",
        **({"sides": dict(zip(SIDES, map(text_entry, sides), strict=True))} if sides else {}),
    }


def text_entry(node: PictureNode) -> Json:
    lines = [[line.text, line.style, line.height] for line in lines_of(node)]
    return {"title": node.title, "lines": lines}


def rounded(numbers: Iterable[float]) -> list[float]:
    return [round(number, 1) for number in numbers]
