"""How a small spec with a mistake is run: as `sotc check` runs it, from the folder that it lies in.

The first lines of such a spec may say how: `# check: resolve` stops before components are looked at;
`# flags: --set width=3 --tracker Small --allow-python` are options of the command line.
"""

from __future__ import annotations

import argparse
import re
import shlex
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from sotc.dsl.diagnostics import Diagnostic
from sotc.dsl.render import render_human
from sotc.dsl.resolver import resolve
from sotc.dsl.sources import Sources

OPTION = re.compile(r"^# (check|flags): *(.*)$")


@dataclass(frozen=True)
class Options:
    resolve_only: bool
    params: dict[str, str]
    tracker: str | None
    allow_python: bool


@dataclass(frozen=True)
class Outcome:
    diagnostics: tuple[Diagnostic, ...]
    report: str

    @property
    def codes(self) -> set[str]:
        return {found.code for found in self.diagnostics}

    @property
    def error_codes(self) -> set[str]:
        return {found.code for found in self.diagnostics if found.is_error}


def options_of(text: str, flags: str = "") -> Options:
    """What the first comments of a spec, and `flags`, ask for."""
    only_resolve = False
    for line in text.splitlines():
        found = OPTION.match(line)
        if found is None:
            break
        if found[1] == "check":
            assert found[2] == "resolve", f"unknown way to check: {found[2]}"
            only_resolve = True
        else:
            flags = f"{flags} {found[2]}"
    parser = argparse.ArgumentParser()
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--tracker")
    parser.add_argument("--allow-python", action="store_true")
    given = parser.parse_args(shlex.split(flags))
    params = dict(assignment.split("=", 1) for assignment in given.set)
    return Options(only_resolve, params, given.tracker, given.allow_python)


def run(path: str, options: Options, sources: Sources | None = None) -> Outcome:
    """The findings of a spec, and the report that a person reads."""
    sources = sources or Sources()
    if options.resolve_only:
        resolved = resolve(path, sources=sources, params=options.params, tracker=options.tracker)
        return Outcome(resolved.diagnostics, render_human(resolved.diagnostics, resolved.sources))
    from sotc.compiler.check import check

    checked = check(
        path,
        params=options.params,
        tracker=options.tracker,
        allow_python=options.allow_python,
        sources=sources,
    )
    return Outcome(tuple(checked.diagnostics), render_human(checked.diagnostics, checked.sources))


@pytest.fixture(scope="session")
def cases() -> SimpleNamespace:
    """`run(path, options, sources)` and `options_of(text, flags)`."""
    return SimpleNamespace(run=run, options_of=options_of)
