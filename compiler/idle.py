"""What is wrong with what nothing applies: blocks and functions that wait to be used."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..components.registry import find
from ..dsl.diagnostics import Diagnostic
from ..dsl.idle import Idle
from ..dsl.program import Part
from .bind import problems_of
from .ports import match_ports


def check_idle(
    idle: Idle, parts: Collection[Part], absent: Collection[str], blocks: Collection[str]
) -> Iterator[Diagnostic]:
    """Unknown components and settings, and ports; `parts` are the tracker's own, which functions may apply."""
    for part in idle.parts:
        yield from problems_of(part, absent, blocks)
    names = {part.path: part.component for part in (*parts, *idle.parts)}
    for node in idle.applications:
        component = find(names[node.part]) if node.part in names else None
        if component is not None:
            yield from match_ports(node, component)[1]
