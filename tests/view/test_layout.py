"""The whole layout: nothing overlaps, edges reach their nodes, large graphs stay within bounds."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

import networkx as nx
import pytest

from sotc.view.bands import rows
from sotc.view.layout import Layout, arrange
from sotc.view.net import JOINTS_PER_NODE, net_of
from sotc.view.picture import Picture, folded, picture
from sotc.view.svg import sizes_of


def laid_out(graph: nx.MultiDiGraph) -> tuple[Picture, Layout]:
    drawn = folded(picture(graph))
    return drawn, arrange(drawn, sizes_of(drawn))


def test_no_two_nodes_overlap(siamese: nx.MultiDiGraph) -> None:
    _, layout = laid_out(siamese)
    for one, other in combinations(layout.places.values(), 2):
        apart = (
            one.right <= other.left
            or other.right <= one.left
            or one.bottom <= other.y
            or other.bottom <= one.y
        )
        assert apart, (one, other)


def test_everything_lies_on_the_paper(siamese: nx.MultiDiGraph) -> None:
    _, layout = laid_out(siamese)
    for place in layout.places.values():
        assert 0 < place.left < place.right < layout.width
        assert 0 < place.y < place.bottom < layout.height


def test_edges_leave_at_the_bottom_arrive_at_the_top_and_go_down(siamese: nx.MultiDiGraph) -> None:
    drawn, layout = laid_out(siamese)
    assert len(layout.routes) == len(drawn.edges)
    for route in layout.routes:
        source, target = layout.places[route.edge.source], layout.places[route.edge.target]
        (x, y), (end_x, end_y) = route.points[0], route.points[-1]
        assert y == source.bottom and source.left <= x <= source.right
        assert end_y == target.y and target.left < end_x < target.right
        if not route.edge.feedback:
            assert all(upper[1] <= lower[1] for upper, lower in pairwise(route.points))


def test_ends_at_one_node_are_apart(siamese: nx.MultiDiGraph) -> None:
    _, layout = laid_out(siamese)
    ends: dict[str, list[float]] = {}
    for route in layout.routes:
        ends.setdefault(route.edge.target, []).append(route.points[-1][0])
    for found in ends.values():
        assert all(right - left >= 10 for left, right in pairwise(sorted(found)))


def test_what_the_spec_says_first_stands_left(siamese: nx.MultiDiGraph) -> None:
    _, layout = laid_out(siamese)
    assert layout.places["template"].x < layout.places["search"].x


def test_long_edges_pass_between_nodes_not_through_them(make_ladder: Any) -> None:
    _, layout = laid_out(make_ladder(12))
    for route in layout.routes:
        for name, place in layout.places.items():
            if name in (route.edge.source, route.edge.target):
                continue
            for x, y in route.points[1:-1]:
                inside = place.left < x < place.right and place.y < y < place.bottom
                assert not inside, (route.edge, name)


def test_joints_do_not_grow_with_the_square_of_the_graph() -> None:
    """A graph in which every node of the upper half feeds its mirror image: n^2/4 joints if all were made."""
    graph = nx.MultiDiGraph()
    count = 400
    for number in range(count):
        graph.add_node(
            number, kind="apply", stage="step", part=f"p{number}", component="Conv2d", category="part"
        )
        if number:
            graph.add_edge(number - 1, number, port="x", shape="")
        if number > count // 2:
            graph.add_edge(count - number, number, port="skip", shape="")
    drawn = picture(nx.relabel_nodes(graph, str))
    net = net_of(drawn, rows(drawn), {node.name: 50.0 for node in drawn.nodes})
    assert sum(map(len, net.joints.values())) <= JOINTS_PER_NODE * count + 100
    assert net.direct
    assert len(arrange(drawn, sizes_of(drawn)).routes) == len(drawn.edges)


@pytest.mark.parametrize("length", [0, 1, 2, 1000])
def test_any_length(length: int, make_ladder: Any) -> None:
    drawn, layout = laid_out(make_ladder(length))
    assert len(layout.places) == length
    assert len(layout.routes) == len(drawn.edges)
