"""Imported specs, held against those that ship and against stored ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sotc.compiler.check import CheckResult, check
from sotc.components.registry import find
from sotc.specs import locate

FILES = Path(__file__).parent / "files"


def checked(text: str, folder: Path, name: str = "imported.sot") -> CheckResult:
    """The check of a spec, which must find nothing, not even a warning."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    found = check(str(path))
    assert [finding.title for finding in found.diagnostics] == []
    return found


def components(found: CheckResult) -> list[tuple[str, ...]]:
    """Every application of a component: the part whose weights it has, its settings with the defaults, its shape."""
    nodes = found.expect().graph.nodes(data=True)
    return sorted(
        (str(node["component"]), str(node["part"]), settings_of(node), node["shape"], node["stage"])
        for _, node in nodes
        if node["kind"] == "apply"
    )


def settings_of(node: dict[str, Any]) -> str:
    """The settings of an application, those that are not written by their defaults."""
    kind = find(node["component"])
    assert kind is not None
    defaults = {setting.name: setting.default for setting in kind.settings if not setting.required}
    found = {**defaults, **{name: value for name, (value, _) in node["settings"].items()}}
    return str(
        sorted((name, list(value) if isinstance(value, tuple) else value) for name, value in found.items())
    )


def shipped(name: str) -> list[tuple[str, ...]]:
    return components(check(locate(name)))


def golden(name: str) -> str:
    """A stored spec, looked at by a person when it was stored."""
    return (FILES / f"{name}.sot").read_text(encoding="utf-8")
