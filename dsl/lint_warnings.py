"""What is no error and yet hardly meant (9xx)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .diagnostics import Diagnostic, Fix, Severity


@dataclass(frozen=True)
class NeverRead(Diagnostic):
    code: ClassVar[str] = "SOT901"
    severity: ClassVar[Severity] = Severity.WARNING
    what: str
    name: str
    removal: Fix | None = None

    @property
    def fades(self) -> bool:
        return True

    @property
    def title(self) -> str:
        word = "" if self.name == self.what else f"{self.what} "
        return f"{word}`{self.name}` is never {'called' if self.what == 'fn' else 'read'}"

    @property
    def help(self) -> str | None:
        if self.what == "wire":
            return f"read it, take it out, or call it `_{self.name}` to say that this is meant"
        return None

    @property
    def fix(self) -> Fix | None:
        return self.removal


@dataclass(frozen=True)
class UnusedParam(Diagnostic):
    code: ClassVar[str] = "SOT902"
    severity: ClassVar[Severity] = Severity.WARNING
    name: str
    removal: Fix | None = None

    @property
    def fades(self) -> bool:
        return True

    @property
    def title(self) -> str:
        return f"param `{self.name}` changes nothing: it is never used"

    @property
    def fix(self) -> Fix | None:
        return self.removal


@dataclass(frozen=True)
class StateWithoutNext(Diagnostic):
    code: ClassVar[str] = "SOT903"
    severity: ClassVar[Severity] = Severity.WARNING
    name: str

    @property
    def title(self) -> str:
        return f"state `{self.name}` never changes"

    @property
    def help(self) -> str | None:
        return f"give its next value, next {self.name} = ..., or make it a plain wire: {self.name} = ..."


@dataclass(frozen=True)
class UnusedUse(Diagnostic):
    code: ClassVar[str] = "SOT904"
    severity: ClassVar[Severity] = Severity.WARNING
    name: str
    file: str

    @property
    def fades(self) -> bool:
        return True

    @property
    def title(self) -> str:
        return f'`{self.name}` from "{self.file}" is never used'
