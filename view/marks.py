"""What a node or an edge is in a picture of a change: added, removed, changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

HOWS = ("added", "removed", "renamed", "changed", "follows")
"""`follows` is what nobody wrote: a shape, an inferred setting or a count that is another since something else is."""

SIDES = "AB"
"""What the two sides of a change are called: before and after."""


@dataclass(frozen=True)
class Face:
    """What a card says of one side, where the sides stand beside each other."""

    title: str
    component: str
    lines: tuple[str, ...] = ()
    """in place of settings and weights"""


@dataclass(frozen=True)
class Mark:
    how: str
    """one of `HOWS`; empty where nothing differs"""
    lines: tuple[str, ...] = ()
    """what its card tells below its title and component, in place of settings and weights"""
    faces: tuple[Face, ...] = ()
    """what it says before and after; none where it says the same of both, or is on one side only"""


def joint(hows: Iterable[str]) -> str:
    """How several together differ: as each of them does, or they changed, by themselves or in what follows only."""
    found = set(hows)
    if len(found) <= 1:
        return next(iter(found), "")
    return "follows" if found == {"", "follows"} else "changed"
