"""A plan as JSON and back: what an artifact says of its programs. Reading believes nothing. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Literal

from ..components.crops.cut_rule import CutRule
from .plan import CropInput, Plan, Signature, Slot
from .plan_order import check_order

SLOT_KINDS = frozenset(
    (
        "frame",
        "frame_size",
        "target",
        "pixels",
        "border",
        "windows",
        "cache",
        "state",
        "carry",
        "output",
        "boxes",
        "held",
    )
)
KEYWORDS = ("template", "search")
LOWERINGS = ("host", "graph")
CUTS: tuple[Literal["squares"], Literal["rectangles"], Literal["scales"]] = (
    "squares",
    "rectangles",
    "scales",
)
LARGEST_PATCH = 1 << 13
"""Pixels; no crop is as wide, and to cut a wider one might take all memory."""
NEEDED = ("begin", "border", "init", "step")
"""Programs that every tracker has."""


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """The plan as what `json.dumps` takes; programs stand in the order in which they first run."""
    return {
        "name": plan.name,
        "crops": [asdict(crop) for crop in plan.crops],
        "crop_lowering": plan.crop_lowering,
        "programs": [asdict(program) for program in plan.programs.values()],
        "outputs": list(plan.outputs),
        "max_targets": plan.max_targets,
    }


def plan_from_json(table: Any) -> Plan:
    """The plan of what `plan_to_json` made. Raises ValueError, saying where it makes no sense."""
    known(table, "plan", ("name", "crops", "crop_lowering", "programs", "outputs", "max_targets"))
    programs = [signature(entry) for entry in listed(table, "programs")]
    plan = Plan(
        name=text(table, "name"),
        crops=tuple(crop_input(entry) for entry in listed(table, "crops")),
        crop_lowering=choice(table, "crop_lowering", LOWERINGS),
        programs={program.name: program for program in programs},
        outputs=tuple(text_of(name, "outputs") for name in listed(table, "outputs")),
        max_targets=whole(table, "max_targets", least=1, optional=True),
    )
    if len(plan.programs) != len(programs):
        raise ValueError("a program stands twice in the plan")
    check_complete(plan)
    return plan


def check_complete(plan: Plan) -> None:
    """Raises ValueError unless a session would find in the plan all that it asks for."""
    missing = [name for name in NEEDED if name not in plan.programs]
    missing += [
        f"refresh.{crop.name}"
        for crop in plan.crops
        if crop.refresh_every is not None and f"refresh.{crop.name}" not in plan.programs
    ]
    if missing:
        raise ValueError(f"the plan has no program `{missing[0]}`")
    if "box" not in plan.outputs:
        raise ValueError("the plan has no output `box`")
    uncut = next((crop.name for crop in plan.crops if crop.rule is None), None)
    if plan.crop_lowering == "host" and uncut is not None:
        raise ValueError(f"the crop of `{uncut}` has no rule, and is to be cut on the host")
    check_order(plan)


def signature(table: Any) -> Signature:
    known(table, "program", ("name", "inputs", "outputs"))
    inputs, outputs = (tuple(slot(entry) for entry in listed(table, side)) for side in ("inputs", "outputs"))
    return Signature(text(table, "name"), inputs, outputs)


def slot(table: Any) -> Slot:
    known(table, "place", ("name", "kind", "per_target"))
    if not isinstance(table["per_target"], bool):
        raise ValueError("`per_target` is neither true nor false")
    return Slot(text(table, "name"), choice(table, "kind", SLOT_KINDS), table["per_target"])


def crop_input(table: Any) -> CropInput:
    known(table, "crop", ("name", "keyword", "rule", "refresh_every"))
    rule = None if table["rule"] is None else cut_rule(table["rule"])
    every = whole(table, "refresh_every", least=1, optional=True)
    return CropInput(text(table, "name"), choice(table, "keyword", KEYWORDS), rule, every)


def cut_rule(table: Any) -> CutRule:
    if isinstance(table, Mapping):
        table = {"shorter": False, **table}  # which plans did not say before there was such a rule
    known(table, "rule", ("kind", "size", "hidden", "shorter"))
    size, hidden = whole(table, "size", least=1), whole(table, "hidden", least=0)
    assert size is not None and hidden is not None
    if size > LARGEST_PATCH:
        raise ValueError(f"a crop of {size} pixels is larger than {LARGEST_PATCH}")
    kind = choice(table, "kind", CUTS)
    if not isinstance(table["shorter"], bool):
        raise ValueError("`shorter` is neither true nor false")
    return CutRule(next(cut for cut in CUTS if cut == kind), size, hidden, table["shorter"])


def known(table: Any, what: str, names: tuple[str, ...]) -> None:
    """Raises ValueError unless `table` has exactly these entries."""
    if not isinstance(table, Mapping):
        raise ValueError(f"a {what} is no table")
    odd = sorted(str(name) for name in set(table) ^ set(names))
    if odd:
        raise ValueError(f"`{odd[0]}` of a {what} is {'missing' if odd[0] in names else 'unknown'}")


def listed(table: Mapping[str, Any], name: str) -> list[Any]:
    if not isinstance(table[name], list):
        raise ValueError(f"`{name}` is no list")
    return list(table[name])


def text(table: Mapping[str, Any], name: str) -> str:
    return text_of(table[name], name)


def text_of(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"`{name}` is no text")
    return value


def choice(table: Mapping[str, Any], name: str, choices: frozenset[str] | tuple[str, ...]) -> str:
    value = text(table, name)
    if value not in choices:
        raise ValueError(f"`{name}` is `{value}`, which there is not")
    return value


def whole(table: Mapping[str, Any], name: str, *, least: int, optional: bool = False) -> int | None:
    """A whole number of `least` or more; None only where it may be wanting."""
    value = table[name]
    if value is None and optional:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"`{name}` is no whole number from {least} on")
    return value
