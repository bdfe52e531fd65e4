"""From a component graph to what all pictures draw."""

from __future__ import annotations

import networkx as nx
import pytest

from sotc.view.picture import count_text, folded, picture


def test_nodes_keep_the_graphs_order_and_say_what_they_are(siamese: nx.MultiDiGraph) -> None:
    drawn = picture(siamese)
    assert drawn.title == "Siamese"
    assert [node.name for node in drawn.nodes] == list(siamese.nodes)
    backbone = next(node for node in drawn.nodes if node.name == "search.1")
    assert (backbone.title, backbone.component, backbone.group) == ("backbone", "ResNet", "backbone")
    assert [(found.name, found.value, found.inferred) for found in backbone.settings] == [
        ("depth", "50", False),
        ("in_channels", "3", True),
    ]
    assert backbone.place == "siamese.sot:7"


def test_kinds_that_are_no_components_have_groups_of_their_own(siamese: nx.MultiDiGraph) -> None:
    groups = {node.name: node.group for node in picture(siamese).nodes}
    assert groups["template"] == groups["gt"] == groups["memory"] == "input"
    assert groups["output.box"] == "output"
    assert groups["loss.regress"] == groups["l1"] == "loss"
    assert groups["cls"] == groups["mix"] == "flow"


def test_titles_of_ends_and_states_do_not_repeat_their_kind(siamese: nx.MultiDiGraph) -> None:
    titles = {node.name: node.title for node in picture(siamese).nodes}
    assert (titles["output.box"], titles["loss.regress"], titles["memory"]) == ("box", "regress", "memory")


def test_a_part_applied_twice_is_shared_and_its_weights_count_once(siamese: nx.MultiDiGraph) -> None:
    drawn = picture(siamese)
    assert drawn.shared_parts == {"backbone": ("template.1", "search.1")}
    assert drawn.parameters == 23_508_032 + 5_400


def test_folding_moves_what_is_picked_to_the_edges(siamese: nx.MultiDiGraph) -> None:
    drawn = folded(picture(siamese))
    names = {node.name for node in drawn.nodes}
    assert names == set(siamese.nodes) - {"cls", "reg", "search.view"}
    found = {(edge.source, edge.target, edge.port): (edge.wire, edge.shape) for edge in drawn.edges}
    assert found["head", "pick", "cls"] == ("cls", "b 10 25 25")
    assert found["head", "l1", "prediction"] == ("reg", "b 20 25 25")
    assert found["search", "pick", "view"] == (".view", "view")


def test_folding_follows_picks_of_picks() -> None:
    graph = nx.MultiDiGraph()
    for name, kind, label in (
        ("a", "apply", "a"),
        ("a.1", "field", ".levels"),
        ("a.2", "select", "[0]"),
        ("b", "apply", "b"),
    ):
        graph.add_node(name, kind=kind, label=label, stage="step", shape="")
    for source, target in (("a", "a.1"), ("a.1", "a.2"), ("a.2", "b")):
        graph.add_edge(source, target, port="x", shape="")
    drawn = folded(picture(graph))
    assert [(edge.source, edge.target, edge.wire) for edge in drawn.edges] == [("a", "b", ".levels[0]")]


def test_feedback_is_kept(siamese: nx.MultiDiGraph) -> None:
    assert [(edge.source, edge.target) for edge in picture(siamese).edges if edge.feedback] == [
        ("mix", "memory")
    ]


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (640, "640"), (1000, "1 k"), (1234, "1.23 k"), (23_508_032, "23.5 M"), (2 * 10**9, "2 G")],
)
def test_counts_are_short(number: int, text: str) -> None:
    assert count_text(number) == text
