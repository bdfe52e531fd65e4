"""What a user may choose in the editor's settings, below `sotc`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Hints:
    """Which inlay hints are shown: `sotc.hints.shapes`, `.inferred`, `.stages`."""

    shapes: bool = True
    inferred: bool = True
    stages: bool = True


@dataclass(frozen=True)
class Options:
    hints: Hints = field(default_factory=Hints)
    delay: float = 0.3
    """seconds without a keystroke before shapes are looked into: `sotc.delay`"""
    stage_icons: bool = False
    """whether the client draws a mark beside each line, for when its values are known: `sotc.stageIcons`"""


LONGEST_DELAY = 10.0


def options_from(said: Any) -> Options:
    """Options as a client sends them, with or without `sotc` around them; what makes no sense is left as it was."""
    found = said.get("sotc", said) if isinstance(said, Mapping) else {}
    if not isinstance(found, Mapping):
        return Options()
    hints = found.get("hints")
    if isinstance(hints, bool):
        chosen = Hints(hints, hints, hints)
    else:
        given = hints if isinstance(hints, Mapping) else {}
        names = ("shapes", "inferred", "stages")
        chosen = Hints(**{name: given[name] for name in names if isinstance(given.get(name), bool)})
    delay = found.get("delay")
    fine = isinstance(delay, (int, float)) and not isinstance(delay, bool) and 0 <= delay <= LONGEST_DELAY
    options = Options(chosen, stage_icons=found.get("stageIcons") is True)
    return replace(options, delay=float(delay)) if fine else options  # type: ignore[arg-type]
