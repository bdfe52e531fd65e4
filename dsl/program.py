"""What resolving a spec gives: one tracker, flat, every name bound.

A `Program` is a list of *parts* (what is configured, and may own weights) and a list of *nodes* (what is
computed, in an order in which every node comes after what it reads). Params are evaluated, `extends` is
flattened, `if`, comprehensions, `fn` and blocks are expanded. Nothing here knows torch or the registry: whether
`ResNet` exists, what it accepts and what shape it gives is asked by the compiler.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from .span import Span

Constant: TypeAlias = "bool | int | float | str | tuple[Constant, ...] | None"
"""A value known before anything runs. Lists are tuples, so that a program can be hashed."""


@dataclass(frozen=True)
class Provenance:
    """Which declaration a piece came from: the tracker or block that wrote it, and where."""

    owner: str
    span: Span


@dataclass(frozen=True)
class Setting:
    """`name = value` within braces, evaluated."""

    name: str
    value: Constant
    name_span: Span
    span: Span
    """of the value"""
    source: str
    """the value as it was written: `width`, `[3, 4]`"""


@dataclass(frozen=True)
class Unsettled:
    """The name of a setting whose value could not be made out, which was reported."""

    name: str
    name_span: Span


@dataclass(frozen=True)
class Part:
    """A configured component. Two applications of one part share its weights."""

    path: str
    """stable, dotted: `backbone`, `head.shrink_kernel`, `neck.0`; weights are stored under it"""
    keyword: str | None
    """the word it was declared with (`backbone`, `neck`, `head`, `loss`, `part`, `template`, `search`),
    or None where a component is configured in the middle of an expression"""
    component: str
    settings: tuple[Setting, ...]
    span: Span
    """of the whole declaration"""
    component_span: Span
    """of the component's name"""
    provenance: Provenance
    unsettled: tuple[Unsettled, ...] = ()
    """such a part is never built; what else is wrong with it is told all the same"""

    def setting(self, name: str) -> Setting | None:
        return next((setting for setting in self.settings if setting.name == name), None)


@dataclass(frozen=True)
class Wire:
    """What a node gives, as an operand."""

    node: str


@dataclass(frozen=True)
class Literal:
    """A constant as an operand."""

    value: Constant


Operand: TypeAlias = Wire | Literal


@dataclass(frozen=True)
class Argument:
    """One operand of an application: positional, or by the name of a port."""

    value: Operand
    span: Span
    port: str | None
    source: str
    """as it was written, for messages: `features`"""


@dataclass(frozen=True)
class Node:
    """One value. `name` is unique and stable: the wire's own name where there is one, else `wire.step`."""

    name: str
    span: Span


@dataclass(frozen=True)
class Refresh:
    """`refresh every N when CONDITION` on a template."""

    every: int
    condition: Operand | None
    span: Span


@dataclass(frozen=True)
class Input(Node):
    """A patch cut out of a frame (`template`, `search`).

    Read as an operand it is the image; `Field(..., "view")` on it is the map back into the frame.
    """

    keyword: str
    part: str
    """path of the crop's part"""
    refresh: Refresh | None


@dataclass(frozen=True)
class Truth(Node):
    """`truth gt: Box`: what is known in training only."""

    type: str
    type_span: Span


@dataclass(frozen=True)
class StateRead(Node):
    """The value of a state as the step began."""

    state: str


@dataclass(frozen=True)
class Apply(Node):
    """A part applied to operands."""

    part: str
    arguments: tuple[Argument, ...]


@dataclass(frozen=True)
class Missing(Node):
    """Stands where an operand could not be made out, which was reported: what reads it is known all the same."""


@dataclass(frozen=True)
class Select(Node):
    """One of several results, by position. `of` is the number of names it was unpacked into, if it was."""

    source: Operand
    index: int
    of: int | None


@dataclass(frozen=True)
class Field(Node):
    """One of several results, by name: `pick.box`, `search.view`."""

    source: Operand
    field: str
    field_span: Span


@dataclass(frozen=True)
class Operation(Node):
    """Arithmetic, comparison or logic between wires and constants.

    `operator` is one of `+ - * / // % ** < <= > >= == != and or not neg`.
    """

    operator: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True)
class Pack(Node):
    """`[a, b]` of wires; a component sees a tuple."""

    items: tuple[Operand, ...]


@dataclass(frozen=True)
class Output:
    name: str
    value: Operand
    span: Span
    value_span: Span


@dataclass(frozen=True)
class Loss:
    name: str
    value: Operand
    span: Span
    value_span: Span


@dataclass(frozen=True)
class State:
    """`state NAME = INITIAL` with `next NAME = NEXT when CONDITION`."""

    name: str
    initial: Operand
    next: Operand | None
    condition: Operand | None
    span: Span
    next_span: Span | None


@dataclass(frozen=True)
class Freeze:
    """`freeze PATH`: what training leaves as it is."""

    path: str
    """of a part, or of modules or weights within one: `backbone`, `backbone.layer1`"""
    span: Span
    provenance: Provenance


@dataclass(frozen=True)
class Binding:
    """A name of the spec and the operand it stands for."""

    name: str
    value: Operand
    span: Span
    """of the name"""
    doc: str | None


@dataclass(frozen=True)
class BlockUse:
    """A block, written out where it was applied: its nodes are called `name` and `name.…`."""

    block: str
    name: str
    declaration: Span
    """of the whole block; the spans of its nodes lie within"""
    span: Span
    """of the application"""


@dataclass(frozen=True)
class Param:
    name: str
    type: str
    value: Constant
    span: Span
    provenance: Provenance


@dataclass(frozen=True)
class PythonUse:
    """`use python MODULE { NAMES }`."""

    module: str
    names: tuple[str, ...]
    name_spans: tuple[Span, ...]
    tolerant: bool
    span: Span


@dataclass(frozen=True)
class Program:
    name: str
    path: str
    doc: str | None
    span: Span
    params: tuple[Param, ...]
    parts: tuple[Part, ...]
    nodes: tuple[Node, ...]
    bindings: tuple[Binding, ...]
    outputs: tuple[Output, ...]
    losses: tuple[Loss, ...]
    states: tuple[State, ...]
    python_uses: tuple[PythonUse, ...]
    blocks: tuple[BlockUse, ...] = ()
    """in the order in which they were entered, an outer one before those within"""
    freezes: tuple[Freeze, ...] = ()

    def part(self, path: str) -> Part:
        return next(part for part in self.parts if part.path == path)
