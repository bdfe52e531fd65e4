"""Two trackers as one HTML file: both in one picture with what differs marked, and each for itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import networkx as nx

from ..compiler.work import NodeWork, node_work
from ..dsl.sources import Sources
from .comparison import Calling, Comparison, Costs, Pair, comparison, spoken
from .difference import Detail, Difference
from .html import FORMAT, blocks, modules, page, programs, told
from .level_json import Json
from .palette import STAGE_MEANING
from .picture import Picture, folded, picture
from .scene import Blocks, blocks_of, levels, without_idle_lists

if TYPE_CHECKING:
    from ..compiler.graph import ComponentGraph


LISTED = ("changed", "renamed", "added", "removed", "follows")
"""In what order the list of changes tells of them."""


@dataclass(frozen=True)
class Shown:
    """One of the two trackers, and the texts that it was made of."""

    label: str
    """as the user called it: a name, or a file"""
    graph: ComponentGraph
    sources: Sources


def compare_html(before: Shown, after: Shown, found: Difference) -> str:
    """The whole document. `found` is the difference of the two, whose components run once more, on meta tensors."""
    return page(
        f"{before.graph.program.name} → {after.graph.program.name}",
        document(before, after, found),
        scripts=("marks.js", "compare.js"),
        styles=("marks.css", "compare.css"),
    )


def document(before: Shown, after: Shown, found: Difference) -> Json:
    """All that the viewer shows. What it says of a node is kept for each side, under the joint picture's names."""
    whole = [picture(side.graph) for side in (before, after)]
    drawn = [without_idle_lists(folded(one)) for one in whole]
    work = [node_work(side.graph) for side in (before, after)]
    joint = comparison(drawn[0], drawn[1], found, Costs(operations(work[0]), operations(work[1])))
    standing = [
        renamed_blocks(blocks_of(side.graph), calling.nodes)
        for side, calling in zip((before, after), joint.calling, strict=True)
    ]
    sides = [
        side_told(side, drawn, cost, calling)
        for side, drawn, cost, calling in zip((before, after), whole, work, joint.calling, strict=True)
    ]
    return {
        "format": FORMAT,
        "name": joint.both.title,
        "stages": dict(STAGE_MEANING),
        "sides": {"A": sides[0], "B": sides[1]},
        "changes": list(changes(joint)),
        "pairs": {pair.name: pair_told(pair) for pair in joint.pairs if pair.how},
        "totals": [asdict(total) for total in found.totals],
        "views": {
            "both": both_levels(joint.both, both_blocks(*standing)),
            "A": levels(joint.before, standing[0]),
            "B": levels(joint.after, standing[1]),
        },
    }


def operations(work: Mapping[str, NodeWork]) -> dict[str, int]:
    return {name: cost.operations for name, cost in work.items()}


# ---------------------------------------------------------------- blocks under joint names


def renamed_blocks(blocks: Blocks, names: Mapping[str, str]) -> Blocks:
    return Blocks(blocks.uses, {names.get(name, name): block for name, block in blocks.of.items()})


def both_blocks(before: Blocks, after: Blocks) -> Blocks:
    """Blocks of either; what both have stands where it stands in the second."""
    only = {name: "A" for name in before.uses if name not in after.uses}
    only |= {name: "B" for name in after.uses if name not in before.uses}
    return Blocks({**before.uses, **after.uses}, {**before.of, **after.of}, only)


def both_levels(drawn: Picture, blocks: Blocks) -> Json:
    """The joint picture's levels; without blocks where what feeds a block in one tracker is fed by it in the other."""
    try:
        return levels(drawn, blocks)
    except nx.NetworkXUnfeasible:
        return levels(drawn, Blocks({}, {}))


# ---------------------------------------------------------------- what is told


def side_told(
    side: Shown,
    drawn: Picture,
    work: Mapping[str, NodeWork],
    calling: Calling,
) -> Json:
    """One tracker as the page of its own would tell it, with the joint picture's names for its nodes."""
    names, inner = calling.nodes, modules(side.graph, work)
    nodes: Json = {}
    for node in drawn.nodes:
        entry = told(node, side.graph, work.get(node.name), side.sources)
        entry["side"] = calling.side
        entry["part"] = calling.parts.get(node.part or "", node.part)
        entry["modules"] = entry["modules"] and f"{calling.side}:{entry['modules']}"
        entry["reads"] = [names.get(name, name) for name in entry["reads"]]
        entry["feeds"] = [names.get(name, name) for name in entry["feeds"]]
        nodes[names.get(node.name, node.name)] = entry
    inside = blocks(side.graph, side.sources)
    for block in inside.values():
        block["nodes"] = [names.get(name, name) for name in block["nodes"]]
    return {
        "label": side.label,
        "name": drawn.title,
        "parameters": drawn.parameters,
        "programs": programs(side.graph, work),
        "nodes": nodes,
        "blocks": inside,
        "modules": {f"{calling.side}:{part}": found for part, found in inner.items()},
    }


def pair_told(pair: Pair) -> Json:
    """What differs of a node, what was written before what follows."""
    return {"how": pair.how, "written": triples(pair.written), "following": triples(pair.following)}


def triples(details: tuple[Detail, ...]) -> list[list[str]]:
    return [[detail.name, detail.before, detail.after] for detail in details]


def changes(joint: Comparison) -> Iterator[Json]:
    """A line for each thing that differs; the applications of one part are one thing, where they differ alike."""
    parts = [{node.part for node in side.nodes if node.part} for side in (joint.before, joint.after)]
    groups: dict[tuple[str, str], list[Pair]] = {}
    for pair in joint.pairs:
        if pair.how:
            thing = pair.node.part if pair.node.kind == "apply" and pair.node.part else pair.name
            groups.setdefault((thing, pair.how), []).append(pair)
    for how in LISTED:
        for (thing, which), pairs in groups.items():
            if which == how:
                yield {
                    "how": how,
                    "name": title_of(pairs[0], thing),
                    "what": what_of(pairs[0], pairs[0].node.part in parts[0] & parts[1]),
                    "nodes": [pair.name for pair in pairs],
                    "details": triples(
                        tuple(dict.fromkeys(one for pair in pairs for one in details_of(pair)))
                    ),
                }


def what_of(pair: Pair, on_both: bool) -> str:
    """Its component; a part that only has more or fewer uses did not come or go itself."""
    what = pair.node.component or pair.node.kind
    return f"{what}, one of its uses" if on_both and pair.how in ("added", "removed") else what


def details_of(pair: Pair) -> tuple[Detail, ...]:
    return pair.following if pair.how == "follows" else pair.written


def title_of(pair: Pair, thing: str) -> str:
    return f"{pair.node.kind} {pair.node.title}" if pair.node.kind in ("output", "loss") else spoken(thing)
