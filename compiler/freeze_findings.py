"""What can be said of `freeze` once the parts are built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..dsl.diagnostics import Diagnostic, Edit, Fix, Label, Severity
from ..dsl.span import Span
from ..dsl.suggest import did_you_mean

MOST_NAMES = 12
"""of what a module holds, that are listed"""


@dataclass(frozen=True)
class UnknownWeights(Diagnostic):
    """A path into a part that leads nowhere."""

    code: ClassVar[str] = "SOT230"
    path: str
    component: str | None
    """of the part that the path leads into; None where it leads into a block or a list of parts"""
    reached: str
    """how far the path leads"""
    word: str
    """what is not there"""
    nearest: tuple[str, ...]
    known: tuple[str, ...]
    inherited: str | None
    """the tracker that wrote it, where that is a base of this one"""
    owner: str

    @property
    def title(self) -> str:
        return f"`{self.reached}` holds no `{self.word}` to freeze"

    @property
    def label(self) -> str:
        return f"the part is a {self.component}" if self.component else f"`{self.reached}` is made of parts"

    @property
    def notes(self) -> tuple[str, ...]:
        if not self.known:
            return (f"`{self.reached}` is a weight and holds nothing",)
        listed = ", ".join(self.known[:MOST_NAMES]) + (" ..." if len(self.known) > MOST_NAMES else "")
        return (f"`{self.reached}` holds: {listed}",)

    @property
    def help(self) -> str | None:
        if self.inherited is not None:
            return f"`{self.owner}` takes it from `{self.inherited}`; write remove freeze {self.path} in `{self.owner}`"
        return did_you_mean(self.nearest)

    @property
    def fix(self) -> Fix | None:
        if len(self.nearest) != 1 or self.inherited is not None:
            return None
        rest = self.path[len(self.reached) + 1 + len(self.word) :]
        path = f"{self.reached}.{self.nearest[0]}{rest}"
        return Fix(f"write `{path}`", (Edit(self.span, path),))


@dataclass(frozen=True)
class NothingFrozen(Diagnostic):
    code: ClassVar[str] = "SOT905"
    severity: ClassVar[Severity] = Severity.WARNING
    path: str

    @property
    def title(self) -> str:
        return f"`{self.path}` has no weights: freezing it changes nothing"

    @property
    def help(self) -> str | None:
        return "take it out of `freeze`"


@dataclass(frozen=True)
class FrozenTwice(Diagnostic):
    code: ClassVar[str] = "SOT906"
    severity: ClassVar[Severity] = Severity.WARNING
    path: str
    other: str
    first: Span

    @property
    def fades(self) -> bool:
        return True

    @property
    def title(self) -> str:
        if self.path == self.other:
            return f"`{self.path}` is frozen twice"
        return f"`{self.path}` is frozen already: it lies in `{self.other}`"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.first, "frozen here"),)

    @property
    def help(self) -> str | None:
        return "one of the two is enough"


@dataclass(frozen=True)
class NothingTrained(Diagnostic):
    """Losses, and no weight that they could change."""

    code: ClassVar[str] = "SOT907"
    severity: ClassVar[Severity] = Severity.WARNING
    name: str

    @property
    def title(self) -> str:
        return f"`{self.name}` freezes all of its weights: its losses train nothing"

    @property
    def help(self) -> str | None:
        return "leave a part out of `freeze`, or the losses out of the spec"
