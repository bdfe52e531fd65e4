"""The Mermaid flowchart, read back line by line."""

from __future__ import annotations

import re

import networkx as nx

from sotc.view.mermaid import mermaid
from sotc.view.picture import folded, picture


def test_links_are_those_of_the_picture(siamese: nx.MultiDiGraph) -> None:
    text = mermaid(picture(siamese))
    drawn = folded(picture(siamese))
    links = re.findall(r"^  (n\d+) (-->|-\.->)(?:\|\"[^\"]*\"\|)? (n\d+)$", text, re.MULTILINE)
    order = {node.name: f"n{number}" for number, node in enumerate(drawn.nodes)}
    assert [(source, target) for source, _, target in links] == [
        (order[edge.source], order[edge.target]) for edge in drawn.edges
    ]
    assert [arrow for _, arrow, _ in links].count("-.->") == 1


def test_categories_are_subgraphs_that_end(siamese: nx.MultiDiGraph) -> None:
    lines = [line.strip() for line in mermaid(picture(siamese)).splitlines()]
    opened = [line for line in lines if line.startswith("subgraph ")]
    assert [re.findall(r'\["(\w+)"\]', line)[0] for line in opened] == [
        "input",
        "backbone",
        "head",
        "decoder",
        "output",
        "loss",
    ]
    assert lines.count("end") == len(opened)


def test_stages_are_classes_and_sharing_is_said(siamese: nx.MultiDiGraph) -> None:
    text = mermaid(picture(siamese))
    assert re.search(r'^  n3 -\. "same weights: backbone" \.- n4$', text, re.MULTILINE)
    init = re.search(r"^  class ([n\d,]+) init$", text, re.MULTILINE)
    assert init is not None and init[1].split(",") == ["n0", "n3"]


def test_no_name_breaks_out_of_its_quotes(siamese: nx.MultiDiGraph) -> None:
    siamese.nodes["head"]["label"] = 'a"]; end <b>&'
    line = next(line for line in mermaid(picture(siamese)).splitlines() if "end" in line and "[" in line)
    assert line.strip() == 'n6["a#quot;]; end #lt;b#gt;#amp;<br>RPNHead"]'
