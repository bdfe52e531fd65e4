"""What the language alone tells of a file, without components and shapes: quick enough for every keystroke."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..dsl import tree
from ..dsl.diagnostics import Diagnostic
from ..dsl.findings import Findings, in_order
from ..dsl.modules import Loader, Module, Tracker
from ..dsl.parser import ParseResult
from ..dsl.program import Program
from ..dsl.resolver import resolve_each
from .watched import Watched

Body = tree.TrackerDecl | tree.BlockDecl


class Trees(dict[tuple[str, str], ParseResult]):
    """The trees of texts, one a file: the newest takes the place of the one before."""

    def __setitem__(self, key: tuple[str, str], value: ParseResult) -> None:
        for other in [known for known in self if known[0] == key[0]]:
            self.pop(other, None)
        super().__setitem__(key, value)


@dataclass(frozen=True, eq=False)
class Reading:
    """A file as the language sees it."""

    path: str
    text: str
    module: Module
    programs: Mapping[str, Program]
    """what could be made out of each tracker, by its name"""
    diagnostics: tuple[Diagnostic, ...]
    read: Mapping[str, str | None]
    """all texts that this rests on, by path; None for a file that is not there"""

    @property
    def file(self) -> tree.File:
        return self.module.file


def within(node: tree.Tree, offset: int) -> bool:
    return node.span.start <= offset <= node.span.end


def read(path: str, text: str, open_texts: Mapping[str, str], trees: Trees) -> Reading:
    """Read a file; what others have open comes before what is on disk. Never raises for what is wrong with it."""
    sources = Watched({**open_texts, path: text}, trees)
    module = Loader(sources, Findings()).load(path)
    assert module is not None, "its text is given"
    found: list[Diagnostic] = []
    programs: dict[str, Program] = {}
    for resolved in resolve_each(path, sources=sources):
        found += resolved.diagnostics
        if resolved.program is not None:
            programs[resolved.program.name] = resolved.program
    return Reading(path, text, module, programs, in_order(dict.fromkeys(found)), sources.asked)


def levels(module: Module, body: Body) -> tuple[tuple[Body, Module], ...]:
    """A body and what it extends, the nearest first; with the file of each."""
    line: list[tuple[Body, Module]] = [(body, module)]
    while isinstance(line[-1][0], tree.TrackerDecl) and line[-1][0].base is not None:
        named = line[-1][1].find(line[-1][0].base.text)
        if not isinstance(named, Tracker) or any(named.declaration is each for each, _ in line):
            break
        line.append((named.declaration, named.module))
    return tuple(line)
