"""What can be wrong with names and with what they are used for (3xx, first half)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from .diagnostics import Diagnostic, Edit, Fix, Label
from .span import Span
from .suggest import did_you_mean


def rename(span: Span, nearest: tuple[str, ...]) -> Fix | None:
    """A fix that writes the one near name, where there is just one."""
    return Fix(f"write `{nearest[0]}`", (Edit(span, nearest[0]),)) if len(nearest) == 1 else None


def plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


@dataclass(frozen=True)
class UnknownName(Diagnostic):
    """A wire, part, param, state or function that is declared nowhere."""

    code: ClassVar[str] = "SOT301"
    name: str
    nearest: tuple[str, ...] = field(default=(), compare=False)
    """not compared: a param's name is looked for among params first, and then among all names"""
    note: str | None = None

    @property
    def title(self) -> str:
        return f"`{self.name}` is not declared"

    @property
    def notes(self) -> tuple[str, ...]:
        return (self.note,) if self.note else ()

    @property
    def help(self) -> str | None:
        return did_you_mean(self.nearest)

    @property
    def fix(self) -> Fix | None:
        return rename(self.span, self.nearest)


@dataclass(frozen=True)
class DuplicateName(Diagnostic):
    code: ClassVar[str] = "SOT302"
    name: str
    first: Span
    what: str = "name"

    @property
    def title(self) -> str:
        if self.what == "name":
            return f"`{self.name}` is declared twice"
        return f"there are two {self.what}s for `{self.name}`"

    @property
    def label(self) -> str:
        return "and again here"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.first, "the first is here"),)

    @property
    def help(self) -> str | None:
        return "a name stands for one thing; give one of them another name" if self.what == "name" else None


@dataclass(frozen=True)
class Cycle(Diagnostic):
    """Names that need each other; `steps` holds a name, where it is read, and what it reads there."""

    code: ClassVar[str] = "SOT303"
    steps: tuple[tuple[str, Span, str], ...]
    of_params: bool = False

    @property
    def title(self) -> str:
        names = [name for name, _, _ in self.steps]
        shown = names if len(names) <= 8 else [*names[:4], "...", *names[-3:]]
        around = " -> ".join(name if name == "..." else f"`{name}`" for name in [*shown, names[0]])
        return f"these need each other: {around}" if len(names) > 1 else f"`{names[0]}` needs itself"

    @property
    def label(self) -> str:
        name, _, reads = self.steps[0]
        return f"`{name}` reads `{reads}`"

    @property
    def labels(self) -> tuple[Label, ...]:
        return tuple(Label(span, f"`{name}` reads `{reads}`") for name, span, reads in self.steps[1:])

    @property
    def help(self) -> str | None:
        if self.of_params:
            return None
        return "to carry a value into the next frame, declare it: state NAME = FIRST, next NAME = NEW"


@dataclass(frozen=True)
class UnusedPart(Diagnostic):
    code: ClassVar[str] = "SOT304"
    keyword: str
    name: str
    removal: Fix | None
    inherited: Span | None = None

    @property
    def fades(self) -> bool:
        return self.inherited is None

    @property
    def title(self) -> str:
        word = "" if self.name == self.keyword else f"{self.keyword} "
        return f"{word}`{self.name}` is never applied"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.inherited, "declared in the base"),) if self.inherited else ()

    @property
    def notes(self) -> tuple[str, ...]:
        return ("its weights would be stored and loaded, and change nothing",)

    @property
    def help(self) -> str | None:
        if self.inherited:
            return f"nothing uses it any more: remove {self.name}"
        return f"apply it, x -> {self.name}, or take it out"

    @property
    def fix(self) -> Fix | None:
        return self.removal


@dataclass(frozen=True)
class OperandCount(Diagnostic):
    """A block or function that gets too few or too many operands."""

    code: ClassVar[str] = "SOT305"
    name: str
    parameters: tuple[str, ...]
    given: int
    missing: tuple[str, ...]
    declared: Span

    @property
    def title(self) -> str:
        if self.missing:
            return f"`{self.name}` gets nothing for {' and '.join(f'`{name}`' for name in self.missing)}"
        return f"`{self.name}` takes {plural(len(self.parameters), 'operand')}, {self.given} are given"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.declared, f"it is {self.name}({', '.join(self.parameters)})"),)


@dataclass(frozen=True)
class UnknownParam(Diagnostic):
    """A setting that a block has no param for, or a `--set` of a param that the tracker does not have."""

    code: ClassVar[str] = "SOT306"
    owner: str
    name: str
    nearest: tuple[str, ...]
    known: tuple[str, ...]
    from_command_line: bool = False

    @property
    def title(self) -> str:
        given = f" (--set {self.name}=...)" if self.from_command_line else ""
        return f"`{self.owner}` has no param `{self.name}`{given}"

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"its params are: {', '.join(self.known)}" if self.known else "it has no params",)

    @property
    def help(self) -> str | None:
        return did_you_mean(self.nearest)

    @property
    def fix(self) -> Fix | None:
        return None if self.from_command_line else rename(self.span, self.nearest)


@dataclass(frozen=True)
class MissingParam(Diagnostic):
    """A param without a default that nobody gives a value."""

    code: ClassVar[str] = "SOT307"
    owner: str
    missing: tuple[str, ...]
    declared: tuple[Span, ...]
    of_block: bool

    @property
    def title(self) -> str:
        return f"`{self.owner}` needs a value for {' and '.join(f'`{name}`' for name in self.missing)}"

    @property
    def labels(self) -> tuple[Label, ...]:
        spans = zip(self.missing, self.declared, strict=True)
        return tuple(Label(span, f"`{name}` has no default") for name, span in spans if span != self.span)

    @property
    def help(self) -> str | None:
        settings = ", ".join(f"{name} = ..." for name in self.missing)
        if self.of_block:
            return f"write {self.owner} {{ {settings} }}"
        return f"give a default, or on the command line: {' '.join(f'--set {name}=...' for name in self.missing)}"


@dataclass(frozen=True)
class NotApplicable(Diagnostic):
    """Something in the place of a component that takes no operands: a wire, a number."""

    code: ClassVar[str] = "SOT308"
    source: str
    what: str
    advice: str | None = None

    @property
    def title(self) -> str:
        return f"`{self.source}` cannot be applied"

    @property
    def label(self) -> str:
        return f"this is {self.what}"

    @property
    def notes(self) -> tuple[str, ...]:
        return ("parentheses and arrows apply a component, a part, a block or a function to wires",)

    @property
    def help(self) -> str | None:
        return self.advice


@dataclass(frozen=True)
class PartMeant:
    """A component that was given a name like a wire, as a part."""

    component: str
    word: str
    place: Span
    """empty, where the word is to stand"""


@dataclass(frozen=True)
class NotApplied(Diagnostic):
    """A part, component, block or function where a wire is wanted."""

    code: ClassVar[str] = "SOT309"
    what: str
    source: str
    declared: PartMeant | None = field(default=None, compare=False)
    """how to declare it instead; once the components are known, under the word of its category"""

    @property
    def title(self) -> str:
        return f"{self.what} is not applied to anything"

    @property
    def label(self) -> str:
        return "a wire or a constant is wanted here"

    @property
    def help(self) -> str | None:
        if self.declared:
            return "a component with a name is a part; or apply it with parentheses or an arrow"
        return f"apply it: {self.source}(x), or x -> {self.source}"

    @property
    def fix(self) -> Fix | None:
        if self.declared is None:
            return None
        word = self.declared.word
        return Fix(f"declare it as a {word}", (Edit(self.declared.place, f"{word} "),))


@dataclass(frozen=True)
class NotConstant(Diagnostic):
    """A wire where only what is known at compile time may stand."""

    code: ClassVar[str] = "SOT310"
    source: str
    what: str
    where: str
    advice: str | None = None

    @property
    def title(self) -> str:
        return f"{self.where} must be known at compile time, `{self.source}` is not"

    @property
    def label(self) -> str:
        return f"this is {self.what}" if self.what else ""

    @property
    def help(self) -> str | None:
        return self.advice


@dataclass(frozen=True)
class UnpackCount(Diagnostic):
    code: ClassVar[str] = "SOT311"
    names: int
    found: int | None

    @property
    def title(self) -> str:
        if self.found is None:
            return f"this is one value, {plural(self.names, 'name')} are given"
        return f"this gives {plural(self.found, 'value')}, {plural(self.names, 'name')} are given"


@dataclass(frozen=True)
class NoBox(Diagnostic):
    code: ClassVar[str] = "SOT312"
    tracker: str

    @property
    def title(self) -> str:
        return f"`{self.tracker}` has no `output box`"

    @property
    def notes(self) -> tuple[str, ...]:
        return ("the box of each frame is what the next frame is searched around",)

    @property
    def help(self) -> str | None:
        return "declare it: output box = ..., a box in the frame, as a decoder gives it"


@dataclass(frozen=True)
class UnknownState(Diagnostic):
    """`next` for what is no state."""

    code: ClassVar[str] = "SOT313"
    name: str
    nearest: tuple[str, ...]
    declared: Span | None

    @property
    def title(self) -> str:
        return f"there is no state `{self.name}`"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (
            (Label(self.declared, f"`{self.name}` is declared here, not as a state"),)
            if self.declared
            else ()
        )

    @property
    def help(self) -> str | None:
        return did_you_mean(self.nearest) or f"declare how it begins: state {self.name} = ..."

    @property
    def fix(self) -> Fix | None:
        return rename(self.span, self.nearest)


@dataclass(frozen=True)
class NoField(Diagnostic):
    """`.name` on what has no outputs."""

    code: ClassVar[str] = "SOT314"
    what: str
    field: str

    @property
    def title(self) -> str:
        return f"{self.what} has no output `{self.field}`"

    @property
    def help(self) -> str | None:
        return "outputs belong to what is applied: pick(x).box"


@dataclass(frozen=True)
class NotAComponent(Diagnostic):
    """`head x = ...` with something else than a component, a block or a list of them."""

    code: ClassVar[str] = "SOT315"
    keyword: str
    name: str
    what: str
    advice: str | None = None

    @property
    def title(self) -> str:
        word = "" if self.name == self.keyword else f"{self.keyword} "
        return f"{word}`{self.name}` must be a component, not {self.what}"

    @property
    def help(self) -> str | None:
        return self.advice


@dataclass(frozen=True)
class Misplaced(Diagnostic):
    """A declaration where it has no meaning."""

    code: ClassVar[str] = "SOT316"
    what: str
    where: str
    advice: str | None = None

    @property
    def title(self) -> str:
        return f"`{self.what}` has no place in {self.where}"

    @property
    def help(self) -> str | None:
        return self.advice


@dataclass(frozen=True)
class ReturnCount(Diagnostic):
    """A block with no `return`, or with two."""

    code: ClassVar[str] = "SOT317"
    block: str
    first: Span | None

    @property
    def title(self) -> str:
        return (
            f"block `{self.block}` returns twice" if self.first else f"block `{self.block}` returns nothing"
        )

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.first, "the first `return` is here"),) if self.first else ()

    @property
    def help(self) -> str | None:
        return (
            "one `return` may give several values: return a, b" if self.first else "end it with: return ..."
        )


@dataclass(frozen=True)
class TooLarge(Diagnostic):
    """A limit that no spec of sense comes near."""

    code: ClassVar[str] = "SOT318"
    message: str
    advice: str | None = None

    @property
    def title(self) -> str:
        return self.message

    @property
    def help(self) -> str | None:
        return self.advice


@dataclass(frozen=True)
class UnknownParameter(Diagnostic):
    """An operand by a name that a block or function does not have, or that was given already."""

    code: ClassVar[str] = "SOT319"
    owner: str
    name: str
    nearest: tuple[str, ...]
    parameters: tuple[str, ...]
    twice: bool

    @property
    def title(self) -> str:
        if self.twice:
            return f"operand `{self.name}` of `{self.owner}` is given twice"
        return f"`{self.owner}` has no operand `{self.name}`"

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"it is {self.owner}({', '.join(self.parameters)})",)

    @property
    def help(self) -> str | None:
        return did_you_mean(self.nearest)

    @property
    def fix(self) -> Fix | None:
        return rename(self.span, self.nearest)


@dataclass(frozen=True)
class ListLengths(Diagnostic):
    """A list of parts applied to a list of another length."""

    code: ClassVar[str] = "SOT333"
    source: str
    items: int
    parts: int

    @property
    def title(self) -> str:
        return f"`{self.source}` has {plural(self.items, 'item')} for {plural(self.parts, 'part')}"

    @property
    def notes(self) -> tuple[str, ...]:
        return ("a list of parts maps element by element",)
