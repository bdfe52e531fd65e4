"""What a user is told about a mistake that is not in a spec: a file, a box, a frame, an artifact."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar


class UserError(Exception):
    """A user's mistake, with what to do about it. A subclass is one kind of mistake and sets `code`.

    `str(error)` reads like a diagnostic, so that even an uncaught one tells place and remedy.
    """

    code: ClassVar[str] = "SOT800"

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message, remedy)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        help_line = f"\n  = help: {self.remedy}" if self.remedy else ""
        return f"error[{self.code}]: {self.message}{help_line}"


def said_by(error: Exception) -> str:
    """What an error of Python's says, in one line: its kind, and the first line of its message."""
    said = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def told_line(path: str, line: int, code: str | None) -> str:
    """A line of Python as messages tell it."""
    return f" at {Path(path).name}:{line}" + (f" (`{code.strip()}`)" if code else "")
