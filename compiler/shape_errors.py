"""What can be wrong with values: their shapes, kinds and coordinates (2xx)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..dsl.diagnostics import Diagnostic, Fix, Label
from ..dsl.name_errors import rename
from ..dsl.span import Span
from ..dsl.suggest import did_you_mean


@dataclass(frozen=True)
class Reaching:
    """An operand that reached a component: what it is called, its shape, and where it was made."""

    source: str
    port: str
    shape: str
    span: Span
    made: Span | None

    def labels(self) -> tuple[Label, ...]:
        here = Label(self.span, f"`{self.source}` is {self.shape}")
        return (here, Label(self.made, f"`{self.source}` is made here")) if self.made else (here,)


@dataclass(frozen=True)
class ShapeMismatch(Diagnostic):
    code: ClassVar[str] = "SOT214"
    what: str
    message: str
    reaching: tuple[Reaching, ...]
    settings: str
    advice: str | None = None

    @property
    def title(self) -> str:
        return f"`{self.what}` cannot take these shapes"

    @property
    def labels(self) -> tuple[Label, ...]:
        return tuple(label for operand in self.reaching for label in operand.labels())

    @property
    def notes(self) -> tuple[str, ...]:
        settings = (f"it was built as {self.settings}",) if self.settings else ()
        return (*settings, self.message)

    @property
    def help(self) -> str | None:
        return self.advice


@dataclass(frozen=True)
class AssertedSetting(Diagnostic):
    code: ClassVar[str] = "SOT215"
    component: str
    name: str
    written: str
    found: str
    meaning: str
    reaching: tuple[Reaching, ...]

    @property
    def title(self) -> str:
        return f"`{self.name} = {self.written}` does not fit what reaches `{self.component}`: {self.found}"

    @property
    def label(self) -> str:
        return f"asserted here; {self.meaning} is {self.found}"

    @property
    def labels(self) -> tuple[Label, ...]:
        return tuple(label for operand in self.reaching for label in operand.labels())

    @property
    def help(self) -> str | None:
        return f"leave `{self.name}` out: it is inferred"


@dataclass(frozen=True)
class NotInferable(Diagnostic):
    code: ClassVar[str] = "SOT216"
    component: str
    name: str
    meaning: str
    message: str

    @property
    def title(self) -> str:
        return f"cannot infer `{self.name}` of `{self.component}` ({self.meaning}): {self.message}"


@dataclass(frozen=True)
class WrongOperandKind(Diagnostic):
    code: ClassVar[str] = "SOT217"
    what: str
    port: str
    wanted: str
    found: str
    advice: str | None = None

    @property
    def title(self) -> str:
        return f"port `{self.port}` of `{self.what}` wants {self.wanted}"

    @property
    def label(self) -> str:
        return f"this is {self.found}"

    @property
    def help(self) -> str | None:
        return self.advice


@dataclass(frozen=True)
class NotAFrameBox(Diagnostic):
    code: ClassVar[str] = "SOT220"
    found: str

    @property
    def title(self) -> str:
        return "`output box` must be a box in the frame"

    @property
    def label(self) -> str:
        return f"this is {self.found}"

    @property
    def help(self) -> str | None:
        return "map it through the view of the search region: a decoder that takes `search.view` gives such a box"


@dataclass(frozen=True)
class NotOnePerTarget(Diagnostic):
    code: ClassVar[str] = "SOT221"
    what: str
    found: str

    @property
    def title(self) -> str:
        return f"{self.what} must be one number per target"

    @property
    def label(self) -> str:
        return f"this is {self.found}"


@dataclass(frozen=True)
class StateShape(Diagnostic):
    code: ClassVar[str] = "SOT222"
    state: str
    initial: str
    next: str
    declared: Span

    @property
    def title(self) -> str:
        return f"`next {self.state}` has another shape than the state"

    @property
    def label(self) -> str:
        return f"this is {self.next}"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.declared, f"`{self.state}` begins as {self.initial}"),)

    @property
    def notes(self) -> tuple[str, ...]:
        return ("a state keeps its shape, so that memory stays constant",)


@dataclass(frozen=True)
class OperationMismatch(Diagnostic):
    code: ClassVar[str] = "SOT223"
    operator: str
    shapes: tuple[str, ...]
    message: str

    @property
    def title(self) -> str:
        return f"`{self.operator}` cannot combine values of shape {' and '.join(f'[{shape}]' for shape in self.shapes)}"

    @property
    def notes(self) -> tuple[str, ...]:
        return (self.message,)


@dataclass(frozen=True)
class ListLength(Diagnostic):
    code: ClassVar[str] = "SOT224"
    what: str
    index: int
    length: int | None

    @property
    def title(self) -> str:
        if self.length is None:
            return f"{self.what} is a single tensor and has no element {self.index}"
        return f"{self.what} has {self.length} elements, there is no element {self.index}"


@dataclass(frozen=True)
class SharedPartMismatch(Diagnostic):
    code: ClassVar[str] = "SOT218"
    part: str
    setting: str
    here: str
    there: str
    there_span: Span
    reaching: tuple[Reaching, ...]

    @property
    def title(self) -> str:
        return f"`{self.part}` is one part with one set of weights, and gets different sizes"

    @property
    def label(self) -> str:
        return f"here `{self.setting}` would be {self.here}"

    @property
    def labels(self) -> tuple[Label, ...]:
        made = tuple(
            Label(operand.made, f"`{operand.source}` is {operand.shape}")
            for operand in self.reaching
            if operand.made
        )
        return (Label(self.there_span, f"there it is {self.there}"), *made)

    @property
    def help(self) -> str | None:
        return "declare a second part, or bring both to one size first"


@dataclass(frozen=True)
class ReadsValue(Diagnostic):
    code: ClassVar[str] = "SOT225"
    what: str
    message: str

    @property
    def title(self) -> str:
        return f"`{self.what}` reads a value out of a tensor, which no program can do"

    @property
    def notes(self) -> tuple[str, ...]:
        return (self.message,)

    @property
    def help(self) -> str | None:
        return "choose by torch.where instead of `if`, index by tensors (gather), and leave out .item(), .cpu(), numpy"


@dataclass(frozen=True)
class NotOneTensor(Diagnostic):
    code: ClassVar[str] = "SOT226"
    what: str
    found: str
    choices: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{self.what} must be one tensor"

    @property
    def label(self) -> str:
        return f"this is {self.found}"

    @property
    def help(self) -> str | None:
        return (
            f"choose one of its outputs: {', '.join(f'`{name}`' for name in self.choices)}"
            if self.choices
            else None
        )


@dataclass(frozen=True)
class NotACondition(Diagnostic):
    code: ClassVar[str] = "SOT227"
    found: str

    @property
    def title(self) -> str:
        return "a condition is true or false for each target"

    @property
    def label(self) -> str:
        return f"this is {self.found}"

    @property
    def help(self) -> str | None:
        return "compare it: `when pick.score > 0.5`"


@dataclass(frozen=True)
class UnknownTruth(Diagnostic):
    code: ClassVar[str] = "SOT228"
    type: str
    nearest: tuple[str, ...]
    known: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"no truth has the type `{self.type}`"

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"types of truths are: {', '.join(self.known)}",)

    @property
    def help(self) -> str | None:
        return did_you_mean(self.nearest)

    @property
    def fix(self) -> Fix | None:
        return rename(self.span, self.nearest)
