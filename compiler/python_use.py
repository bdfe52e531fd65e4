"""`use python`: importing what the user allowed, and nothing else."""

from __future__ import annotations

import fnmatch
import importlib
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..components.registry import RegistrationError, find
from ..dsl.diagnostics import Diagnostic
from ..dsl.program import PythonUse
from ..dsl.suggest import nearest
from .component_errors import (
    PythonImportFailed,
    PythonImportSkipped,
    PythonNameMissing,
    PythonNotAllowed,
    RegistrationFailed,
)

Allowance = bool | tuple[str, ...]
"""True: any module. Otherwise the modules that may be imported, as patterns: `my_lab.*`."""


@dataclass(frozen=True)
class ImportedPython:
    diagnostics: tuple[Diagnostic, ...]
    absent: frozenset[str]
    """names that a `use python` should have brought and did not: not to be reported again as unknown"""


def allows(allowance: Allowance, module: str) -> bool:
    if isinstance(allowance, bool):
        return allowance
    return any(fnmatch.fnmatchcase(module, pattern) for pattern in allowance)


def import_python(uses: Iterable[PythonUse], allowance: Allowance) -> ImportedPython:
    """Import each module that the user allowed, so that its components register themselves."""
    findings: list[Diagnostic] = []
    absent: set[str] = set()
    for use in uses:
        found = import_one(use, allowance)
        findings.extend(found)
        if found:
            absent.update(name for name in use.names if find(name) is None)
    return ImportedPython(tuple(findings), frozenset(absent))


def import_one(use: PythonUse, allowance: Allowance) -> tuple[Diagnostic, ...]:
    if not allows(allowance, use.module):
        return (PythonNotAllowed(use.span, use.module),)
    make_importable(Path(use.span.path).resolve().parent)
    make_importable(Path.cwd())
    try:
        module = importlib.import_module(use.module)
    except RegistrationError as error:
        return (RegistrationFailed(use.span, use.module, str(error)),)
    except (Exception, SystemExit) as error:  # whatever the user's module raises is the user's to see
        message = describe_import_error(error)
        kind = PythonImportSkipped if use.tolerant else PythonImportFailed
        return (kind(use.span, use.module, message),)
    missing = [
        PythonNameMissing(
            span, use.module, name, nearest(name, sorted(vars(module))), registered=hasattr(module, name)
        )
        for name, span in zip(use.names, use.name_spans, strict=True)
        if find(name) is None
    ]
    return tuple(missing)


def make_importable(folder: Path) -> None:
    """Let modules beside the spec, and in the folder one works in, be found; after everything installed."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
        importlib.invalidate_caches()


def describe_import_error(error: BaseException) -> str:
    """The message, with the user's own line where the module itself raised."""
    message = f"{type(error).__name__}: {error}"
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if "importlib" not in frame.filename
    ]
    if isinstance(error, ModuleNotFoundError) or len(frames) < 2:
        return str(error)
    return f"{message} ({frames[-1].filename}:{frames[-1].lineno})"
