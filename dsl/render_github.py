"""Findings as commands of GitHub's workflows, which shows them at their lines in a change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

KINDS = {"error": "error", "warning": "warning", "note": "notice"}


def render_github(entries: Iterable[Mapping[str, Any]]) -> str:
    """A line for each finding (as `render.as_json` gives it): `::error file=a.sot,line=3,...::message`."""
    return "".join(f"{line(entry)}\n" for entry in entries)


def line(entry: Mapping[str, Any]) -> str:
    """Columns are given where the finding stands in one line: GitHub ignores them elsewhere."""
    told: dict[str, object] = {}
    if entry.get("file") is not None:
        told = {"file": entry["file"], "line": entry["line"], "endLine": entry["endLine"]}
        if entry["line"] == entry["endLine"]:
            told |= {"col": entry["column"], "endColumn": entry["endColumn"]}
    told["title"] = entry["code"]
    said = [entry["message"], *(f"note: {note}" for note in entry.get("notes") or ())]
    said += [f"help: {entry['help']}"] if entry.get("help") else []
    properties = ",".join(f"{name}={escaped_property(str(value))}" for name, value in told.items())
    return f"::{KINDS[entry['severity']]} {properties}::{escaped(chr(10).join(said))}"


def escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    return escaped(text).replace(":", "%3A").replace(",", "%2C")
