"""What every part of a tracker costs: its shapes, weights and operations, and what each program takes in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..compiler.node_programs import node_programs
from ..compiler.work import node_work
from .picture import Picture, count_text, picture
from .summary import by_category, new_table

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from ..compiler.graph import ComponentGraph
    from ..compiler.node_times import NodeTimes

LEAST_TIME = 0.002
"""Of a program's time: a part without weights and FLOPs that takes more than this has a row."""

WEIGHTS_TOLD = {
    "checkpoint": ", with the weights of a checkpoint",
    "random": ", with random weights",
    "none": "",
}
"""How they are told of, of a measurement."""


@dataclass(frozen=True)
class PartWork:
    """One part, with all its applications."""

    part: str
    component: str
    category: str
    shapes: tuple[str, ...]
    """what it gives, of each application that differs"""
    parameters: int
    operations: Mapping[str, int]
    """by program, for one target"""
    note: str = ""
    """`frozen`, `frozen: conv1`: what of it training leaves as it is"""
    milliseconds: Mapping[str, float] = field(default_factory=dict)
    """by program, for one target, where it was measured"""


@dataclass(frozen=True)
class ProgramWork:
    """One program in all."""

    name: str
    applications: int
    operations: int
    """multiplications and additions of convolutions and matrix products, for one target"""
    result_bytes: int
    """of all that its parts give, for one target"""
    milliseconds: float | None = None
    """of all its nodes and what is around them, where it was measured"""


@dataclass(frozen=True)
class Work:
    name: str
    parameters: int
    parts: tuple[PartWork, ...]
    programs: tuple[ProgramWork, ...]
    times: NodeTimes | None = None

    def of(self, program: str) -> int:
        """The operations of a program; 0 where the tracker has none of that name."""
        return sum(found.operations for found in self.programs if found.name == program)


def work_of(graph: ComponentGraph, times: NodeTimes | None = None) -> Work:
    """All the numbers of a checked tracker. Its components run once more, on meta tensors; `times` are told as well."""
    drawn = picture(graph)
    costs, members = node_work(graph), node_programs(graph)
    programs = tuple(
        ProgramWork(
            name,
            sum(node in nodes for node in costs),
            sum(cost.operations for node, cost in costs.items() if node in nodes),
            sum(cost.result_bytes for node, cost in costs.items() if node in nodes),
            times.programs[name].counted if times and name in times.programs else None,
        )
        for name, nodes in members.items()
    )
    operations = {node: cost.operations for node, cost in costs.items()}
    parts = tuple(parts_of(drawn, operations, members, times))
    return Work(drawn.title, drawn.parameters, parts, programs, times)


def parts_of(
    drawn: Picture,
    costs: Mapping[str, int],
    members: Mapping[str, frozenset[str]],
    times: NodeTimes | None,
) -> Iterator[PartWork]:
    """Every part, by category and in the spec's order."""
    nodes = [node for node in by_category(drawn) if node.component]
    for key in dict.fromkeys(node.part or node.name for node in nodes):
        uses = [node for node in nodes if (node.part or node.name) == key]
        yield PartWork(
            uses[0].title,
            uses[0].component,
            uses[0].group,
            tuple(dict.fromkeys(use.shape for use in uses)),
            uses[0].parameters,
            {
                name: sum(costs.get(use.name, 0) for use in uses if use.name in inside)
                for name, inside in members.items()
            },
            uses[0].note if uses[0].kind == "apply" else "",
            milliseconds_of([use.name for use in uses], times) if times else {},
        )


def milliseconds_of(nodes: Sequence[str], times: NodeTimes) -> dict[str, float]:
    """What these nodes take together, by program; nothing where none of them runs."""
    found = {
        name: [program.nodes[node] for node in nodes if node in program.nodes]
        for name, program in times.programs.items()
    }
    return {name: sum(took) for name, took in found.items() if took}


def work_tables(work: Work, every: bool = False) -> Iterator[Table | Text]:
    """Renderables: a row for each part that costs something (for `every` one, if asked), and for each program."""
    from rich.text import Text

    free = (
        []
        if every
        else [part for part in work.parts if not (costs_something(part) or takes_time(part, work))]
    )
    yield parts_table(work, [part for part in work.parts if part not in free])
    if free:
        yield Text(f"and, without weights and FLOPs: {named(free)}\n", style="dim")
    yield programs_table(work)
    yield Text(
        f"{work.name}: {count_text(work.parameters)} parameters. FLOPs: multiplications and additions, each counted, "
        "of convolutions and matrix products, for one target."
    )
    if work.times is not None:
        yield Text(told_times(work.times))


def takes_time(part: PartWork, work: Work) -> bool:
    return work.times is not None and any(
        took >= LEAST_TIME * work.times.programs[name].counted for name, took in part.milliseconds.items()
    )


def told_times(times: NodeTimes) -> str:
    """How it was measured, and how much of it the table tells."""
    threads = f"{times.device_name or 'this CPU'}, {times.threads} thread{'s' if times.threads > 1 else ''}"
    place = threads if times.device == "cpu" else f"{times.device} ({times.device_name})"
    return (
        f"Times: medians of {times.repeats} runs on {place}, operators called one by one by PyTorch "
        f"(eager){WEIGHTS_TOLD[times.weights]}. A frame takes {milliseconds(times.frame)} ms; "
        f"{100 * times.frame_share:.0f} % of it is told node by node. A compiled tracker is faster."
    )


def costs_something(part: PartWork) -> bool:
    return bool(part.parameters or any(part.operations.values()))


def named(parts: Sequence[PartWork]) -> str:
    """`CenterCrop x3, SplitChannels`."""
    counts = Counter(part.component for part in parts)
    return ", ".join(f"{name} x{count}" if count > 1 else name for name, count in counts.items())


def parts_table(work: Work, parts: Sequence[PartWork]) -> Table:
    """Shares are of all parameters, and of the step's operations."""
    names = [program.name for program in work.programs if program.name != "train"]
    table = new_table(
        "part", "component", "gives", "parameters", "share", *(f"{name} FLOPs" for name in names)
    )
    table.add_column("of step", justify="right", no_wrap=True)
    timed = list(work.times.programs) if work.times else []
    for name in timed:
        table.add_column(f"{name} ms", justify="right", no_wrap=True)
    if timed:
        table.add_column("of step ms", justify="right", no_wrap=True)
    for column in table.columns[3:]:
        column.justify, column.no_wrap = "right", True
    for part in parts:
        table.add_row(
            part.part,
            "\n".join(filter(None, (part.component if part.component != part.part else "", part.note))),
            "\n".join(part.shapes),
            number(part.parameters),
            share(part.parameters, work.parameters),
            *(number(part.operations[name]) for name in names),
            share(part.operations.get("step", 0), work.of("step")),
            *(milliseconds(part.milliseconds.get(name)) for name in timed),
            *(
                [share(part.milliseconds.get("step", 0), work.times.programs["step"].counted)]
                if work.times
                else []
            ),
        )
    return table


def programs_table(work: Work) -> Table:
    table = new_table("program", "applications", "FLOPs", "gives in all", *(["ms"] if work.times else []))
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    for program in work.programs:
        table.add_row(
            program.name,
            str(program.applications),
            number(program.operations),
            f"{count_text(program.result_bytes)}B",
            *([milliseconds(program.milliseconds)] if work.times else []),
        )
    return table


def number(amount: int) -> str:
    return count_text(amount) if amount else "-"


def milliseconds(took: float | None) -> str:
    """Three digits; nothing for what was not measured."""
    if took is None:
        return ""
    return f"{took:.0f}" if took >= 100 else f"{took:.3g}" if took >= 0.001 else "0"


def share(amount: float, total: float) -> str:
    return f"{100 * amount / total:.1f} %" if amount and total else ""
