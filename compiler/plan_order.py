"""The order in which a session runs a plan, followed in words: an artifact's plan is believed only when it works out.

Nothing is computed here; `runtime.targets` runs the programs. No torch.
"""

from __future__ import annotations

from collections.abc import Sequence

from .plan import LASTING, CropInput, Plan


def check_order(plan: Plan) -> None:
    """Raises ValueError unless each program finds, at its turn in a session, all that it reads."""
    borders = {f"{crop.name}.border" for crop in plan.crops}
    seen = {"frame", "frame_size"}
    run(plan, "border", seen)
    if plan.crop_lowering == "host":
        refuse_absent("a crop", borders, seen)
    first = {*seen, "boxes"}
    run(plan, "begin", first)
    run(plan, "aim", first)
    cut(plan, [crop for crop in plan.crops if crop.keyword == "template"], first)
    run(plan, "init", first)
    every = seen | {name for name in first if name in lasting(plan)}
    cut(plan, [crop for crop in plan.crops if crop.keyword == "search"], every)
    run(plan, "step", every)
    refuse_absent("a result", {"boxes", "held", *(f"output.{name}" for name in plan.outputs)}, every)
    for crop in plan.crops:
        if crop.refresh_every is not None:
            cut(plan, [crop], every)
            run(plan, f"refresh.{crop.name}", every)
    run(plan, "next", every)


def lasting(plan: Plan) -> set[str]:
    """Places that one step leaves for the next."""
    slots = [slot for program in plan.programs.values() for slot in (*program.inputs, *program.outputs)]
    return {slot.name for slot in slots if slot.kind in LASTING}


def run(plan: Plan, name: str, given: set[str]) -> None:
    """Add what a program gives. Raises ValueError where it reads what is not given."""
    program = plan.programs.get(name)
    if program is None:
        return
    refuse_absent(f"`{name}`", {slot.name for slot in program.inputs}, given)
    given |= {slot.name for slot in program.outputs}


def cut(plan: Plan, crops: Sequence[CropInput], given: set[str]) -> None:
    """Add the pixels that the host cuts. Raises ValueError where nothing says where."""
    if plan.crop_lowering == "host":
        refuse_absent("a crop", {f"{crop.name}.windows" for crop in crops}, given)
        given |= {f"{crop.name}.pixels" for crop in crops}


def refuse_absent(who: str, wanted: set[str], given: set[str]) -> None:
    absent = sorted(wanted - given)
    if absent:
        raise ValueError(f"{who} reads `{absent[0]}`, which nothing gives")
