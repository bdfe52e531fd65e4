"""The trackers that ship, checked once, and which component each is made of, with the line that says so."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..compiler.check import CheckResult, check
from ..dsl.program import Part
from ..specs import FOLDER, locate, names


@dataclass(frozen=True, order=True)
class Use:
    """A component in a tracker that ships."""

    component: str
    tracker: str
    """name of the spec, as `sotc check` takes it"""
    file: str
    """where it is written, below specs/: the tracker's own file, its base's or a block's"""
    line: int
    text: str
    """the declaration, as it stands there"""

    @property
    def in_block(self) -> bool:
        return self.file.startswith("blocks/")


@cache
def checked(name: str) -> CheckResult:
    """A spec that ships, checked. Raises SpecError where it has errors."""
    found = check(locate(name))
    found.expect()
    return found


@cache
def uses() -> tuple[Use, ...]:
    """All uses of components in all specs that ship, in order, each line once for a tracker."""
    return tuple(sorted({use for name in names() for use in uses_in(name)}))


def uses_in(name: str) -> Iterator[Use]:
    found = checked(name)
    assert found.program is not None
    for part in found.program.parts:
        file = Path(part.span.path).relative_to(FOLDER).as_posix()
        yield Use(part.component, name, file, part.component_span.line, written(found, part))


def written(found: CheckResult, part: Part) -> str:
    """The whole lines in which a part is declared, without their common indent."""
    lines = found.sources.read(part.span.path).splitlines()
    first, last = part.span.line - 1, part.component_span.end_line
    while last < len(lines) and is_open("\n".join(lines[first:last])):
        last += 1
    return textwrap.dedent("\n".join(lines[first:last]))


def is_open(text: str) -> bool:
    """Whether a bracket goes on in the next line."""
    return sum(text.count(mark) for mark in "([{") > sum(text.count(mark) for mark in ")]}")
