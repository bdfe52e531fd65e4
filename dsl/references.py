"""What a statement declares and which names it reads, without evaluating anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from . import tree
from .span import Span


class Read(NamedTuple):
    """A name that an expression reads, where, and whether it is called there."""

    name: str
    span: Span
    called: bool


class Declared(NamedTuple):
    """A name that a statement declares. Outputs, losses and next values have names of their own kind."""

    space: str
    """`name`, `output`, `loss` or `next`"""
    name: str
    span: Span


def is_type_name(name: str) -> bool:
    """Whether a name is one of a component, block or tracker: `CamelCase`."""
    return name[:1].isupper()


def keyword_span(statement: tree.Statement, keyword: str) -> Span:
    """The word that a statement begins with."""
    span = statement.span
    end = span.start + len(keyword)
    return Span(span.path, span.start, end, span.line, span.column, span.line, span.column + len(keyword))


def declared(statement: tree.Statement) -> tuple[Declared, ...]:
    """What a statement declares (an `override`: what it declares anew); the keyword is the default name."""
    match statement:
        case tree.OverrideDecl(declaration=inner):
            return declared(inner)
        case tree.WireDecl(names=names):
            return tuple(Declared("name", name.text, name.span) for name in names if name.text != "_")
        case tree.CropDecl(keyword=keyword, name=name) | tree.PartDecl(keyword=keyword, name=name):
            if name is None:
                return (Declared("name", keyword, keyword_span(statement, keyword)),)
            return (Declared("name", name.text, name.span),)
        case tree.LossDecl(name=name):
            if name is None:
                return (Declared("loss", "loss", keyword_span(statement, "loss")),)
            return (Declared("loss", name.text, name.span),)
        case tree.OutputDecl(name=name):
            return (Declared("output", name.text, name.span),)
        case tree.NextDecl(name=name):
            return (Declared("next", name.text, name.span),)
        case (
            tree.ParamDecl(name=name)
            | tree.TruthDecl(name=name)
            | tree.StateDecl(name=name)
            | tree.FnDecl(name=name)
        ):
            return (Declared("name", name.text, name.span),)
    return ()


def reads(expression: tree.Expression | None, bound: frozenset[str] = frozenset()) -> Iterator[Read]:
    """The names that an expression reads, but for those in `bound`, in the order of the text.

    Names of components and blocks come, too (see `is_type_name`). Works without recursion: chains of thousands
    of steps are trees as deep.
    """
    stack: list[tuple[tree.Expression, frozenset[str], bool]] = []
    if expression is not None:
        stack.append((expression, bound, False))
    while stack:
        node, names, called = stack.pop()
        match node:
            case tree.Reference(span=span, name=name):
                if name not in names:
                    yield Read(name, span, called)
            case tree.Configure(component=component, settings=settings):
                yield Read(component.text, component.span, called)
                for setting in reversed(settings):
                    value = setting.value or tree.Reference(setting.name.span, setting.name.text)
                    stack.append((value, names, False))
            case tree.Comprehension(element=element, variable=variable, source=source, condition=condition):
                inner = names | {variable.text}
                if condition is not None:
                    stack.append((condition, inner, False))
                stack.append((element, inner, False))
                stack.append((source, names, False))
            case tree.Call(callee=callee, arguments=arguments):
                stack.extend((argument.value, names, False) for argument in reversed(arguments))
                stack.append((callee, names, True))
            case tree.Chain(source=source, step=step):
                stack.append((step, names, True))
                stack.append((source, names, False))
            case tree.ListExpr(items=items):
                stack.extend((item, names, False) for item in reversed(items))
            case tree.Binary(left=left, right=right):
                stack.append((right, names, False))
                stack.append((left, names, False))
            case tree.Index(value=value, index=index):
                stack.append((index, names, False))
                stack.append((value, names, False))
            case tree.Attribute(value=value) | tree.Unary(operand=value):
                stack.append((value, names, False))


def first_reads(statement: tree.Statement) -> tuple[Read, ...]:
    """What must be known before the statement: what its names are computed from."""
    match statement:
        case tree.ParamDecl(default=default, condition=condition):
            name = statement.name.text
            return (*reads(default), *reads(condition, frozenset((name,))))
        case tree.FnDecl(parameters=parameters, value=value):
            return tuple(reads(value, frozenset(name.text for name in parameters)))
        case tree.CropDecl(value=value, refresh=refresh):
            return (*reads(value), *(reads(refresh.every) if refresh else ()))
        case tree.PartDecl(value=value) | tree.WireDecl(value=value) | tree.StateDecl(value=value):
            return tuple(reads(value))
    return ()


def later_reads(statement: tree.Statement) -> tuple[Read, ...]:
    """What a statement reads after all wires are known: outputs, losses, next values, conditions of refreshing."""
    match statement:
        case tree.CropDecl(refresh=refresh) if refresh is not None:
            return tuple(reads(refresh.condition))
        case tree.OutputDecl(value=value) | tree.LossDecl(value=value):
            return tuple(reads(value))
        case tree.NextDecl(value=value, condition=condition):
            return (*reads(value), *reads(condition))
        case tree.ReturnDecl(values=values):
            return tuple(read for value in values for read in reads(value))
    return ()


def all_reads(statement: tree.Statement) -> Iterator[Read]:
    """Every name that a statement reads, those in the branches of an `if` included."""
    stack = [statement]
    while stack:
        node = stack.pop()
        match node:
            case tree.OverrideDecl(declaration=inner):
                stack.append(inner)
            case tree.IfDecl(condition=condition, then=then, otherwise=otherwise):
                yield from reads(condition)
                stack.extend(reversed((*then, *otherwise)))
            case _:
                yield from first_reads(node)
                yield from later_reads(node)


def word_of(statement: tree.Statement) -> str:
    """The word for a kind of statement, for messages."""
    match statement:
        case tree.CropDecl(keyword=keyword) | tree.PartDecl(keyword=keyword):
            return keyword
        case tree.OverrideDecl():
            return "override"
        case tree.RemoveDecl():
            return "remove"
    words: dict[type, str] = {
        tree.ParamDecl: "param",
        tree.TruthDecl: "truth",
        tree.WireDecl: "wire",
        tree.LossDecl: "loss",
        tree.OutputDecl: "output",
        tree.StateDecl: "state",
        tree.NextDecl: "next",
        tree.FnDecl: "fn",
        tree.ReturnDecl: "return",
        tree.IfDecl: "if",
        tree.FreezeDecl: "freeze",
        tree.UnfreezeDecl: "remove",
    }
    return words.get(type(statement), "statement")
