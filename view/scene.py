"""A tracker laid out for a viewer in which blocks open and close: every level of it, for every program.

A level is a picture in which each block is one node; what a block holds is a level of its own, with its inputs and
outputs as ports. The viewer opens a block by making room for its level where it stands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..compiler.node_programs import node_programs
from .level_json import Json, laid_out
from .marks import SIDES, Face, Mark, joint
from .picture import STAGES, Picture, PictureEdge, PictureNode, folded, picture

if TYPE_CHECKING:
    from ..compiler.graph import ComponentGraph
    from ..dsl.program import BlockUse

WHOLE = "all"
"""The view that shows every program at once."""


@dataclass(frozen=True)
class Blocks:
    """Which block each node stands in; the name of a block's application, or the empty one at the top."""

    uses: Mapping[str, BlockUse]
    of: Mapping[str, str]
    only: Mapping[str, str] = field(default_factory=dict)
    """in a picture of a change: `A` or `B` for a block that is on that side only"""

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
            nodes.setdefault(name, named_within(node, block))
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
    hows = [node.mark.how if node.mark else "" for node in nodes]
    was, now = (sum(how != absent for how in hows) for absent in ("added", "removed"))
    weights = {node.part or node.name: node.parameters for node in nodes}
    use = blocks.uses[name]
    title = ".".join(name.split(".")[1:]) or name
    return PictureNode(
        name=key_of(name),
        kind="block",
        group="part",
        title=title,
        component=use.block,
        part=None,
        stage=max((node.stage for node in nodes), key=STAGES.index),
        shape="",
        settings=(),
        parameters=sum(weights.values()),
        place="",
        uses=1,
        note=inside_text(len(nodes)),
        mark=Mark(joint(hows), *told_inside((title, use.block), (was, now), blocks.only.get(name, SIDES))),
        timed=any(node.timed for node in nodes),
    )


def told_inside(
    called: tuple[str, str], counts: tuple[int, int], sides: str
) -> tuple[tuple[str, ...], tuple[Face, ...]]:
    """What the card of a block, called by title and block, tells of a change in both sides.

    `counts` are how many nodes are in it before and after; `sides` are those that have it as a block.
    """
    if 0 in counts or (counts[0] == counts[1] and sides == SIDES):
        return (), ()
    title, block = called
    faces = (
        Face(title, block if side in sides else "in no block", (inside_text(count),))
        for side, count in zip(SIDES, counts, strict=True)
    )
    return (f"{counts[0]} → {inside_text(counts[1])}",), tuple(faces)


def inside_text(count: int) -> str:
    return f"{count} node{'s' if count != 1 else ''} inside"


def named_within(node: PictureNode, block: str) -> PictureNode:
    """A node as it is called in its block, before and after where these differ."""
    if not (node.mark and node.mark.faces):
        return replace(node, title=within(node.title, block))
    faces = tuple(replace(face, title=within(face.title, block)) for face in node.mark.faces)
    return replace(node, title=within(node.title, block), mark=replace(node.mark, faces=faces))


def within(title: str, block: str) -> str:
    """What a node is called in its block: `mix` for the part `match_cls.0.mix`."""
    around = block.split(".")
    for number in range(len(around)):
        prefix = ".".join(around[number:]) + "."
        if block and title.startswith(prefix):
            return title.removeprefix(prefix)
    return title


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
