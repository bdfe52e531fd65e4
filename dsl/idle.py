"""What is declared and nothing applies: written out apart, so that what is wrong with it is told all the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import tree
from .blocks import body_of, returned
from .composition import Level, param_declarations
from .modules import Block, Module, PythonName
from .params import Given, evaluate_params
from .program import Apply, Part
from .scope import Naming, Scope
from .statements import Frame, execute
from .values import BROKEN, FunctionValue, Value

if TYPE_CHECKING:
    from .elaborate import Elaborator


@dataclass(frozen=True)
class Idle:
    """Parts and applications that belong to no tracker; they are checked as far as that goes, and never built."""

    parts: tuple[Part, ...] = ()
    applications: tuple[Apply, ...] = ()
    from_python: tuple[str, ...] = ()
    """names that the file takes from Python, which is asked for a tracker only"""


def idle_in(module: Module, elaborator: Elaborator) -> Idle:
    """What blocks that nothing applies, and functions that nothing calls, hold. The findings go where all go."""
    if elaborator.exhausted:
        return Idle()
    aside = elaborator.aside()
    for named in module.names.values():
        if isinstance(named, Block) and named.module is module and named not in elaborator.entered:
            write_out(aside, named)
    for function in elaborator.uncalled.values():
        call_on_anything(aside, function)
    builder = aside.builder
    applications = tuple(node for node in builder.nodes if isinstance(node, Apply))
    names = (name for name, named in module.names.items() if isinstance(named, PythonName))
    return Idle(tuple(builder.parts), applications, tuple(sorted(names)))


def write_out(elaborator: Elaborator, block: Block) -> None:
    """A block on operands of which nothing is known, with the defaults of its params."""
    declaration = block.declaration
    params, elsewhere, missing = param_declarations((Level(declaration, block.module),), elaborator)
    unknown = {
        each.name: Given(BROKEN, each.statement.name.span)
        for each in params
        if each.statement.default is None
    }
    values = evaluate_params(block.name, params, unknown, elsewhere, missing, elaborator).values
    body = body_of(elaborator, block, values)
    scope = Scope(None, {**values, **anything(declaration.parameters)})
    frame = Frame(scope, f"{block.name}.", f"{block.name}.")
    for index in body.order:
        execute(elaborator, body.entries[index], frame, broken=index in body.circular)
    returned(elaborator, body, scope, Naming(block.name, (block.name,)))


def call_on_anything(elaborator: Elaborator, function: FunctionValue) -> None:
    declaration = function.declaration
    naming = Naming(declaration.name.text, (declaration.name.text,))
    elaborator.value(declaration.value, function.here.inside(anything(declaration.parameters)), naming)


def anything(parameters: Iterable[tree.Name]) -> Mapping[str, Value]:
    """Operands of which nothing is known."""
    return {name.text: BROKEN for name in parameters}
