"""The language: text -> tree -> program, with everything that is wrong. Knows no torch and no component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .diagnostics import Diagnostic, Severity, SpecError
    from .formatter import format_text
    from .parser import parse
    from .render import render_human, render_json
    from .resolver import ResolveResult, resolve
    from .sources import Sources

__all__ = [
    "Diagnostic",
    "ResolveResult",
    "Severity",
    "Sources",
    "SpecError",
    "format_text",
    "parse",
    "render_human",
    "render_json",
    "resolve",
]

_HOMES = {
    "Diagnostic": "diagnostics",
    "ResolveResult": "resolver",
    "Severity": "diagnostics",
    "Sources": "sources",
    "SpecError": "diagnostics",
    "format_text": "formatter",
    "parse": "parser",
    "render_human": "render",
    "render_json": "render",
    "resolve": "resolver",
}


def __getattr__(name: str) -> Any:
    """Import on first use: whoever wants only to explain an error loads no parser."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
