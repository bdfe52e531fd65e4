"""What can be wrong with when a value is known (5xx)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..dsl.diagnostics import Diagnostic, Label
from ..dsl.span import Span


@dataclass(frozen=True)
class Hop:
    """One step of the way from a value back to what makes it late."""

    name: str
    span: Span


def way(hops: tuple[Hop, ...]) -> str:
    return " <- ".join(f"`{hop.name}`" for hop in hops)


@dataclass(frozen=True)
class OutputNeedsTruth(Diagnostic):
    code: ClassVar[str] = "SOT501"
    what: str
    hops: tuple[Hop, ...]

    @property
    def title(self) -> str:
        return f"{self.what} depends on the truth, which is known in training only"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.hops[-1].span, "the truth enters here"),) if self.hops else ()

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"the way it goes: {way(self.hops)}",)


@dataclass(frozen=True)
class LossWithoutTruth(Diagnostic):
    code: ClassVar[str] = "SOT502"
    name: str

    @property
    def title(self) -> str:
        return f"loss `{self.name}` does not depend on any `truth`"

    @property
    def help(self) -> str | None:
        return "compare a prediction with something made from the truth: declare `truth gt: Box` and use it"


@dataclass(frozen=True)
class StateStartsLate(Diagnostic):
    code: ClassVar[str] = "SOT503"
    state: str
    stage: str
    hops: tuple[Hop, ...]

    @property
    def title(self) -> str:
        return (
            f"state `{self.state}` must be known at the first frame, its beginning is known at `{self.stage}`"
        )

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.hops[-1].span, "this is known in every step only"),) if self.hops else ()

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"the way it goes: {way(self.hops)}",)
