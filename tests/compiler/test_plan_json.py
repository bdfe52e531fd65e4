"""A plan goes through JSON unchanged, and what is no plan is refused with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from sotc.compiler.plan import CropInput, Plan, Signature, Slot
from sotc.compiler.plan_json import plan_from_json, plan_to_json
from sotc.components.crops.cut_rule import CutRule

FRAME = Slot("frame", "frame")
TARGET = Slot("target", "target", per_target=True)
BOX = Slot("output.box", "output", per_target=True)
FOUND = (Slot("boxes", "boxes", True), Slot("held", "held", True), BOX, TARGET)

PLAN = Plan(
    name="Small",
    crops=(
        CropInput("template", "template", CutRule("squares", 127, hidden=1), None),
        CropInput("online", "template", CutRule("scales", 31), 10),
        CropInput("wide", "template", CutRule("rectangles", 31, shorter=True), None),
        CropInput("search", "search", None, None),
    ),
    crop_lowering="graph",
    programs={
        "begin": Signature("begin", (Slot("boxes", "boxes", per_target=True),), (TARGET,)),
        "border": Signature("border", (FRAME,), (Slot("search.border", "border"),)),
        "init": Signature("init", (FRAME, TARGET), (Slot("cache.kernel", "cache", per_target=True),)),
        "step": Signature("step", (FRAME, TARGET, Slot("cache.kernel", "cache", True)), FOUND),
        "refresh.online": Signature("refresh.online", (FRAME,), ()),
    },
    outputs=("box",),
    max_targets=4,
)


def test_it_comes_back_as_it_went() -> None:
    """With the order of its programs, and what comparisons leave out."""
    found = plan_from_json(json.loads(json.dumps(plan_to_json(PLAN))))
    assert found == PLAN
    assert list(found.programs) == list(PLAN.programs)
    assert [slot.per_target for slot in found.programs["init"].inputs] == [False, True]


def test_a_plan_from_before_there_were_shorter_windows_is_read() -> None:
    table = json.loads(json.dumps(plan_to_json(PLAN)))
    for crop in table["crops"][:2]:
        del crop["rule"]["shorter"]
    assert plan_from_json(table) == PLAN
    table["crops"][0]["rule"]["shorter"] = 1
    with pytest.raises(ValueError, match="`shorter` is neither true nor false"):
        plan_from_json(table)


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    table = json.loads(json.dumps(plan_to_json(PLAN)))
    change(table)
    return table


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda plan: plan.pop("name"), "`name` of a plan is missing"),
        (lambda plan: plan.update(more=1), "`more` of a plan is unknown"),
        (lambda plan: plan.update(name=1), "`name` is no text"),
        (lambda plan: plan.update(crops={}), "`crops` is no list"),
        (lambda plan: plan.update(programs=[[]]), "a program is no table"),
        (lambda plan: plan.update(crop_lowering="moon"), "`crop_lowering` is `moon`"),
        (lambda plan: plan.update(crop_lowering="host"), "the crop of `search` has no rule"),
        (lambda plan: plan.update(max_targets=0), "`max_targets` is no whole number from 1 on"),
        (lambda plan: plan.update(max_targets=True), "`max_targets` is no whole number"),
        (lambda plan: plan.update(max_targets=2.0), "`max_targets` is no whole number"),
        (lambda plan: plan.update(outputs=["score"]), "no output `box`"),
        (lambda plan: plan["programs"].pop(3), "no program `step`"),
        (lambda plan: plan["programs"].pop(4), r"no program `refresh\.online`"),
        (lambda plan: plan["programs"].append(plan["programs"][0]), "stands twice"),
        (
            lambda plan: plan["programs"][2]["outputs"].clear(),
            r"`step` reads `cache\.kernel`, which nothing gives",
        ),
        (lambda plan: plan["programs"][0]["inputs"][0].update(kind="sky"), "`kind` is `sky`"),
        (lambda plan: plan["programs"][0]["inputs"][0].update(per_target=1), "neither true nor false"),
        (lambda plan: plan["crops"][0].update(keyword="state"), "`keyword` is `state`"),
        (lambda plan: plan["crops"][0]["rule"].update(size=-1), "`size` is no whole number from 1 on"),
        (lambda plan: plan["crops"][0]["rule"].update(size=10**9), "1000000000 pixels is larger than"),
        (lambda plan: plan["crops"][0]["rule"].update(kind="circles"), "`kind` is `circles`"),
        (lambda plan: plan["crops"][1].update(refresh_every=0), "`refresh_every` is no whole number"),
    ],
)
def test_what_is_no_plan(change: Callable[[dict[str, Any]], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plan_from_json(changed(change))


@pytest.mark.parametrize("value", [None, [], "plan", 3])
def test_what_is_no_table(value: Any) -> None:
    with pytest.raises(ValueError, match="a plan is no table"):
        plan_from_json(value)
