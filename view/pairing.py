"""Which node of one tracker is which of another: by name, by part, and by what it reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import networkx as nx

from .picture import Picture, PictureNode


def paired(one: Picture, two: Picture, moved: Mapping[str, str]) -> dict[str, str]:
    """For nodes of `one`, the node of `two` that is the same thing.

    `moved` says what parts of `one` are called in `two`, where that is another name. No two nodes have the same
    partner, and both pictures in one, joined at their pairs, have no circle.
    """
    pairs: dict[str, str] = {}
    by_name(one, two, moved, pairs)
    by_part(one, two, moved, pairs)
    by_place(one, two, pairs)
    return without_circles(flows(one), flows(two), pairs)


def by_name(one: Picture, two: Picture, moved: Mapping[str, str], pairs: dict[str, str]) -> None:
    there = {node.name: node for node in two.nodes}
    for node in one.nodes:
        other = there.get(node.name)
        if other and identity(node, moved) == identity(other, {}):
            pairs[node.name] = other.name


def identity(node: PictureNode, moved: Mapping[str, str]) -> tuple[str, str]:
    """What a node must share with one of the same name: its part, or what it does."""
    return node.kind, moved.get(node.part, node.part) if node.part else node.title


def by_part(one: Picture, two: Picture, moved: Mapping[str, str], pairs: dict[str, str]) -> None:
    """The applications of a part that are left, in order."""
    taken = set(pairs.values())
    waiting: dict[tuple[str, str], list[str]] = {}
    for node in two.nodes:
        if node.part and node.name not in taken:
            waiting.setdefault(identity(node, {}), []).append(node.name)
    for node in one.nodes:
        found = waiting.get(identity(node, moved)) if node.part and node.name not in pairs else None
        if found:
            pairs[node.name] = found.pop(0)


def by_place(one: Picture, two: Picture, pairs: dict[str, str]) -> None:
    """What does the same to the same things, under another name."""
    taken = set(pairs.values())
    waiting: dict[object, list[str]] = {}
    reads = [arriving(one), arriving(two)]
    for node in two.nodes:
        if node.name not in taken and reads[1].get(node.name):
            waiting.setdefault(deed(node, reads[1][node.name], {}), []).append(node.name)
    for node in one.nodes:
        sources = reads[0].get(node.name)
        if node.name in pairs or not sources or any(source not in pairs for source, _ in sources):
            continue
        found = waiting.get(deed(node, sources, pairs))
        if found:
            pairs[node.name] = found.pop(0)


def arriving(side: Picture) -> dict[str, list[tuple[str, str]]]:
    """For each node what it reads of this frame: source and port."""
    found: dict[str, list[tuple[str, str]]] = {}
    for edge in side.edges:
        if not edge.feedback:
            found.setdefault(edge.target, []).append((edge.source, edge.port))
    return found


def deed(node: PictureNode, sources: list[tuple[str, str]], pairs: Mapping[str, str]) -> object:
    what = node.component or node.title
    return node.kind, what, frozenset((pairs.get(source, source), port) for source, port in sources)


def flows(side: Picture) -> list[tuple[str, str]]:
    """From what to what values go within a frame."""
    return [(edge.source, edge.target) for edge in side.edges if not edge.feedback]


def without_circles(
    one: Collection[tuple[str, str]], two: Collection[tuple[str, str]], pairs: Mapping[str, str]
) -> dict[str, str]:
    """The pairs of which both graphs in one, joined at them, have no circle; `one` and `two` are the edges of each.

    Two things that swapped places make a circle; one of its pairs after the other is let go until there is none.
    """
    kept = dict(pairs)

    def joined(name: str) -> tuple[str, str]:
        """A node of `one` in both."""
        return ("two", kept[name]) if name in kept else ("one", name)

    while True:
        graph = nx.DiGraph((("two", source), ("two", target)) for source, target in two)
        graph.add_edges_from((joined(source), joined(target)) for source, target in one)
        try:
            circle = nx.find_cycle(graph)
        except nx.NetworkXNoCycle:
            return kept
        inside = {edge[0] for edge in circle}
        del kept[next(name for name, other in kept.items() if ("two", other) in inside)]
