"""One pass over one program as pictures, component by component."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sotc.compiler.pass_steps import FlatNode, FlatProgram, PassStep
from sotc.compiler.passes.base import Reason
from sotc.view import pass_pictures
from sotc.view.pass_pictures import FEW, StepPicture, step_picture


def call(
    name: str, *reads: str, operator: str = "add", origin: str = "", shape: str = "b 4", **operands: str
) -> FlatNode:
    return FlatNode(name, "call", operator, shape, origin, tuple(operands.items()), reads)


def chain(origin: str, length: int, begin: str) -> list[FlatNode]:
    names = [begin, *(f"{origin}_{number}" for number in range(length))]
    return [call(name, before, origin=origin) for before, name in pairwise(names)]


def step(before: list[FlatNode], after: list[FlatNode], *fired: str) -> PassStep:
    reasons = tuple(Reason(name, "", "done") for name in fired)
    return PassStep("tidy", "step", FlatProgram(tuple(before)), FlatProgram(tuple(after)), reasons, ())


def titles(picture: StepPicture, level: str = "") -> dict[str, str]:
    return {node["title"]: node["how"] for node in picture.levels[level]["nodes"]}


START = FlatNode("x", "input", "frame", "h w 3", "", (), ())
END = FlatNode("output y", "output", "output.box", "b 4", "", (("value", "•"),), ("b",))


def test_a_small_program_is_shown_as_it_is() -> None:
    before = [
        START,
        call("a", "x", operator="conv2d", weight="w [4]"),
        call("n", "a", operator="batch_norm"),
        END,
    ]
    after = [
        START,
        call("a", "x", operator="conv2d", weight="folded [4]"),
        call("r", "a", operator="relu"),
        END,
    ]
    picture = step_picture(step([*before, call("b", "n")], [*after, call("b", "r")]))
    assert list(picture.levels) == [""]
    assert titles(picture) == {
        "frame": "",
        "conv2d": "changed",
        "batch_norm": "removed",
        "relu": "added",
        "add": "",
        "output.box": "",
    }
    hows = sorted(edge["how"] for edge in picture.levels[""]["edges"])
    assert hows == ["", "", "added", "added", "removed", "removed"]


def test_a_name_that_calls_something_else_is_another_operator() -> None:
    picture = step_picture(
        step([START, call("a", "x", operator="mul")], [START, call("a", "x", operator="div")])
    )
    assert titles(picture) == {"frame": "", "div": "added", "mul": "removed"}
    assert picture.shown["was a"].how == "removed"


def test_a_number_of_another_type_follows() -> None:
    half = [START, call("a", "x", shape="b 4 float16"), call("b", "a")]
    picture = step_picture(step([START, call("a", "x"), call("b", "a")], half))
    assert {node["id"]: node["how"] for node in picture.levels[""]["nodes"]}["a"] == "follows"
    assert ["b 4 → b 4 float16"] in [list(label["lines"]) for label in picture.levels[""]["labels"]]


def test_two_operators_that_changed_places_make_no_circle() -> None:
    before = [START, call("a", "x", operator="relu"), call("b", "a", operator="scale")]
    after = [START, call("b", "x", operator="scale"), call("a", "b", operator="relu")]
    picture = step_picture(step(before, after))
    hows = {node["id"]: node["how"] for node in picture.levels[""]["nodes"]}
    assert sorted(hows.values()) == ["", "", "added", "removed"]


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_any_two_programs_are_drawn(data: st.DataObject) -> None:
    """Every operator of either is there once, and nothing of one side is missing in it."""
    sides = []
    for _ in range(2):
        names = data.draw(st.permutations(["a", "b", "c", "d"]))
        nodes = [
            call(
                name,
                data.draw(st.sampled_from(["x", *names[:number]])),
                operator=data.draw(st.sampled_from("pq")),
            )
            for number, name in enumerate(names)
        ]
        sides.append([START, *nodes])
    picture = step_picture(step(*sides))
    hows = [node["how"] for node in picture.levels[""]["nodes"]]
    assert len(hows) - hows.count("added") == len(hows) - hows.count("removed") == 5
    edges = [edge["how"] for edge in picture.levels[""]["edges"]]
    assert len(edges) - edges.count("added") == len(edges) - edges.count("removed") == 4


@pytest.fixture(scope="module")
def large() -> StepPicture:
    """Two components of many operators; one in the middle of the second is taken away."""
    first, second = chain("neck", FEW, "x"), chain("head", 2 * FEW, f"neck_{FEW - 1}")
    gone = second[FEW]
    kept = [node for node in second if node is not gone]
    kept[FEW] = call(kept[FEW].name, gone.reads[0], origin="head")
    return step_picture(step([START, *first, *second], [START, *first, *kept], gone.name))


def test_a_large_one_has_a_card_for_each_component(large: StepPicture) -> None:
    cards = {node["title"]: [line[0] for line in node["lines"][1:]] for node in large.levels[""]["nodes"]}
    assert cards == {
        "frame": [],
        "neck": [f"{FEW} operators"],
        "head": [f"{2 * FEW} → {2 * FEW - 1} operators", "1 of them touched"],
    }
    assert titles(large)["head"] == "changed" and titles(large)["neck"] == ""


def test_within_a_card_stands_what_was_touched_and_what_is_next_to_it(large: StepPicture) -> None:
    assert list(large.levels) == ["", "head"]
    inner = large.levels["head"]
    operators = [node for node in inner["nodes"] if node["kind"] == "apply"]
    assert [(node["id"], node["how"]) for node in operators] == [
        (f"head_{FEW - 2}", ""),
        (f"head_{FEW - 1}", ""),
        (f"head_{FEW + 1}", ""),
        (f"head_{FEW + 2}", ""),
        (f"head_{FEW}", "removed"),
    ]
    assert large.groups["head"] == tuple(node["id"] for node in operators)


def test_components_that_feed_each_other_share_a_card() -> None:
    """Operator by operator, to and fro: two cards would make a circle."""
    nodes, last = [], "x"
    for number in range(FEW):
        for origin in ("left", "right"):
            nodes.append(call(f"{origin}_{number}", last, origin=origin))
            last = nodes[-1].name
    picture = step_picture(step([START, *nodes], [START, *nodes]))
    assert [node["title"] for node in picture.levels[""]["nodes"]] == ["frame", "left + right"]


def test_a_pass_that_touches_everything_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    most = FEW + 10
    monkeypatch.setattr(pass_pictures, "MOST", most)
    nodes = chain("backbone", 2 * most, "x")
    other = [call(node.name, *node.reads, origin=node.origin, weight="w") for node in nodes]
    picture = step_picture(step([START, *nodes], [START, *other]))
    assert len(picture.groups["backbone"]) == most
    assert f"{2 * most} of them touched" in [line[0] for line in picture.levels[""]["nodes"][1]["lines"]]


def test_a_level_has_no_two_operators_in_one_place(large: StepPicture) -> None:
    for level in large.levels.values():
        boxes = [node["box"] for node in level["nodes"]]
        for number, (x, y, w, h) in enumerate(boxes):
            for ox, oy, ow, oh in boxes[:number]:
                assert x + w <= ox or ox + ow <= x or y + h <= oy or oy + oh <= y
