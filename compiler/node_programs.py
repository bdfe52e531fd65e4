"""Which nodes of a checked graph each program computes; as the cut has it, a component being one piece."""

from __future__ import annotations

from collections.abc import Iterable

from ..dsl.program import Input, Operand, Program, Wire
from .graph import ComponentGraph
from .stages import Stage, ancestors, reads

PROGRAMS = ("init", "step", "refresh", "train")
"""In the order in which they first run; `refresh` and `train` only where the spec asks for them."""


def node_programs(graph: ComponentGraph) -> dict[str, frozenset[str]]:
    """The nodes of every program that the tracker has, by name; inputs, and ends in outputs and losses, too."""
    program, stages = graph.program, graph.stages
    tracked = ancestors(program, tracking_ends(program))
    found = {
        "init": frozenset(name for name in tracked if stages[name] <= Stage.INIT),
        "step": frozenset(name for name in tracked if stages[name] == Stage.STEP),
        "refresh": frozenset(refreshed(program) & {name for name in tracked if stages[name] <= Stage.INIT}),
        "train": ancestors(program, [loss.value for loss in program.losses]),
    }
    for name, data in graph.graph.nodes(data=True):
        if data["kind"] in ("output", "loss"):
            which = (
                "train"
                if data["kind"] == "loss"
                else "init"
                if data["stage"] in ("const", "init")
                else "step"
            )
            found[which] |= {name}
    return {which: found[which] for which in PROGRAMS if found[which]}


def tracking_ends(program: Program) -> list[Operand]:
    """What a tracker is run for: its outputs, and what its states begin as and become."""
    ends: list[Operand | None] = [output.value for output in program.outputs]
    for state in program.states:
        ends += [state.initial, state.next, state.condition]
    for node in program.nodes:
        if isinstance(node, Input) and node.refresh is not None:
            ends.append(node.refresh.condition)
    return [end for end in ends if end is not None]


def refreshed(program: Program) -> set[str]:
    """Nodes that depend on a template which is cut again."""
    found: set[str] = set()
    for node in program.nodes:  # each after what it reads
        is_source = isinstance(node, Input) and node.refresh is not None
        if is_source or any_of(reads(node), found):
            found.add(node.name)
    return found


def any_of(operands: Iterable[Operand], names: set[str]) -> bool:
    return any(isinstance(operand, Wire) and operand.node in names for operand in operands)
