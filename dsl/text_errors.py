"""Mistakes in the text itself: characters, strings, numbers and brackets (SOT102 to SOT110)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .diagnostics import Diagnostic, Edit, Fix, Label
from .span import Span

# ---------------------------------------------------------------- text that is no part of the language


@dataclass(frozen=True)
class OddCharacter(Diagnostic):
    """A character that the language has no use for outside strings and comments."""

    code: ClassVar[str] = "SOT102"
    text: str
    instead: str | None
    """what is to be written in its place, where that is certain"""
    advice: str | None

    @property
    def title(self) -> str:
        names = {
            "\u00a0": "a no-break space",
            "\t": "a tab",
            "\ufeff": "a byte order mark",
            "\r": "a carriage return",
        }
        name = names.get(self.text)
        if name is not None:
            return f"{name} has no place here"
        shown = self.text if self.text.isprintable() else self.text.encode("unicode_escape").decode()
        return f"`{shown}` has no meaning here"

    @property
    def help(self) -> str | None:
        if self.advice is not None or self.instead is not None:
            return self.advice
        return "outside strings and comments a spec is written in ASCII letters, digits and signs"

    @property
    def fix(self) -> Fix | None:
        if self.instead is None:
            return None
        shown = self.instead.strip()
        return Fix(f"write `{shown}`" if shown else "write a plain space", (Edit(self.span, self.instead),))


@dataclass(frozen=True)
class UnclosedString(Diagnostic):
    """A string that does not end on its line."""

    code: ClassVar[str] = "SOT103"

    @property
    def title(self) -> str:
        return "this string does not end on its line"

    @property
    def label(self) -> str:
        return 'a `"` is missing'

    @property
    def help(self) -> str:
        return "a line break within a string is written `\\n`"


@dataclass(frozen=True)
class UnclosedDocstring(Diagnostic):
    """A docstring without its closing quotes."""

    code: ClassVar[str] = "SOT104"

    @property
    def title(self) -> str:
        return "this docstring is not closed"

    @property
    def label(self) -> str:
        return "opened here"

    @property
    def help(self) -> str:
        return 'end it with `"""`'


@dataclass(frozen=True)
class BadNumber(Diagnostic):
    """Something that begins like a number and is none."""

    code: ClassVar[str] = "SOT108"
    text: str
    instead: str | None
    reason: str

    @property
    def title(self) -> str:
        shown = self.text if len(self.text) <= 40 else self.text[:37] + "..."
        return f"`{shown}` is not a number"

    @property
    def label(self) -> str:
        return self.reason

    @property
    def help(self) -> str:
        return "numbers are written like 3, 1_000, 0.5 or 1e-3"

    @property
    def fix(self) -> Fix | None:
        if self.instead is None:
            return None
        return Fix(f"write `{self.instead}`", (Edit(self.span, self.instead),))


@dataclass(frozen=True)
class BadEscape(Diagnostic):
    """A backslash in a string with a letter that means nothing after it."""

    code: ClassVar[str] = "SOT109"
    text: str

    @property
    def title(self) -> str:
        return f"`{self.text}` means nothing in a string"

    @property
    def help(self) -> str:
        return 'the escapes are `\\n`, `\\t`, `\\r`, `\\"`, `\\\\` and `\\u` with four hexadecimal digits'

    @property
    def notes(self) -> tuple[str, ...]:
        return ("a backslash itself is written `\\\\`",)


@dataclass(frozen=True)
class SingleQuotes(Diagnostic):
    """A string in single quotes."""

    code: ClassVar[str] = "SOT110"
    instead: str

    @property
    def title(self) -> str:
        return "strings are written in double quotes"

    @property
    def fix(self) -> Fix:
        return Fix(f"write {self.instead}", (Edit(self.span, self.instead),))


# ---------------------------------------------------------------- brackets


@dataclass(frozen=True)
class UnclosedBracket(Diagnostic):
    """A bracket is opened and never closed."""

    code: ClassVar[str] = "SOT105"
    opener: str
    closer: str
    found_at: Span | None
    """before what the missing bracket belongs at the latest; None at the end of the file"""

    @property
    def title(self) -> str:
        return f"`{self.opener}` is not closed"

    @property
    def label(self) -> str:
        return "opened here"

    @property
    def labels(self) -> tuple[Label, ...]:
        if self.found_at is None:
            return ()
        return (Label(self.found_at, f"`{self.closer}` is missing before this"),)

    @property
    def help(self) -> str:
        return f"close it with `{self.closer}`"


@dataclass(frozen=True)
class StrayBracket(Diagnostic):
    """A bracket closes what was never opened."""

    code: ClassVar[str] = "SOT106"
    closer: str

    @property
    def title(self) -> str:
        return f"`{self.closer}` closes nothing"

    @property
    def help(self) -> str:
        return "remove it, or look for the bracket that is missing before it"


@dataclass(frozen=True)
class WrongBracket(Diagnostic):
    """A bracket is closed by one of another kind."""

    code: ClassVar[str] = "SOT107"
    found: str
    closer: str
    opening: Span

    @property
    def title(self) -> str:
        return f"`{self.found}` closes a bracket of another kind"

    @property
    def label(self) -> str:
        return f"expected `{self.closer}`"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.opening, "opened here"),)

    @property
    def fix(self) -> Fix:
        return Fix(f"close it with `{self.closer}`", (Edit(self.span, self.closer),))
