"""What can be wrong with params and constant expressions (2xx), and with files as such (8xx)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .diagnostics import Diagnostic, Fix, Label
from .name_errors import rename
from .span import Span
from .suggest import did_you_mean


@dataclass(frozen=True)
class ParamType(Diagnostic):
    code: ClassVar[str] = "SOT201"
    name: str
    type: str
    found: str
    declared: Span | None
    from_command_line: bool = False

    @property
    def title(self) -> str:
        given = " (--set)" if self.from_command_line else ""
        return f"param `{self.name}` wants `{self.type}`, not {self.found}{given}"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.declared, f"declared as `{self.type}`"),) if self.declared else ()


@dataclass(frozen=True)
class ParamCondition(Diagnostic):
    """A param that does not meet its `where`."""

    code: ClassVar[str] = "SOT202"
    name: str
    value: str
    condition: str
    declared: Span | None
    from_command_line: bool = False

    @property
    def title(self) -> str:
        given = " (--set)" if self.from_command_line else ""
        return f"`{self.name} = {self.value}` does not meet `{self.condition}`{given}"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.declared, "asked for here"),) if self.declared else ()


@dataclass(frozen=True)
class UnknownType(Diagnostic):
    code: ClassVar[str] = "SOT203"
    name: str
    nearest: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"no param has the type `{self.name}`"

    @property
    def notes(self) -> tuple[str, ...]:
        return ("types of params are: int, float, bool, str, list[int], list[float], list[list[int]] ...",)

    @property
    def help(self) -> str | None:
        return did_you_mean(self.nearest)

    @property
    def fix(self) -> Fix | None:
        return rename(self.span, self.nearest)


@dataclass(frozen=True)
class NoValue(Diagnostic):
    """A constant expression that cannot be computed."""

    code: ClassVar[str] = "SOT204"
    message: str

    @property
    def title(self) -> str:
        return self.message


@dataclass(frozen=True)
class SetText(Diagnostic):
    """A `--set` whose text is no constant."""

    code: ClassVar[str] = "SOT205"
    name: str
    text: str
    type: str

    @property
    def title(self) -> str:
        return f"--set {self.name}={self.text}: this is no `{self.type}`"

    @property
    def label(self) -> str:
        return "the param is declared here"

    @property
    def help(self) -> str | None:
        examples = {"int": "64", "float": "0.5", "bool": "true", "str": "rgb"}
        return f"write, for example, --set {self.name}={examples.get(self.type, '[1,2]')}"


@dataclass(frozen=True)
class UnreadableFile(Diagnostic):
    """The spec itself, or a file that it uses, is no readable text."""

    code: ClassVar[str] = "SOT801"
    file: str
    reason: str
    note: str | None = None

    @property
    def title(self) -> str:
        return f"cannot read {self.file}: {self.reason}"

    @property
    def notes(self) -> tuple[str, ...]:
        return (self.note,) if self.note else ()
