"""What a user is told about a mistake: one frozen dataclass per error, rendered elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from .span import Span


class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Label:
    """A secondary place, with what is to be said of it."""

    span: Span
    text: str


@dataclass(frozen=True)
class Edit:
    """Replace the text of `span` by `text`."""

    span: Span
    text: str


@dataclass(frozen=True)
class Fix:
    """A change that is certain to mend the finding; an editor may apply it."""

    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Diagnostic:
    """A finding. A subclass is one kind of mistake: it sets `code`, adds typed fields, and says it.

    The subclass overrides `title` (one line, no full stop, names in backticks) and, where it has something to
    say there, `label` (beside the primary span), `labels`, `notes`, `help` and `fix`.
    """

    code: ClassVar[str] = "SOT000"
    severity: ClassVar[Severity] = Severity.ERROR

    span: Span

    @property
    def title(self) -> str:
        raise NotImplementedError

    @property
    def label(self) -> str:
        return ""

    @property
    def labels(self) -> tuple[Label, ...]:
        return ()

    @property
    def notes(self) -> tuple[str, ...]:
        return ()

    @property
    def help(self) -> str | None:
        return None

    @property
    def fix(self) -> Fix | None:
        return None

    @property
    def fades(self) -> bool:
        """Whether what stands at the span might as well not be there; editors fade that."""
        return False

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


class SpecError(Exception):
    """Raised by the doors that promise a result (`compile`, `build`) when a spec has errors.

    `str(error)` is the rendered report, so that even an uncaught one reads well.
    """

    def __init__(self, diagnostics: tuple[Diagnostic, ...], report: str) -> None:
        super().__init__(report)
        self.diagnostics = diagnostics
