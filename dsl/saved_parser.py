"""The parser, built from the grammar once and kept beside it as data.

Building the tables takes Lark 150 to 450 ms, reading them 10 ms. `grammar.lalr` holds them as JSON, so that
loading runs nothing, with the version of Lark and the hash of the grammar that they belong to. Where either
differs from what is installed, the tables are built anew in memory; nothing is ever written at run time.
After a change of the grammar write the file anew: `python -m sotc.dsl.saved_parser`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import lark
from lark import Lark
from lark.grammar import Rule
from lark.lexer import TerminalDef
from lark.parse_tree_builder import ParseTreeBuilder

GRAMMAR_PATH = Path(__file__).with_name("grammar.lark")
SAVED_PATH = Path(__file__).with_name("grammar.lalr")


@dataclass(frozen=True)
class LoadedParser:
    """Lark's lexer and tables, and what makes callbacks for its rules out of a tree builder's methods."""

    lark: Lark
    table: Any
    callbacks: Any
    """a `ParseTreeBuilder`"""
    saved: bool
    """whether it was read rather than built"""


@cache
def loaded_parser() -> LoadedParser:
    """The parser of this process: read where that is possible, else built."""
    grammar = GRAMMAR_PATH.read_text(encoding="utf-8")
    return read_saved(SAVED_PATH, grammar) or wrap(build(grammar), saved=False)


def build(grammar: str) -> Lark:
    """Build the parser from the text of the grammar (slow)."""
    return Lark(
        grammar,
        parser="lalr",
        lexer="basic",
        start="start",
        keep_all_tokens=True,
        maybe_placeholders=True,
    )


def key_of(grammar: str) -> dict[str, str]:
    """What saved tables are valid for."""
    return {"lark": lark.__version__, "grammar": hashlib.sha256(grammar.encode()).hexdigest()}


def read_saved(path: Path, grammar: str) -> LoadedParser | None:
    """Read saved tables; None where there are none for this grammar and this Lark."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(content, dict) or content.get("key") != key_of(grammar):
        return None
    return wrap(Lark.load(_with_integer_keys(content)), saved=True)


def saved_text(grammar: str) -> str:
    """What belongs into `grammar.lalr` for this grammar."""
    data, memo = build(grammar).memo_serialize([TerminalDef, Rule])
    content = {"key": key_of(grammar), "data": data, "memo": memo}
    return json.dumps(content, separators=(",", ":"), sort_keys=True) + "\n"


def wrap(parser: Lark, saved: bool) -> LoadedParser:
    """Take out of Lark what feeding lexemes one by one needs."""
    rules: Any = parser.rules
    frontend: Any = parser.parser
    make_builder: Any = ParseTreeBuilder
    callbacks = make_builder(
        rules, lark.Tree, propagate_positions=False, ambiguous=False, maybe_placeholders=True
    )
    return LoadedParser(parser, frontend.parser.parser.parse_table, callbacks, saved)


def _with_integer_keys(content: dict[str, Any]) -> dict[str, Any]:
    """JSON has turned the numbers of states, symbols and rules into text; turn them back."""
    tables = content["data"]["parser"]["parser"]
    tables["tokens"] = _integer_keys(tables["tokens"])
    tables["states"] = {int(state): _integer_keys(row) for state, row in tables["states"].items()}
    return {"data": content["data"], "memo": _integer_keys(content["memo"])}


def _integer_keys(mapping: dict[str, Any]) -> dict[int, Any]:
    return {int(key): value for key, value in mapping.items()}


if __name__ == "__main__":
    SAVED_PATH.write_text(saved_text(GRAMMAR_PATH.read_text(encoding="utf-8")), encoding="utf-8")
