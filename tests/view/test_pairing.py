"""Which node of one tracker is which of another."""

from __future__ import annotations

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from sotc.view.pairing import paired
from sotc.view.picture import Picture, PictureEdge, PictureNode


def node(name: str, part: str | None = None, kind: str = "apply") -> PictureNode:
    title = part or name
    return PictureNode(name, kind, "part", title, title, part, "step", "b 8", (), 0, "", 1)


def drawn(*nodes: PictureNode, edges: str = "") -> Picture:
    """`edges` as `a>b c>d`."""
    ends = [pair.split(">") for pair in edges.split()]
    return Picture("T", nodes, tuple(PictureEdge(one, two, "0", "b 8") for one, two in ends))


def test_by_name_where_it_is_the_same_part() -> None:
    one = drawn(node("kernel", "backbone"), node("field", "backbone"))
    two = drawn(node("field", "backbone"), node("kernel", "shrink"), node("kernel.backbone", "backbone"))
    assert paired(one, two, {}) == {"field": "field", "kernel": "kernel.backbone"}, (
        "the name `kernel` went on to what was put behind it"
    )


def test_a_part_of_another_name() -> None:
    one, two = drawn(node("kernel", "shrink")), drawn(node("kernel", "narrow"))
    assert paired(one, two, {}) == {}
    assert paired(one, two, {"shrink": "narrow"}) == {"kernel": "kernel"}


def test_what_does_the_same_to_the_same_things() -> None:
    one = drawn(node("a", "a"), node("sum", kind="operation"), edges="a>sum")
    two = drawn(node("a", "a"), node("total", kind="operation"), edges="a>total")
    assert paired(one, two, {}) == {"a": "a"}, "an operation of another title is another one"
    again = Picture("T", (two.nodes[0], node("total", kind="operation")), two.edges)
    assert paired(one, again, {}) == {"a": "a"}


def test_two_that_changed_places_are_not_both_kept() -> None:
    one = drawn(node("a", "a"), node("b", "b"), edges="a>b")
    two = drawn(node("a", "a"), node("b", "b"), edges="b>a")
    assert len(paired(one, two, {})) == 1


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """A few nodes of few parts, edges from earlier to later ones."""
    names = draw(st.permutations(["a", "b", "c", "d", "e", "f"]))
    parts = draw(st.lists(st.sampled_from([None, "p", "q"]), min_size=6, max_size=6))
    pairs = [(one, two) for number, two in enumerate(names) for one in names[:number]]
    edges = draw(st.sets(st.sampled_from(pairs), max_size=9))
    kinds = ["apply" if part else "operation" for part in parts]
    return Picture(
        "T",
        tuple(node(name, part, kind) for name, part, kind in zip(names, parts, kinds, strict=True)),
        tuple(PictureEdge(one, two, "0", "b") for one, two in sorted(edges)),
    )


@settings(deadline=None, max_examples=60)
@given(pictures(), pictures())
def test_pairs_are_one_to_one_and_make_no_circle(one: Picture, two: Picture) -> None:
    pairs = paired(one, two, {})
    assert len(set(pairs.values())) == len(pairs)
    graph = nx.DiGraph((edge.source, edge.target) for edge in two.edges)
    for edge in one.edges:
        graph.add_edge(*(pairs.get(end, f"A:{end}") for end in (edge.source, edge.target)))
    assert nx.is_directed_acyclic_graph(graph)


@settings(deadline=None, max_examples=20)
@given(pictures())
def test_a_picture_is_its_own_pair(one: Picture) -> None:
    assert paired(one, one, {}) == {node.name: node.name for node in one.nodes}
