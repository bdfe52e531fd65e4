"""What each pass makes of each program, as plain data: flat programs before and after it, for pictures."""

from __future__ import annotations

import operator
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, fx

from .check import CheckResult
from .compiled import CropChoice
from .in_place import functional_twin, operator_of
from .passes.base import Reason
from .passes.pipeline import parse_pipeline, run_pipeline
from .passes.rewrite import arguments, origin_of
from .programs import Programs, StageProgram
from .show_passes import programs_of

SYMBOL = re.compile(r"\b[su]\d+\b")
LONGEST = 60
"""characters of an operand"""


@dataclass(frozen=True)
class FlatNode:
    """One operator of a flat program, an input of it, or an output."""

    name: str
    kind: str
    """`call`, `input` or `output`"""
    operator: str
    """`conv2d`; of an input or output its place in the store"""
    shape: str
    """`b 48 16 16`, with the type where it is not float32; empty where that is no tensor"""
    origin: str
    """the component-graph node that it came from; empty for what joins the programs"""
    operands: tuple[tuple[str, str], ...]
    """by the names of the operator's schema: numbers, weights and constants; `•` for another node's result"""
    reads: tuple[str, ...]
    """nodes whose results it takes, in order"""


@dataclass(frozen=True)
class FlatProgram:
    nodes: tuple[FlatNode, ...]

    @property
    def operators(self) -> int:
        return sum(node.kind == "call" for node in self.nodes)


@dataclass(frozen=True)
class PassStep:
    """One pass over one program. Where it changed nothing, `before` and `after` are the same object."""

    name: str
    """of the pass, as written in the pipeline"""
    program: str
    before: FlatProgram
    after: FlatProgram
    fired: tuple[Reason, ...]
    skipped: tuple[Reason, ...]


def pass_steps(checked: CheckResult, pipeline: str, crop: CropChoice) -> tuple[PassStep, ...]:
    """Every pass of the pipeline over every program of a spec, in order; weights are random.

    Raises SpecError for a spec with errors, UnknownPassError and PipelineError.
    """
    parse_pipeline(pipeline)  # a slip is told before the programs are made
    return steps_of(pipeline, programs_of(checked, crop))


def steps_of(pipeline: str, programs: Programs) -> tuple[PassStep, ...]:
    """Every pass of the pipeline over these programs."""
    _, reports = run_pipeline(pipeline, programs)
    now = {name: flat(program) for name, program in programs.items()}
    steps = []
    for report in reports:
        before = now[report.program]
        if report.result.changed:
            now[report.program] = flat(report.result.program)
        fired, skipped = tuple(report.result.fired), tuple(report.result.skipped)
        steps.append(PassStep(report.name, report.program, before, now[report.program], fired, skipped))
    return tuple(steps)


def flat(program: StageProgram) -> FlatProgram:
    """The operators of a program; weights and constants are operands of those that read them."""
    slots = iter(program.inputs)
    symbols = symbols_of(program)
    nodes: list[FlatNode] = []
    for node in program.module.graph.nodes:
        if node.op == "placeholder":
            nodes.append(FlatNode(node.name, "input", next(slots).name, shape_of(node, symbols), "", (), ()))
        elif node.op == "call_function":
            nodes.append(flat_call(node, symbols))
        elif node.op == "output":
            nodes.extend(outputs_of(node, program, symbols))
    return FlatProgram(tuple(nodes))


def flat_call(node: fx.Node, symbols: Mapping[str, str]) -> FlatNode:
    return FlatNode(
        node.name,
        "call",
        operator_name(node),
        shape_of(node, symbols),
        origin_of(node),
        tuple((name, text_of(value, symbols)) for name, value in operands_of(node)),
        tuple(source.name for source in node.all_input_nodes if source.op != "get_attr"),
    )


def outputs_of(node: fx.Node, program: StageProgram, symbols: Mapping[str, str]) -> Iterator[FlatNode]:
    """A node for each result of the program."""
    for slot, value in zip(program.outputs, node.args[0], strict=True):  # type: ignore[arg-type]
        if isinstance(value, fx.Node):
            name, shape = f"output {slot.name}", shape_of(value, symbols)
            reads = () if value.op == "get_attr" else (value.name,)
            yield FlatNode(name, "output", slot.name, shape, "", (("value", text_of(value, symbols)),), reads)


# ---------------------------------------------------------------- in words


def operator_name(node: fx.Node) -> str:
    """`conv2d`; an operator that changes its operand in place is called as its twin that does not."""
    target: Any = operator_of(node)
    if target is None:
        return (
            "item" if node.target is operator.getitem else getattr(node.target, "__name__", str(node.target))
        )
    twin = functional_twin(target) if target._schema.is_mutable else None
    return str((twin or target)._schema.name).partition("::")[2]


def operands_of(node: fx.Node) -> Iterator[tuple[str, Any]]:
    """Operands that are not left at their defaults, by name."""
    target = operator_of(node)
    if target is None:
        yield from ((str(number), value) for number, value in enumerate(node.args))
        yield from node.kwargs.items()
        return
    defaults = {argument.name: argument.default_value for argument in target._schema.arguments}
    for name, value in arguments(node).items():
        if isinstance(value, (fx.Node, list, tuple)) or value != defaults[name]:
            yield name, value


def text_of(value: Any, symbols: Mapping[str, str]) -> str:
    if isinstance(value, fx.Node):
        return f"{value.target} [{shape_of(value, symbols)}]" if value.op == "get_attr" else "•"
    if isinstance(value, (list, tuple)):
        text = f"[{', '.join(text_of(item, symbols) for item in value)}]"
    else:
        text = "∞" if value == sys.maxsize else called(str(value), symbols)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def shape_of(node: fx.Node, symbols: Mapping[str, str]) -> str:
    value = node.meta.get("val")
    if not isinstance(value, Tensor):
        return ""
    kind = str(value.dtype).removeprefix("torch.")
    sides = " ".join(called(str(side), symbols).replace(" ", "") for side in value.shape) or "scalar"
    return sides if kind == "float32" else f"{sides} {kind}"


def called(text: str, symbols: Mapping[str, str]) -> str:
    return SYMBOL.sub(lambda found: symbols.get(found[0], found[0]), text)


def symbols_of(program: StageProgram) -> dict[str, str]:
    """What the free sizes of a program are called: `b` for the targets, `h` and `w` for the frame."""
    inputs = [node for node in program.module.graph.nodes if node.op == "placeholder"]
    found: dict[str, str] = {}
    for slot, node in zip(program.inputs, inputs, strict=True):
        value = node.meta.get("val")
        if isinstance(value, Tensor):
            names = ("h", "w") if slot.kind == "frame" else ("b",) if slot.per_target else ()
            for name, side in zip(names, value.shape, strict=False):
                if not isinstance(side, int):
                    found.setdefault(str(side), name)
    return found
