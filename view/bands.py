"""Which row each node of a picture stands in: rows follow the data, and categories keep together in bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import networkx as nx

from .picture import CATEGORIES, Picture, PictureNode


@dataclass(frozen=True)
class Band:
    """Neighbouring rows that belong to one category (or to several that feed each other)."""

    groups: tuple[str, ...]
    first: int
    last: int


@dataclass(frozen=True)
class Rows:
    of: Mapping[str, int]
    bands: tuple[Band, ...]


def rows(picture: Picture) -> Rows:
    """Longest-path rows, edges going down (but those into the next frame), each band's rows together."""
    graph = nx.DiGraph()
    graph.add_nodes_from(node.name for node in picture.nodes)
    graph.add_edges_from((edge.source, edge.target) for edge in picture.edges if not edge.feedback)
    order = list(nx.topological_sort(graph))
    firm = {node.name: node.group for node in picture.nodes if is_firm(node, graph)}
    ranks = rank_groups(graph, order, firm)
    band_of = assign_bands(graph, order, firm, ranks)
    row_of = stack(graph, order, band_of)
    groups: dict[int, tuple[str, ...]] = {}
    for group, rank in sorted(ranks.items(), key=lambda found: CATEGORIES.index(found[0])):
        groups[rank] = (*groups.get(rank, ()), group)
    extents: dict[int, list[int]] = {}
    for name, band in band_of.items():
        extents.setdefault(band, []).append(row_of[name])
    bands = tuple(
        Band(groups.get(band, ("part",)), min(found), max(found)) for band, found in sorted(extents.items())
    )
    return Rows(row_of, bands)


def is_firm(node: PictureNode, graph: nx.DiGraph) -> bool:
    """Whether the node's category decides its band; the others stand with what feeds them."""
    if node.group == "flow":
        return False
    if node.kind == "state":
        return not list(graph.predecessors(node.name))
    return node.group != "part" or node.parameters > 0


def rank_groups(graph: nx.DiGraph, order: list[str], firm: dict[str, str]) -> dict[str, int]:
    """The order of the categories' bands, in even numbers; categories that feed each other share one.

    Where layers of the category `part` would tie others together (a layer before and after the head), they
    are let go: they stand with what feeds them.
    """
    quotient = quotient_of(graph, order, firm)
    for tied in nx.strongly_connected_components(quotient):
        if len(tied) > 1 and "part" in tied:
            for name in [name for name, group in firm.items() if group == "part"]:
                del firm[name]
            quotient = quotient_of(graph, order, firm)
            break
    condensed = nx.condensation(quotient)
    key = {
        component: min(CATEGORIES.index(group) for group in condensed.nodes[component]["members"])
        for component in condensed
    }
    ranked = nx.lexicographical_topological_sort(condensed, key=lambda component: key[component])
    return {
        group: 2 * place
        for place, component in enumerate(ranked)
        for group in condensed.nodes[component]["members"]
    }


def quotient_of(graph: nx.DiGraph, order: list[str], firm: dict[str, str]) -> nx.DiGraph:
    """Which category feeds which, directly or through nodes that have no band of their own."""
    quotient = nx.DiGraph()
    quotient.add_nodes_from(sorted(set(firm.values()), key=CATEGORIES.index))
    carried: dict[str, frozenset[str]] = {}
    for name in order:
        arriving = frozenset().union(*(carried[source] for source in graph.predecessors(name)))
        group = firm.get(name)
        if group is not None:
            quotient.add_edges_from((other, group) for other in arriving if other != group)
        carried[name] = arriving if group is None else frozenset((group,))
    return quotient


def assign_bands(
    graph: nx.DiGraph, order: list[str], firm: dict[str, str], ranks: dict[str, int]
) -> dict[str, int]:
    """The band of every node: its category's, else that of the latest node that feeds it.

    What is fed by inputs alone and has no band of its own stands in one right below them.
    """
    band_of: dict[str, int] = {}
    below_inputs = ranks.get("input", 0) + 1
    for name in order:
        above = [band_of[source] for source in graph.predecessors(name) if source in band_of]
        if name in firm:
            band_of[name] = ranks[firm[name]]
        elif above:
            latest = max(above)
            band_of[name] = below_inputs if latest == ranks.get("input") else latest
    for name in reversed(order):  # what is fed by nothing stands with what it feeds
        if name not in band_of:
            band_of[name] = min((band_of[target] for target in graph.successors(name)), default=0)
    for name in order:
        band_of[name] = max([band_of[name], *(band_of[source] for source in graph.predecessors(name))])
    return band_of


def stack(graph: nx.DiGraph, order: list[str], band_of: dict[str, int]) -> dict[str, int]:
    """Rows, band under band; within a band a node stands right under the lowest that feeds it."""
    members: dict[int, list[str]] = {}
    for name in order:
        members.setdefault(band_of[name], []).append(name)
    row_of: dict[str, int] = {}
    floor = 0
    for band in sorted(members):
        for name in members[band]:
            above = [row_of[source] + 1 for source in graph.predecessors(name)]
            row_of[name] = max([floor, *above])
        floor = 1 + max(row_of[name] for name in members[band])
        lower_sources(graph, members[band], row_of, floor)
    return row_of


def lower_sources(graph: nx.DiGraph, members: list[str], row_of: dict[str, int], floor: int) -> None:
    """Bring what is fed by nothing down to right above what it feeds, within its band's rows."""
    for name in members:
        if graph.in_degree(name) == 0:
            below = [row_of[target] - 1 for target in graph.successors(name) if target in row_of]
            row_of[name] = max(row_of[name], min([floor - 1, *below]))
