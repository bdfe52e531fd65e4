"""How a checked spec, its graph and a tracker show themselves in a notebook.

What draws them stands in a later room (`view.notebook`) and is let in from the top of the package: see decision 015.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeAlias

Drawer: TypeAlias = Callable[[Any], str]

MOST = 1_500_000
"""Characters of one object in a notebook; one that would take more is shown as text."""

_drawers: dict[str, Drawer] = {}


def draw_with(drawers: Mapping[str, Drawer]) -> None:
    """From now on, objects of these kinds show themselves so."""
    _drawers.update(drawers)


class Shown:
    """Something that a notebook shows as HTML where it can be drawn, and as its `repr` elsewhere."""

    shown_as: ClassVar[str]
    """its kind: `check`, `graph`, `network`, `tracker`"""

    def _repr_html_(self) -> str | None:
        """Called by notebooks; None for the text. Never raises: a display must not hide the result of a cell."""
        drawer = _drawers.get(self.shown_as)
        try:
            text = drawer(self) if drawer is not None else None
        except Exception:
            return None
        return text if text is not None and len(text) <= MOST else None
