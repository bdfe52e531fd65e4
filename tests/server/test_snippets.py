"""What completion writes in one go can be read as it stands."""

from __future__ import annotations

import pytest

from sotc import components
from sotc.components.registry import all_components
from sotc.dsl.parser import parse
from sotc.server import reading, snippets
from sotc.server.completion import complete

from .typist import Stop, parts_of

EMPTY_VALUE = "filled"


def written_out(snippet: str) -> str:
    """A snippet with its stops as they are; an empty one filled in."""
    parts = parts_of(snippet)
    return "".join((each.text or EMPTY_VALUE) if isinstance(each, Stop) else each for each in parts)


@pytest.mark.parametrize("label", snippets.TOP)
def test_a_declaration_can_be_read(label: str) -> None:
    text = written_out(snippets.TOP[label][0]).replace(f"    {EMPTY_VALUE}\n", "")
    assert [each.title for each in parse(f"{text}\n", "a.sot").diagnostics] == []


@pytest.mark.parametrize("label", snippets.STATEMENTS)
def test_a_statement_can_be_read(label: str) -> None:
    text = written_out(snippets.STATEMENTS[label][0]).replace(f"    {EMPTY_VALUE}\n", "")
    text = f"override {EMPTY_VALUE} = 1" if label == "override" else text
    around = "block A(field)" if label == "return" else "tracker A"
    assert [each.title for each in parse(f"{around} {{\n{text}\n}}\n", "a.sot").diagnostics] == []


def test_what_is_offered_in_a_block_may_stand_there() -> None:
    """And in a tracker it may stand, too, but for `return`."""
    offered = {}
    for head in ("block A(field)", "tracker A"):
        text = f"{head} {{\n    \n}}\n"
        _, offers = complete(reading.read("a.sot", text, {}, reading.Trees()), text.index("\n}"))
        offered[head] = {each.label: each.text for each in offers if each.kind == "snippet"}
        for label, snippet in offered[head].items():
            filled = written_out(snippet).replace("\n", "\n    ")
            found = reading.read("a.sot", f"{head} {{\n    {filled}\n}}\n", {}, reading.Trees())
            assert "SOT316" not in {each.code for each in found.diagnostics}, label
    assert offered["block A(field)"].keys() - offered["tracker A"].keys() == {"return"}
    assert {"part", "fn", "if"} < offered["block A(field)"].keys()


def test_every_component_with_the_settings_that_it_needs_can_be_read() -> None:
    components.load()
    lines = [
        f"    wire_{at} = {written_out(snippets.configured(each))}"
        for at, each in enumerate(all_components())
    ]
    assert parse("tracker A {\n" + "\n".join(lines) + "\n}\n", "a.sot").diagnostics == ()
