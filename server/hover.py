"""What is said of the thing under the cursor, as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..components.registry import ComponentType, find
from ..dsl import explain, tree
from ..dsl.freezing import frozen_inside
from ..dsl.modules import Block, Tracker
from ..dsl.program import Wire
from ..dsl.references import declared, word_of
from ..dsl.values import constant_text
from .checking import Checked
from .describe import component_text, port_line, setting_line
from .known import (
    WireFacts,
    bound_operand,
    component_behind,
    facts_of,
    inferred_text,
    operations_of,
    settled_at,
)
from .names import Occurrence, name_at
from .positions import shift_between
from .reading import Body, Reading, levels, within
from .symbols import body_of, component_of

if TYPE_CHECKING:
    from ..compiler.shapes import SettledPart

CODE = re.compile(r"\bSOT\d{3}\b")


@dataclass(frozen=True)
class Sight:
    """A file as it is, and what the last check knew of it."""

    reading: Reading
    checked: Checked | None


@dataclass(frozen=True)
class Said:
    """A text, and the stretch that it is about."""

    text: str
    start: int
    end: int


def hover(sight: Sight, offset: int) -> Said | None:
    """What there is to say of a place; None where nothing stands."""
    code = code_at(sight.reading.text, offset)
    if code is not None:
        return code
    place = name_at(sight.reading.file, offset)
    if place is None:
        return None
    parts = [part for part in about(sight, place) if part]
    return Said("\n\n---\n\n".join(parts), place.span.start, place.span.end) if parts else None


def code_at(text: str, offset: int) -> Said | None:
    """The page of an error code that is written there, in a comment say."""
    line = text.rfind("\n", 0, offset) + 1
    for found in CODE.finditer(text, line, offset + len("SOT000")):
        if found.start() <= offset <= found.end():
            page = explain.page(found.group())
            return Said(page, found.start(), found.end()) if page else None
    return None


def about(sight: Sight, place: Occurrence) -> Iterator[str]:
    match place.kind:
        case "type":
            yield from about_type(sight, place)
        case "setting":
            yield from about_setting(sight, place)
        case "port":
            yield from about_port(sight, place)
        case "field":
            yield from about_field(sight, place)
        case "local":
            yield f"**{place.name}** · of this expression"
        case _:
            yield from about_name(sight, place)


def about_type(sight: Sight, place: Occurrence) -> Iterator[str]:
    named = sight.reading.module.find(place.name)
    if isinstance(named, Tracker | Block):
        word = "tracker" if isinstance(named, Tracker) else "block"
        yield "\n\n".join(filter(None, (f"**{place.name}** · {word}", named.declaration.doc)))
        if isinstance(named, Block):
            yield block_text(named.declaration)
        return
    component = find(place.name)
    if component is None:
        return
    yield from here(sight, place.span.start, component)
    yield component_text(component)


def block_text(block: tree.BlockDecl) -> str:
    """What a block is configured by and applied to."""
    operands = ", ".join(parameter.text for parameter in block.parameters)
    params = [each.name.text for each in block.body if isinstance(each, tree.ParamDecl)]
    return f"Settings: {', '.join(params) or 'none'}; takes ({operands})"


def here(sight: Sight, offset: int, component: ComponentType) -> Iterator[str]:
    """A component as it was settled where its name begins; the inferred settings with where they came from."""
    lines: dict[str, None] = {}
    for settled in settled_here(sight, offset):
        lines.setdefault(f"Here `{settled.text() or component.name}`, {count(settled.parameters)}")
        for name in sorted(settled.inferred):
            lines.setdefault(f"- {inferred_text(settled, name)}")
    yield "\n".join(lines)


def settled_here(sight: Sight, offset: int) -> Iterator[SettledPart]:
    """The parts, in all trackers, whose component's name begins at an offset."""
    for result in sight.checked.results.values() if sight.checked else ():
        yield from settled_at(result, before(sight, offset), sight.reading.path)


def before(sight: Sight, offset: int) -> int:
    """Where a place of the text stood in the text that was checked."""
    assert sight.checked is not None
    back = shift_between(sight.reading.text, sight.checked.text)
    found = back.offset(offset)
    return offset if found is None else found


def count(parameters: int) -> str:
    plural = "" if parameters == 1 else "s"
    return f"{parameters:,} parameter{plural}" if parameters else "no weights"


def about_setting(sight: Sight, place: Occurrence) -> Iterator[str]:
    component = find(place.whose)
    spec = next((each for each in component.settings if each.name == place.name), None) if component else None
    if component is not None and spec is not None:
        yield f"{setting_line(spec, component)}\n\nsetting of {component.name}"
        return
    named = sight.reading.module.find(place.whose)
    if isinstance(named, Block):
        yield from about_declaration(named.declaration, place.name)


def about_port(sight: Sight, place: Occurrence) -> Iterator[str]:
    component = find(component_of(sight.reading.module, place.owner, place.whose))
    port = next((each for each in component.ports if each.name == place.name), None) if component else None
    if component is not None and port is not None:
        yield f"{port_line(port)}\n\nwhat {component.name} takes"


def about_field(sight: Sight, place: Occurrence) -> Iterator[str]:
    """`pick.box`: one of several results, with its shape where a name stands for it."""
    from ..compiler.component_words import fields_of

    program = sight.reading.programs.get(place.owner)
    if program is None:
        return
    behind = find(component_behind(program, place.whose))
    if behind is not None and place.name in fields_of(behind):
        yield f"**{place.whose}.{place.name}** · given by {behind.name}"
    result = sight.checked.results.get(place.owner) if sight.checked else None
    source = bound_operand(program, place.whose)
    if result is None or not isinstance(source, Wire):
        return
    wire = Wire(f"{source.node}.{place.name}")
    found = facts_of(result, wire)
    if found is not None:
        yield facts_text(found, operations_of(result, wire))


def about_name(sight: Sight, place: Occurrence) -> Iterator[str]:
    body = body_of(sight.reading.module, place.owner)
    if body is None:
        return
    for each, module in levels(sight.reading.module, body):
        said = list(about_declaration(each, place.name))
        if said:
            where = "" if each is body else f", from {each.name.text} ({module.path.rpartition('/')[2]})"
            yield said[0] + where
            yield from said[1:]
            break
    result = sight.checked.results.get(place.owner) if sight.checked else None
    operand = bound_operand(result.program, place.name) if result is not None and result.program else None
    facts = facts_of(result, operand) if result is not None and operand is not None else None
    if result is not None and operand is not None and facts is not None:
        yield facts_text(facts, operations_of(result, operand))
    elif isinstance(body, tree.BlockDecl):
        yield "\n\n".join(facts_in_block(sight, body, place.name))
    program = sight.reading.programs.get(place.owner)
    if program is not None:
        yield from param_and_part(sight, place)


def about_declaration(body: Body, name: str) -> Iterator[str]:
    """`head classify = ...`, and the docstring."""
    for statement in body.body:
        inner = statement.declaration if isinstance(statement, tree.OverrideDecl) else statement
        for found in declared(inner):
            if found.name == name and found.space == "name":
                word = "wire" if isinstance(inner, tree.WireDecl) else type_word(inner)
                yield f"**{name}** · {word}"
                yield inner.doc or statement.doc or ""
                return
    if isinstance(body, tree.BlockDecl) and any(each.text == name for each in body.parameters):
        yield f"**{name}** · operand of {body.name.text}"


def type_word(statement: tree.Statement) -> str:
    if isinstance(statement, tree.ParamDecl) and statement.type is not None:
        return f"param: {statement.type.name}"
    return word_of(statement)


def param_and_part(sight: Sight, place: Occurrence) -> Iterator[str]:
    """The value of a param; the component of a part, with its weights."""
    program = sight.reading.programs[place.owner]
    param = next((each for each in program.params if each.name == place.name), None)
    if param is not None:
        yield f"`{param.name} = {constant_text(param.value)}`"
    result = sight.checked.results.get(place.owner) if sight.checked else None
    settled = result.inferred.run.settled.get(place.name) if result and result.inferred else None
    if settled is not None:
        text = settled.text() or settled.bound.component.name
        inside = frozen_inside(program, place.name)
        frozen = "" if inside is None else f"; frozen in training: {', '.join(inside) or 'all'}"
        yield f"`{text}`, {count(settled.parameters)}; weights below `{place.name}.`{frozen}"


def facts_in_block(sight: Sight, block: tree.BlockDecl, name: str) -> Iterator[str]:
    """What is known of a wire of a block, at each of its uses."""
    statement = next(
        (each for each in block.body if any(found.name == name for found in declared(each))), None
    )
    value = getattr(statement, "value", None)
    if sight.checked is None or not isinstance(value, tree.Tree) or not within(block, value.span.start):
        return
    start = before(sight, value.span.start)
    seen: dict[str, None] = {}
    for result in sight.checked.results.values():
        for node in result.program.nodes if result.program else ():
            same = node.span.path == sight.reading.path and node.span.start == start
            if same and node.span.end - start == value.span.end - value.span.start:
                facts = facts_of(result, Wire(node.name))
                operations = operations_of(result, Wire(node.name))
                seen.setdefault(facts_text(facts, operations) if facts else "")
    yield from seen


def facts_text(facts: WireFacts, operations: int | None) -> str:
    """`[b 96 8 8]` float32, known at init; made by ..., with its weights and what it computes for one target."""
    when = {"const": "known before anything runs", "init": "known at the first frame (init)"}
    when |= {"step": "known in every frame (step)", "train": "known in training only (train)"}
    dtype = f" {facts.dtype}" if facts.dtype and facts.dtype not in facts.shape else ""
    lines = [f"`[{facts.shape}]`{dtype}, {when.get(facts.stage, facts.stage)}"]
    if facts.part:
        work = f", {operations:,} FLOPs" if operations else ""
        lines.append(f"made by {facts.part}, {count(facts.parameters)}{work}")
    return "\n\n".join(lines)
