"""Colours: one table of words feeds the parser, Pygments and the grammar of editors."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, String

from sotc.dsl import textmate
from sotc.dsl.highlight import SotLexer
from sotc.dsl.keywords import KEYWORDS
from sotc.specs import FOLDER

EXTENSION = Path(__file__).resolve().parent.parent.parent / "editors" / "vscode"
SPECS = sorted(FOLDER.rglob("*.sot"))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_shipped_specs_are_read_whole(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tokens = list(SotLexer(ensurenl=False, stripnl=False).get_tokens(text))
    assert "".join(value for _, value in tokens) == text
    assert [value for kind, value in tokens if kind is Error] == []
    assert any(kind in Keyword for kind, _ in tokens)


def test_what_is_what() -> None:
    text = """\
tracker T extends U {
    head judge = Score { n = 3, on = true }  # why
    backbone   = Net
    x = a.b -> "c" when not d
}
"""
    found = {value: kind for kind, value in SotLexer().get_tokens(text)}
    assert found["tracker"] is Keyword.Declaration and found["head"] is Keyword.Declaration
    assert found["T"] is Name.Class and found["Score"] is Name.Class
    assert found["backbone"] is Keyword.Declaration
    assert found["judge"] is Name.Variable and found["n"] is Name.Attribute and found["b"] is Name.Attribute
    assert found["extends"] is Keyword and found["when"] is Keyword
    assert found["true"] is Keyword.Constant and found["3"] is Number
    assert found["not"] is Operator.Word and found["->"] is Operator
    assert found["# why"] is Comment.Single and found['"c"'] is String.Double


@pytest.mark.parametrize("before", ["", "    ", "a = b\n", "a = b\n\n    ", "# why\n \n\t"])
def test_a_part_by_its_default_name_is_declared_wherever_its_line_stands(before: str) -> None:
    assert (Keyword.Declaration, "backbone") in SotLexer(stripnl=False).get_tokens(
        f"{before}backbone = Net\n"
    )
    assert (Keyword.Declaration, "backbone") not in SotLexer().get_tokens(f"{before}x = backbone\n")


@pytest.mark.parametrize("word", KEYWORDS)
def test_every_word_has_a_colour(word: str) -> None:
    (kind,) = {kind for kind, value in SotLexer().get_tokens(f"{word} x = 1") if value == word}
    assert kind in Keyword or kind in Operator.Word
    scopes = json.dumps(textmate.grammar())
    assert re.search(rf"[|(:]{word}[|)]", scopes), f"`{word}` is in no rule of the grammar of editors"


def test_pygments_finds_it_by_name_and_by_file() -> None:
    assert isinstance(get_lexer_by_name("sot"), SotLexer)
    assert isinstance(get_lexer_for_filename("mine.sot"), SotLexer)


def test_the_extension_ships_the_grammar_of_the_table() -> None:
    shipped = json.loads((EXTENSION / "syntaxes" / "sot.tmLanguage.json").read_text(encoding="utf-8"))
    assert shipped == textmate.grammar(), (
        "python -m sotc.dsl.textmate > editors/vscode/syntaxes/sot.tmLanguage.json"
    )
