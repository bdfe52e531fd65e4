"""The grammar is LALR(1) without conflicts, any text lexes, and its words are those of the keyword table."""

from __future__ import annotations

import logging
import random

import lark
import pytest

from sotc.dsl import keywords
from sotc.dsl.lexing import lex
from sotc.dsl.saved_parser import GRAMMAR_PATH, build, loaded_parser

GRAMMAR = GRAMMAR_PATH.read_text(encoding="utf-8")


def conflicts_of(grammar: str, caplog: pytest.LogCaptureFixture) -> list[str]:
    """What Lark has to say on building: it settles shift/reduce conflicts in silence, and logs them."""
    lark.logger.addHandler(caplog.handler)
    previous = lark.logger.level
    lark.logger.setLevel(logging.DEBUG)
    try:
        lark.Lark(grammar, parser="lalr", lexer="basic", debug=True)
    finally:
        lark.logger.setLevel(previous)
        lark.logger.removeHandler(caplog.handler)
    return [record.getMessage() for record in caplog.records if "conflict" in record.getMessage().lower()]


def test_no_conflicts(caplog: pytest.LogCaptureFixture) -> None:
    assert conflicts_of(GRAMMAR, caplog) == []


def test_a_conflict_would_be_noticed(caplog: pytest.LogCaptureFixture) -> None:
    ambiguous = 'start: e\ne: e "+" e | "x"\n'
    assert conflicts_of(ambiguous, caplog) != []


def test_keyword_table_lists_the_words_of_the_grammar() -> None:
    words = {
        terminal.pattern.value
        for terminal in build(GRAMMAR).terminals
        if isinstance(terminal.pattern, lark.lexer.PatternStr) and terminal.pattern.value.isalpha()
    }
    assert words == set(keywords.KEYWORDS)


def test_sign_table_lists_the_signs_of_the_grammar() -> None:
    signs = {
        terminal.name: terminal.pattern.value
        for terminal in build(GRAMMAR).terminals
        if isinstance(terminal.pattern, lark.lexer.PatternStr) and not terminal.pattern.value.isalpha()
    }
    bodies = {"BODY_OPEN": "{", "BODY_CLOSE": "}"}
    assert signs | bodies == keywords.SIGNS


def test_name_terminals_are_those_of_the_rule() -> None:
    expansions = {
        symbol.name
        for rule in loaded_parser().lark.rules
        if rule.origin.name in ("name", "wire_name")
        for symbol in rule.expansion
    }
    assert expansions - {"wire_name"} == set(keywords.NAMES)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("part partial parts part_ _part", "PART SNAKE SNAKE SNAKE SNAKE"),
        ("trackers tracker in int input", "SNAKE TRACKER IN SNAKE SNAKE"),
        ("ResNet resNet X L1Loss", "CAMEL SNAKE CAMEL CAMEL"),
        ("1 1.5 1e-3 1_000 2.5E+7", "NUMBER NUMBER NUMBER NUMBER NUMBER"),
        ("1. 0x1F 1__0 7x7 1.2.3", "ODD_NUMBER ODD_NUMBER ODD_NUMBER ODD_NUMBER ODD_NUMBER"),
        ("a->b - > ** * // / == =", "SNAKE ARROW SNAKE MINUS MORE POWER STAR FLOOR SLASH SAME EQUAL"),
        ('"a" "" """d""" "x', "STRING STRING DOCSTRING UNCLOSED_STRING"),
        ('"""never closed', "UNCLOSED_DOCSTRING"),
        ('"a \\" b" \'c\'', "STRING QUOTED"),
        ("a # one\n  # two\n\n b", "SNAKE NEWLINE SNAKE"),
        ("a\r\n\r\nb", "SNAKE NEWLINE SNAKE"),
        ("\ufeffa → b", "SNAKE SKIPPED SNAKE"),
    ],
)
def test_lexemes(text: str, kinds: str) -> None:
    assert " ".join(lexeme.type for lexeme in lex(text, "x")) == kinds


@pytest.mark.parametrize("seed", range(5))
def test_any_text_lexes_and_nothing_but_blanks_is_lost(seed: int) -> None:
    source = random.Random(seed)
    alphabet = "ab_AZ09 .\"'\\\n\r\t#{}[]()=<>!*/-+,:;?@$%&|~^`éß→“\u00a0\x00\u2028🙂\ud800"
    text = "".join(source.choice(alphabet) for _ in range(3000))
    covered = 0
    for lexeme in lex(text, "x"):
        assert text[covered : lexeme.span.start].strip(" \t\f\r") == ""
        assert lexeme.text == text[lexeme.span.start : lexeme.span.end]
        covered = lexeme.span.end
    assert text[covered:].strip(" \t\f\r") == ""


def test_spans_count_lines_and_columns_from_one() -> None:
    lexemes = [lexeme for lexeme in lex("ab\n  é = 3", "x") if lexeme.type != "NEWLINE"]
    places = [
        (lexeme.text, lexeme.span.line, lexeme.span.column, lexeme.span.end_column) for lexeme in lexemes
    ]
    assert places == [("ab", 1, 1, 3), ("é", 2, 3, 4), ("=", 2, 5, 6), ("3", 2, 7, 8)]
