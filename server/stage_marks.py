"""When each line's values are known: for the marks that an editor draws beside the lines."""

from __future__ import annotations

from ..dsl import tree
from ..dsl.references import declared
from .checking import Checked
from .completion import flattened
from .known import stages_of_names
from .reading import Reading
from .tokens import STAGES

NOTIFICATION = "sotc/stages"
"""What is sent after each whole check to a client that asked for it: `{uri, stages: [{line, stage}]}`. It is no part of
the protocol; `stageIcons` among the initialization options asks for it."""


def stage_lines(reading: Reading, checked: Checked) -> dict[int, str]:
    """The latest stage of the wires that are declared in each line, lines counted from 0."""
    found: dict[int, str] = {}
    for body in reading.file.declarations:
        result = checked.results.get(body.name.text)
        stages = stages_of_names(result) if result is not None else {}
        for statement in flattened(body.body) if isinstance(body, tree.TrackerDecl) else ():
            known = [stages[each.name] for each in declared(statement) if each.name in stages]
            line = statement.span.line - 1
            if known:
                found[line] = max([*known, found.get(line, STAGES[0])], key=STAGES.index)
    return found
