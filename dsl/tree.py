"""The tree that the parser gives: what was written, and where. Every node keeps its span.

Names are not yet bound and nothing is evaluated; the tree of a file prints back to that file (see `formatter`).
Expressions serve for constants, wires and types alike: which one is meant shows only when names are bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from .span import Span


@dataclass(frozen=True)
class Tree:
    span: Span


@dataclass(frozen=True)
class Name(Tree):
    """An identifier as written, `snake_case` or `CamelCase`."""

    text: str


# ---------------------------------------------------------------- expressions


@dataclass(frozen=True)
class Number(Tree):
    value: int | float
    text: str
    """as written: `1e-3`, `0.50`"""


@dataclass(frozen=True)
class Text(Tree):
    value: str


@dataclass(frozen=True)
class Truth(Tree):
    """`true`, `false`."""

    value: bool


@dataclass(frozen=True)
class Nothing(Tree):
    """`none`."""


@dataclass(frozen=True)
class Reference(Tree):
    """A name used: a param, a wire, a part, a state, a function, or (CamelCase) a component or block."""

    name: str


@dataclass(frozen=True)
class ListExpr(Tree):
    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Comprehension(Tree):
    """`[element for variable in source if condition]`."""

    element: Expression
    variable: Name
    source: Expression
    condition: Expression | None


@dataclass(frozen=True)
class Configure(Tree):
    """`Component { a = 1, b }`: a component with settings. Empty braces may be left out of the text."""

    component: Name
    settings: tuple[SettingTree, ...]
    braces: bool
    """whether braces were written"""


@dataclass(frozen=True)
class SettingTree(Tree):
    """`name = value`; `name` alone stands for `name = name`."""

    name: Name
    value: Expression | None


@dataclass(frozen=True)
class Call(Tree):
    """`callee(arguments)`: dataflow, or `len(list)` and the like on constants."""

    callee: Expression
    arguments: tuple[ArgumentTree, ...]


@dataclass(frozen=True)
class ArgumentTree(Tree):
    """`value`, or `port = value`."""

    port: Name | None
    value: Expression


@dataclass(frozen=True)
class Chain(Tree):
    """`source -> step`; chains associate to the left."""

    source: Expression
    step: Expression


@dataclass(frozen=True)
class Attribute(Tree):
    """`value.name`."""

    value: Expression
    name: Name


@dataclass(frozen=True)
class Index(Tree):
    """`value[index]`."""

    value: Expression
    index: Expression


@dataclass(frozen=True)
class Unary(Tree):
    operator: str
    """`-` or `not`"""
    operand: Expression


@dataclass(frozen=True)
class Binary(Tree):
    operator: str
    """`+ - * / // % ** < <= > >= == != and or`"""
    left: Expression
    right: Expression


Expression: TypeAlias = (
    Number
    | Text
    | Truth
    | Nothing
    | Reference
    | ListExpr
    | Comprehension
    | Configure
    | Call
    | Chain
    | Attribute
    | Index
    | Unary
    | Binary
)

# ---------------------------------------------------------------- types


@dataclass(frozen=True)
class TypeExpr(Tree):
    """`int`, `list[float]`, `Box`, `Image[1]`."""

    name: str
    arguments: tuple[TypeExpr | Number, ...]


# ---------------------------------------------------------------- statements


@dataclass(frozen=True)
class Statement(Tree):
    doc: str | None
    """the docstring written before it"""


@dataclass(frozen=True)
class ParamDecl(Statement):
    """`param name: type = default where condition`."""

    name: Name
    type: TypeExpr | None
    default: Expression | None
    condition: Expression | None


@dataclass(frozen=True)
class CropDecl(Statement):
    """`template [name] = Crop { } [refresh every N [when c]]` and `search [name] = Crop { }`."""

    keyword: str
    """`template` or `search`"""
    name: Name | None
    """None where the keyword is also the name"""
    value: Expression
    refresh: RefreshClause | None


@dataclass(frozen=True)
class RefreshClause(Tree):
    every: Expression
    condition: Expression | None


@dataclass(frozen=True)
class TruthDecl(Statement):
    """`truth gt: Box`."""

    name: Name
    type: TypeExpr


@dataclass(frozen=True)
class PartDecl(Statement):
    """`backbone = C { }`, `head corner = C { }`, `part x = [C { } for s in stages]`."""

    keyword: str
    """`backbone`, `neck`, `head`, `loss` or `part`"""
    name: Name | None
    value: Expression


@dataclass(frozen=True)
class WireDecl(Statement):
    """`a = e`, `a, b = e`."""

    names: tuple[Name, ...]
    value: Expression


@dataclass(frozen=True)
class LossDecl(Statement):
    """`loss classify = 1.0 * CrossEntropyLoss(cls, labels)`: an applied loss, a term of the training objective.

    A `loss` whose value is only configured, not applied, is a `PartDecl`.
    """

    name: Name | None
    value: Expression


@dataclass(frozen=True)
class OutputDecl(Statement):
    name: Name
    value: Expression


@dataclass(frozen=True)
class StateDecl(Statement):
    name: Name
    value: Expression


@dataclass(frozen=True)
class NextDecl(Statement):
    """`next s = e when c`."""

    name: Name
    value: Expression
    condition: Expression | None


@dataclass(frozen=True)
class FnDecl(Statement):
    """`fn name(a, b) = e`."""

    name: Name
    parameters: tuple[Name, ...]
    value: Expression


@dataclass(frozen=True)
class ReturnDecl(Statement):
    """`return e`, `return a, b`; in a block only."""

    values: tuple[Expression, ...]


@dataclass(frozen=True)
class IfDecl(Statement):
    """`if PARAM { } else { }`, decided at compile time."""

    condition: Expression
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


@dataclass(frozen=True)
class OverrideDecl(Statement):
    """`override <declaration>`."""

    declaration: Statement


@dataclass(frozen=True)
class RemoveDecl(Statement):
    """`remove a, b`."""

    names: tuple[Name, ...]


@dataclass(frozen=True)
class PathTree(Tree):
    """`backbone`, `backbone.layer1.0`: a part, or a piece of it as its weights are called."""

    part: Name
    inside: Name | None
    """all that stands behind the first dot, dots included"""

    @property
    def text(self) -> str:
        return self.part.text if self.inside is None else f"{self.part.text}.{self.inside.text}"


@dataclass(frozen=True)
class FreezeDecl(Statement):
    """`freeze backbone.layer1, neck`: weights that training leaves as they are."""

    paths: tuple[PathTree, ...]


@dataclass(frozen=True)
class UnfreezeDecl(Statement):
    """`remove freeze backbone`: what a base freezes, and this tracker does not."""

    paths: tuple[PathTree, ...]


@dataclass(frozen=True)
class ErrorStatement(Statement):
    """What the parser skipped to go on."""


# ---------------------------------------------------------------- top level


@dataclass(frozen=True)
class UseDecl(Statement):
    """`use "blocks/xcorr.sot" { A, B }`, `use python pkg.mod { A }`, `use python? pkg.mod { A }`."""

    source: str
    """path of the file, or dotted module"""
    source_span: Span
    python: bool
    tolerant: bool
    names: tuple[Name, ...]


@dataclass(frozen=True)
class TrackerDecl(Statement):
    name: Name
    base: Name | None
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class BlockDecl(Statement):
    name: Name
    parameters: tuple[Name, ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Comment(Tree):
    """`# text`, kept for the formatter."""

    text: str
    own_line: bool
    """alone on its line, rather than after something"""


@dataclass(frozen=True)
class File(Tree):
    path: str
    uses: tuple[UseDecl, ...]
    declarations: tuple[TrackerDecl | BlockDecl, ...]
    comments: tuple[Comment, ...]
