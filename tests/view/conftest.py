"""Graphs to draw: of the form that the compiler gives, made by hand so that every case is in one of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import networkx as nx
import pytest

from sotc.dsl.span import Span

from .chromium import chromium

SPAN = Span("siamese.sot", 0, 1, 7, 1, 7, 2)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """For one file at a time: while Playwright runs, no other event loop can."""
    with chromium() as found:
        yield found


def add(graph: nx.MultiDiGraph, name: str, kind: str, stage: str, shape: str = "", **told: Any) -> None:
    blank = {
        "category": kind,
        "component": None,
        "part": None,
        "span": SPAN,
        "label": name,
        "settings": {},
        "parameters": 0,
    }
    graph.add_node(name, kind=kind, stage=stage, shape=shape, **{**blank, **told})


def join(graph: nx.MultiDiGraph, source: str, target: str, port: str = "0", **told: Any) -> None:
    graph.add_edge(source, target, port=port, shape=graph.nodes[source]["shape"], **told)


def siamese_graph() -> nx.MultiDiGraph:
    """Two branches that share a backbone, a head with two results, a loss, a decoder, a state, an output."""
    graph = nx.MultiDiGraph(name="Siamese")
    add(
        graph,
        "template",
        "input",
        "init",
        "b 3 127 127",
        component="SiameseCrop",
        settings={"size": (127, False)},
    )
    add(
        graph,
        "search",
        "input",
        "step",
        "b 3 255 255",
        component="SiameseCrop",
        settings={"size": (255, False)},
    )
    add(graph, "gt", "truth", "train", "n 4")
    shared = {"category": "backbone", "component": "ResNet", "part": "backbone", "label": "backbone"}
    settings = {"depth": (50, False), "in_channels": (3, True)}
    for branch, stage, side in (("template", "init", 15), ("search", "step", 31)):
        name = f"{branch}.1"
        add(
            graph,
            name,
            "apply",
            stage,
            f"b 64 {side} {side}",
            **shared,
            settings=settings,
            parameters=23_508_032,
        )
        join(graph, branch, name, "image")
    join_head(graph)
    join_ends(graph)
    return graph


def join_head(graph: nx.MultiDiGraph) -> None:
    """A state that the template begins, and a head whose two results are picked by place."""
    add(graph, "memory", "state", "step", "b 64 15 15", label="state memory")
    join(graph, "template.1", "memory", "initial")
    add(
        graph,
        "head",
        "apply",
        "step",
        "(b 10 25 25, b 20 25 25)",
        category="head",
        component="RPNHead",
        part="head",
        parameters=5_400,
    )
    join(graph, "memory", "head", "kernel")
    join(graph, "search.1", "head", "features")
    for index, name in enumerate(("cls", "reg")):
        add(graph, name, "select", "step", f"b {10 * (index + 1)} 25 25", label=f"[{index}]")
        join(graph, "head", name)


def join_ends(graph: nx.MultiDiGraph) -> None:
    """A decoder and an output, a loss, and what the state becomes."""
    add(graph, "search.view", "field", "step", "view", label=".view")
    join(graph, "search", "search.view")
    add(graph, "pick", "apply", "step", "b 4", category="decoder", component="AnchorDecode", part="pick")
    for source, port in (("cls", "cls"), ("reg", "reg"), ("search.view", "view")):
        join(graph, source, "pick", port)
    add(graph, "output.box", "output", "step", "b 4", label="output box")
    join(graph, "pick", "output.box", "box")
    add(graph, "l1", "apply", "train", "", category="loss", component="L1Loss", part="l1")
    join(graph, "reg", "l1", "prediction")
    join(graph, "gt", "l1", "target")
    add(graph, "loss.regress", "loss", "train", "", label="loss regress")
    join(graph, "l1", "loss.regress", "regress")
    add(graph, "mix", "operation", "step", "b 64 15 15", label="*")
    join(graph, "memory", "mix")
    join(graph, "mix", "memory", "next", feedback=True)


def ladder(length: int, reach: int = 5) -> nx.MultiDiGraph:
    """A chain of small parts with links past `reach` of them, and from the first to the last."""
    graph = nx.MultiDiGraph(name="Ladder")
    for number in range(length):
        add(
            graph,
            f"n{number}",
            "apply",
            "step",
            "b 64 31 31",
            category="part",
            component="Conv2d",
            part=f"p{number}",
            parameters=1,
        )
        for back in (1, reach):
            if number >= back:
                join(graph, f"n{number - back}", f"n{number}", f"from{back}")
    if length > 1:
        join(graph, "n0", f"n{length - 1}", "far")
    return graph


@pytest.fixture
def siamese() -> nx.MultiDiGraph:
    return siamese_graph()


@pytest.fixture
def make_ladder() -> Any:
    return ladder
