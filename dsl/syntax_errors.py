"""Mistakes of syntax: statements that cannot be read, and files beyond all limits (SOT101 to SOT130)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .diagnostics import Diagnostic, Edit, Fix
from .span import Span


def alternatives(choices: tuple[str, ...]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    if len(choices) < 2:
        return "".join(choices)
    return f"{', '.join(choices[:-1])} or {choices[-1]}"


def quoted(words: tuple[str, ...]) -> str:
    """`a`, `b` or `c`, each in backticks."""
    return alternatives(tuple(f"`{word}`" for word in words))


# ---------------------------------------------------------------- statements


@dataclass(frozen=True)
class UnexpectedText(Diagnostic):
    """Something stands where the grammar has no place for it."""

    code: ClassVar[str] = "SOT101"
    found: str
    expected: tuple[str, ...]
    advice: str | None = None

    @property
    def title(self) -> str:
        if not self.expected:
            return f"{self.found} has no place here"
        return f"expected {alternatives(self.expected)}, found {self.found}"

    @property
    def label(self) -> str:
        return f"expected {alternatives(self.expected)}" if self.expected else ""

    @property
    def help(self) -> str | None:
        return self.advice


@dataclass(frozen=True)
class WrongSign(Diagnostic):
    """`==` or `:` for `=`, `=` for `==` or `:`, `=>` for `->`."""

    code: ClassVar[str] = "SOT112"
    found: str
    sign: str
    why: str

    @property
    def title(self) -> str:
        return f"expected `{self.sign}`, found `{self.found}`"

    @property
    def label(self) -> str:
        return f"write `{self.sign}`"

    @property
    def help(self) -> str:
        return self.why

    @property
    def fix(self) -> Fix:
        return Fix(f"write `{self.sign}`", (Edit(self.span, self.sign),))


@dataclass(frozen=True)
class MissingSign(Diagnostic):
    """A name and its value without `=` between them, or a name and its type without `:`."""

    code: ClassVar[str] = "SOT113"
    sign: str
    name: str
    value: str
    gap: Span
    """the empty span behind the name"""

    @property
    def title(self) -> str:
        return f"`{self.sign}` is missing after `{self.name}`"

    @property
    def label(self) -> str:
        return f"expected `{self.sign}` before this"

    @property
    def help(self) -> str:
        gap = "" if self.sign == ":" else " "
        return f"write {self.name}{gap}{self.sign} {self.value}"

    @property
    def fix(self) -> Fix:
        gap = "" if self.sign == ":" else " "
        return Fix(f"put in `{self.sign}`", (Edit(self.gap, gap + self.sign),))


@dataclass(frozen=True)
class NameCase(Diagnostic):
    """A name in the spelling of the other kind of name."""

    code: ClassVar[str] = "SOT114"
    name: str
    role: str
    """what is named: `a tracker`, `a part`"""
    style: str
    """`CamelCase` or `snake_case`"""
    suggestion: str

    @property
    def title(self) -> str:
        return f"{self.role} is named in {self.style}, not `{self.name}`"

    @property
    def help(self) -> str:
        return f"write `{self.suggestion}`"

    @property
    def notes(self) -> tuple[str, ...]:
        return (
            "components, types, trackers and blocks are CamelCase; parts, wires, params and settings are "
            "snake_case",
        )


@dataclass(frozen=True)
class ReservedName(Diagnostic):
    """A word of the language used as a name."""

    code: ClassVar[str] = "SOT115"
    word: str

    @property
    def title(self) -> str:
        return f"`{self.word}` is a word of the language and cannot be a name"

    @property
    def help(self) -> str:
        return "choose another name"


@dataclass(frozen=True)
class MissingName(Diagnostic):
    """A declaration that must have a name has none."""

    code: ClassVar[str] = "SOT116"
    keyword: str
    example: str

    @property
    def title(self) -> str:
        return f"`{self.keyword}` needs a name"

    @property
    def label(self) -> str:
        return f"expected a name after `{self.keyword}`"

    @property
    def help(self) -> str:
        return f"write {self.example}"


@dataclass(frozen=True)
class Misplaced(Diagnostic):
    """A declaration where it cannot stand."""

    code: ClassVar[str] = "SOT117"
    what: str
    place: str

    @property
    def title(self) -> str:
        return f"{self.what} cannot stand here"

    @property
    def help(self) -> str:
        return f"{self.what} stands {self.place}"


@dataclass(frozen=True)
class LoneDocstring(Diagnostic):
    """A docstring with no declaration after it."""

    code: ClassVar[str] = "SOT118"

    @property
    def title(self) -> str:
        return "no declaration follows this docstring"

    @property
    def help(self) -> str:
        return "a docstring stands before the declaration that it describes; for other remarks use `#`"


@dataclass(frozen=True)
class UnknownKeyword(Diagnostic):
    """A line begins with a word that begins no statement."""

    code: ClassVar[str] = "SOT119"
    word: str
    suggestions: tuple[str, ...]
    advice: str | None

    @property
    def title(self) -> str:
        return f"`{self.word}` does not begin a statement"

    @property
    def help(self) -> str | None:
        if self.suggestions:
            return f"did you mean {quoted(self.suggestions)}?"
        return self.advice

    @property
    def fix(self) -> Fix | None:
        if len(self.suggestions) != 1:
            return None
        return Fix(f"write `{self.suggestions[0]}`", (Edit(self.span, self.suggestions[0]),))


@dataclass(frozen=True)
class StatementsOnOneLine(Diagnostic):
    """Two statements without a line break between them."""

    code: ClassVar[str] = "SOT124"

    @property
    def title(self) -> str:
        return "a statement begins in the middle of a line"

    @property
    def label(self) -> str:
        return "begin a new line here"

    @property
    def help(self) -> str:
        return "a line break ends a statement"


@dataclass(frozen=True)
class MissingValue(Diagnostic):
    """A line ends, or a bracket closes, where a value is due."""

    code: ClassVar[str] = "SOT126"
    after: str
    """what the value is missing after"""

    @property
    def title(self) -> str:
        return f"a value is missing after `{self.after}`"

    @property
    def label(self) -> str:
        return "expected an expression"


@dataclass(frozen=True)
class UseWithoutNames(Diagnostic):
    """A `use` that does not say what it takes."""

    code: ClassVar[str] = "SOT130"
    source: str

    @property
    def title(self) -> str:
        return "a `use` names what it takes, in braces"

    @property
    def help(self) -> str:
        return f"write use {self.source} {{ Name }}"


# ---------------------------------------------------------------- limits


@dataclass(frozen=True)
class FileTooLarge(Diagnostic):
    """A file that is no spec by its size."""

    code: ClassVar[str] = "SOT128"
    size: int
    limit: int

    @property
    def title(self) -> str:
        return f"this file has {self.size:,} characters; a spec has {self.limit:,} at most"


@dataclass(frozen=True)
class TooDeep(Diagnostic):
    """Nesting beyond all reason."""

    code: ClassVar[str] = "SOT129"
    limit: int

    @property
    def title(self) -> str:
        return f"this is nested more than {self.limit} deep"

    @property
    def help(self) -> str:
        return "give a name to an inner piece, on a line of its own"
