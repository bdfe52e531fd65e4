"""A plan is followed in the order of a session: what a program reads must be there when its turn comes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sotc.compiler.check import check
from sotc.compiler.driver import source_of
from sotc.compiler.plan import Plan, Signature, Slot
from sotc.compiler.plan_order import check_order
from sotc.specs import locate


@pytest.fixture(scope="module", params=["host", "graph"])
def plan(request: pytest.FixtureRequest) -> Plan:
    """Of a tracker with states, a refreshed template and caches."""
    return source_of(check(locate("correlation_filter")), None, "cpu", request.param).plan


def with_slots(plan: Plan, program: str, **sides: tuple[Slot, ...]) -> Plan:
    changed: Signature = replace(plan.programs[program], **sides)
    return replace(plan, programs={**plan.programs, program: changed})


def test_what_compiling_gives_works_out(plan: Plan) -> None:
    check_order(plan)


@pytest.mark.parametrize("program", ["begin", "init", "step"])
def test_a_program_that_gives_nothing(plan: Plan, program: str) -> None:
    with pytest.raises(ValueError, match="which nothing gives"):
        check_order(with_slots(plan, program, outputs=()))


def test_what_comes_too_late(plan: Plan) -> None:
    """`begin` comes before every step."""
    begin = plan.programs["begin"]
    late = (*begin.inputs, Slot("output.box", "output", True))
    with pytest.raises(ValueError, match=r"`begin` reads `output\.box`"):
        check_order(with_slots(plan, "begin", inputs=late))


def test_what_does_not_last(plan: Plan) -> None:
    """Caches and states that are called by another kind are gone when the first step looks for them."""

    def carried(slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
        return tuple(replace(slot, kind="carry") if slot.kind == "state" else slot for slot in slots)

    programs = {
        name: Signature(name, carried(program.inputs), carried(program.outputs))
        for name, program in plan.programs.items()
    }
    with pytest.raises(ValueError, match=r"`step` reads `state\.\w+`, which nothing gives"):
        check_order(replace(plan, programs=programs))


def test_an_output_that_no_step_gives(plan: Plan) -> None:
    with pytest.raises(ValueError, match=r"a result reads `output\.mask`"):
        check_order(replace(plan, outputs=(*plan.outputs, "mask")))


def test_a_crop_of_the_other_keyword(plan: Plan) -> None:
    """Pixels that are cut on the host for `init` are not there in a step, nor the other way round."""
    if plan.crop_lowering == "graph":
        pytest.skip("programs cut by themselves, whenever they run")
    for keyword in ("template", "search"):
        crops = tuple(replace(crop, keyword=keyword, refresh_every=None) for crop in plan.crops)
        with pytest.raises(ValueError, match=r"reads `\w+\.pixels`, which nothing gives"):
            check_order(replace(plan, crops=crops))
