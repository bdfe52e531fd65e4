"""Findings as SARIF 2.1.0 (OASIS, March 2020), which code hosts and editors read; sections are of that standard."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .explain import page, title

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"

Entry = Mapping[str, Any]
"""A finding as `render.as_json` gives it; `file` is None for one that stands in no file."""


def render_sarif(entries: Sequence[Entry], version: str) -> str:
    """One run of sotc of that version, with a result for each finding and a rule for each code that occurs."""
    codes = sorted({str(entry["code"]) for entry in entries})
    driver = {"name": "sotc", "version": version, "rules": [rule(code) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",  # 3.14.27; the default would count a sign beyond the first plane twice
        "results": [result(entry, codes) for entry in entries],
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def rule(code: str) -> dict[str, Any]:
    """A code, with its page as help (3.49)."""
    text = page(code)
    if text is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": title(code)},
        "help": {"text": text, "markdown": text},
    }


def result(entry: Entry, codes: Sequence[str]) -> dict[str, Any]:
    """3.27. A finding without a file has no location."""
    told = [entry["message"], *(f"note: {note}" for note in entry.get("notes") or ())]
    told += [f"help: {entry['help']}"] if entry.get("help") else []
    found: dict[str, Any] = {
        "ruleId": entry["code"],
        "ruleIndex": codes.index(str(entry["code"])),
        "level": entry["severity"],
        "message": {"text": "\n".join(told)},
    }
    if entry.get("file") is None:
        return found
    found["locations"] = [location(entry, entry.get("label"))]
    labels = entry.get("labels") or ()
    if labels:
        found["relatedLocations"] = [
            {"id": number, **location(label, label.get("message"))} for number, label in enumerate(labels)
        ]
    if entry.get("fix"):
        found["fixes"] = [fix(entry["fix"])]
    return found


def location(place: Entry, said: str | None) -> dict[str, Any]:
    """3.28"""
    there: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": uri(place["file"])}, "region": region(place)}
    }
    return {**there, "message": {"text": said}} if said else there


def region(place: Entry) -> dict[str, int]:
    """3.30. The end column is that of the sign behind the region, as in our spans."""
    return {
        "startLine": place["line"],
        "startColumn": place["column"],
        "endLine": place["endLine"],
        "endColumn": place["endColumn"],
    }


def fix(entry: Entry) -> dict[str, Any]:
    """3.55: replacements, by file."""
    files: dict[str, list[Entry]] = {}
    for edit in entry["edits"]:
        files.setdefault(edit["file"], []).append(edit)
    return {
        "description": {"text": entry["title"]},
        "artifactChanges": [
            {"artifactLocation": {"uri": uri(file)}, "replacements": list(replacements(edits))}
            for file, edits in files.items()
        ],
    }


def replacements(edits: Iterable[Entry]) -> Iterable[dict[str, Any]]:
    return ({"deletedRegion": region(edit), "insertedContent": {"text": edit["text"]}} for edit in edits)


def uri(path: str) -> str:
    """A path as a URI reference (3.4.3): relative where the path is, so that a report names no machine."""
    file = Path(path)
    return file.as_uri() if file.is_absolute() else quote(file.as_posix())
