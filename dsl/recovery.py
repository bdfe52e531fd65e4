"""Going on after a mistake: mend the statement where it is clear what was meant, else leave it out.

A statement is read as *segments*: the stretches between line ends and the braces of bodies. A segment that
cannot be read is diagnosed (`mistakes`), and tried again as far as the diagnosis says how it was meant, so that
several mistakes in one line are all found. What cannot be mended becomes an `ErrorStatement`; of a header
(`tracker`, `block`, `if`) enough is made up that the statements of its body are still read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lark.parsers.lalr_analysis import Shift

from .diagnostics import Diagnostic
from .lexing import Lexeme, after, ahead
from .mistake import Mistake
from .mistakes import diagnose

ENDS = frozenset({"NEWLINE", "BODY_OPEN", "BODY_CLOSE", "$END"})
"""terminals between two segments"""
MOST_TRIES = 12
"""mistakes that are looked for in one segment"""

_MADE_UP: tuple[tuple[str, ...], ...] = (
    (),
    ("NONE",),
    ("CAMEL",),
    ("PAREN_CLOSE",),
    ("NONE", "PAREN_CLOSE"),
    ("SNAKE", "PAREN_CLOSE"),
    ("PAREN_OPEN", "PAREN_CLOSE"),
    ("CAMEL", "PAREN_OPEN", "PAREN_CLOSE"),
)
"""what may complete a header that broke off"""
_TEXTS = {"NONE": "none", "CAMEL": "Unnamed", "SNAKE": "unnamed", "PAREN_OPEN": "(", "PAREN_CLOSE": ")"}
_TEXTS |= {"TRACKER": "tracker", "IF": "if"}


@dataclass(frozen=True)
class Automaton:
    """The tables of the parser, to try things without building a tree."""

    table: Any

    def shift(self, stack: list[int], terminal: str) -> bool:
        """Move `stack` over a terminal; False, with the stack spoiled, where it is not accepted."""
        while True:
            action = self.table.states[stack[-1]].get(terminal)
            if action is None:
                return terminal == "$END" and stack[-1] == self.table.end_states["start"]
            kind, target = action
            if kind is Shift:
                stack.append(target)
                return True
            size = len(target.expansion)
            if size:
                del stack[-size:]
            stack.append(self.table.states[stack[-1]][target.origin.name][1])
            if terminal == "$END" and stack[-1] == self.table.end_states["start"]:
                return True

    def reach(self, stack: list[int], terminals: Iterable[str]) -> int | None:
        """The position of the first terminal that is not accepted; None where all are."""
        moved = list(stack)
        for position, terminal in enumerate(terminals):
            if not self.shift(moved, terminal):
                return position
        return None

    def expected(self, stack: list[int], before: Iterable[str]) -> frozenset[str]:
        """The terminals that are accepted after those in `before`."""
        moved = list(stack)
        for terminal in before:
            self.shift(moved, terminal)
        choices = self.table.states[moved[-1]]
        return frozenset(name for name in choices if name.isupper() and self.shift(list(moved), name))


@dataclass(frozen=True)
class Recovery:
    """What is to be read in place of a segment, and what was wrong with it."""

    lexemes: tuple[Lexeme, ...]
    diagnostics: tuple[Diagnostic, ...]
    damaged: bool
    """whether what is read is not all that was meant"""
    guess: tuple[Lexeme, ...] = ()
    """the segment as it may have been meant, to look for what shows only in its tree"""


def recover(
    automaton: Automaton,
    stack: list[int],
    segment: tuple[Lexeme, ...],
    end: Lexeme,
    goes_on: bool,
) -> Recovery:
    """Diagnose and mend a segment that cannot be read.

    `stack` is the parser's before the segment, `end` the lexeme after it, `goes_on` whether it continues a
    statement whose body it follows (`else`). The lexemes that come back are accepted by the parser, followed
    by `end`.
    """
    diagnostics: list[Diagnostic] = []
    at_top = not automaton.expected(stack, ()) & {"PARAM", "ELSE", "BODY_CLOSE"}
    line = segment
    certain = True
    guess: tuple[Lexeme, ...] = ()
    for _ in range(MOST_TRIES):
        terminals = [lexeme.type for lexeme in (*line, end)]
        at = automaton.reach(stack, terminals)
        if at is None and (certain or end.type == "BODY_OPEN"):
            return Recovery(line, tuple(diagnostics), damaged=not certain)
        if at is None:
            guess = line
            break
        expected = automaton.expected(stack, terminals[:at])
        finding = diagnose(Mistake(line, at, end, expected, at_top, goes_on))
        if finding.diagnostic in diagnostics:
            break
        diagnostics.append(finding.diagnostic)
        if finding.mended is None:
            break
        line, certain = finding.mended, certain and finding.certain
    left = _left_out(automaton, stack, segment, end, at_top, goes_on)
    return Recovery(left, tuple(diagnostics), damaged=True, guess=guess)


def _left_out(
    automaton: Automaton,
    stack: list[int],
    segment: tuple[Lexeme, ...],
    end: Lexeme,
    at_top: bool,
    goes_on: bool,
) -> tuple[Lexeme, ...]:
    """The least that stands for a segment so that the parser accepts it and what follows."""
    place = segment[0] if segment else end
    if end.type == "BODY_OPEN":
        return _made_up_header(automaton, stack, segment, end, at_top)
    if goes_on and automaton.reach(stack, [end.type]) is None:
        return ()
    last = segment[-1] if segment else end
    skipped = Lexeme("SKIPPED", "", place.span.to(last.span) if segment else place.span)
    return (skipped,)


def _made_up_header(
    automaton: Automaton, stack: list[int], segment: tuple[Lexeme, ...], end: Lexeme, at_top: bool
) -> tuple[Lexeme, ...]:
    """A header that opens a body, keeping as much of the segment as can be read."""
    terminals = [lexeme.type for lexeme in segment]
    readable = automaton.reach(stack, terminals)
    kept = segment if readable is None else segment[:readable]
    place = after(kept[-1]) if kept else ahead(end)
    for kinds in _MADE_UP:
        made_up = tuple(Lexeme(kind, _TEXTS[kind], place) for kind in kinds)
        line = (*kept, *made_up)
        if automaton.reach(stack, [lexeme.type for lexeme in (*line, end)]) is None:
            return line
    word = ("TRACKER", "CAMEL") if at_top else ("IF", "NONE")
    header = tuple(Lexeme(kind, _TEXTS[kind], place) for kind in word)
    if automaton.reach(stack, [*word, end.type]) is None:
        return header
    # Behind the body of another statement: begin a new one.
    return (Lexeme("NEWLINE", "", place), *header)
