"""Changes in place: taken out before the cut, so that any value may be kept, and put back after it.

A functional operator copies; where nothing else reads what it copies from, the program may change that instead.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import torch
from torch import fx

from .lowering_errors import LoweringError

IN_PLACE = "sotc.in_place"
"""Under this key a functional node's meta holds the operator that it stands for."""

FRESH = frozenset(
    f"aten::{name}"
    for name in (
        "conv2d", "conv1d", "linear", "matmul", "bmm", "batch_norm", "group_norm", "layer_norm", "add", "sub", "mul",
        "div", "cat", "stack", "zeros", "new_zeros", "zeros_like", "ones", "new_ones", "full", "new_full", "clone",
    )
)  # fmt: skip
"""Operators whose result is memory of its own, whatever they are given."""


def make_functional(graph: fx.Graph) -> None:
    """Replace operators that change their first operand by their functional twins.

    Later readers of the operand read the twin's result. An operand that is a view of something else would need
    more than that, and is refused.
    """
    order = {node: index for index, node in enumerate(graph.nodes)}
    for node in list(graph.nodes):
        target = operator_of(node)
        if target is None or not target._schema.is_mutable:
            continue
        twin = functional_twin(target)
        changed = node.args[0] if node.args else None
        if twin is None or not isinstance(changed, fx.Node) or is_view(changed):
            raise LoweringError(
                f"`{target}` changes a tensor in place, which cannot be cut into programs",
                "write it without the change in place: `x = x + y` instead of `x += y` or `x[...] = y`",
            )
        node.meta[IN_PLACE] = target
        node.target = twin
        replace_later_uses(changed, node, order)


def restore_in_place(graph: fx.Graph) -> None:
    """Within one program, change in place again where the operand is fresh memory that nothing else reads."""
    for node in graph.nodes:
        original = node.meta.get(IN_PLACE)
        changed = node.args[0] if node.args else None
        if original is None or not isinstance(changed, fx.Node) or set(changed.users) != {node}:
            continue
        made_by = operator_of(changed)
        if made_by is not None and made_by._schema.name in FRESH:
            node.target = original


def operator_of(node: fx.Node) -> torch._ops.OpOverload | None:
    """The PyTorch operator that a node calls, if it calls one."""
    return node.target if isinstance(node.target, torch._ops.OpOverload) else None


def replace_later_uses(changed: fx.Node, result: fx.Node, order: Mapping[fx.Node, int]) -> None:
    """Let what reads `changed` after it was changed read the result instead."""
    for user in list(changed.users):
        if order.get(user, -1) > order[result]:
            user.replace_input_with(changed, result)


def functional_twin(target: torch._ops.OpOverload) -> Any:
    """`aten.relu_.default` -> `aten.relu.default`."""
    name = target._schema.name.split("::")[1]
    packet = getattr(torch.ops.aten, name.removesuffix("_"), None) if name.endswith("_") else None
    return getattr(packet, target._overloadname, None) if packet is not None else None


def is_view(node: fx.Node) -> bool:
    """Whether a node's result shares memory with something else: an input, or what it is a view of."""
    if node.op in ("placeholder", "get_attr"):
        return True
    if node.target is operator.getitem:
        return is_view(node.all_input_nodes[0])
    target = operator_of(node)
    return target is not None and any(result.alias_info is not None for result in target._schema.returns)
