"""What can be wrong with a component, its settings and the way it is declared (4xx)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..dsl.diagnostics import Diagnostic, Edit, Fix, Label, Severity
from ..dsl.name_errors import rename
from ..dsl.span import Span
from ..dsl.suggest import did_you_mean


@dataclass(frozen=True)
class UnknownComponent(Diagnostic):
    code: ClassVar[str] = "SOT401"
    name: str
    nearest: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"no component is called `{self.name}`"

    @property
    def help(self) -> str | None:
        return did_you_mean(self.nearest) or (
            "`sotc components` lists what there is; one of your own comes in by `use python MODULE { "
            + self.name
            + " }`"
        )

    @property
    def fix(self) -> Fix | None:
        return rename(self.span, self.nearest)


@dataclass(frozen=True)
class UnknownSetting(Diagnostic):
    code: ClassVar[str] = "SOT402"
    component: str
    name: str
    nearest: tuple[str, ...]
    known: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"`{self.component}` has no setting `{self.name}`"

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"its settings are: {', '.join(self.known)}" if self.known else "it has no settings",)

    @property
    def help(self) -> str | None:
        return did_you_mean(self.nearest)

    @property
    def fix(self) -> Fix | None:
        return rename(self.span, self.nearest)


@dataclass(frozen=True)
class WrongSettingType(Diagnostic):
    code: ClassVar[str] = "SOT403"
    component: str
    name: str
    wanted: str
    found: str

    @property
    def title(self) -> str:
        return f"setting `{self.name}` of `{self.component}` wants {self.wanted}"

    @property
    def label(self) -> str:
        return f"this is {self.found}"


@dataclass(frozen=True)
class MissingSetting(Diagnostic):
    code: ClassVar[str] = "SOT404"
    component: str
    missing: tuple[str, ...]
    example: str

    @property
    def title(self) -> str:
        names = ", ".join(f"`{name}`" for name in self.missing)
        return f"`{self.component}` needs {names}"

    @property
    def help(self) -> str | None:
        return f"write {self.component} {{ {self.example} }}"


@dataclass(frozen=True)
class WrongCategory(Diagnostic):
    code: ClassVar[str] = "SOT405"
    component: str
    keyword: str
    category: str
    right_keyword: str | None
    keyword_span: Span | None

    @property
    def title(self) -> str:
        return f"`{self.component}` is a {self.category}, not a {self.keyword}"

    @property
    def help(self) -> str | None:
        if self.right_keyword is None:
            return (
                f"a {self.category} is used in the middle of an expression: {self.component} {{ ... }}(...)"
            )
        return f"declare it with `{self.right_keyword}`"

    @property
    def fix(self) -> Fix | None:
        if self.right_keyword is None or self.keyword_span is None:
            return None
        return Fix(f"declare it with `{self.right_keyword}`", (Edit(self.keyword_span, self.right_keyword),))


@dataclass(frozen=True)
class InlineWeights(Diagnostic):
    code: ClassVar[str] = "SOT406"
    component: str
    parameters: int

    @property
    def title(self) -> str:
        return f"`{self.component}` has weights and needs a name of its own"

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"it owns {self.parameters:,} parameters, which are stored under the name of a part",)

    @property
    def help(self) -> str | None:
        return f"declare it, `part NAME = {self.component} {{ ... }}`, and apply the part"


@dataclass(frozen=True)
class TakenName(Diagnostic):
    code: ClassVar[str] = "SOT893"
    name: str
    keyword: str | None

    @property
    def title(self) -> str:
        if self.keyword is None:
            return f"a component stands under the name `{self.name}`, which belongs to PyTorch's modules"
        return f"no {self.keyword} can be called `{self.name}`: the name belongs to PyTorch's modules"

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"parts are kept as modules of one `nn.Module`, and that has a `{self.name}` of its own",)

    @property
    def help(self) -> str | None:
        return f"give it another name, such as `{self.name}_{self.keyword or 'value'}`"


@dataclass(frozen=True)
class ConstructorFailed(Diagnostic):
    code: ClassVar[str] = "SOT407"
    component: str
    message: str
    place: str

    @property
    def title(self) -> str:
        return f"`{self.component}` refuses its settings: {self.message}"

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"raised at {self.place}",)


@dataclass(frozen=True)
class PythonNotAllowed(Diagnostic):
    code: ClassVar[str] = "SOT410"
    module: str

    @property
    def title(self) -> str:
        return f"`use python {self.module}` would run Python code, which was not allowed"

    @property
    def notes(self) -> tuple[str, ...]:
        return ("nothing was imported",)

    @property
    def help(self) -> str | None:
        return (
            f'if you trust it: --allow-python, or in sotc.toml: [trust] python = ["{self.module}"], '
            "or allow_python=True from Python"
        )


@dataclass(frozen=True)
class PythonImportFailed(Diagnostic):
    code: ClassVar[str] = "SOT411"
    module: str
    message: str

    @property
    def title(self) -> str:
        return f"cannot import `{self.module}`: {self.message}"

    @property
    def help(self) -> str | None:
        return (
            "is it installed, or in the folder that you run from? (PYTHONPATH tells Python where else to look); "
            f"`use python? {self.module}` goes on without it"
        )


@dataclass(frozen=True)
class PythonImportSkipped(Diagnostic):
    code: ClassVar[str] = "SOT412"
    severity: ClassVar[Severity] = Severity.WARNING
    module: str
    message: str

    @property
    def title(self) -> str:
        return f"`{self.module}` was not imported: {self.message}"


@dataclass(frozen=True)
class PythonNameMissing(Diagnostic):
    code: ClassVar[str] = "SOT413"
    module: str
    name: str
    nearest: tuple[str, ...]
    registered: bool

    @property
    def title(self) -> str:
        if self.registered:
            return f"`{self.name}` of `{self.module}` is not registered as a component"
        return f"`{self.module}` has no `{self.name}`"

    @property
    def help(self) -> str | None:
        if self.registered:
            return (
                f"decorate the class: @BACKBONES.register_module() (or NECKS, HEADS ...) above `{self.name}`"
            )
        return did_you_mean(self.nearest)


@dataclass(frozen=True)
class RegistrationFailed(Diagnostic):
    code: ClassVar[str] = "SOT414"
    module: str
    message: str

    @property
    def title(self) -> str:
        return f"`{self.module}` offers a component that cannot be registered"

    @property
    def notes(self) -> tuple[str, ...]:
        return (self.message,)


@dataclass(frozen=True)
class UnknownPort(Diagnostic):
    code: ClassVar[str] = "SOT420"
    component: str
    name: str
    nearest: tuple[str, ...]
    known: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"`{self.component}` has no port `{self.name}`"

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"its ports are: {', '.join(self.known)}",)

    @property
    def help(self) -> str | None:
        return did_you_mean(self.nearest)


@dataclass(frozen=True)
class WrongArity(Diagnostic):
    code: ClassVar[str] = "SOT421"
    component: str
    ports: tuple[str, ...]
    given: int
    missing: tuple[str, ...]

    @property
    def title(self) -> str:
        if self.missing:
            return f"`{self.component}` gets nothing at {', '.join(f'`{name}`' for name in self.missing)}"
        return f"`{self.component}` takes {len(self.ports)} operands, {self.given} are given"

    @property
    def help(self) -> str | None:
        return f"its ports are: {self.component}({', '.join(self.ports)})"


@dataclass(frozen=True)
class PortTwice(Diagnostic):
    code: ClassVar[str] = "SOT422"
    component: str
    name: str

    @property
    def title(self) -> str:
        return f"port `{self.name}` of `{self.component}` is given twice"


@dataclass(frozen=True)
class UnknownOutput(Diagnostic):
    code: ClassVar[str] = "SOT423"
    what: str
    name: str
    nearest: tuple[str, ...]
    known: tuple[str, ...]
    made: Span | None

    @property
    def title(self) -> str:
        return f"{self.what} has no output `{self.name}`"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.made, f"{self.what} is made here"),) if self.made else ()

    @property
    def notes(self) -> tuple[str, ...]:
        return (f"its outputs are: {', '.join(self.known)}" if self.known else "it is a single tensor",)

    @property
    def help(self) -> str | None:
        return did_you_mean(self.nearest)

    @property
    def fix(self) -> Fix | None:
        return rename(self.span, self.nearest)


@dataclass(frozen=True)
class WrongUnpacking(Diagnostic):
    code: ClassVar[str] = "SOT424"
    what: str
    wanted: int
    found: int | None

    @property
    def title(self) -> str:
        found = "is a single tensor" if self.found is None else f"has {self.found} outputs"
        return f"{self.what} {found}, {self.wanted} names are given"
