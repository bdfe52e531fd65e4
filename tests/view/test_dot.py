"""The Graphviz text, read back statement by statement."""

from __future__ import annotations

import re

import networkx as nx

from sotc.view.dot import dot
from sotc.view.picture import picture

STRING = r'"((?:[^"\\]|\\.)*)"'
NODE = re.compile(rf"^\s*{STRING} \[(.*)\];$")
EDGE = re.compile(rf"^\s*{STRING} -> {STRING} \[(.*)\];$")


def test_nodes_and_edges_are_those_of_the_graph(siamese: nx.MultiDiGraph) -> None:
    lines = dot(picture(siamese)).splitlines()
    nodes = [found[1] for line in lines if (found := NODE.match(line))]
    edges = [(found[1], found[2]) for line in lines if (found := EDGE.match(line)) and "dir=none" not in line]
    assert sorted(nodes) == sorted(siamese.nodes)
    assert sorted(edges) == sorted((source, target) for source, target, _ in siamese.edges)


def test_every_line_is_a_statement_of_the_language(siamese: nx.MultiDiGraph) -> None:
    other = re.compile(
        rf"^(digraph {STRING} {{|\s*(graph|node|edge) \[.*\];|\s*subgraph {STRING} {{|\s*label=.*;|\s*}})$"
    )
    lines = [line for line in dot(picture(siamese)).splitlines() if line]
    assert [line for line in lines if not (NODE.match(line) or EDGE.match(line) or other.match(line))] == []
    assert sum(line.endswith("{") for line in lines) == sum(line.strip() == "}" for line in lines)


def test_categories_are_clusters_and_sharing_is_dashed(siamese: nx.MultiDiGraph) -> None:
    text = dot(picture(siamese))
    assert re.findall(r'subgraph "cluster_(\w+)"', text) == [
        "input",
        "backbone",
        "head",
        "decoder",
        "output",
        "loss",
    ]
    assert re.search(r'"template.1" -> "search.1" \[dir=none, style=dashed.*label="backbone"', text)
    assert r'"mix" -> "memory" [label="mix\nb 64 15 15", style=dotted' in text


def test_quotes_and_backslashes_are_escaped(siamese: nx.MultiDiGraph) -> None:
    siamese.nodes["head"]["label"] = 'a "b" \\ c'
    line = next(line for line in dot(picture(siamese)).splitlines() if line.strip().startswith('"head" ['))
    assert NODE.match(line)
    assert r"a \"b\" \\ c" in line
