"""What can be wrong between trackers, blocks and files: `extends`, `override`, `remove`, `use` (3xx, second half)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .diagnostics import Diagnostic, Edit, Fix, Label
from .name_errors import rename
from .span import Span
from .suggest import did_you_mean


@dataclass(frozen=True)
class UnknownBase(Diagnostic):
    code: ClassVar[str] = "SOT320"
    name: str
    nearest: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"there is no tracker `{self.name}` to extend"

    @property
    def help(self) -> str | None:
        return did_you_mean(self.nearest) or f'is it in another file? use "FILE.sot" {{ {self.name} }}'

    @property
    def fix(self) -> Fix | None:
        return rename(self.span, self.nearest)


@dataclass(frozen=True)
class ExtendsCycle(Diagnostic):
    """Trackers that extend each other; `steps` holds a tracker and where it names its base."""

    code: ClassVar[str] = "SOT321"
    steps: tuple[tuple[str, Span], ...]

    @property
    def title(self) -> str:
        names = [name for name, _ in self.steps]
        if len(names) == 1:
            return f"tracker `{names[0]}` extends itself"
        return f"these trackers extend each other: {' -> '.join(f'`{name}`' for name in [*names, names[0]])}"

    @property
    def label(self) -> str:
        return f"the base of `{self.steps[0][0]}`"

    @property
    def labels(self) -> tuple[Label, ...]:
        return tuple(Label(span, f"the base of `{name}`") for name, span in self.steps[1:])


@dataclass(frozen=True)
class UseCycle(Diagnostic):
    """Files that use each other; `steps` holds a file and where it uses the next."""

    code: ClassVar[str] = "SOT322"
    steps: tuple[tuple[str, Span], ...]

    @property
    def title(self) -> str:
        names = [name for name, _ in self.steps]
        if len(names) == 1:
            return "this file uses itself"
        return f"these files use each other: {' -> '.join([*names, names[0]])}"

    @property
    def label(self) -> str:
        return "this uses the next" if len(self.steps) > 1 else ""

    @property
    def labels(self) -> tuple[Label, ...]:
        return tuple(Label(span, "this uses the next") for _, span in self.steps[1:])

    @property
    def help(self) -> str | None:
        return "put what both need in a third file"


@dataclass(frozen=True)
class OverrideOfNothing(Diagnostic):
    code: ClassVar[str] = "SOT323"
    what: str
    name: str
    base: str
    nearest: tuple[str, ...]
    keyword_span: Span | None
    note: str | None = None
    word: str | None = None
    """the word that was left out: the base declares a `loss` or an `output` of this name"""

    @property
    def title(self) -> str:
        word = "" if self.what == "name" else f"{self.what} "
        return f"`{self.base}` has no {word}`{self.name}` to override"

    @property
    def notes(self) -> tuple[str, ...]:
        return (self.note,) if self.note else ()

    @property
    def help(self) -> str | None:
        if self.word is not None:
            return f"it is declared with `{self.word}` there: override {self.word} {self.name} = ..."
        return did_you_mean(self.nearest) or "a new name is declared without `override`"

    @property
    def fix(self) -> Fix | None:
        if self.word is not None:
            return Fix(
                f"write `override {self.word} {self.name}`", (Edit(self.span, f"{self.word} {self.name}"),)
            )
        if self.nearest or self.keyword_span is None:
            return rename(self.span, self.nearest)
        return Fix("declare it anew", (Edit(self.keyword_span, ""),))


@dataclass(frozen=True)
class MissingOverride(Diagnostic):
    code: ClassVar[str] = "SOT324"
    what: str
    name: str
    base: str
    first: Span
    insert_at: Span

    @property
    def title(self) -> str:
        word = "" if self.what == "name" else f"{self.what} "
        return f"{word}`{self.name}` is declared in `{self.base}` already"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.first, f"`{self.base}` declares it here"),)

    @property
    def fix(self) -> Fix | None:
        return Fix("it replaces the other: write `override` before it", (Edit(self.insert_at, "override "),))


@dataclass(frozen=True)
class RemoveOfNothing(Diagnostic):
    code: ClassVar[str] = "SOT325"
    name: str
    base: str
    nearest: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"`{self.base}` has no `{self.name}` to remove"

    @property
    def help(self) -> str | None:
        return did_you_mean(self.nearest)

    @property
    def fix(self) -> Fix | None:
        return rename(self.span, self.nearest)


@dataclass(frozen=True)
class RemovedName(Diagnostic):
    """A name that is read, and that a `remove` took out."""

    code: ClassVar[str] = "SOT326"
    name: str
    removed: Span

    @property
    def title(self) -> str:
        return f"`{self.name}` was removed"

    @property
    def label(self) -> str:
        return "it is still read here"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.removed, "removed here"),)

    @property
    def help(self) -> str | None:
        return "override or remove what reads it, too"


@dataclass(frozen=True)
class NotInFile(Diagnostic):
    code: ClassVar[str] = "SOT327"
    name: str
    file: str
    nearest: tuple[str, ...]
    known: tuple[str, ...]

    @property
    def title(self) -> str:
        return f'"{self.file}" declares no `{self.name}`'

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"it declares: {', '.join(self.known)}" if self.known else "it declares nothing",)

    @property
    def help(self) -> str | None:
        return did_you_mean(self.nearest)

    @property
    def fix(self) -> Fix | None:
        return rename(self.span, self.nearest)


@dataclass(frozen=True)
class NoTracker(Diagnostic):
    code: ClassVar[str] = "SOT328"
    blocks: tuple[str, ...]

    @property
    def title(self) -> str:
        return "this file declares no tracker"

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"it declares: {', '.join(f'block {name}' for name in self.blocks)}",) if self.blocks else ()

    @property
    def help(self) -> str | None:
        return "declare one: tracker NAME { ... }"


@dataclass(frozen=True)
class UnknownTracker(Diagnostic):
    """The tracker that was asked for by name is not in the file."""

    code: ClassVar[str] = "SOT329"
    name: str
    nearest: tuple[str, ...]
    known: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"this file declares no tracker `{self.name}`"

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"it declares: {', '.join(self.known)}",) if self.known else ()

    @property
    def help(self) -> str | None:
        return did_you_mean(self.nearest)


@dataclass(frozen=True)
class BlockRecursion(Diagnostic):
    """A block that is applied within itself; `steps` holds a block and where it applies the next."""

    code: ClassVar[str] = "SOT330"
    steps: tuple[tuple[str, Span], ...]

    @property
    def title(self) -> str:
        names = [name for name, _ in self.steps]
        if len(names) == 1:
            return f"block `{names[0]}` contains itself"
        return f"these blocks contain each other: {' -> '.join(f'`{name}`' for name in [*names, names[0]])}"

    @property
    def label(self) -> str:
        return f"`{self.steps[0][0]}` applies the next here"

    @property
    def labels(self) -> tuple[Label, ...]:
        return tuple(Label(span, f"`{name}` applies the next here") for name, span in self.steps[1:])


@dataclass(frozen=True)
class NothingToChange(Diagnostic):
    """`override` or `remove` in a tracker that extends nothing, or in a block."""

    code: ClassVar[str] = "SOT331"
    word: str
    owner: str
    keyword_span: Span | None

    @property
    def title(self) -> str:
        return f"`{self.owner}` extends nothing, so there is nothing to {self.word}"

    @property
    def help(self) -> str | None:
        return f"name a base: tracker {self.owner} extends BASE {{ ... }}"

    @property
    def fix(self) -> Fix | None:
        if self.keyword_span is None:
            return None
        return Fix(f"take `{self.word}` away", (Edit(self.keyword_span, ""),))


@dataclass(frozen=True)
class WrongKind(Diagnostic):
    """A tracker in the place of a component, or a block in the place of a tracker."""

    code: ClassVar[str] = "SOT332"
    name: str
    found: str
    wanted: str
    declared: Span

    @property
    def title(self) -> str:
        return f"`{self.name}` is a {self.found}, not a {self.wanted}"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.declared, f"declared as a {self.found}"),)
