"""When each value is known: `const < init < step < train` (the language's section 3).

A wire's stage is the largest of what it reads; a port of which only the shape is read adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum

from ..dsl.diagnostics import Diagnostic
from ..dsl.program import (
    Apply,
    Field,
    Input,
    Missing,
    Node,
    Operand,
    Operation,
    Pack,
    Program,
    Select,
    StateRead,
    Truth,
    Wire,
)
from .bind import BoundPart
from .ports import match_ports
from .stage_errors import Hop, LossWithoutTruth, OutputNeedsTruth, StateStartsLate


class Stage(IntEnum):
    CONST = 0
    INIT = 1
    STEP = 2
    TRAIN = 3

    def __str__(self) -> str:
        return self.name.lower()


def reads(node: Node) -> tuple[Operand, ...]:
    """What a node reads, as operands."""
    if isinstance(node, Apply):
        return tuple(argument.value for argument in node.arguments)
    if isinstance(node, (Select, Field)):
        return (node.source,)
    if isinstance(node, Operation):
        return node.operands
    if isinstance(node, Pack):
        return node.items
    return ()


def read_data(node: Node, bound: Mapping[str, BoundPart]) -> tuple[Operand, ...]:
    """What a node reads beyond its shape."""
    if not isinstance(node, Apply) or node.part not in bound:
        return reads(node)
    component = bound[node.part].component
    if not component.shape_only:
        return reads(node)
    taken, _ = match_ports(node, component)
    return tuple(argument.value for port, argument in taken if port not in component.shape_only)


def infer_stages(program: Program, bound: Mapping[str, BoundPart]) -> dict[str, Stage]:
    """The stage of every node; nodes come in the program's order."""
    stages: dict[str, Stage] = {}
    for node in program.nodes:
        if isinstance(node, Input):
            stages[node.name] = Stage.INIT if node.keyword == "template" else Stage.STEP
        elif isinstance(node, Truth):
            stages[node.name] = Stage.TRAIN
        elif isinstance(node, StateRead):
            stages[node.name] = Stage.STEP
        else:
            stages[node.name] = latest(stages, read_data(node, bound))
    return stages


def latest(stages: Mapping[str, Stage], operands: Iterable[Operand]) -> Stage:
    known = [stages[operand.node] for operand in operands if isinstance(operand, Wire)]
    return max(known, default=Stage.CONST)


def ancestors(program: Program, operands: Iterable[Operand]) -> frozenset[str]:
    """Names of all nodes that the operands need."""
    nodes = {node.name: node for node in program.nodes}
    found: set[str] = set()
    waiting = [operand.node for operand in operands if isinstance(operand, Wire)]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        waiting.extend(operand.node for operand in reads(nodes[name]) if isinstance(operand, Wire))
    return frozenset(found)


def check_stages(
    program: Program, bound: Mapping[str, BoundPart], stages: Mapping[str, Stage]
) -> tuple[Diagnostic, ...]:
    """Outputs and states must do without the truth, losses must need it, a state must begin at init."""
    nodes = {node.name: node for node in program.nodes}

    def hops(operand: Operand, late: Callable[[Stage], bool]) -> tuple[Hop, ...]:
        return way_back(operand, nodes, bound, stages, late)

    def is_truth(stage: Stage) -> bool:
        return stage is Stage.TRAIN

    findings: list[Diagnostic] = []
    for output in program.outputs:
        if latest(stages, [output.value]) is Stage.TRAIN:
            what = f"output `{output.name}`"
            findings.append(OutputNeedsTruth(output.value_span, what, hops(output.value, is_truth)))
    unknown = {node.name for node in program.nodes if isinstance(node, Missing)}
    for loss in program.losses:
        late = latest(stages, [loss.value]) is Stage.TRAIN
        if not late and not (unknown and unknown & ancestors(program, [loss.value])):
            findings.append(LossWithoutTruth(loss.value_span, loss.name))
    for state in program.states:
        begins = latest(stages, [state.initial])
        if begins > Stage.INIT:
            way = hops(state.initial, lambda stage: stage > Stage.INIT)
            findings.append(StateStartsLate(state.span, state.name, str(begins), way))
        for operand, what in ((state.next, "next"), (state.condition, "the condition of `next")):
            if operand is not None and latest(stages, [operand]) is Stage.TRAIN:
                said = f"`next {state.name}`" if what == "next" else f"{what} {state.name}`"
                findings.append(
                    OutputNeedsTruth(state.next_span or state.span, said, hops(operand, is_truth))
                )
    for node in program.nodes:
        condition = node.refresh.condition if isinstance(node, Input) and node.refresh else None
        if condition is not None and latest(stages, [condition]) is Stage.TRAIN:
            assert isinstance(node, Input) and node.refresh
            what = f"the refresh of `{node.name}`"
            findings.append(OutputNeedsTruth(node.refresh.span, what, hops(condition, is_truth)))
    return tuple(findings)


def way_back(
    operand: Operand,
    nodes: Mapping[str, Node],
    bound: Mapping[str, BoundPart],
    stages: Mapping[str, Stage],
    late: Callable[[Stage], bool],
) -> tuple[Hop, ...]:
    """From a value back to the input that makes it late, always along the first late operand."""
    hops: list[Hop] = []
    current: Operand | None = operand
    while isinstance(current, Wire):
        node = nodes[current.node]
        hops.append(Hop(node.name, node.span))
        current = next(
            (
                source
                for source in read_data(node, bound)
                if isinstance(source, Wire) and late(stages[source.node])
            ),
            None,
        )
    return tuple(hops)
