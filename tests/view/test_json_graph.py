"""The JSON of a graph."""

from __future__ import annotations

import json

import networkx as nx

from sotc.view.json_graph import json_graph
from sotc.view.picture import picture


def test_it_holds_the_whole_graph(siamese: nx.MultiDiGraph) -> None:
    document = json.loads(json_graph(picture(siamese)))
    assert document["name"] == "Siamese"
    assert document["parameters"] == 23_513_432
    assert document["shared"] == {"backbone": ["template.1", "search.1"]}
    again = nx.MultiDiGraph()
    again.add_nodes_from(node["name"] for node in document["nodes"])
    again.add_edges_from((edge["source"], edge["target"]) for edge in document["edges"])
    assert sorted(again.edges()) == sorted(siamese.edges())
    fields = {name for edge in document["edges"] for name in edge}
    assert fields == {"source", "target", "port", "shape", "wire", "feedback"}
    head = next(node for node in document["nodes"] if node["name"] == "head")
    assert (head["stage"], head["shape"], head["group"]) == ("step", "(b 10 25 25, b 20 25 25)", "head")
