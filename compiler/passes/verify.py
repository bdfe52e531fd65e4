"""Checking a program for soundness: what every pass must leave behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, fx

from ..programs import StageProgram
from .rewrite import Draft, draft_of, read_attribute, value_of_call


class UnsoundProgramError(AssertionError):
    """A pass broke a program: its fault, never the user's."""


def verify(program: StageProgram, like: StageProgram | None = None) -> None:
    """Raises UnsoundProgramError where the graph is malformed, a node lacks `val` or `origin`, a recorded value differs
    in shape, type or device from what its operator gives, or the signature differs from that of `like`."""
    findings = list(complaints(program, like))
    if findings:
        raise UnsoundProgramError(f"program `{program.name}`: {'; '.join(findings)}")


def complaints(program: StageProgram, like: StageProgram | None = None) -> Iterator[str]:
    """All that is wrong with a program, a sentence each."""
    graph = program.module.graph
    try:
        graph.lint()
    except RuntimeError as error:
        yield f"the graph is malformed: {error}"
        return
    placeholders = [node for node in graph.nodes if node.op == "placeholder"]
    results = next(node for node in graph.nodes if node.op == "output").args[0]
    if len(placeholders) != len(program.inputs):
        yield f"it takes {len(placeholders)} values where its signature says {len(program.inputs)}"
    if not isinstance(results, tuple) or len(results) != len(program.outputs):
        yield f"it does not give a tuple of the {len(program.outputs)} values of its signature"
    if like is not None:
        yield from changed_signature(program, like)
    draft = draft_of(program)
    for node in draft.graph.nodes:
        if node.op != "output":
            yield from complaints_of(draft, node)


def changed_signature(program: StageProgram, like: StageProgram) -> Iterator[str]:
    if program.signature != like.signature:
        yield f"its signature was {like.signature} and is {program.signature}"
        return
    pairs = zip(
        (*values(program, "placeholder"), *values(program, "output")),
        (*values(like, "placeholder"), *values(like, "output")),
        (*program.inputs, *program.outputs),
        strict=True,
    )
    for new, old, slot in pairs:
        if description(new) != description(old):
            yield f"`{slot.name}` was {description(old)} and is {description(new)}"


def values(program: StageProgram, op: str) -> list[Any]:
    """Recorded values of what a program takes (`placeholder`) or gives (`output`)."""
    nodes = [node for node in program.module.graph.nodes if node.op == op]
    found = nodes if op == "placeholder" else nodes[0].args[0]
    return [node.meta.get("val") for node in found]


def complaints_of(draft: Draft, node: fx.Node) -> Iterator[str]:
    missing = [key for key in ("val", "origin") if key not in node.meta]
    if missing:
        yield f"{node.name} has no {' and no '.join(missing)}"
        return
    if node.op == "call_function":
        given = value_of_call(draft, node)
    elif node.op == "get_attr":
        given = read_attribute(draft.program.module, str(node.target))
    else:
        return
    if description(given) != description(node.meta["val"]):
        yield f"{node.name} is noted as {description(node.meta['val'])} and gives {description(given)}"


def description(value: Any) -> str:
    """Type, shape and device of a tensor; kind of a number."""
    if isinstance(value, Tensor):
        shape = ", ".join(map(str, value.shape))
        return f"{str(value.dtype).removeprefix('torch.')} [{shape}] on {value.device}"
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(description, value))})"
    if isinstance(value, (int, torch.SymInt)):
        return f"number {value}"
    return type(value).__name__
