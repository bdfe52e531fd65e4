"""What parts cost, with the times that were measured beside them."""

from __future__ import annotations

import pytest
from rich.console import Console

from sotc.compiler.node_times import NodeTimes, ProgramTimes
from sotc.view.html import shown_times
from sotc.view.work import milliseconds, takes_time, work_of, work_tables

from ..measure.small import checked

MADE = NodeTimes(
    device="cpu",
    device_name="A Processor",
    threads=2,
    repeats=7,
    weights="checkpoint",
    programs={
        "init": ProgramTimes({"kernel": 2.0, "template": 0.001}, {}, 1.0),
        "step": ProgramTimes({"field": 4.0, "likeness": 0.006, "pick": 1.0}, {}, 0.25),
    },
    begin=3.5,
    frame=6.0,
    in_frame=("step",),
    frame_share=0.875,
)


def test_a_part_takes_what_its_applications_take() -> None:
    work = work_of(checked().expect(), MADE)
    parts = {part.part: part for part in work.parts}
    assert parts["even"].milliseconds == {"init": 2.0, "step": 4.0}, "one part, applied in both"
    assert parts["PointDecode"].milliseconds == {"step": 1.0}
    assert {program.name: program.milliseconds for program in work.programs} == {"init": 3.001, "step": 5.256}
    assert [takes_time(parts[name], work) for name in ("PointDecode", "XCorrPixelwise", "template")] == [
        True,
        False,
        False,
    ]


def test_the_table_tells_times_where_there_are_some() -> None:
    console = Console(width=200, record=True)
    for times in (None, MADE):
        for renderable in work_tables(work_of(checked().expect(), times)):
            console.print(renderable)
        text = console.export_text()
        assert ("of step ms" in text) == (times is not None)
    (row,) = (line.split() for line in text.splitlines() if line.strip().startswith("PointDecode"))
    assert row[-3:] == ["1", "19.0", "%"], "of the 5.256 that were counted"
    told = " ".join(text.split())
    assert "medians of 7 runs on A Processor, 2 threads" in told and "A frame takes 6 ms; 88 % of it" in told
    assert "(eager), with the weights of a checkpoint." in told


@pytest.mark.parametrize(
    ("took", "text"),
    [(None, ""), (0.0, "0"), (0.00004, "0"), (0.0123456, "0.0123"), (12.345, "12.3"), (123.4, "123")],
)
def test_milliseconds_have_three_digits(took: float | None, text: str) -> None:
    assert milliseconds(took) == text


def test_a_card_tells_what_takes_a_part_of_the_longest() -> None:
    assert shown_times(MADE) == {"kernel", "field", "pick"}
