"""Patterns of operators, and what their names stand for where they match.

`Call(("aten::batch_norm",), {"input": Call(("aten::conv2d",), name="conv", single=True)}, name="norm")` matches a
batch norm whose input is a convolution that nothing else reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import fx

from .rewrite import arguments, is_call


@dataclass(frozen=True)
class Anything:
    """Anything, remembered under `name`; the same name again must be the same thing."""

    name: str


@dataclass(frozen=True)
class Constant:
    """A weight or constant (a `get_attr` node), remembered under `name`."""

    name: str


@dataclass(frozen=True)
class Call:
    """A call of one of `operators` whose schema arguments `where` match, remembered under `name`.

    With `single`, nothing but the node that matched around it may read it. Arguments that `where` does not name
    may be anything.
    """

    operators: tuple[str, ...]
    where: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    single: bool = False


def match(pattern: Any, value: Any, found: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """What the pattern's names stand for at `value`; None where it does not match.

    Plain numbers, strings and lists in a pattern match what is equal to them.
    """
    found = {} if found is None else found
    if isinstance(pattern, Anything):
        return remember(found, pattern.name, value)
    if isinstance(pattern, Constant):
        is_constant = isinstance(value, fx.Node) and value.op == "get_attr"
        return remember(found, pattern.name, value) if is_constant else None
    if not isinstance(pattern, Call):
        return found if not isinstance(value, fx.Node) and value == pattern else None
    if not is_call(value, *pattern.operators) or (pattern.single and len(value.users) != 1):
        return None
    given = arguments(value)
    for argument, inner in pattern.where.items():
        if argument not in given or match(inner, given[argument], found) is None:
            return None
    return remember(found, pattern.name, value)


def remember(found: dict[str, Any], name: str, value: Any) -> dict[str, Any] | None:
    if name and found.setdefault(name, value) is not value:
        return None
    return found
