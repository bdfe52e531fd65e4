"""Fixes are applied together where they do not touch."""

from __future__ import annotations

from dataclasses import dataclass

from sotc.dsl.diagnostics import Diagnostic, Edit, Fix
from sotc.dsl.fixing import apply_fixes
from sotc.dsl.span import Span


def span(start: int, end: int, path: str = "a.sot") -> Span:
    return Span(path, start, end, 1, start + 1, 1, end + 1)


@dataclass(frozen=True)
class Found(Diagnostic):
    edits: tuple[Edit, ...] = ()

    @property
    def fix(self) -> Fix:
        return Fix("mend", self.edits)


def found(*edits: Edit) -> Found:
    return Found(edits[0].span, edits)


def test_edits_of_several_fixes_are_made_at_once() -> None:
    fixed = apply_fixes(
        [found(Edit(span(0, 3), "uno")), found(Edit(span(8, 13), "tres")), found(Edit(span(4, 7), "d"))],
        {"a.sot": "one two three"},
    )
    assert fixed.texts == {"a.sot": "uno d tres"}
    assert len(fixed.fixes) == 3


def test_of_two_that_overlap_the_first_is_taken() -> None:
    fixed = apply_fixes([found(Edit(span(2, 5), "X")), found(Edit(span(0, 3), "Y"))], {"a.sot": "abcdefg"})
    assert fixed.texts == {"a.sot": "Ydefg"}


def test_a_fix_is_applied_whole_or_not_at_all() -> None:
    """Its other edit stands in a file that may not be written."""
    both = found(Edit(span(0, 1), "X"), Edit(span(0, 1, "shipped.sot"), "X"))
    assert apply_fixes([both], {"a.sot": "abc"}).texts == {}


def test_two_findings_with_one_fix_apply_it_once() -> None:
    one = found(Edit(span(1, 1), "!"))
    assert apply_fixes([one, one], {"a.sot": "ab"}).texts == {"a.sot": "a!b"}


def test_nothing_to_do_changes_nothing() -> None:
    assert apply_fixes([], {"a.sot": "ab"}).texts == {}
