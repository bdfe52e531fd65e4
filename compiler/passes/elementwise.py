"""Operators that treat every number by itself."""

from __future__ import annotations

from torch import fx

from .rewrite import is_call

ELEMENTWISE = tuple(
    f"aten::{name}"
    for name in ("relu", "relu6", "hardtanh", "hardswish", "hardsigmoid", "leaky_relu", "elu", "gelu", "silu",
                 "sigmoid", "tanh", "exp", "clamp", "clamp_min", "clamp_max", "neg", "abs", "sqrt", "mish")
)  # fmt: skip


def is_elementwise(node: fx.Node) -> bool:
    """Whether a node computes each number of its first operand by itself, with settings that are plain numbers."""
    return (
        is_call(node, *ELEMENTWISE)
        and len(node.all_input_nodes) == 1
        and node.args[0] is node.all_input_nodes[0]
    )
