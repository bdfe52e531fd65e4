"""An operator that fails while a program runs: told with the component, the spec's line and the line of Python."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import fx

from ..node_place import component_place, python_place
from ..user_error import UserError, said_by, told_line

GENERATED = "<eval_with_key>"
"""What torch.fx calls the files of the code that it makes."""


class ProgramRaisedError(UserError):
    """A component that raised while a program ran: in a step, at the first frame, in a refresh."""

    code: ClassVar[str] = "SOT892"


def told_of_component(
    error: Exception, callee: object, program: str, inputs: Sequence[Any]
) -> ProgramRaisedError | None:
    """What is to be raised in place of `error`, which calling a program raised.

    None where no component of the spec raised it, where it does not raise it again, or where memory ran out.
    """
    if isinstance(error, UserError | MemoryError | torch.OutOfMemoryError):
        return None
    node = failing_node(callee, inputs) if isinstance(callee, fx.GraphModule) else None
    component = component_place(node) if node is not None else ""
    if node is None or not component:
        return None
    place = raised_at(error) or python_place(node)
    return ProgramRaisedError(
        f"{component} raised in the program `{program}`{place}: {said_by(error)}",
        "mend it there, or what it is given; called from Python, it shows all of its traceback",
    )


def failing_node(module: fx.GraphModule, inputs: Sequence[Any]) -> fx.Node | None:
    """The operator that raises: the program is run once more, one operator after the other."""
    runner = Noting(module)
    try:
        with torch.no_grad():
            runner.run(*inputs)
    except Exception:  # whatever it is, the caller has caught it before, and it is that one which is told
        return runner.node
    return None


class Noting(fx.Interpreter):
    """Knows which operator it is at."""

    def __init__(self, module: fx.GraphModule) -> None:
        super().__init__(module)
        self.extra_traceback = False
        self.node: fx.Node | None = None

    def run_node(self, node: fx.Node) -> Any:
        self.node = node
        return super().run_node(node)


def raised_at(error: Exception) -> str:
    """The line of somebody's own operator that the error came through last; empty where PyTorch's own raised."""
    library = str(Path(torch.__file__).parent)
    frames = traceback.extract_tb(error.__traceback__)
    first = max(
        (place for place, frame in enumerate(frames) if GENERATED in frame.filename), default=len(frames)
    )
    own = [
        frame
        for frame in frames[first + 1 :]
        if not frame.filename.startswith(library) and Path(frame.filename).is_file()
    ]
    return told_line(own[-1].filename, own[-1].lineno or 0, own[-1].line) if own else ""
