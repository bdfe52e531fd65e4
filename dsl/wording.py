"""Words for what the parser found and for what it expected."""

from __future__ import annotations

import re

from .keywords import CLOSERS, DOCSTRINGS, INFIX, NAMES, RESERVED, SIGNS, TOP_LEVEL, VALUE_STARTS
from .lexing import Lexeme

TOP_TERMINALS = frozenset(word.upper() for word in TOP_LEVEL)


def describe(lexeme: Lexeme) -> str:
    """What was found, in words."""
    match lexeme.type:
        case "NEWLINE":
            return "the end of the line"
        case "$END":
            return "the end of the file"
        case "DOCSTRING" | "UNCLOSED_DOCSTRING":
            return "a docstring"
        case "STRING" | "QUOTED" | "UNCLOSED_STRING":
            return "a string"
        case "NUMBER" | "ODD_NUMBER":
            return f"the number `{lexeme.text}`"
    return f"`{lexeme.text or SIGNS.get(lexeme.type, lexeme.type)}`"


def expectation(expected: frozenset[str]) -> tuple[str, ...]:
    """What was expected, in words, the likeliest first; names and expressions stand for all they begin with."""
    words: list[str] = []
    rest = set(expected) - {"SKIPPED", "QUOTED", "UNCLOSED_STRING", "ODD_NUMBER", "UNCLOSED_DOCSTRING"}
    if {"NUMBER", "STRING", "CAMEL", "SNAKE"} <= rest:
        words.append("an expression")
        rest -= VALUE_STARTS
    if "OVERRIDE" in rest and "RETURN" in rest:
        words.append("a statement")
        rest -= NAMES | RESERVED | DOCSTRINGS
    if rest >= TOP_TERMINALS:
        words += [f"`{word}`" for word in TOP_LEVEL]
        rest -= NAMES | RESERVED | DOCSTRINGS
    if "SNAKE" in rest:
        words.append("a name")
        rest -= NAMES | RESERVED
    if "CAMEL" in rest:
        words.append("a CamelCase name")
    if "STRING" in rest:
        words.append("a string")
    if "NUMBER" in rest:
        words.append("a number")
    signs = ("EQUAL", "COLON", "COMMA", "ARROW", "PAREN_OPEN", "BODY_OPEN", "BRACE_OPEN", *CLOSERS)
    clauses = ("EXTENDS", "PYTHON", "EVERY", "IN", "FOR", "ELSE", "IF")
    operators = bool(rest & INFIX)
    continues = {"ARROW", "PAREN_OPEN", "BRACE_OPEN"} if operators else set()
    words += [f"`{SIGNS[sign]}`" for sign in signs if sign in rest and sign not in continues]
    words += [f"`{word.lower()}`" for word in clauses if word in rest and not operators]
    if operators:
        words.append("an operator")
    if "NEWLINE" in rest and "BODY_CLOSE" not in rest:
        words.append("the end of the line")
    elif "NEWLINE" in rest:
        words = [word for word in words if word != "`}`"]
        words.append("the end of the line")
    return tuple(dict.fromkeys(words))


def camel_case(name: str) -> str:
    """`siam_rpn` -> `SiamRpn`."""
    return "".join(piece[:1].upper() + piece[1:] for piece in name.split("_")) or name


def snake_case(name: str) -> str:
    """`SiamRPNHead` -> `siam_rpn_head`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
