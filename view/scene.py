"""A tracker laid out for a viewer in which blocks open and close: every level of it, for every program.

A level is a picture in which each block is one node; what a block holds is a level of its own, with its inputs and
outputs as ports. The viewer opens a block by making room for its level where it stands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from ..compiler.node_programs import node_programs
from .cards import label_lines, label_size, lines_of
from .layout import Layout, arrange
from .marks import Mark, joint
from .picture import Picture, PictureEdge, PictureNode, folded, picture
from .svg import sizes_of

if TYPE_CHECKING:
    from ..compiler.graph import ComponentGraph
    from ..dsl.program import BlockUse

WHOLE = "all"
"""The view that shows every program at once."""

LATE = ("const", "init", "step", "train")

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Blocks:
    """Which block each node stands in; the name of a block's application, or the empty one at the top."""

    uses: Mapping[str, BlockUse]
    of: Mapping[str, str]

    def parents(self, name: str) -> list[str]:
        """The blocks around a block, itself first, the top last."""
        found = [name]
        while found[-1]:
            found.append(self.around(found[-1]))
        return found

    def around(self, block: str) -> str:
        inside = [name for name in self.uses if name != block and block.startswith(f"{name}.")]
        return max(inside, key=len, default="")


def blocks_of(graph: ComponentGraph) -> Blocks:
    """By name, and by where the node is written: a block's result bears the name of its application."""
    uses = {use.name: use for use in graph.program.blocks}
    of: dict[str, str] = {}
    for name, data in graph.graph.nodes(data=True):
        span = data["span"]
        inside = [
            key
            for key, use in uses.items()
            if (name == key or name.startswith(f"{key}."))
            and span.path == use.declaration.path
            and use.declaration.start <= span.start < use.declaration.end
        ]
        of[name] = max(inside, key=len, default="")
    return Blocks({name: use for name, use in uses.items() if name in set(of.values())}, of)


def scene(graph: ComponentGraph, timed: Collection[str] = ()) -> Json:
    """All levels by view and by block: `{view: {block: level}}`, the top under the empty name.

    The cards of `timed` nodes, and of blocks around them, have a line for the time that they take.
    """
    drawn = picture(graph)
    drawn = replace(drawn, nodes=tuple(replace(node, timed=node.name in timed) for node in drawn.nodes))
    whole, blocks = without_idle_lists(folded(drawn)), blocks_of(graph)
    members: dict[str, frozenset[str]] = {WHOLE: frozenset(node.name for node in whole.nodes)}
    members |= node_programs(graph)
    return {view: levels(part_of(whole, names), blocks) for view, names in members.items()}


def without_idle_lists(drawn: Picture) -> Picture:
    """Without lists of which every reader takes a single item: it is drawn from the item."""
    read = {edge.source for edge in drawn.edges}
    idle = {node.name for node in drawn.nodes if node.kind == "pack" and node.name not in read}
    nodes = tuple(node for node in drawn.nodes if node.name not in idle)
    return Picture(drawn.title, nodes, tuple(edge for edge in drawn.edges if edge.target not in idle))


def part_of(whole: Picture, names: frozenset[str]) -> Picture:
    """What one program computes; what it reads of an earlier one comes in through ports."""
    by_name = {node.name: node for node in whole.nodes}
    nodes = {node.name: node for node in whole.nodes if node.name in names}
    edges: list[PictureEdge] = []
    for edge in whole.edges:
        if edge.target not in names:
            continue
        source = edge.source
        if source not in names:
            source = f"in:{edge.source}"
            nodes.setdefault(source, port(source, by_name[edge.source], edge.wire, "input"))
        edges.append(replace(edge, source=source))
    return Picture(whole.title, tuple(nodes.values()), tuple(edges))


def levels(whole: Picture, blocks: Blocks) -> Json:
    there = {""} | {block for node in whole.nodes for block in blocks.parents(blocks.of.get(node.name, ""))}
    return {block: laid_out(level_of(whole, blocks, block)) for block in sorted(there)}


# ---------------------------------------------------------------- one level


def level_of(whole: Picture, blocks: Blocks, block: str) -> Picture:
    """What stands directly in a block: nodes, blocks as one node each, and ports for what passes its border."""
    shown: dict[str, str] = {}
    """for each node of the picture, what stands for it here; none where it is outside"""
    for node in whole.nodes:
        chain = [node.name, *blocks.parents(blocks.of.get(node.name, ""))]
        if block in chain[1:]:
            shown[node.name] = chain[chain.index(block, 1) - 1]
    nodes: dict[str, PictureNode] = {}
    for node in whole.nodes:
        name = shown.get(node.name)
        if name is not None and (name != node.name or is_block(node, blocks, block)):
            inside = [one for one in whole.nodes if shown.get(one.name) == name]
            nodes.setdefault(key_of(name), block_node(name, inside, blocks))
        elif name is not None:
            nodes.setdefault(name, replace(node, title=within(node, block)))
    by_name = {node.name: node for node in whole.nodes}
    names = {node.name: node_key(node, shown, blocks, block) for node in whole.nodes if node.name in shown}
    edges: dict[PictureEdge, None] = {}
    for edge in whole.edges:
        source, target = names.get(edge.source), names.get(edge.target)
        if source == target or (source is None and target is None):
            continue
        if source is None:
            source = f"in:{edge.source.removeprefix('in:')}"
            nodes.setdefault(source, port(source, by_name[edge.source], edge.wire, "input"))
        if target is None:
            target = f"out:{edge.source}"
            nodes.setdefault(target, port(target, by_name[edge.source], "", "output"))
        passing = source.startswith(OPENS) or target.startswith((OPENS, "out:"))
        edges.setdefault(replace(edge, source=source, target=target, port="" if passing else edge.port))
    return Picture(whole.title, tuple(nodes.values()), tuple(edges))


OPENS = "block:"
"""Blocks as nodes have names of their own: a block's result bears that of its application."""


def key_of(block: str) -> str:
    return f"{OPENS}{block}"


def is_block(node: PictureNode, blocks: Blocks, here: str) -> bool:
    return blocks.of.get(node.name, "") != here


def node_key(node: PictureNode, shown: Mapping[str, str], blocks: Blocks, here: str) -> str:
    return key_of(shown[node.name]) if is_block(node, blocks, here) else node.name


def block_node(name: str, inside: Iterable[PictureNode], blocks: Blocks) -> PictureNode:
    """A block as one node: what is in it, summed up."""
    nodes = list(inside)
    weights = {node.part or node.name: node.parameters for node in nodes}
    use = blocks.uses[name]
    return PictureNode(
        name=key_of(name),
        kind="block",
        group="part",
        title=".".join(name.split(".")[1:]) or name,
        component=use.block,
        part=None,
        stage=max((node.stage for node in nodes), key=LATE.index),
        shape="",
        settings=(),
        parameters=sum(weights.values()),
        place="",
        uses=1,
        note=f"{len(nodes)} nodes inside",
        mark=Mark(joint(node.mark.how if node.mark else "" for node in nodes)),
        timed=any(node.timed for node in nodes),
    )


def within(node: PictureNode, block: str) -> str:
    """What a node is called in its block: `mix` for the part `match_cls.0.mix`."""
    around = block.split(".")
    for number in range(len(around)):
        prefix = ".".join(around[number:]) + "."
        if block and node.title.startswith(prefix):
            return node.title.removeprefix(prefix)
    return node.title


def port(name: str, outside: PictureNode, wire: str, group: str) -> PictureNode:
    """What comes into a block, or leaves it."""
    title = "result" if group == "output" else f"{outside.name}{wire if wire[:1] in '.[' else ''}"
    return replace(
        outside,
        name=name,
        kind="port",
        group=group,
        title=title,
        component="",
        part=None,
        settings=(),
        parameters=0,
        uses=1,
        note="",
        mark=Mark(outside.mark.how) if outside.mark else None,
    )


def laid_out(level: Picture) -> Json:
    """A level as the viewer draws it: rectangles, ways and labels, in pixels from its upper left."""
    layout = arrange(level, sizes_of(level))
    stage_of = {node.name: node.stage for node in level.nodes}
    number_of = {node.name: number for number, node in enumerate(level.nodes)}
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
                "size": rounded(label_size(lines)),
                "lines": lines,
                "wire": bool(trunk[1]),
            }
            for trunk, point in layout.trunks.items()
            if (lines := label_lines(trunk[1], trunk[2]))
        ],
        "shared": [
            [part, *(number_of[name] for name in names)]
            for part, names in level.shared_parts.items()
            if len(names) > 1
        ],
    }


def node_entry(node: PictureNode, layout: Layout) -> Json:
    place = layout.places[node.name]
    return {
        "id": node.name,
        "kind": node.kind,
        "flow": node.group == "flow" or node.kind == "port",
        "stage": node.stage,
        "box": rounded((place.left, place.y, place.width, place.height)),
        "lines": [[line.text, line.style, line.height] for line in lines_of(node)],
        "title": node.title,
        "how": node.mark.how if node.mark else "",
    }


def rounded(numbers: Iterable[float]) -> list[float]:
    return [round(number, 1) for number in numbers]
