"""Orders and cycles, against networkx."""

from __future__ import annotations

import networkx
from hypothesis import given
from hypothesis import strategies as st

from sotc.dsl.ordering import order

GRAPHS = st.integers(1, 12).flatmap(
    lambda size: st.lists(st.lists(st.integers(0, size - 1), max_size=4), min_size=size, max_size=size)
)


@given(GRAPHS)
def test_order_and_cycles(needs: list[list[int]]) -> None:
    found = order(dict(enumerate(needs)))
    graph = networkx.DiGraph([(key, need) for key, each in enumerate(needs) for need in each])
    graph.add_nodes_from(range(len(needs)))
    assert sorted(found.keys) == list(range(len(needs)))
    assert bool(found.cycles) == (not networkx.is_directed_acyclic_graph(graph))
    for cycle in found.cycles:
        assert all(graph.has_edge(*pair) for pair in zip(cycle, (*cycle[1:], cycle[0]), strict=True))
    if not found.cycles:
        place = {key: at for at, key in enumerate(found.keys)}
        assert all(place[need] < place[key] for key, need in graph.edges)


def test_what_is_in_order_stays() -> None:
    assert order({"a": [], "b": ["a"], "c": []}).keys == ("a", "b", "c")
    assert order({"b": ["a"], "a": [], "c": ["b"]}).keys == ("a", "b", "c")


def test_a_long_line_needs_no_stack() -> None:
    size = 50_000
    assert order({key: [key + 1] for key in range(size)} | {size: []}).keys == tuple(range(size, -1, -1))


def test_unknown_keys_are_no_needs() -> None:
    assert order({"a": ["elsewhere"]}).keys == ("a",)
