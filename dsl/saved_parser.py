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
from lark.parsers.lalr_analysis import IntParseTable, Reduce, Shift

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
    return read_saved(SAVED_PATH, grammar) or wrap(build(grammar))


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
    memo = {int(number): value for number, value in content["memo"].items()}
    parser = Lark.load({"data": content["data"], "memo": memo})
    table = _table_of(parser.rules, content["terminals"], content["states"], content["ends"])
    return LoadedParser(parser, table, _callbacks_for(parser), saved=True)


def saved_text(grammar: str) -> str:
    """What belongs into `grammar.lalr` for this grammar.

    Lark's own data without its states, which are written by number, since that is read faster: of a symbol, and
    of the state to shift to or (below zero) of the rule to reduce by.
    """
    parser = build(grammar)
    data, memo = parser.memo_serialize([TerminalDef, Rule])
    data["parser"]["parser"] |= {
        "states": {},
        "tokens": {},
        "start_states": {"start": 0},
        "end_states": {"start": 0},
    }
    table = _built_table(parser)
    numbers = {rule: number for number, rule in enumerate(parser.rules)}
    symbols = sorted({symbol for row in table.states.values() for symbol in row})
    order = _states_in_order(table)
    places = {state: place for place, state in enumerate(order)}
    rows = [
        [
            [symbols.index(symbol), places[target] if action is Shift else -1 - numbers[target]]
            for symbol, (action, target) in sorted(table.states[state].items(), key=lambda entry: entry[0])
        ]
        for state in order
    ]
    ends = [places[table.start_states["start"]], places[table.end_states["start"]]]
    content = {"key": key_of(grammar), "data": data, "memo": memo}
    content |= {"terminals": symbols, "states": rows, "ends": ends}
    return json.dumps(content, separators=(",", ":"), sort_keys=True) + "\n"


def _states_in_order(table: Any) -> list[int]:
    """The states as they are reached from the first, so that the same grammar gives the same file."""
    order: list[int] = [table.start_states["start"]]
    for state in order:
        for _, (action, target) in sorted(table.states[state].items(), key=lambda entry: entry[0]):
            if action is Shift and target not in order:
                order.append(target)
    return order


def wrap(parser: Lark) -> LoadedParser:
    """Take out of a parser just built what feeding lexemes one by one needs."""
    return LoadedParser(parser, _built_table(parser), _callbacks_for(parser), saved=False)


def _built_table(parser: Lark) -> Any:
    frontend: Any = parser.parser
    return frontend.parser.parser.parse_table


def _table_of(rules: list[Any], symbols: list[str], rows: list[list[list[int]]], ends: list[int]) -> Any:
    """Lark's table out of the numbers in the file."""
    states = {
        state: {
            symbols[symbol]: (Shift, target) if target >= 0 else (Reduce, rules[-1 - target])
            for symbol, target in row
        }
        for state, row in enumerate(rows)
    }
    make_table: Any = IntParseTable
    return make_table(states, {"start": ends[0]}, {"start": ends[1]})


def _callbacks_for(parser: Lark) -> Any:
    make_builder: Any = ParseTreeBuilder
    return make_builder(
        parser.rules, lark.Tree, propagate_positions=False, ambiguous=False, maybe_placeholders=True
    )


if __name__ == "__main__":
    SAVED_PATH.write_text(saved_text(GRAMMAR_PATH.read_text(encoding="utf-8")), encoding="utf-8")
