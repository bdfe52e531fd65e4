"""The whole check of a file, as the command line has it: components, shapes and stages. Runs in the background."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..dsl.diagnostics import Diagnostic
from ..dsl.resolver import resolve_each
from .watched import Watched

if TYPE_CHECKING:
    from ..compiler.check import CheckResult
    from ..compiler.python_use import Allowance


@dataclass(frozen=True, eq=False)
class Checked:
    """What `sotc check` says of a file, and what it found out on the way."""

    path: str
    text: str
    results: Mapping[str, CheckResult]
    """of each tracker that could be made out, by its name"""
    diagnostics: tuple[Diagnostic, ...]
    beyond: tuple[Diagnostic, ...]
    """those that the language alone does not find"""
    read: Mapping[str, str | None]
    """all texts that this rests on, by path; None for a file that is not there"""


def check_file(
    path: str,
    text: str,
    open_texts: Mapping[str, str],
    allowance: Allowance,
    superseded: Callable[[], bool],
) -> Checked | None:
    """The same steps as `compiler.check.check`; None where what is asked for has changed meanwhile."""
    from ..compiler.check import check_resolved, joined

    sources = Watched({**open_texts, path: text})
    found: list[CheckResult] = []
    by_language: set[Diagnostic] = set()
    for resolved in resolve_each(path, sources=sources):
        if superseded():
            return None
        by_language.update(resolved.diagnostics)
        found.append(check_resolved(resolved, allowance))
    results = {each.program.name: each for each in found if each.program is not None}
    diagnostics = joined(found).diagnostics
    beyond = tuple(each for each in diagnostics if each not in by_language)
    return Checked(path, text, results, diagnostics, beyond, sources.asked)
