"""Mistakes of syntax within expressions: settings, operators, literals (SOT111 to SOT127)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .diagnostics import Diagnostic, Edit, Fix
from .span import Span


@dataclass(frozen=True)
class ParenthesesConfigure(Diagnostic):
    """A component configured with parentheses."""

    code: ClassVar[str] = "SOT111"
    component: str
    keyword: str | None
    """of the declaration, if it is the whole value of one"""
    configured: str
    """as it would be written with braces"""
    certain: bool
    """whether settings, rather than inputs, stand in the parentheses"""
    opening: Span
    closing: Span

    @property
    def title(self) -> str:
        if self.keyword is not None and not self.certain:
            return f"a `{self.keyword}` is configured, not applied"
        return f"the settings of `{self.component}` stand in braces"

    @property
    def label(self) -> str:
        return "parentheses apply"

    @property
    def help(self) -> str:
        if self.certain:
            return f"braces configure, parentheses apply: write {self.configured}"
        return "braces configure, parentheses apply: declare the part here and apply it on a line of its own"

    @property
    def fix(self) -> Fix | None:
        if not self.certain:
            return None
        return Fix("use braces", (Edit(self.opening, " { "), Edit(self.closing, " }")))


@dataclass(frozen=True)
class MissingComma(Diagnostic):
    """Two items of a list without a comma between them."""

    code: ClassVar[str] = "SOT120"
    gap: Span
    """the empty span behind the first item"""

    @property
    def title(self) -> str:
        return "a comma is missing"

    @property
    def label(self) -> str:
        return "expected `,` before this"

    @property
    def fix(self) -> Fix:
        return Fix("put in `,`", (Edit(self.gap, ","),))


@dataclass(frozen=True)
class PositionalSetting(Diagnostic):
    """A value in braces without the name of its setting."""

    code: ClassVar[str] = "SOT121"
    value: str

    @property
    def title(self) -> str:
        return "a setting has a name"

    @property
    def label(self) -> str:
        return "expected `name = value`"

    @property
    def help(self) -> str:
        return (
            f"write name = {self.value}, with the name of the setting; `name` alone stands for `name = name`"
        )


@dataclass(frozen=True)
class OperatorAfterChain(Diagnostic):
    """An operator behind the last step of a chain."""

    code: ClassVar[str] = "SOT122"
    operator: str

    @property
    def title(self) -> str:
        return f"`{self.operator}` cannot follow a chain"

    @property
    def label(self) -> str:
        return "put the chain before this in parentheses"

    @property
    def help(self) -> str:
        return f"an arrow holds together less than any operator: write (a -> b) {self.operator} c"


@dataclass(frozen=True)
class ChainedComparison(Diagnostic):
    """`a < b < c`."""

    code: ClassVar[str] = "SOT123"
    operator: str

    @property
    def title(self) -> str:
        return "comparisons cannot follow one another"

    @property
    def help(self) -> str:
        return "compare in pairs: a < b and b < c"


@dataclass(frozen=True)
class LiteralSpelling(Diagnostic):
    """`True`, `False` or `None`, as in Python."""

    code: ClassVar[str] = "SOT125"
    found: str

    @property
    def title(self) -> str:
        return f"`{self.found}` is written `{self.found.lower()}`"

    @property
    def fix(self) -> Fix:
        return Fix(f"write `{self.found.lower()}`", (Edit(self.span, self.found.lower()),))


@dataclass(frozen=True)
class SearchRefresh(Diagnostic):
    """A `refresh` clause on a search region."""

    code: ClassVar[str] = "SOT127"

    @property
    def title(self) -> str:
        return "a search region cannot be refreshed"

    @property
    def label(self) -> str:
        return "only a template has a `refresh` clause"

    @property
    def help(self) -> str:
        return "remove the clause: a search region is cut anew in every frame"
