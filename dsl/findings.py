"""Where findings are gathered while a spec is read: each one once, in a stable order at the end."""

from __future__ import annotations

from collections.abc import Iterable

from .diagnostics import Diagnostic


class Findings:
    """A set of diagnostics. The same finding, met twice (a block used twice), counts once."""

    def __init__(self) -> None:
        self._found: dict[Diagnostic, None] = {}

    def add(self, diagnostic: Diagnostic) -> None:
        self._found.setdefault(diagnostic)

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        for diagnostic in diagnostics:
            self.add(diagnostic)

    def sorted(self) -> tuple[Diagnostic, ...]:
        return in_order(self._found)


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By file, place and code: the order in which findings are shown everywhere."""
    return tuple(sorted(diagnostics, key=lambda found: (found.span.path, found.span.start, found.code)))
