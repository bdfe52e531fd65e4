"""Going through a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from . import tree


def tree_children(node: tree.Tree) -> Iterator[tree.Tree]:
    """The nodes directly within a node, in the order of its fields."""
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, tree.Tree):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, tree.Tree))
