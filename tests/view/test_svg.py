"""The SVG, read back as XML."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import networkx as nx

from sotc.view.picture import picture
from sotc.view.svg import svg

NAMESPACE = "{http://www.w3.org/2000/svg}"


def texts(document: str) -> list[str]:
    root = ElementTree.fromstring(document)
    return ["".join(found.itertext()) for found in root.iter(f"{NAMESPACE}text")]


def with_class(document: str, tag: str, wanted: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(document)
    return [found for found in root.iter(f"{NAMESPACE}{tag}") if wanted in found.get("class", "").split()]


def test_every_node_that_is_drawn_is_named(siamese: nx.MultiDiGraph) -> None:
    found = texts(svg(picture(siamese)))
    for title in (
        "template",
        "search",
        "gt",
        "backbone",
        "memory",
        "head",
        "pick",
        "box",
        "regress",
        "L1Loss",
    ):
        assert title in found
    assert found.count("backbone") >= 2 + 1, "two applications, and the badge between them"


def test_edges_carry_shapes_and_names(siamese: nx.MultiDiGraph) -> None:
    found = texts(svg(picture(siamese)))
    assert "b 3 127 127" in found
    assert "cls  b 10 25 25" in found
    assert "reg  b 20 25 25" in found
    assert "features" in found, "the port, where several edges arrive"


def test_colours_tell_stages(siamese: nx.MultiDiGraph) -> None:
    cards = with_class(svg(picture(siamese)), "g", "card")
    stages = {
        card.find(f"{NAMESPACE}title").text.splitlines()[0]: card.get("class").split()[1] for card in cards
    }  # type: ignore[union-attr]
    assert stages["template (SiameseCrop)"] == "init"
    assert stages["search (SiameseCrop)"] == "step"
    assert stages["gt (truth)"] == "train"


def test_shared_parts_are_tied(siamese: nx.MultiDiGraph) -> None:
    document = svg(picture(siamese))
    links = with_class(document, "path", "shared")
    assert len(links) == 2, "one between the two applications, one in the legend"
    siamese.nodes["search.1"]["part"] = "another"
    assert with_class(svg(picture(siamese)), "path", "shared") == []


def test_what_goes_into_the_next_frame_is_marked(siamese: nx.MultiDiGraph) -> None:
    assert len(with_class(svg(picture(siamese)), "path", "feedback")) == 2, "the edge, and the legend"


def test_nothing_is_fetched_and_nothing_runs(siamese: nx.MultiDiGraph) -> None:
    document = svg(picture(siamese))
    addresses = re.findall(r"https?://[^\"]*", document)
    assert addresses == ["http://www.w3.org/2000/svg"], "the namespace alone"
    assert not re.search(r"<script|<image|<use|href|@import|url\(|\son\w+=", document)
    assert "prefers-color-scheme:dark" in document


def test_hostile_names_stay_text(siamese: nx.MultiDiGraph) -> None:
    hostile = '"><script>alert(1)</script>&amp;'
    siamese.nodes["head"]["label"] = hostile
    siamese.graph["name"] = hostile
    document = svg(picture(siamese))
    assert "<script" not in document
    assert hostile in texts(document)


def test_the_same_graph_gives_the_same_bytes(siamese: nx.MultiDiGraph) -> None:
    assert svg(picture(siamese)) == svg(picture(siamese.copy()))


def test_an_empty_graph_is_a_picture(siamese: nx.MultiDiGraph) -> None:
    ElementTree.fromstring(svg(picture(nx.MultiDiGraph(name="Nothing"))))
