"""What every part of a tracker costs: its shapes, weights and operations, and what each program takes in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..compiler.node_programs import node_programs
from ..compiler.work import node_work
from .picture import Picture, count_text, picture
from .summary import by_category, new_table

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from ..compiler.graph import ComponentGraph


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


@dataclass(frozen=True)
class ProgramWork:
    """One program in all."""

    name: str
    applications: int
    operations: int
    """multiplications and additions of convolutions and matrix products, for one target"""
    result_bytes: int
    """of all that its parts give, for one target"""


@dataclass(frozen=True)
class Work:
    name: str
    parameters: int
    parts: tuple[PartWork, ...]
    programs: tuple[ProgramWork, ...]

    def of(self, program: str) -> int:
        """The operations of a program; 0 where the tracker has none of that name."""
        return sum(found.operations for found in self.programs if found.name == program)


def work_of(graph: ComponentGraph) -> Work:
    """All the numbers of a checked tracker. Its components run once more, on meta tensors."""
    drawn = picture(graph)
    costs, members = node_work(graph), node_programs(graph)
    programs = tuple(
        ProgramWork(
            name,
            sum(node in nodes for node in costs),
            sum(cost.operations for node, cost in costs.items() if node in nodes),
            sum(cost.result_bytes for node, cost in costs.items() if node in nodes),
        )
        for name, nodes in members.items()
    )
    operations = {node: cost.operations for node, cost in costs.items()}
    return Work(drawn.title, drawn.parameters, tuple(parts_of(drawn, operations, members)), programs)


def parts_of(
    drawn: Picture, costs: Mapping[str, int], members: Mapping[str, frozenset[str]]
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
        )


def work_tables(work: Work, every: bool = False) -> Iterator[Table | Text]:
    """Renderables: a row for each part that costs something (for `every` one, if asked), and for each program."""
    from rich.text import Text

    free = [] if every else [part for part in work.parts if not costs_something(part)]
    yield parts_table(work, [part for part in work.parts if part not in free])
    if free:
        yield Text(f"and, without weights and FLOPs: {named(free)}\n", style="dim")
    yield programs_table(work)
    yield Text(
        f"{work.name}: {count_text(work.parameters)} parameters. FLOPs: multiplications and additions, each counted, "
        "of convolutions and matrix products, for one target."
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
    for column in table.columns[3:]:
        column.justify, column.no_wrap = "right", True
    for part in parts:
        table.add_row(
            part.part,
            part.component if part.component != part.part else "",
            "\n".join(part.shapes),
            number(part.parameters),
            share(part.parameters, work.parameters),
            *(number(part.operations[name]) for name in names),
            share(part.operations.get("step", 0), work.of("step")),
        )
    return table


def programs_table(work: Work) -> Table:
    table = new_table("program", "applications", "FLOPs", "gives in all")
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    for program in work.programs:
        table.add_row(
            program.name,
            str(program.applications),
            number(program.operations),
            f"{count_text(program.result_bytes)}B",
        )
    return table


def number(amount: int) -> str:
    return count_text(amount) if amount else "-"


def share(amount: int, total: int) -> str:
    return f"{100 * amount / total:.1f} %" if amount and total else ""
