"""Taking out operators that nothing needs, and those that give back what they are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, fx

from ..programs import StageProgram
from .base import PassResult
from .rewrite import Draft, arguments, draft_of, erase, finish, fire, is_call, replace, skip

SAME = ("aten::detach", "aten::alias", "aten::lift_fresh", "aten::clone", "aten::contiguous")
"""Operators whose result is their operand, in a graph where nothing is changed in place."""


@dataclass(frozen=True)
class EliminateDead:
    """Erases operators whose results are never read. What lies outside of all outputs never gets into a program
    (lowering starts at the outputs), so that an unused head is already gone here.

    An unused input stays, since the session passes it, and is told of.
    """

    name: ClassVar[str] = "eliminate-dead"

    def run(self, program: StageProgram) -> PassResult:
        draft = draft_of(program)
        for node in reversed(draft.graph.nodes):
            if not node.users and node.op in ("call_function", "get_attr") and not node._erased:
                fire(draft, node, "its result is never read")
                erase(draft, node)
        for node in list(draft.graph.nodes):
            if (why := idle(node)) is not None:
                fire(draft, node, why)
                replace(draft, node, node.all_input_nodes[0])
        for node, slot in zip(inputs_of(draft), program.inputs, strict=True):
            if not node.users:
                skip(
                    draft,
                    node,
                    f"the input `{slot.name}` is never read; it stays, since the session passes it",
                )
        return finish(draft)


def inputs_of(draft: Draft) -> list[fx.Node]:
    return [node for node in draft.graph.nodes if node.op == "placeholder"]


def idle(node: fx.Node) -> str | None:
    """Why a node's result is nothing but its operand; None where it is something else."""
    if is_call(node, "aten::dropout", "aten::feature_dropout"):
        return None if arguments(node)["train"] else "dropout does nothing outside of training"
    value = node.meta.get("val")
    source = node.args[0] if node.args else None
    if not isinstance(source, fx.Node) or not isinstance(value, Tensor) or is_output(node):
        return None
    given = source.meta.get("val")
    if not isinstance(given, Tensor) or str(given.shape) != str(value.shape) or given.dtype != value.dtype:
        return None
    if given.device != value.device or str(given.stride()) != str(value.stride()):
        return None
    if is_call(node, *SAME):
        return "it only copies"
    return "its operand is of that type already" if is_call(node, "aten::to.dtype") else None


def is_output(node: fx.Node) -> bool:
    """Whether the node is a result: without its copy, memory of an input or a constant might be handed out."""
    return any(reader.op == "output" for reader in node.users)


PASS = EliminateDead
