"""Blocks at work: configured by their params, and written out wherever they are applied."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from . import tree
from .body import Body, Entry, analyse
from .composition import Level, flatten, param_declarations
from .composition_errors import BlockRecursion
from .modules import Block
from .name_errors import Misplaced, OperandCount, ReturnCount, TooLarge, UnknownParam, UnknownParameter
from .operands import operand_of
from .params import Given as GivenParam
from .params import evaluate_params
from .program import BlockUse, Provenance, Setting, Unsettled
from .references import word_of
from .scope import Here, Naming, Scope
from .span import Span
from .statements import Frame, execute
from .suggest import nearest
from .values import BROKEN, BlockValue, Broken, ListValue, Value

if TYPE_CHECKING:
    from .apply import Given
    from .elaborate import Elaborator

DEEPEST_BLOCK = 25
"""Blocks within blocks."""

ALLOWED = (tree.ParamDecl, tree.PartDecl, tree.WireDecl, tree.FnDecl, tree.ReturnDecl, tree.ErrorStatement)
"""What may stand in the body of a block, besides `if`."""


def configure_block(
    elaborator: Elaborator,
    block: Block,
    settings: tuple[Setting, ...],
    unsettled: tuple[Unsettled, ...],
    name_span: Span,
    span: Span,
) -> Value:
    """A block with its params given; Broken where one of them is missing or wrong."""
    declarations, elsewhere, missing = param_declarations(
        (Level(block.declaration, block.module),), elaborator
    )
    known = tuple(declaration.name for declaration in declarations)
    given: dict[str, GivenParam] = {}
    every: tuple[Setting | Unsettled, ...] = (*settings, *unsettled)
    for setting in every:
        if setting.name in known:
            given[setting.name] = (
                GivenParam(setting.value, setting.span)
                if isinstance(setting, Setting)
                else GivenParam(BROKEN, setting.name_span)
            )
        elif setting.name not in missing.lost:
            near = nearest(setting.name, known)
            elaborator.findings.add(UnknownParam(setting.name_span, block.name, setting.name, near, known))
    evaluated = evaluate_params(block.name, declarations, given, elsewhere, missing, elaborator, name_span)
    if any(isinstance(value, Broken) for value in evaluated.values.values()):
        return BROKEN
    return BlockValue(block, evaluated.values, span, block.name)


def apply_block(
    elaborator: Elaborator, value: BlockValue, given: tuple[Given, ...], naming: Naming, span: Span
) -> Value:
    """Write the block out: its wires under the name of what applies it, its parts under its own path."""
    block = value.block
    if not may_enter(elaborator, block, span):
        return BROKEN
    declaration = block.declaration
    operands = match_parameters(
        elaborator, block.name, declaration.parameters, given, span, declaration.name.span
    )
    if operands is None:
        return BROKEN
    values = {name: as_operand(elaborator, operand, span) for name, operand in operands.items()}
    inner = elaborator.enter(naming, value.label)
    name = inner.name(value.label)
    path = value.path
    if path is None:
        final = len(naming.targets) == 1
        path = elaborator.builder.part_paths.take(f"{name}.{block.name}" if final else name)
    body = body_of(elaborator, block, value.params)
    scope = Scope(None, {**value.params, **values})
    frame = Frame(scope, f"{path}.", f"{name}.", value.parts if value.path else {})
    elaborator.entered.setdefault(block)
    elaborator.builder.blocks.append(BlockUse(block.name, name, declaration.span, span))
    elaborator.blocks.append((block, span))
    try:
        for index in body.order:
            execute(elaborator, body.entries[index], frame, broken=index in body.circular)
        return returned(elaborator, body, scope, inner)
    finally:
        elaborator.blocks.pop()


def may_enter(elaborator: Elaborator, block: Block, span: Span) -> bool:
    """Whether a block may be applied here: not within itself, and not too deep."""
    active = [entered for entered, _ in elaborator.blocks]
    if block in active:
        inside = elaborator.blocks[active.index(block) :]
        places = [place for _, place in inside[1:]] + [span]
        steps = tuple((entered.name, place) for (entered, _), place in zip(inside, places, strict=True))
        elaborator.findings.add(BlockRecursion(steps[0][1], steps))
        return False
    if len(active) >= DEEPEST_BLOCK:
        elaborator.findings.add(
            TooLarge(span, f"blocks are applied within blocks more than {DEEPEST_BLOCK} deep")
        )
        return False
    return True


def as_operand(elaborator: Elaborator, value: Value, span: Span) -> Value:
    """What a parameter of a block stands for. A constant configures nothing, so that weights stay shared."""
    if isinstance(value, ListValue):
        return value
    return operand_of(elaborator, value, span) or BROKEN


def returned(elaborator: Elaborator, body: Body, scope: Scope, naming: Naming) -> Value:
    """What the block's `return` gives: one value, or a list of them."""
    entry = next((entry for entry in body.entries if isinstance(entry.statement, tree.ReturnDecl)), None)
    if entry is None or not isinstance(entry.statement, tree.ReturnDecl):
        return BROKEN
    statement = entry.statement
    here = Here(scope, entry.module, Provenance(entry.owner, statement.span))
    if len(statement.values) == 1:
        return elaborator.value(statement.values[0], here, naming)
    items = []
    for number, expression in enumerate(statement.values):
        many = len(naming.targets) == len(statement.values)
        name = naming.targets[number] if many else f"{naming.name('result')}.{number}"
        items.append(elaborator.value(expression, here, Naming(name, (name,))))
    if any(isinstance(item, Broken) for item in items):
        return BROKEN
    return ListValue(tuple(items), naming.name("result"), statement.span)


def body_of(elaborator: Elaborator, block: Block, params: Mapping[str, Value]) -> Body:
    """The block's body, flat; made once where no `if` makes it depend on params."""
    if block in elaborator.bodies:
        return elaborator.bodies[block]
    declaration = block.declaration
    flat = flatten((Level(declaration, block.module),), Scope(None, params), elaborator)
    for entry in flat.entries:
        if not isinstance(entry.statement, ALLOWED):
            misplaced(elaborator, entry)
    entries = tuple(entry for entry in flat.entries if isinstance(entry.statement, ALLOWED))
    check_returns(elaborator, block, entries)
    body = analyse(entries, declaration.parameters, flat, elaborator.findings)
    if not any(isinstance(statement, tree.IfDecl) for statement in declaration.body):
        elaborator.bodies[block] = body
    return body


def misplaced(elaborator: Elaborator, entry: Entry) -> None:
    word = word_of(entry.statement)
    advice = "a block is a piece of a network: give it operands and return values; this belongs to a tracker"
    elaborator.findings.add(Misplaced(entry.statement.span, word, "a block", advice))


def check_returns(elaborator: Elaborator, block: Block, entries: Sequence[Entry]) -> None:
    found = [entry.statement for entry in entries if isinstance(entry.statement, tree.ReturnDecl)]
    damaged = any(isinstance(entry.statement, tree.ErrorStatement) for entry in entries)
    if not found and not damaged:
        elaborator.findings.add(ReturnCount(block.declaration.name.span, block.name, None))
    for statement in found[1:]:
        elaborator.findings.add(ReturnCount(statement.span, block.name, found[0].span))


def match_parameters(
    elaborator: Elaborator,
    owner: str,
    parameters: tuple[tree.Name, ...],
    given: tuple[Given, ...],
    span: Span,
    declared: Span,
) -> dict[str, Value] | None:
    """Operands by the names of the parameters; None where they do not fit, which is reported."""
    names = tuple(name.text for name in parameters)
    positional = [argument for argument in given if argument.port is None]
    findings = elaborator.findings
    if len(positional) > len(names):
        findings.add(OperandCount(span, owner, names, len(given), (), declared))
        return None
    values = {name: argument.value for name, argument in zip(names, positional, strict=False)}
    fine = True
    for argument in given:
        if argument.port is None:
            continue
        name = argument.port.text
        if name not in names or name in values:
            near = nearest(name, names) if name not in names else ()
            findings.add(UnknownParameter(argument.port.span, owner, name, near, names, name in values))
            fine = False
        values[name] = argument.value
    missing = tuple(name for name in names if name not in values)
    if missing and fine:
        findings.add(OperandCount(span, owner, names, len(given), missing, declared))
    return values if fine and not missing else None


def with_path(value: BlockValue, path: str, label: str) -> BlockValue:
    """The block as a declared part: its weights are stored under `path`, and shared by its applications."""
    return dataclasses.replace(value, path=path, label=label, parts={})
