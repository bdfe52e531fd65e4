"""Two trackers in one picture, on pictures made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sotc.view.comparison import LINES_SHOWN, Comparison, Costs, comparison
from sotc.view.difference import difference
from sotc.view.marks import joint
from sotc.view.picture import Picture, PictureEdge, PictureNode, Setting
from sotc.view.work import Work


def node(name: str, part: str, shape: str = "b 8", parameters: int = 0, **settings: str) -> PictureNode:
    told = tuple(Setting(key, value, key.startswith("in_")) for key, value in settings.items())
    return PictureNode(
        name, "apply", "part", part, part.title(), part, "step", shape, told, parameters, "", 1
    )


def drawn(*nodes: PictureNode, edges: str = "") -> Picture:
    shapes = {one.name: one.shape for one in nodes}
    ends = [pair.split(">") for pair in edges.split()]
    return Picture("T", nodes, tuple(PictureEdge(a, b, "x", shapes[a]) for a, b in ends))


def compared(one: Picture, two: Picture, costs: Costs | None = None) -> Comparison:
    nothing = Work("T", 0, (), ())
    found = difference((one, nothing), (two, nothing))
    return comparison(one, two, found, costs or Costs({}, {}))


def hows(found: Comparison) -> dict[str, str]:
    return {pair.name: pair.how for pair in found.pairs}


def test_the_same_twice_has_no_marks() -> None:
    one = drawn(node("a", "p", size="3"), node("b", "q"), edges="a>b")
    found = compared(one, one)
    assert hows(found) == {"a": "", "b": ""}
    assert [edge.mark for edge in found.both.edges] == [""]


def test_a_cause_and_what_follows_from_it_are_told_apart() -> None:
    one = drawn(node("a", "p", "b 48", width="48"), node("b", "q", "b 9", 90, in_channels="48"), edges="a>b")
    two = drawn(node("a", "p", "b 32", width="32"), node("b", "q", "b 9", 60, in_channels="32"), edges="a>b")
    found = compared(one, two, Costs({"b": 100}, {"b": 50}))
    assert hows(found) == {"a": "changed", "b": "follows"}
    follows = {detail.name: (detail.before, detail.after) for detail in found.pairs[1].following}
    assert follows == {
        "in_channels": ("48 (inferred)", "32 (inferred)"),
        "parameters": ("90", "60"),
        "FLOPs": ("100", "50"),
    }
    assert found.both.nodes[1].mark is not None
    assert found.both.nodes[1].mark.lines == ("in_channels 48 → 32", "parameters 90 → 60", "FLOPs 100 → 50")
    assert found.both.edges[0].shape == "b 48 → b 32"


def test_a_name_that_went_on_to_something_else() -> None:
    """`kernel` was what `p` gives; now `q` stands behind it and has the name."""
    one = drawn(node("kernel", "p"), node("end", "e"), edges="kernel>end")
    two = drawn(
        node("kernel.p", "p"), node("kernel", "q"), node("end", "e"), edges="kernel.p>kernel kernel>end"
    )
    found = compared(one, two)
    assert hows(found) == {"kernel.p": "renamed", "kernel": "added", "end": "changed"}
    assert [detail.name for detail in found.pairs[0].written] == ["wire"]
    assert sorted((edge.source, edge.target, edge.mark) for edge in found.both.edges) == [
        ("kernel", "end", "added"),
        ("kernel.p", "end", "removed"),
        ("kernel.p", "kernel", "added"),
    ]
    back = compared(two, drawn(node("kernel", "r"), node("end", "e"), edges="kernel>end"))
    assert hows(back)["A:kernel"] == "removed" and hows(back)["kernel"] == "added"
    (end,) = [pair for pair in back.pairs if pair.name == "end"]
    assert [(one.before, one.after) for one in end.written] == [("kernel of A", "kernel")]


def test_each_side_alone_has_its_own_nodes_under_joint_names() -> None:
    one, two = drawn(node("a", "p"), node("b", "q")), drawn(node("a", "p"), node("c", "r"))
    found = compared(one, two)
    assert [one.name for one in found.before.nodes] == ["a", "b"]
    assert [one.name for one in found.after.nodes] == ["a", "c"]
    assert [one.name for one in found.both.nodes] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("b 8", "b 8", "b 8"),
        ("b 8", "b 4", "b 8 → b 4"),
        ("(b 8, b 2)", "(b 4, b 2)", "(b 8 → b 4, b 2)"),
        ("(b 8, b 2)", "b 4", "b 4"),
        ("((b 8, b 2), b 1)", "((b 8, b 3), b 1)", "((b 8, b 3), b 1)"),
    ],
)
def test_a_label_has_both_shapes(was: str, now: str, told: str) -> None:
    one, two = (drawn(node("a", "p", shape), node("b", "q"), edges="a>b") for shape in (was, now))
    assert compared(one, two).both.edges[0].shape == told


def test_a_card_has_few_lines() -> None:
    keys = [f"k{number}" for number in range(LINES_SHOWN + 3)]
    one, two = (drawn(node("a", "p", **dict.fromkeys(keys, value))) for value in "12")
    mark = compared(one, two).both.nodes[0].mark
    assert mark is not None
    assert mark.lines == ("k0 1 → 2", "k1 1 → 2", "k2 1 → 2", "and 4 more")


def test_another_component_is_told_on_its_card() -> None:
    one = drawn(node("a", "p"))
    two = replace(one, nodes=(replace(one.nodes[0], component="Other"),))
    assert compared(one, two).both.nodes[0].component == "P → Other"


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (["added", "added"], "added"),
        (["added", ""], "changed"),
        (["follows", ""], "follows"),
        (["follows", "removed"], "changed"),
        ([], ""),
        (["", ""], ""),
    ],
)
def test_several_together(parts: list[str], whole: str) -> None:
    assert joint(parts) == whole
