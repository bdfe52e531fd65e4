"""Rows: edges go down, and categories keep together."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import networkx as nx
import pytest

from sotc.view.bands import rows
from sotc.view.picture import Picture, PictureEdge, PictureNode, folded, picture


def node(name: str, group: str, parameters: int = 0, kind: str = "apply") -> PictureNode:
    return PictureNode(name, kind, group, name, name, name, "step", "", (), parameters, "", 1)


def drawn(nodes: list[PictureNode], *edges: str) -> Picture:
    """`"a>b"` is an edge."""
    ends = [edge.split(">") for edge in edges]
    return Picture("t", tuple(nodes), tuple(PictureEdge(source, target, "", "") for source, target in ends))


def test_edges_go_down_but_for_those_into_the_next_frame(siamese: nx.MultiDiGraph) -> None:
    found = picture(siamese)
    standing = rows(found)
    for edge in found.edges:
        goes_down = standing.of[edge.source] < standing.of[edge.target]
        assert goes_down is not edge.feedback, edge


def test_bands_follow_one_another_without_overlap(siamese: nx.MultiDiGraph) -> None:
    standing = rows(folded(picture(siamese)))
    assert standing.bands[0].first == 0
    assert all(upper.last + 1 == lower.first for upper, lower in pairwise(standing.bands))
    assert [band.groups for band in standing.bands] == [
        ("input",),
        ("backbone",),
        ("head",),
        ("decoder",),
        ("output",),
        ("loss",),
    ]


def test_both_branches_stand_side_by_side(siamese: nx.MultiDiGraph) -> None:
    standing = rows(picture(siamese))
    assert standing.of["template.1"] == standing.of["search.1"]


def test_categories_that_feed_each_other_share_a_band() -> None:
    nodes = [node("b1", "backbone"), node("n1", "neck"), node("b2", "backbone"), node("h", "head")]
    standing = rows(drawn(nodes, "b1>n1", "n1>b2", "b2>h"))
    assert [band.groups for band in standing.bands] == [("backbone", "neck"), ("head",)]
    assert [standing.of[name] for name in ("b1", "n1", "b2", "h")] == [0, 1, 2, 3]


def test_layers_around_a_head_do_not_tie_it_to_the_neck() -> None:
    nodes = [node("n", "neck"), node("encoder", "part", 10), node("h", "head"), node("linear", "part", 10)]
    standing = rows(drawn(nodes, "n>encoder", "encoder>h", "h>linear"))
    assert [band.groups for band in standing.bands] == [("neck",), ("head",)]


def test_layers_with_weights_between_neck_and_head_have_a_band() -> None:
    nodes = [node("n", "neck"), node("encoder", "part", 10), node("h", "head"), node("sigmoid", "part")]
    standing = rows(drawn(nodes, "n>encoder", "encoder>h", "h>sigmoid"))
    assert [band.groups for band in standing.bands] == [("neck",), ("part",), ("head",)]
    assert standing.of["sigmoid"] == 3


def test_what_nothing_feeds_stands_right_above_what_it_feeds() -> None:
    nodes = [
        node("i", "input", kind="input"),
        node("d1", "decoder"),
        node("d2", "decoder"),
        node("grid", "decoder"),
    ]
    standing = rows(drawn(nodes, "i>d1", "d1>d2", "grid>d2"))
    assert standing.of["grid"] == standing.of["d2"] - 1


def test_what_inputs_alone_feed_stands_below_them() -> None:
    nodes = [
        node("i", "input", kind="input"),
        node("sharpen", "part"),
        node("b", "backbone"),
        node("relu", "part"),
    ]
    standing = rows(drawn(nodes, "i>sharpen", "sharpen>b", "b>relu"))
    assert [(band.groups, band.first, band.last) for band in standing.bands] == [
        (("input",), 0, 0),
        (("part",), 1, 1),
        (("backbone",), 2, 3),
    ]


def test_nothing_and_one_node() -> None:
    assert rows(drawn([])).bands == ()
    assert rows(drawn([node("a", "part")])).of == {"a": 0}


@pytest.mark.parametrize("seed", range(20))
def test_any_graph_has_rows(seed: int) -> None:
    """Random acyclic graphs of all categories: every edge down, rows without holes, bands apart."""
    chance = random.Random(seed)
    groups = ["input", "backbone", "neck", "part", "head", "decoder", "flow", "output", "loss"]
    nodes = [node(f"n{i}", chance.choice(groups), chance.choice([0, 5])) for i in range(40)]
    edges = [f"n{i}>n{j}" for i in range(40) for j in range(i + 1, 40) if chance.random() < 0.06]
    standing = rows(drawn(nodes, *edges))
    for edge in edges:
        source, target = edge.split(">")
        assert standing.of[source] < standing.of[target]
    assert all(upper.last < lower.first for upper, lower in pairwise(standing.bands))


def test_a_long_chain_is_no_recursion(make_ladder: Any) -> None:
    assert rows(picture(make_ladder(3000))).of["n2999"] == 2999
