"""Spec files as they use each other: which trackers, blocks and Python names each one can see."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
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
class Tracker:
    declaration: tree.TrackerDecl
    module: Module

    @property
    def name(self) -> str:
        return self.declaration.name.text


@dataclass(frozen=True, eq=False)
class Block:
    declaration: tree.BlockDecl
    module: Module

    @property
    def name(self) -> str:
        return self.declaration.name.text


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
    """One spec file, read."""

    path: str
    text: str
    file: tree.File
    names: dict[str, Named] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)
    damaged: bool = False
    """whether the file has mistakes of syntax, so that something in it may have been skipped"""

    @property
    def trackers(self) -> tuple[str, ...]:
        return tuple(one.name.text for one in self.file.declarations if isinstance(one, tree.TrackerDecl))

    @property
    def blocks(self) -> tuple[str, ...]:
        return tuple(one.name.text for one in self.file.declarations if isinstance(one, tree.BlockDecl))

    def find(self, name: str) -> Named | None:
        found = self.names.get(name)
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
            kind: Callable[..., Named] = Tracker if isinstance(declaration, tree.TrackerDecl) else Block
            self._declare(module, declaration.name, kind(declaration, module))

    def _declare(self, module: Module, name: tree.Name, named: Named) -> None:
        if name.text in module.names:
            self.findings.add(DuplicateName(name.span, name.text, module.places[name.text]))
            return
        module.names[name.text] = named
        module.places[name.text] = name.span

    def _use(self, module: Module, key: str, use: tree.UseDecl) -> None:
        if use.python:
            for name in use.names:
                self._declare(module, name, PythonName(use))
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
            self._declare(module, name, self._named(used, use, name))

    def _named(self, used: Module | None, use: tree.UseDecl, name: tree.Name) -> Named:
        if used is None:
            return Lost()
        own = (*used.trackers, *used.blocks)
        if name.text in own:
            return used.names[name.text]
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
