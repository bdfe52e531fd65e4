"""Computing beforehand what depends on constants alone: anchors, windows, position tables, softmaxed weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, fx

from ..in_place import operator_of
from ..programs import StageProgram
from .base import PassResult
from .rewrite import (
    Draft,
    add_constant,
    draft_of,
    finish,
    fire,
    origin_of,
    replace,
    skip,
    storage_length,
)
from .verify import description

RANDOM = torch.Tag.nondeterministic_seeded
EMPTY = frozenset({"aten::empty", "aten::empty_like", "aten::new_empty", "aten::empty_strided"})


@dataclass(frozen=True)
class FoldConstants:
    """Replaces operators whose operands are all known by their results, bit for bit what they would give.

    What depends on the number of targets is not known. `limit` is by how many bytes a result may be larger than
    the constants that it is made of: a table is worth its memory, a huge filling is not.
    """

    name: ClassVar[str] = "fold-constants"
    limit: int = 1 << 20

    def run(self, program: StageProgram) -> PassResult:
        draft = draft_of(program)
        known: dict[fx.Node, Any] = {}
        made_of: dict[fx.Node, frozenset[str]] = {}
        for node in list(draft.graph.nodes):
            if node.op == "get_attr":
                known[node], made_of[node] = draft.constants[node.target], frozenset({node.target})
            elif is_known(node, known) and any(reader.op == "output" for reader in node.users):
                skip(draft, node, "it is a result of the program: the caller is given memory of its own")
            elif is_known(node, known):
                evaluate(draft, node, known, made_of, self.limit)
        computed = [node for node in known if node.op == "call_function"]
        for node in computed:
            if any(reader not in known for reader in node.users) and isinstance(known[node], Tensor):
                fold(draft, node, known)
        return finish(draft)


def is_known(node: fx.Node, known: Mapping[fx.Node, Any]) -> bool:
    """Whether a node's result follows from known values, always in the same way."""
    if node.op != "call_function" or any(source not in known for source in node.all_input_nodes):
        return False
    target = operator_of(node)
    if target is None:  # `operator.getitem` of several results, arithmetic of numbers
        return bool(node.all_input_nodes)
    return target._schema.name not in EMPTY and RANDOM not in target.tags


def evaluate(
    draft: Draft,
    node: fx.Node,
    known: dict[fx.Node, Any],
    made_of: dict[fx.Node, frozenset[str]],
    limit: int,
) -> None:
    """Compute a node's result, unless it would be too large."""
    sources = frozenset().union(*(made_of[source] for source in node.all_input_nodes))
    growth = size_of(node.meta["val"]) - sum(size_of(draft.constants[name]) for name in sources)
    if growth > limit:
        skip(draft, node, f"its result is {growth} bytes larger than what it is made of (limit {limit})")
        return
    args, kwargs = fx.node.map_arg((node.args, node.kwargs), known.__getitem__)
    assert callable(node.target)
    with torch.no_grad():
        known[node], made_of[node] = node.target(*args, **kwargs), sources


def size_of(value: Any) -> int:
    """Bytes of memory that a tensor, or several, look at."""
    if isinstance(value, (tuple, list)):
        return sum(map(size_of, value))
    if not isinstance(value, Tensor):
        return 0
    return int(storage_length(value)) * value.element_size() if value.numel() else 0


def fold(draft: Draft, node: fx.Node, known: Mapping[fx.Node, Any]) -> None:
    """Put the result in the place of a node."""
    count = len(cone_of(node))
    others = f", {count} operators in all" if count > 1 else ""
    fire(draft, node, f"computed beforehand{others}: {description(known[node])}")
    constant = add_constant(draft, known[node], node, origin_of(node))
    replace(draft, node, constant)


def cone_of(node: fx.Node) -> set[fx.Node]:
    """All operators that a known node needs, itself among them."""
    found: set[fx.Node] = set()
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current.op == "call_function" and current not in found:
            found.add(current)
            waiting.extend(current.all_input_nodes)
    return found


PASS = FoldConstants
