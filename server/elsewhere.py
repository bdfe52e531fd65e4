"""Trackers and blocks of other files, which a file may take by `use`: offered with the line that takes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..dsl.diagnostics import Edit
from ..dsl.sources import SHIPPED, UnreadableSource, read_file
from ..dsl.span import nowhere
from .reading import Reading

DECLARED = re.compile(r"^(tracker|block)[ \t]+([A-Z]\w*)", re.MULTILINE)
MOST_FILES = 200
"""of a folder, that are looked through"""


@dataclass(frozen=True)
class Elsewhere:
    """A name that another file declares, and the path that a `use` has for it."""

    name: str
    source: str


def declared_elsewhere(reading: Reading, word: str) -> Iterator[Elsewhere]:
    """Trackers (or blocks) beside a file, and of those that ship; but for what it knows already."""
    folder = Path(reading.path).parent
    own = Path(reading.path).resolve()
    seen = set(reading.module.names)
    for root in (folder, folder / "blocks", SHIPPED, SHIPPED / "blocks"):
        base = SHIPPED if root.is_relative_to(SHIPPED) else folder
        for path in specs_in(root):
            for kind, name in () if path.resolve() == own else declarations(path, changed(path)):
                if kind == word and name not in seen:
                    seen.add(name)
                    yield Elsewhere(name, path.relative_to(base).as_posix())


def specs_in(folder: Path) -> list[Path]:
    try:
        return sorted(each for each in folder.glob("*.sot") if each.is_file())[:MOST_FILES]
    except OSError:
        return []


def changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=1000)
def declarations(path: Path, when: int) -> tuple[tuple[str, str], ...]:
    """What a file declares, as it was `when` it was changed last; nothing where it cannot be read."""
    try:
        return tuple((found[1], found[2]) for found in DECLARED.finditer(read_file(str(path))))
    except UnreadableSource:
        return ()


def taking(reading: Reading, found: Elsewhere) -> Edit:
    """The edit that takes a name: into the braces of a `use` of its file, else a line at the top."""
    for use in reading.file.uses:
        if not use.python and use.source == found.source and use.names:
            return Edit(use.names[-1].span.behind, f", {found.name}")
    blank = "" if reading.file.uses else "\n"
    return Edit(nowhere(reading.path), f'use "{found.source}" {{ {found.name} }}\n{blank}')
