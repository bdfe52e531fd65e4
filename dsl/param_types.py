"""The types that a param may have, and whether a constant is of one."""

from __future__ import annotations

from dataclasses import dataclass

from . import tree
from .findings import Findings
from .program import Constant
from .suggest import nearest
from .value_errors import UnknownType

SIMPLE = ("int", "float", "bool", "str")


@dataclass(frozen=True)
class Kind:
    """`int`, `float`, `bool`, `str`, `list` of an inner kind, or `any`."""

    name: str
    inner: Kind | None = None

    def __str__(self) -> str:
        return f"{self.name}[{self.inner}]" if self.inner else self.name


ANY = Kind("any")


class MismatchError(Exception):
    """A constant that is not of the kind."""


def kind_of_type(type_expr: tree.TypeExpr, findings: Findings) -> Kind:
    """The kind that a type names; `any` where it names none, which is reported."""
    if type_expr.name in SIMPLE and not type_expr.arguments:
        return Kind(type_expr.name)
    arguments = type_expr.arguments
    if type_expr.name == "list" and not arguments:
        return Kind("list", ANY)
    if type_expr.name == "list" and len(arguments) == 1 and isinstance(arguments[0], tree.TypeExpr):
        return Kind("list", kind_of_type(arguments[0], findings))
    findings.add(
        UnknownType(type_expr.span, type_text(type_expr), nearest(type_expr.name, (*SIMPLE, "list")))
    )
    return ANY


def type_text(type_expr: tree.TypeExpr) -> str:
    """A type as it is written: `list[float]`, `Image[1]`."""
    if not type_expr.arguments:
        return type_expr.name
    inner = (
        argument.text if isinstance(argument, tree.Number) else type_text(argument)
        for argument in type_expr.arguments
    )
    return f"{type_expr.name}[{', '.join(inner)}]"


def kind_of_value(value: Constant) -> Kind:
    """The kind of a param that has a default and no type."""
    if isinstance(value, tuple):
        inner = list(dict.fromkeys(kind_of_value(item) for item in value))
        if set(inner) == {Kind("int"), Kind("float")}:
            return Kind("list", Kind("float"))
        return Kind("list", inner[0] if len(inner) == 1 else ANY)
    kinds = {bool: "bool", int: "int", float: "float", str: "str"}
    return Kind(kinds[type(value)]) if type(value) in kinds else ANY


def convert(value: Constant, kind: Kind) -> Constant:
    """The value as one of that kind: whole numbers may stand for `float`. Raises MismatchError."""
    if kind.name == "any":
        return value
    if kind.name == "list":
        if not isinstance(value, tuple):
            raise MismatchError
        return tuple(convert(item, kind.inner or ANY) for item in value)
    if kind.name == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    wanted = {"int": int, "float": float, "bool": bool, "str": str}[kind.name]
    if type(value) is not wanted:
        raise MismatchError
    return value
