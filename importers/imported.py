"""What an import gives: the text of a spec, and what is to be said beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .notes import Note, told
from .spec_text import Spec, camel_case, component_names, spec_text, without_quotes

GENERIC = ("config", "cfg", "model", "experiment")
"""Names of files that say nothing; their folder does."""


@dataclass(frozen=True)
class Imported:
    """A spec that was made of a config."""

    text: str
    notes: tuple[Note, ...]
    like: str | None
    """the spec that ships whose key map fits, if any does"""


@dataclass(frozen=True)
class Translated:
    """A tracker before it is written: the statements of its body, and what they use."""

    title: str
    """of the docstring, such as `SiamRPN++ in MMTracking's convention`"""
    body: str
    uses: Sequence[str] = ()
    like: str | None = None
    """the spec that ships whose parts have the same names, and whose key map fits"""
    base: str | None = None
    """the tracker that it extends"""


def write(
    translated: Translated, path: str, name: str | None, toolbox: str, notes: Sequence[Note]
) -> Imported:
    """The spec of a tracker read from the config at `path`, called `name` or as the config is."""
    tracker = camel_case(name or name_of(path))
    if tracker in component_names("\n".join([*translated.uses, translated.body])):
        tracker += "Tracker"
    origin = without_quotes(Path(path).name)
    doc = f"{translated.title}.\n\nImported from `{origin}`, a config of {toolbox}."
    if translated.like is not None:
        doc += f"\nWeights: the parts are named as in {translated.like}, whose key map fits."
    lines = told(notes, str(Path(path).parent))
    comments = (
        [f"Not in this spec, or not as in {origin}:", *(f"- {line}" for line in lines)] if lines else []
    )
    text = spec_text(Spec(tracker, doc, translated.body, translated.uses, comments, translated.base))
    return Imported(text, tuple(notes), translated.like)


def name_of(path: str) -> str:
    """The name of a config without its suffix; its folder's where the file is called as all are."""
    file = Path(path)
    parent = file.absolute().parent.name
    return parent if file.stem.lower() in GENERIC and parent else file.stem
