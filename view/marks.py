"""What a node or an edge is in a picture of a change: added, removed, changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

HOWS = ("added", "removed", "renamed", "changed", "follows")
"""`follows` is what nobody wrote: a shape, an inferred setting or a count that is another since something else is."""


@dataclass(frozen=True)
class Mark:
    how: str
    """one of `HOWS`; empty where nothing differs"""
    lines: tuple[str, ...] = ()
    """what its card tells below its title and component, in place of settings and weights"""


def joint(hows: Iterable[str]) -> str:
    """How several together differ: as each of them does, or they changed, by themselves or in what follows only."""
    found = set(hows)
    if len(found) <= 1:
        return next(iter(found), "")
    return "follows" if found == {"", "follows"} else "changed"
