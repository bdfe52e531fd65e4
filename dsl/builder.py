"""The parts and nodes of a program as they come into being, each under a name of its own."""

from __future__ import annotations

from .program import BlockUse, Field, Missing, Node, Operand, Part, Select, Wire
from .span import Span

MISSING = "?"
"""What the node is called that stands for whatever could not be made out; no name of a spec is."""

MOST_NODES = 200_000
"""A spec that expands to more holds a slip (a comprehension in a comprehension of a long list)."""


class TooManyNodesError(Exception):
    """More than MOST_NODES."""


class Names:
    """Gives each name once: where one is taken, `name_2`, `name_3` ... come instead."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def take(self, wanted: str) -> str:
        if wanted not in self._taken:
            self._taken[wanted] = 1
            return wanted
        number = self._taken[wanted]
        while True:
            number += 1
            name = f"{wanted}_{number}"
            if name not in self._taken:
                self._taken[wanted] = number
                self._taken[name] = 1
                return name


class Builder:
    """Parts and nodes so far. A node is added after what it reads, so the list is in a right order."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.nodes: list[Node] = []
        self.node_names = Names()
        self.part_paths = Names()
        self.groups = Names()
        """names that functions, blocks and lists give to what is inside them"""
        self.blocks: list[BlockUse] = []
        self._missing: Wire | None = None
        self._selected: dict[tuple[Operand, int | str, int | None], str] = {}

    def add(self, node: Node) -> Wire:
        if len(self.nodes) >= MOST_NODES:
            raise TooManyNodesError
        self.nodes.append(node)
        return Wire(node.name)

    def missing(self, span: Span) -> Wire:
        """What stands for an operand that could not be made out: one node for all of them."""
        if self._missing is None:
            self._missing = self.add(Missing(MISSING, span))
        return self._missing

    def add_part(self, part: Part) -> Part:
        self.parts.append(part)
        return part

    def select(self, node: Select) -> Wire:
        """The node, or the one that takes the same out of the same already."""
        key = (node.source, node.index, node.of)
        if key not in self._selected:
            self._selected[key] = self.add(node).node
        return Wire(self._selected[key])

    def field(self, node: Field) -> Wire:
        """The node, or the one that takes the same out of the same already."""
        key = (node.source, node.field, None)
        if key not in self._selected:
            self._selected[key] = self.add(node).node
        return Wire(self._selected[key])

    def selected(self, source: Operand, which: int | str, of: int | None = None) -> Wire | None:
        name = self._selected.get((source, which, of))
        return Wire(name) if name is not None else None
