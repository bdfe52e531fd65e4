"""The graph in words."""

from __future__ import annotations

import io

import networkx as nx
from rich.console import Console

from sotc.view.picture import picture
from sotc.view.summary import summary


def printed(graph: nx.MultiDiGraph) -> str:
    console = Console(file=io.StringIO(), width=160, no_color=True)
    for renderable in summary(picture(graph)):
        console.print(renderable)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_shared_part_is_listed_once_with_its_uses(siamese: nx.MultiDiGraph) -> None:
    lines = [line.split() for line in printed(siamese).splitlines() if "ResNet" in line]
    assert lines == [
        ["backbone", "ResNet", "depth", "=", "50,", "in_channels", "=", "3", "(inferred)", "23.5", "M", "2"]
    ]


def test_wires_have_stage_and_shape(siamese: nx.MultiDiGraph) -> None:
    rows = [line.split() for line in printed(siamese).splitlines()]
    assert ["cls", "[0]", "step", "b", "10", "25", "25"] in rows
    assert ["template", "template", "init", "b", "3", "127", "127"] in rows


def test_the_closing_line_names_what_comes_out(siamese: nx.MultiDiGraph) -> None:
    assert printed(siamese).strip().splitlines()[-1] == (
        "Siamese: 23.5 M parameters; outputs: box; losses: regress; shared: backbone"
    )
