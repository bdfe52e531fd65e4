"""docs/guide/language_reference.md leaves nothing of the language out: what the grammar has, a snippet there shows.

`test_snippets` runs the snippets. Here those that are right are read once more, and what they are made of is counted.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from lark import Tree
from lark.parsers.lalr_parser_state import ParseConf, ParserState

from sotc.dsl.evaluate import FUNCTIONS
from sotc.dsl.explain import codes
from sotc.dsl.keywords import KEYWORDS, SIGNS
from sotc.dsl.layout import lay_out
from sotc.dsl.lexing import Lexeme, lex
from sotc.dsl.param_types import SIMPLE
from sotc.dsl.parser import parse
from sotc.dsl.saved_parser import loaded_parser
from sotc.dsl.span import nowhere

from .test_snippets import ROOT, Snippet, snippets

GUIDE = ROOT / "docs" / "guide"
PAGE = GUIDE / "language_reference.md"

RECOVERY = {"skipped"}
"""rules of the grammar for what could not be read"""

ODD = {"ODD_NUMBER", "QUOTED", "UNCLOSED_STRING", "UNCLOSED_DOCSTRING", "SKIPPED"}
"""terminals for what is reported"""


class Recorder:
    """Stands for a builder of trees, and notes the rules that were used."""

    def __init__(self) -> None:
        self.rules: set[str] = set()

    def __getattr__(self, rule: str) -> Callable[[list[Any]], Tree[Any]]:
        def build(children: list[Any]) -> Tree[Any]:
            self.rules.add(rule)
            return Tree(rule, children)

        return build


def right(page: Path) -> Iterator[Snippet]:
    """The snippets of a page that are run, and are as they should be."""
    for snippet in snippets(page):
        if snippet.language == "sot" and not {"fails", "body", "slow"} & set(snippet.marks):
            yield snippet


@cache
def lexemes_of(page: Path) -> tuple[tuple[Lexeme, ...], ...]:
    """What stands in each right snippet, as the parser gets it."""
    found = []
    for snippet in right(page):
        lines = textwrap.indent(snippet.text, "    ")
        text = f"tracker Snippet {{\n{lines}}}\n" if "in" in snippet.marks else snippet.text
        found.append(lay_out(lex(text, snippet.place)).lexemes)
    return tuple(found)


def rules_of(lexemes: tuple[Lexeme, ...]) -> set[str]:
    """The rules of the grammar by which a text is read."""
    loaded, recorder = loaded_parser(), Recorder()
    callbacks = loaded.callbacks.create_callback(recorder)
    state = ParserState(ParseConf(loaded.table, callbacks, "start"), None)  # type: ignore[arg-type]
    for lexeme in (*lexemes, Lexeme("$END", "", nowhere(""))):
        state.feed_token(lexeme, lexeme.type == "$END")
    return recorder.rules


def test_every_rule_of_the_grammar_is_shown() -> None:
    shown = set().union(*map(rules_of, lexemes_of(PAGE)))
    rules = {str(rule.alias or rule.origin.name) for rule in loaded_parser().lark.rules}
    wanted = {rule for rule in rules if not rule.startswith("_")} - RECOVERY
    inlined = {str(rule.origin.name) for rule in loaded_parser().lark.rules if rule.options.expand1}
    assert sorted(wanted - inlined - shown) == []


def test_every_word_and_sign_is_shown() -> None:
    shown = {lexeme.type for lexemes in lexemes_of(PAGE) for lexeme in lexemes}
    words = {word.upper() for word in KEYWORDS}
    terminals = {terminal.name for terminal in loaded_parser().lark.terminals} - ODD - {"BLANKS"}
    assert sorted((words | set(SIGNS) | terminals) - shown) == []


def test_every_function_and_type_is_shown() -> None:
    shown = {lexeme.text for lexemes in lexemes_of(PAGE) for lexeme in lexemes}
    assert sorted({*FUNCTIONS, *SIMPLE, "list", "Box", "Presence"} - shown) == []


BESIDE = ["SOT205", "SOT225", "SOT329", "SOT410", "SOT414"]
"""codes of what is wrong beside the spec: on the command line, and in Python of one's own"""
LARGE = ["SOT128", "SOT129", "SOT318"]
"""limits whose examples are too long for a page"""

SLIP = re.compile(r"^\| (SOT\d{3}) \| [^|]+ \| `([^`]+)` \| `([^`]+)` \|$", re.MULTILINE)
"""a row of the table of slips: code, what was written, what was meant"""


def named() -> set[str]:
    return set(re.findall(r"SOT\d{3}", PAGE.read_text(encoding="utf-8")))


def slips() -> list[tuple[str, str, str]]:
    return SLIP.findall(PAGE.read_text(encoding="utf-8"))


def test_every_code_that_is_named_is_shown() -> None:
    """Where the text says that something is an error, a snippet or a row of the table has it."""
    shown = {code for code, _, _ in slips()}
    for snippet in snippets(PAGE):
        for mark in ("fails", "warns"):
            shown.update(filter(None, snippet.marks.get(mark, "").split(",")))
    assert sorted(named() - shown - {"SOT600", "SOT899"}) == sorted([*BESIDE, *LARGE])


def test_every_code_of_a_spec_is_named() -> None:
    """Errors of the language and of what is composed, and warnings: not those of compiling, weights and commands."""
    assert [code for code in codes() if not "SOT600" <= code < "SOT900" and code not in named()] == []


def test_a_slip_has_its_code_and_is_mended() -> None:
    assert len(slips()) > 10
    for code, written, meant in slips():
        found = parse(f"tracker Slip {{\n    {written}\n}}\n", "slip.sot").diagnostics
        assert {finding.code for finding in found} == {code}, written
        assert parse(f"tracker Slip {{\n    {meant}\n}}\n", "slip.sot").diagnostics == (), meant
