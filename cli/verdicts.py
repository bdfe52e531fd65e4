"""What `sotc check` said of a spec, kept: an unchanged spec that is in order need not be checked again.

A verdict is found by the spec's path, what was set, and the code of sotc, torch and Python; it holds while every file
that the spec was made of is as it was. Specs with errors and those that import Python modules are checked anew.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..measure.cache import read_entry, write_entry

if TYPE_CHECKING:
    from ..compiler.check import CheckResult

PACKAGE = Path(__file__).resolve().parent.parent
ROOMS = ("dsl", "components", "compiler")
"""Where the code is that a verdict depends on."""


@dataclass(frozen=True)
class Verdict:
    """What is said of one spec."""

    plain: str
    """the findings as a person reads them"""
    colored: str
    entries: tuple[Mapping[str, Any], ...]
    """the findings as `--format json` gives them"""
    errors: int
    warnings: int

    @property
    def ok(self) -> bool:
        return self.errors == 0


def verdict_of(found: CheckResult) -> Verdict:
    from ..dsl.render import render_json

    errors = sum(finding.is_error for finding in found.diagnostics)
    return Verdict(
        found.report().strip("\n"),
        found.report(color=True).strip("\n"),
        tuple(json.loads(render_json(found.diagnostics))),
        errors if found.ok else max(errors, 1),
        len(found.diagnostics) - errors,
    )


def remembered(key: str) -> Verdict | None:
    """What was said before, where nothing has changed since."""
    entry = read_entry(key, ignore)
    if entry is None:
        return None
    try:
        files: Mapping[str, str] = entry["files"]
        if any(fingerprint(path) != kept for path, kept in files.items()):
            return None
        said = entry["verdict"]
        return Verdict(**{**said, "entries": tuple(said["entries"])})
    except (KeyError, TypeError, AttributeError):
        return None


def remember(key: str, found: CheckResult, verdict: Verdict) -> None:
    """Keep what was said, where it depends on nothing but files that can be looked at again."""
    if not found.ok or found.program is None or found.program.python_uses:
        return
    files = {path: fingerprint(path) for path in found.sources.paths()}
    if all(files.values()):
        write_entry(key, {"files": files, "verdict": asdict(verdict)}, ignore)


def ignore(_: str) -> None:
    """A cache that cannot be read or written costs time, and nothing else."""


def key_of(path: str, params: Mapping[str, str], tracker: str | None) -> str:
    """A name for what was asked; allowing Python changes nothing where none is used."""
    parts = ["check", str(Path.cwd()), path, sorted(params.items()), tracker, code_stamp()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def code_stamp() -> list[object]:
    """What the code is: versions, and time and size of every file that a verdict depends on."""
    stamp: list[object] = [importlib.metadata.version("torch"), sys.version]
    for room in ROOMS:
        for path in sorted((PACKAGE / room).rglob("*")):
            if path.suffix in (".py", ".lark", ".lalr"):
                facts = path.stat()
                stamp.append((path.name, facts.st_mtime_ns, facts.st_size))
    return stamp


def fingerprint(path: str) -> str | None:
    """A hash of a file; None where it cannot be read."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return None
