"""Params get their values: the default, a setting of a block, or `--set`; of the right type, within `where`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import tree
from .body import Entry, Missing, report_unknown
from .evaluate import FUNCTIONS
from .name_errors import Cycle, MissingParam, NotConstant
from .ordering import order
from .param_types import ANY, Kind, MismatchError, convert, kind_of_type, kind_of_value
from .parser import parse
from .program import Constant, Param, Provenance
from .references import is_type_name, reads
from .scope import Here, Scope
from .span import Span
from .value_errors import ParamCondition, ParamType, SetText
from .values import BROKEN, Broken, Value, constant_text, describe_constant, is_constant

if TYPE_CHECKING:
    from .elaborate import Elaborator


@dataclass(frozen=True)
class Given:
    """A value from outside: a setting of a block, with its place, or the text of a `--set`."""

    value: Value
    span: Span | None
    text: str | None = None


@dataclass(frozen=True)
class Declaration:
    """A param, and who wrote it."""

    statement: tree.ParamDecl
    entry: Entry

    @property
    def name(self) -> str:
        return self.statement.name.text


@dataclass(frozen=True)
class Evaluated:
    scope: Scope
    params: tuple[Param, ...]
    values: Mapping[str, Value]


def evaluate_params(
    owner: str,
    declarations: Sequence[Declaration],
    given: Mapping[str, Given],
    elsewhere: frozenset[str],
    missing: Missing,
    elaborator: Elaborator,
    use: Span | None = None,
) -> Evaluated:
    """Values of all params; one that has none, or a wrong one, is Broken and reported.

    `elsewhere` are names of the body that are no params; `use` is where a block is configured.
    """
    by_name = {declaration.name: declaration for declaration in declarations}
    needs = {
        name: [read.name for read in reads(declaration.statement.default) if read.name in by_name]
        for name, declaration in by_name.items()
        if name not in given
    }
    ordered = order({name: needs.get(name, []) for name in by_name})
    for cycle in ordered.cycles:
        elaborator.findings.add(cycle_of(cycle, by_name))
    circular = {name for cycle in ordered.cycles for name in cycle}
    scope = Scope()
    absent = [name for name in by_name if name not in given and by_name[name].statement.default is None]
    if absent:
        spans = tuple(by_name[name].statement.name.span for name in absent)
        finding = MissingParam(use or spans[0], owner, tuple(absent), spans, use is not None)
        elaborator.findings.add(finding)
    typed: dict[str, tuple[Value, Kind]] = {}
    for name in ordered.keys:
        declaration = by_name[name]
        if name in circular or name in absent:
            typed[name] = (BROKEN, ANY)
        else:
            check_reads(declaration.statement.default, by_name, elsewhere, missing, elaborator)
            typed[name] = value_of(declaration, given.get(name), scope, elaborator)
        scope.set(name, typed[name][0])
    for declaration in declarations:
        check_condition(
            declaration, given.get(declaration.name), scope, by_name, elsewhere, missing, elaborator
        )
    params = []
    for declaration in declarations:
        value, kind = typed[declaration.name]
        if is_constant(value):
            provenance = Provenance(declaration.entry.owner, declaration.statement.span)
            params.append(
                Param(declaration.name, str(kind), value, declaration.statement.name.span, provenance)
            )
    return Evaluated(scope, tuple(params), {name: value for name, (value, _) in typed.items()})


def cycle_of(cycle: tuple[str, ...], by_name: Mapping[str, Declaration]) -> Cycle:
    order_in_text = list(by_name)
    start = cycle.index(min(cycle, key=order_in_text.index))
    turned = (*cycle[start:], *cycle[:start])
    steps = []
    for position, name in enumerate(turned):
        following = turned[(position + 1) % len(turned)]
        read = next(read for read in reads(by_name[name].statement.default) if read.name == following)
        steps.append((name, read.span, following))
    return Cycle(steps[0][1], tuple(steps), of_params=True)


def check_reads(
    expression: tree.Expression | None,
    params: Collection[str],
    elsewhere: frozenset[str],
    missing: Missing,
    elaborator: Elaborator,
    where: str = "the value of a param",
) -> bool:
    """Whether an expression reads params only; what else it reads is reported."""
    fine = True
    for read in reads(expression):
        if read.name in params or is_type_name(read.name):
            continue
        if read.called and read.name in FUNCTIONS:
            continue
        fine = False
        if read.name in elsewhere:
            advice = "it may be computed from params"
            elaborator.findings.add(NotConstant(read.span, read.name, "no param", where, advice))
        else:
            report_unknown(read, params, {}, missing, elaborator.findings)
    return fine


def value_of(
    declaration: Declaration, given: Given | None, scope: Scope, elaborator: Elaborator
) -> tuple[Value, Kind]:
    """The value of one param and its kind."""
    statement, entry = declaration.statement, declaration.entry
    kind = kind_of_type(statement.type, elaborator.findings) if statement.type else None
    provenance = Provenance(entry.owner, statement.span)
    default: Value = BROKEN
    if statement.default is not None and (given is None or kind is None):
        here = Here(scope, entry.module, provenance)
        default = elaborator.constant(statement.default, here, "the value of a param")
    if kind is None:
        kind = kind_of_value(default) if is_constant(default) else ANY
    if given is None:
        span = statement.default.span if statement.default else statement.name.span
        return checked(declaration, default, kind, span, False, elaborator), kind
    if given.text is None:
        return checked(
            declaration, given.value, kind, given.span or statement.name.span, False, elaborator
        ), kind
    value = read_text(given.text, kind, elaborator)
    if isinstance(value, Broken):
        elaborator.findings.add(SetText(statement.name.span, declaration.name, given.text, str(kind)))
        return BROKEN, kind
    return checked(declaration, value, kind, statement.name.span, True, elaborator), kind


def checked(
    declaration: Declaration,
    value: Value,
    kind: Kind,
    span: Span,
    from_command_line: bool,
    elaborator: Elaborator,
) -> Value:
    if not is_constant(value):
        return BROKEN
    try:
        return convert(value, kind)
    except MismatchError:
        declared = declaration.statement.type.span if declaration.statement.type else None
        found = describe_constant(value)
        elaborator.findings.add(
            ParamType(span, declaration.name, str(kind), found, declared, from_command_line)
        )
        return BROKEN


def check_condition(
    declaration: Declaration,
    given: Given | None,
    scope: Scope,
    params: Mapping[str, Declaration],
    elsewhere: frozenset[str],
    missing: Missing,
    elaborator: Elaborator,
) -> None:
    """Report a param that does not meet its `where`."""
    statement = declaration.statement
    if statement.condition is None:
        return
    if not check_reads(statement.condition, params, elsewhere, missing, elaborator, "a `where`"):
        return
    provenance = Provenance(declaration.entry.owner, statement.span)
    here = Here(scope, declaration.entry.module, provenance)
    result = elaborator.truth(statement.condition, here, "a `where`")
    value = scope.get(declaration.name)
    if result is not False or not is_constant(value):
        return
    span = statement.default.span if statement.default else statement.name.span
    if given is not None:
        span = given.span or statement.name.span
    elaborator.findings.add(
        ParamCondition(
            span,
            declaration.name,
            constant_text(value),
            elaborator.text(statement.condition.span),
            statement.condition.span if statement.condition.span.path == span.path or given else None,
            given is not None and given.text is not None,
        )
    )


def read_text(text: str, kind: Kind, elaborator: Elaborator) -> Constant | Broken:
    """The constant that the text of a `--set` means: a text needs no quotes, all else is written as in a spec."""
    if kind.name == "str" and not text.startswith('"'):
        return text
    result = parse(f"tracker Set {{\n    param value = {text}\n}}\n", "--set")
    declarations = result.file.declarations
    if result.diagnostics or len(declarations) != 1 or not isinstance(declarations[0], tree.TrackerDecl):
        return BROKEN
    body = declarations[0].body
    if len(body) != 1 or not isinstance(body[0], tree.ParamDecl) or body[0].default is None:
        return BROKEN
    statement = body[0]
    names = [read for read in reads(statement.default) if not (read.called and read.name in FUNCTIONS)]
    if statement.condition is not None or statement.type is not None or names or statement.default is None:
        return BROKEN
    return elaborator.apart().plain_constant(statement.default)
