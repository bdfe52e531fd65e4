"""Spec files as they use each other: which trackers, blocks and Python names each one can see."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from . import tree
from .composition_errors import NotInFile, UseCycle
from .findings import Findings
from .name_errors import DuplicateName, TooLarge
from .parser import ParseResult, parse
from .sources import SHIPPED, Sources, UnreadableSource, identity
from .span import Span, nowhere
from .suggest import nearest
from .value_errors import UnreadableFile


@dataclass(frozen=True, eq=False)
class Declared:
    """What a file declares. Two of the same declaration are equal: they are made anew wherever they are asked for."""

    declaration: tree.TrackerDecl | tree.BlockDecl
    module: Module

    @property
    def name(self) -> str:
        return self.declaration.name.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Declared) and other.declaration is self.declaration

    def __hash__(self) -> int:
        return id(self.declaration)


@dataclass(frozen=True, eq=False)
class Tracker(Declared):
    declaration: tree.TrackerDecl


@dataclass(frozen=True, eq=False)
class Block(Declared):
    declaration: tree.BlockDecl


@dataclass(frozen=True, eq=False)
class PythonName:
    """A component that `use python` brings."""

    use: tree.UseDecl


@dataclass(frozen=True)
class Lost:
    """A name that would be there but for a mistake that was reported already."""


HEADER = re.compile(r"\b(?:tracker|block)\s+(\w+)")

DEEPEST_USE = 50
"""Files that use files that use files."""

Named: TypeAlias = Tracker | Block | PythonName | Lost


@dataclass(eq=False)
class Module:
    """One spec file, read.

    It holds the declarations of its trackers and blocks and not these themselves, which hold it: an editor reads a
    file at every keystroke, and what is in a circle stays until Python's collector finds it.
    """

    path: str
    text: str
    file: tree.File
    own: dict[str, tree.TrackerDecl | tree.BlockDecl] = field(default_factory=dict)
    used: dict[str, Named] = field(default_factory=dict)
    """names of other files, and of Python"""
    places: dict[str, Span] = field(default_factory=dict)
    damaged: bool = False
    """whether the file has mistakes of syntax, so that something in it may have been skipped"""

    @property
    def trackers(self) -> tuple[str, ...]:
        return tuple(one.name.text for one in self.file.declarations if isinstance(one, tree.TrackerDecl))

    @property
    def blocks(self) -> tuple[str, ...]:
        return tuple(one.name.text for one in self.file.declarations if isinstance(one, tree.BlockDecl))

    @property
    def names(self) -> dict[str, Named]:
        """All that can be named in it, its own first."""
        return {**{name: self.declared(name) for name in self.own}, **self.used}

    def declared(self, name: str) -> Tracker | Block:
        """A tracker or block of its own."""
        declaration = self.own[name]
        if isinstance(declaration, tree.TrackerDecl):
            return Tracker(declaration, self)
        return Block(declaration, self)

    def find(self, name: str) -> Named | None:
        found = self.declared(name) if name in self.own else self.used.get(name)
        return Lost() if found is None and self.damaged and name in self.headed else found

    @cached_property
    def headed(self) -> frozenset[str]:
        """Names behind the words `tracker` and `block`: of what was skipped in a damaged file, too."""
        return frozenset(HEADER.findall(self.text))


class Loader:
    """Reads files and what they use, each once."""

    def __init__(self, sources: Sources, findings: Findings) -> None:
        self.sources = sources
        self.findings = findings
        self._modules: dict[str, Module | None] = {}
        self._open: list[tuple[str, str, Span]] = []

    def load(self, path: str, used_at: Span | None = None, written: str | None = None) -> Module | None:
        """The file at `path`, or None where it cannot be read (which is reported)."""
        key = identity(path)
        if key in self._modules:
            return self._modules[key]
        try:
            text = self.sources.read(path)
        except UnreadableSource as error:
            note = None
            if used_at and not self.sources.exists(path):
                note = "looked for beside this file and among the specs that ship"
            finding = UnreadableFile(used_at or nowhere(path), written or path, error.reason, note)
            self.findings.add(finding)
            self._modules[key] = None
            return None
        result = parsed(self.sources, text, path)
        self.findings.extend(result.diagnostics)
        module = Module(path, text, result.file, damaged=any(found.is_error for found in result.diagnostics))
        self._modules[key] = module
        self._declare_own(module)
        for use in result.file.uses:
            self._use(module, key, use)
        return module

    def _declare_own(self, module: Module) -> None:
        for declaration in module.file.declarations:
            if self._is_new(module, declaration.name):
                module.own[declaration.name.text] = declaration

    def _is_new(self, module: Module, name: tree.Name) -> bool:
        """Note where a name is declared; one that is there already is reported."""
        if name.text in module.places:
            self.findings.add(DuplicateName(name.span, name.text, module.places[name.text]))
            return False
        module.places[name.text] = name.span
        return True

    def _use(self, module: Module, key: str, use: tree.UseDecl) -> None:
        if use.python:
            for name in use.names:
                if self._is_new(module, name):
                    module.used[name.text] = PythonName(use)
            return
        path = self._locate(module, use.source)
        target = identity(path)
        opened = [entry for entry, _, _ in self._open]
        used = None
        if target == key or target in opened:
            around = self._open[opened.index(target) :] if target in opened else []
            steps = [(Path(file).name, span) for _, file, span in around]
            steps.append((Path(module.path).name, use.source_span))
            self.findings.add(UseCycle(steps[0][1], tuple(steps)))
        elif len(opened) >= DEEPEST_USE:
            self.findings.add(TooLarge(use.source_span, f"files use each other {DEEPEST_USE} deep"))
        else:
            self._open.append((key, module.path, use.source_span))
            used = self.load(path, use.source_span, use.source)
            self._open.pop()
        for name in use.names:
            named = self._named(used, use, name)
            if self._is_new(module, name):
                module.used[name.text] = named

    def _named(self, used: Module | None, use: tree.UseDecl, name: tree.Name) -> Named:
        if used is None:
            return Lost()
        own = (*used.trackers, *used.blocks)
        if name.text in own:
            return used.declared(name.text)
        if used.find(name.text) is None or not used.damaged:
            near = nearest(name.text, own)
            self.findings.add(NotInFile(name.span, name.text, use.source, near, own))
        return Lost()

    def _locate(self, module: Module, source: str) -> str:
        """The file beside the one that uses it, else the shipped one."""
        beside = os.path.normpath(Path(module.path).parent / source)
        shipped = SHIPPED / source
        if not self.sources.exists(beside) and shipped.is_file():
            return str(shipped)
        return beside


def parsed(sources: Sources, text: str, path: str) -> ParseResult:
    """The tree of a text, read once for all that share the trees of `sources`."""
    key = (path, text)
    if key not in sources.trees:
        sources.trees[key] = parse(text, path)
    return sources.trees[key]
