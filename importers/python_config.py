"""A Python file that holds settings, read as data: its values are worked out from its syntax, and nothing is run.

What is read is what configs of OpenMMLab are made of: assignments of literals, `dict(...)`, names from above,
arithmetic, list and text operations, f-strings, and `{{_base_.name}}` for a value of the files built upon.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from .config_text import line_of
from .errors import BaseConfigError, ConfigLogicError, UnreadableConfigError
from .table import Place, Table

LARGEST_NUMBER = 10**300
LONGEST = 100_000
"""Elements of a list and characters of a text that arithmetic may make."""

PREDEFINED = re.compile(r"\{\{\s*_base_\.([\w.]+)\s*\}\}")
"""A value of the files built upon, within a text."""

OPERATIONS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}

PLAIN = "write the value that it has in its place; configs are read as data, and nothing of them is run"


@dataclass(frozen=True)
class Reading:
    """A file that is being read, and what is known of it so far."""

    path: str
    text: str
    base: Table
    """what the files that it builds upon hold, merged"""
    names: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)

    def refuse(self, node: ast.AST, what: str, remedy: str = PLAIN) -> NoReturn:
        line = getattr(node, "lineno", 0)
        shown = line_of(self.text, line)
        raise ConfigLogicError(f"{self.path}:{line}: {what}\n    {shown}", remedy)


def parse_python(text: str, path: str) -> ast.Module:
    """The syntax of a config. Raises UnreadableConfigError, with the place."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape is not our business
            return ast.parse(text, path)
    except SyntaxError as error:
        line = error.lineno or 1
        raise UnreadableConfigError(
            f"{path}:{line}: this is not Python: {error.msg}\n    {line_of(text, line)}",
            "`sotc import mmtracking` reads Python configs; `sotc import pysot` reads YAML",
        ) from None
    except (ValueError, RecursionError, MemoryError):
        raise UnreadableConfigError(
            f"{path}: this is not Python that can be read: it is nested too deep, or not text",
            "name the config file of a tracker",
        ) from None


def bases_of(module: ast.Module, text: str, path: str) -> tuple[tuple[str, ...], int]:
    """What `_base_` names, and in which line."""
    for statement in module.body:
        if isinstance(statement, ast.Assign) and any(
            name_of(target) == "_base_" for target in statement.targets
        ):
            reading = Reading(path, text, Table())
            value = evaluated(statement.value, reading)
            named = [value] if isinstance(value, str) else value
            if not isinstance(named, list | tuple) or not all(isinstance(name, str) for name in named):
                raise BaseConfigError(
                    f"{path}:{statement.lineno}: `_base_` should be a path or a list of paths",
                    "write _base_ = ['other_config.py']",
                )
            return tuple(named), statement.lineno
    return (), 0


def read_module(module: ast.Module, text: str, path: str, base: Table) -> Table:
    """The names that a config assigns. Raises ConfigLogicError for what is more than data."""
    reading = Reading(path, text, base)
    try:
        for statement in module.body:
            execute(statement, reading)
    except RecursionError:
        raise UnreadableConfigError(f"{path}: its values are nested too deep", PLAIN) from None
    return Table(reading.names, reading.places)


def execute(statement: ast.stmt, reading: Reading) -> None:
    """Follow a statement: an assignment adds a name, anything that computes is refused."""
    match statement:
        case ast.Expr(ast.Constant()) | ast.Pass():
            return
        case ast.Import(names) if all(alias.name == "os" for alias in names):
            return
        case ast.Assign(targets, value):
            found = evaluated(value, reading)
            for target in targets:
                assign(target, found, reading)
        case ast.AnnAssign(target, _, value) if value is not None:
            assign(target, evaluated(value, reading), reading)
        case ast.AugAssign(ast.Name(name), operation, value):
            old = looked_up(name, statement, reading)
            assign(
                statement.target,
                calculated(operation, old, evaluated(value, reading), statement, reading),
                reading,
            )
        case ast.Import() | ast.ImportFrom() | ast.With():
            reading.refuse(
                statement, "this imports Python", "leave out the import, and write values as they are"
            )
        case _:
            reading.refuse(statement, f"this is Python that would have to be run ({word_for(statement)})")


def assign(target: ast.expr, value: Any, reading: Reading) -> None:
    """Give a name, or several from a list, their values."""
    if isinstance(target, ast.Tuple):
        if not isinstance(value, list | tuple) or len(value) != len(target.elts):
            reading.refuse(target, "this value cannot be taken apart into these names")
        for name, item in zip(target.elts, value, strict=True):
            assign(name, item, reading)
        return
    if not isinstance(target, ast.Name):
        reading.refuse(target, "this changes a value that was made above", "write the value where it is made")
    if target.id == "_base_":
        return
    reading.names[target.id] = value
    reading.places[target.id] = Place(reading.path, target.lineno)


def evaluated(node: ast.expr, reading: Reading) -> Any:
    """The value of an expression. Raises ConfigLogicError where it would have to be run."""
    match node:
        case ast.Constant(value):
            return from_text(value, node, reading) if isinstance(value, str) else value
        case ast.Name(name):
            return looked_up(name, node, reading)
        case ast.List(elements):
            return sequence(elements, reading)
        case ast.Tuple(elements):
            return tuple(sequence(elements, reading))
        case ast.Set([ast.Set([inner])]):
            return of_base(dotted(inner) or "", node, reading)
        case ast.Attribute():
            return of_base(dotted(node) or "", node, reading)
        case ast.Dict(keys, values):
            return literal_table(keys, values, reading)
        case ast.Call(ast.Name("dict"), arguments, keywords):
            return called_table(arguments, keywords, node, reading)
        case ast.BinOp(left, operation, right):
            return calculated(operation, evaluated(left, reading), evaluated(right, reading), node, reading)
        case ast.UnaryOp(ast.USub() | ast.UAdd() as sign, operand):
            return signed(sign, evaluated(operand, reading), node, reading)
        case ast.UnaryOp(ast.Not(), operand):
            return not evaluated(operand, reading)
        case ast.Subscript(value, index):
            return element(evaluated(value, reading), index, node, reading)
        case ast.JoinedStr(pieces):
            return bounded("".join(piece_of(piece, reading) for piece in pieces), node, reading)
        case _:
            return reading.refuse(node, f"this would have to be run ({word_for(node)})")


def looked_up(name: str, node: ast.AST, reading: Reading) -> Any:
    if name == "_base_" or name not in reading.names:
        reading.refuse(node, f"`{name}` is not defined above", "define it in this file, or write its value")
    return reading.names[name]


def of_base(path: str, node: ast.AST, reading: Reading) -> Any:
    """What `_base_.a.b` stands for: a value of the files that this one builds upon."""
    first, *names = path.split(".")
    if first != "_base_" or not names:
        reading.refuse(node, "this would have to be run (an attribute)")
    value: Any = reading.base
    for name in names:
        if isinstance(value, list | tuple) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        elif isinstance(value, Table) and name in value:
            value = value[name]
        else:
            reading.refuse(
                node, f"no file that this one builds upon holds `{'.'.join(names)}`", "write its value"
            )
    return value


def from_text(text: str, node: ast.AST, reading: Reading) -> Any:
    """A text in which `{{_base_.name}}` is replaced; one that is nothing else becomes the value itself."""
    whole = PREDEFINED.fullmatch(text)
    if whole is not None:
        return of_base(f"_base_.{whole[1]}", node, reading)
    replaced = PREDEFINED.sub(
        lambda found: as_text(of_base(f"_base_.{found[1]}", node, reading), node, reading), text
    )
    return bounded(replaced, node, reading)


def as_text(value: Any, node: ast.AST, reading: Reading) -> str:
    """A value as a piece of a text: only a plain one can be."""
    if not isinstance(value, str | int | float | bool | None):
        reading.refuse(node, "only plain texts and numbers are put into a text")
    return str(value)


def sequence(elements: list[ast.expr], reading: Reading) -> list[Any]:
    values: list[Any] = []
    for item in elements:
        if isinstance(item, ast.Starred):
            more = evaluated(item.value, reading)
            if not isinstance(more, list | tuple):
                reading.refuse(item, "only a list can be spread out in a list")
            values.extend(bounded(more, item, reading))
        else:
            values.append(evaluated(item, reading))
    return values


def bounded(value: Any, node: ast.AST, reading: Reading) -> Any:
    """A text or a list as it is. Raises ConfigLogicError where it is longer than a config may make one."""
    if len(value) > LONGEST:
        reading.refuse(node, "this becomes too large for a setting")
    return value


def literal_table(keys: list[ast.expr | None], values: list[ast.expr], reading: Reading) -> Table:
    made = Table()
    for key, value in zip(keys, values, strict=True):
        found = evaluated(value, reading)
        if key is None:
            spread(found, made, value, reading)
            continue
        name = evaluated(key, reading)
        if not isinstance(name, str | int | float | bool | None):
            reading.refuse(key, "a key should be a text or a number")
        made[name] = found
        made.places[name] = Place(reading.path, key.lineno)
    return made


def called_table(
    arguments: list[ast.expr], keywords: list[ast.keyword], node: ast.AST, reading: Reading
) -> Table:
    """The table of `dict(a=1, **other)`."""
    if arguments:
        reading.refuse(node, "`dict` is read with settings by name only", "write dict(name=value, ...)")
    made = Table()
    for keyword in keywords:
        value = evaluated(keyword.value, reading)
        if keyword.arg is None:
            spread(value, made, keyword.value, reading)
        else:
            made[keyword.arg] = value
            made.places[keyword.arg] = Place(reading.path, keyword.lineno)
    return made


def spread(value: Any, made: Table, node: ast.AST, reading: Reading) -> None:
    if not isinstance(value, Table):
        reading.refuse(node, "only a table can be spread out by **")
    made.update(value)
    made.places.update(value.places)


def calculated(operation: ast.operator, left: Any, right: Any, node: ast.AST, reading: Reading) -> Any:
    """What an arithmetic operation gives, kept to a size that a config may have."""
    apply = OPERATIONS.get(type(operation))
    joins = (
        isinstance(operation, ast.Add) and type(left) is type(right) and isinstance(left, str | list | tuple)
    )
    if apply is None or not (joins or (is_number(left) and is_number(right))):
        reading.refuse(node, "this is more than arithmetic, or joining texts or lists")
    if isinstance(operation, ast.Pow) and (abs(right) > 64 or abs(left) > 2**16):
        reading.refuse(node, "this number is too large for a setting")
    try:
        result = apply(left, right)
        if not joins and not is_real(result):
            reading.refuse(node, "this becomes too large for a setting")
    except ArithmeticError as error:
        reading.refuse(node, f"this cannot be worked out: {error}")
    return bounded(result, node, reading) if joins else result


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_real(value: Any) -> bool:
    return is_number(value) and abs(value) < LARGEST_NUMBER and not math.isnan(value)


def signed(sign: ast.unaryop, value: Any, node: ast.AST, reading: Reading) -> Any:
    if not is_number(value):
        reading.refuse(node, "only a number can have a sign")
    return -value if isinstance(sign, ast.USub) else value


def element(value: Any, index: ast.expr, node: ast.AST, reading: Reading) -> Any:
    """`value[index]`, and `value[a:b]` of a list."""
    try:
        if isinstance(index, ast.Slice) and isinstance(value, list | tuple | str):
            ends = (index.lower, index.upper, index.step)
            return value[slice(*(None if end is None else evaluated(end, reading) for end in ends))]
        if not isinstance(index, ast.Slice) and isinstance(value, list | tuple | str | Table):
            return value[evaluated(index, reading)]
    except (LookupError, TypeError, ValueError):
        reading.refuse(node, "there is no such element", "write the value itself")
    return reading.refuse(node, "this has no elements", "write the value itself")


def piece_of(piece: ast.expr, reading: Reading) -> str:
    """A piece of an f-string: plain text, or a value without a format of its own."""
    if isinstance(piece, ast.FormattedValue) and piece.conversion == -1 and piece.format_spec is None:
        return as_text(evaluated(piece.value, reading), piece, reading)
    if isinstance(piece, ast.Constant):
        return str(piece.value)
    return reading.refuse(piece, "a value with a format of its own would have to be run")


def dotted(node: ast.AST) -> str | None:
    """`a.b.c` as text, or None for what is not a name with attributes; `a.0` cannot be written in Python."""
    match node:
        case ast.Name(name):
            return name
        case ast.Attribute(value, name):
            before = dotted(value)
            return None if before is None else f"{before}.{name}"
    return None


def name_of(target: ast.expr) -> str | None:
    return target.id if isinstance(target, ast.Name) else None


WORDS: Mapping[type[ast.AST], str] = {
    ast.Call: "a call",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.Lambda: "a function",
    ast.IfExp: "a condition",
    ast.BoolOp: "a condition",
    ast.Compare: "a comparison",
    ast.If: "a condition",
    ast.For: "a loop",
    ast.While: "a loop",
    ast.FunctionDef: "a function",
    ast.AsyncFunctionDef: "a function",
    ast.ClassDef: "a class",
    ast.Try: "a try",
    ast.Delete: "a deletion",
    ast.Expr: "a call",
    ast.Set: "a set",
}


def word_for(node: ast.AST) -> str:
    return WORDS.get(type(node), type(node).__name__.lower())
