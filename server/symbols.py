"""What a name stands for, across files and `extends`: the declaration that all its places share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..dsl import tree
from ..dsl.modules import Block, Lost, Module, PythonName, Tracker
from ..dsl.span import Span
from .names import Occurrence, occurrences, of_body
from .reading import Body, levels

Space: TypeAlias = Literal["spec", "component", "name", "local", "setting", "port"]
Open: TypeAlias = Callable[[str], Module | None]


@dataclass(frozen=True)
class Symbol:
    """One thing that has a name. Two places with the same symbol mean the same thing."""

    space: Space
    name: str
    path: str = ""
    """the file that declares it; empty for what Python declares"""
    owner: str = ""
    """the body that declares it first, or the component whose setting or port it is"""


def body_of(module: Module, name: str) -> Body | None:
    return next((each for each in module.file.declarations if each.name.text == name), None)


def declares(body: Body) -> dict[str, Occurrence]:
    """The names that a body declares itself, those of its params and operands among them."""
    found: dict[str, Occurrence] = {}
    for each in of_body(body):
        if each.kind == "name" and each.role in ("declare", "override"):
            found.setdefault(each.name, each)
    return found


def symbol_of(module: Module, place: Occurrence) -> Symbol | None:
    """What a name of a file stands for; None where that cannot be said."""
    match place.kind:
        case "type":
            return symbol_of_type(module, place.name)
        case "local":
            start = place.local.start if place.local else 0
            return Symbol("local", place.name, module.path, str(start))
        case "name":
            body = body_of(module, place.owner)
            return symbol_of_name(module, body, place.name) if body is not None else None
        case "setting":
            return symbol_within(module, place.whose, place.name, "setting")
        case "port":
            return symbol_within(module, component_of(module, place.owner, place.whose), place.name, "port")
    return None


def symbol_of_type(module: Module, name: str) -> Symbol | None:
    named = module.find(name)
    if isinstance(named, Tracker | Block):
        return Symbol("spec", named.name, named.module.path)
    if isinstance(named, Lost):
        return None
    return Symbol("component", name)


def symbol_of_name(module: Module, body: Body, name: str) -> Symbol | None:
    """A name belongs to the furthest base that declares it."""
    roots = [(each, where) for each, where in levels(module, body) if name in declares(each)]
    if not roots:
        return None
    body, where = roots[-1]
    return Symbol("name", name, where.path, body.name.text)


def symbol_within(module: Module, whose: str, name: str, space: Space) -> Symbol | None:
    """A setting or port: of a block it is a name of that block."""
    named = module.find(whose)
    if isinstance(named, Block):
        return symbol_of_name(named.module, named.declaration, name)
    return Symbol(space, name, owner=whose) if whose[:1].isupper() else None


def component_of(module: Module, owner: str, name: str) -> str:
    """The component or block of a part, by the part's name; a component's own name stays."""
    body = body_of(module, owner)
    if name[:1].isupper() or body is None:
        return name
    for each, _ in levels(module, body):
        for statement in each.body:
            inner = statement.declaration if isinstance(statement, tree.OverrideDecl) else statement
            if (
                isinstance(inner, tree.PartDecl)
                and (inner.name.text if inner.name else inner.keyword) == name
            ):
                return configured(inner.value)
    return name


def configured(expression: tree.Expression) -> str:
    """The component that an expression configures, at its end; empty where it is none."""
    match expression:
        case tree.Configure(component=component):
            return component.text
        case tree.Reference(name=name) if name[:1].isupper():
            return name
        case tree.Comprehension(element=element):
            return configured(element)
        case tree.ListExpr(items=(first, *_)):
            return configured(first)
        case tree.Call(callee=callee):
            return configured(callee)
        case tree.Chain(step=step):
            return configured(step)
    return ""


def places_of(symbol: Symbol, modules: Iterable[Module]) -> Iterator[tuple[Module, Occurrence]]:
    """Everywhere in these files that a symbol is named."""
    for module in modules:
        for place in occurrences(module.file):
            if place.name == symbol.name and symbol_of(module, place) == symbol:
                yield module, place


def declaration_of(module: Module, place: Occurrence, symbol: Symbol) -> Span | None:
    """Where what stands at a place is declared: the nearest body of a line of `extends` that says it."""
    if symbol.space == "local":
        return place.local
    if symbol.space == "spec":
        named = module.find(symbol.name)
        return named.declaration.name.span if isinstance(named, Tracker | Block) else None
    if symbol.space != "name":
        named = module.find(symbol.name)
        return (
            next((each.span for each in named.use.names if each.text == symbol.name), None)
            if isinstance(named, PythonName)
            else None
        )
    block = module.find(
        place.whose if place.kind == "setting" else component_of(module, place.owner, place.whose)
    )
    if place.kind in ("setting", "port") and isinstance(block, Block):
        return declares(block.declaration)[symbol.name].span
    body = body_of(module, place.owner)
    for each, _ in levels(module, body) if body is not None else ():
        found = declares(each).get(symbol.name)
        if found is not None and found.span != place.span:
            return found.span
    return place.span
