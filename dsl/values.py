"""What an expression may stand for while a spec is resolved.

A constant is itself: `None`, `bool`, `int`, `float`, `str` or a tuple of constants. A wire is a
`program.Wire`; a `program.Literal` is a constant that came in as an operand of a block, so that it cannot
configure anything. Everything else is one of the classes below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

from .program import Constant, Literal, Part, Provenance, Setting, Unsettled, Wire
from .span import Span
from .tree import FnDecl

if TYPE_CHECKING:
    from .modules import Block
    from .scope import Here


@dataclass(frozen=True)
class PartValue:
    """A declared part, to be applied; `label` is its name within what declares it."""

    part: Part
    label: str


@dataclass(frozen=True)
class ComponentValue:
    """A component configured in the middle of an expression; it becomes a part where it is applied."""

    name: str
    settings: tuple[Setting, ...]
    span: Span
    component_span: Span
    provenance: Provenance
    unsettled: tuple[Unsettled, ...] = ()


@dataclass(frozen=True)
class BlockValue:
    """A block with its params given. Once it has a path, its parts are made on demand and kept here."""

    block: Block
    params: Mapping[str, Value]
    span: Span
    label: str
    path: str | None = None
    parts: dict[str, Value] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class FunctionValue:
    """`fn`: what it reads besides its parameters is looked up where it is declared."""

    declaration: FnDecl
    here: Here


@dataclass(frozen=True)
class ListValue:
    """A list that holds more than constants. `name` is the node's that packs its wires, where that is needed."""

    items: tuple[Value, ...]
    name: str
    span: Span
    spans: tuple[Span, ...] = ()
    """of the items, where they were written one by one"""


@dataclass(frozen=True)
class Broken:
    """What could not be made out, and was reported: it spreads without another word."""


BROKEN = Broken()

Value: TypeAlias = (
    "Constant | Literal | Wire | PartValue | ComponentValue | BlockValue | FunctionValue | ListValue | Broken"
)


def is_constant(value: Value) -> TypeGuard[Constant]:
    return value is None or isinstance(value, (bool, int, float, str, tuple))


def constant_text(value: Constant) -> str:
    """A constant as a spec writes it: `true`, `none`, `"rgb"`, `[1, 2]`."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
        return f'"{escaped}"'
    if isinstance(value, tuple):
        return f"[{', '.join(constant_text(item) for item in value)}]"
    return repr(value)


def describe(value: Value) -> str:
    """What a value is, in words, for messages."""
    if isinstance(value, Literal):
        return describe(value.value)
    if is_constant(value):
        return describe_constant(value)
    if isinstance(value, Wire):
        return "a wire"
    if isinstance(value, PartValue):
        return f"the {value.part.keyword or 'part'} `{value.label}`"
    if isinstance(value, ComponentValue):
        return f"the component `{value.name}`"
    if isinstance(value, BlockValue):
        return f"the block `{value.block.name}`"
    if isinstance(value, FunctionValue):
        return f"the function `{value.declaration.name.text}`"
    return "a list" if isinstance(value, ListValue) else "unknown"


def describe_constant(value: Constant) -> str:
    if value is None:
        return "`none`"
    text = constant_text(value)
    short = text if len(text) <= 40 else text[:37] + "..."
    kinds = {bool: "the truth value", int: "the whole number", float: "the number", str: "the text"}
    return f"{kinds.get(type(value), 'the list')} `{short}`"
