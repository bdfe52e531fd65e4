"""Every name of a file and where it stands: declared, read, overridden, as a setting, port, field or type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from ..dsl import tree
from ..dsl.references import declared, word_of
from ..dsl.span import Span
from .reading import Body

Kind: TypeAlias = Literal["type", "name", "local", "setting", "port", "field", "output", "loss"]
Role: TypeAlias = Literal["declare", "read", "override", "remove", "next", "use"]
Bound: TypeAlias = Mapping[str, Span]
"""names of a function's operands and of comprehensions, with where they are declared"""


@dataclass(frozen=True)
class Occurrence:
    """A name at one place."""

    name: str
    span: Span
    kind: Kind
    role: Role
    owner: str = ""
    """the tracker or block around it"""
    word: str = ""
    """of a declaration: the kind of its statement (`param`, `backbone`, `wire`)"""
    local: Span | None = None
    """where a local name is declared"""
    whose: str = ""
    """the component or block that a setting belongs to, or the name that is called, of a port"""
    implied: bool = False
    """the keyword of the declaration is the name, too"""
    shorthand: bool = False
    """a setting without value, `{ ratios }`: its name is also what it reads"""


def occurrences(file: tree.File) -> tuple[Occurrence, ...]:
    """All names of a file, in the order of the text."""
    found = [*of_uses(file)]
    for body in file.declarations:
        found += of_body(body)
    return tuple(sorted(found, key=lambda each: (each.span.start, each.kind)))


def of_uses(file: tree.File) -> Iterator[Occurrence]:
    for use in file.uses:
        for name in use.names:
            yield Occurrence(name.text, name.span, "type", "use")


def of_body(body: Body) -> Iterator[Occurrence]:
    owner = body.name.text
    word = "tracker" if isinstance(body, tree.TrackerDecl) else "block"
    yield Occurrence(owner, body.name.span, "type", "declare", word=word)
    if isinstance(body, tree.TrackerDecl) and body.base is not None:
        yield Occurrence(body.base.text, body.base.span, "type", "read", owner)
    if isinstance(body, tree.BlockDecl):
        for parameter in body.parameters:
            yield Occurrence(parameter.text, parameter.span, "name", "declare", owner, "operand")
    for statement in body.body:
        for each in of_statement(statement, "declare"):
            yield replace(each, owner=owner)


def of_statement(statement: tree.Statement, role: Role) -> Iterator[Occurrence]:
    """The names of one statement; their owner is filled in by `of_body`."""
    match statement:
        case tree.OverrideDecl(declaration=inner):
            yield from of_statement(inner, "override")
            return
        case tree.RemoveDecl(names=names):
            yield from (Occurrence(name.text, name.span, "name", "remove") for name in names)
            return
        case tree.FreezeDecl(paths=paths) | tree.UnfreezeDecl(paths=paths):
            yield from (Occurrence(path.part.text, path.part.span, "name", "read") for path in paths)
            return
        case tree.IfDecl(condition=condition, then=then, otherwise=otherwise):
            yield from of_expression(condition, {})
            for inner in (*then, *otherwise):
                yield from of_statement(inner, role)
            return
    yield from declarations(statement, role)
    bound = {name.text: name.span for name in parameters_of(statement)}
    for name, span in bound.items():
        yield Occurrence(name, span, "local", "declare", word="operand", local=span)
    for expression in expressions_of(statement):
        yield from of_expression(expression, bound)


def declarations(statement: tree.Statement, role: Role) -> Iterator[Occurrence]:
    implied = isinstance(statement, tree.CropDecl | tree.PartDecl | tree.LossDecl) and statement.name is None
    for space, name, span in declared(statement):
        word = word_of(statement)
        if space == "next":
            yield Occurrence(name, span, "name", "next", word=word)
        else:
            kind: Kind = "output" if space == "output" else "loss" if space == "loss" else "name"
            yield Occurrence(name, span, kind, role, word=word, implied=implied)


def parameters_of(statement: tree.Statement) -> tuple[tree.Name, ...]:
    return statement.parameters if isinstance(statement, tree.FnDecl) else ()


def expressions_of(statement: tree.Statement) -> tuple[tree.Expression, ...]:
    """What stands in a statement to be evaluated."""
    match statement:
        case tree.ParamDecl(default=default, condition=condition):
            given: tuple[tree.Expression | None, ...] = (default, condition)
        case tree.CropDecl(value=value, refresh=refresh):
            given = (value, refresh.every if refresh else None, refresh.condition if refresh else None)
        case tree.NextDecl(value=value, condition=condition):
            given = (value, condition)
        case tree.ReturnDecl(values=values):
            given = values
        case (
            tree.PartDecl(value=value)
            | tree.WireDecl(value=value)
            | tree.LossDecl(value=value)
            | tree.OutputDecl(value=value)
            | tree.StateDecl(value=value)
            | tree.FnDecl(value=value)
        ):
            given = (value,)
        case _:
            given = ()
    return tuple(each for each in given if each is not None)


def of_expression(expression: tree.Expression, bound: Bound) -> Iterator[Occurrence]:
    """Without recursion: chains of thousands of steps are trees as deep."""
    stack: list[tuple[tree.Expression, Bound]] = [(expression, bound)]
    while stack:
        node, names = stack.pop()
        match node:
            case tree.Reference(span=span, name=name):
                yield read_of(name, span, names)
            case tree.Configure(component=component, settings=settings):
                yield Occurrence(component.text, component.span, "type", "read")
                for setting in settings:
                    yield from of_setting(setting, component.text, names)
                stack.extend((each.value, names) for each in settings if each.value is not None)
            case tree.Comprehension(element=element, variable=variable, source=source, condition=condition):
                yield Occurrence(
                    variable.text, variable.span, "local", "declare", word="variable", local=variable.span
                )
                inner = {**names, variable.text: variable.span}
                stack += [(source, names), (element, inner)]
                stack += [(condition, inner)] if condition is not None else []
            case tree.Call(callee=callee, arguments=arguments):
                stack.append((callee, names))
                for argument in arguments:
                    stack.append((argument.value, names))
                    if argument.port is not None:
                        whose = called(callee)
                        yield Occurrence(argument.port.text, argument.port.span, "port", "read", whose=whose)
            case tree.Attribute(value=value, name=name):
                yield Occurrence(name.text, name.span, "field", "read", whose=called(value))
                stack.append((value, names))
            case tree.Chain(source=source, step=step):
                stack += [(source, names), (step, names)]
            case tree.ListExpr(items=items):
                stack.extend((item, names) for item in items)
            case tree.Binary(left=left, right=right):
                stack += [(left, names), (right, names)]
            case tree.Index(value=value, index=index):
                stack += [(value, names), (index, names)]
            case tree.Unary(operand=operand):
                stack.append((operand, names))


def read_of(name: str, span: Span, bound: Bound) -> Occurrence:
    if name in bound:
        return Occurrence(name, span, "local", "read", local=bound[name])
    return Occurrence(name, span, "type" if name[:1].isupper() else "name", "read")


def of_setting(setting: tree.SettingTree, component: str, bound: Bound) -> Iterator[Occurrence]:
    name, span = setting.name.text, setting.name.span
    short = setting.value is None
    yield Occurrence(name, span, "setting", "read", whose=component, shorthand=short)
    if short:
        yield replace(read_of(name, span, bound), shorthand=True)


def called(expression: tree.Expression) -> str:
    """The name of what is called or looked into: `pick` in `pick.box`, `Conv2d` in `Conv2d { }(x)`."""
    match expression:
        case tree.Reference(name=name):
            return name
        case tree.Configure(component=component):
            return component.text
        case tree.Call(callee=callee):
            return called(callee)
        case tree.Chain(step=step):
            return called(step)
    return ""


def name_at(file: tree.File, offset: int) -> Occurrence | None:
    """The name at a place, or the one that ends there."""
    found = [each for each in occurrences(file) if each.span.start <= offset <= each.span.end]
    return max(found, key=lambda each: (offset < each.span.end, each.kind != "setting"), default=None)
