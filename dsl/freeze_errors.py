"""What can be wrong with `freeze` where names are bound: no such part, or nothing to take back (3xx)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .diagnostics import Diagnostic, Fix, Label
from .name_errors import rename
from .span import Span
from .suggest import did_you_mean


@dataclass(frozen=True)
class NothingToFreeze(Diagnostic):
    """A path of `freeze` that begins with no part of the tracker."""

    code: ClassVar[str] = "SOT334"
    name: str
    nearest: tuple[str, ...]
    word: str | None = None
    """what declares the name, where it is declared: `wire`, `template`"""
    declared: Span | None = None

    @property
    def title(self) -> str:
        if self.word is None:
            return f"there is no part `{self.name}` to freeze"
        return f"`{self.name}` is no part: it has no weights of its own to freeze"

    @property
    def labels(self) -> tuple[Label, ...]:
        what = "a wire" if self.word == "wire" else f"by `{self.word}`"
        return (Label(self.declared, f"declared {what} here"),) if self.declared is not None else ()

    @property
    def help(self) -> str | None:
        return did_you_mean(self.nearest) or "freeze what a backbone, neck, head, loss or part declares"

    @property
    def fix(self) -> Fix | None:
        return rename(self.span, self.nearest)


@dataclass(frozen=True)
class NothingToUnfreeze(Diagnostic):
    """`remove freeze` of what no base freezes."""

    code: ClassVar[str] = "SOT335"
    path: str
    base: str
    around: str | None
    """a frozen path that the one wanted lies in"""
    nearest: tuple[str, ...]
    known: tuple[str, ...]

    @property
    def title(self) -> str:
        if self.around is not None:
            return f"`{self.base}` freezes `{self.around}` as a whole, not `{self.path}` by itself"
        return f"`{self.base}` does not freeze `{self.path}`"

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"it freezes: {', '.join(self.known)}",) if self.known else ("it freezes nothing",)

    @property
    def help(self) -> str | None:
        if self.around is not None:
            return f"write remove freeze {self.around}, and freeze the pieces of it that stay as they are"
        return did_you_mean(self.nearest)

    @property
    def fix(self) -> Fix | None:
        return rename(self.span, self.nearest)
