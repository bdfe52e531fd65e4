"""What the compiler found out, written between the words: shapes, stages and inferred settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..dsl import tree
from ..dsl.program import Wire
from ..dsl.references import declared
from ..dsl.walk import tree_children
from .checking import Checked
from .completion import flattened
from .known import WireFacts, facts_of, facts_of_name, inferred_text, settled_at
from .options import Hints
from .positions import shift_between
from .reading import Body, Reading


@dataclass(frozen=True)
class Hint:
    """Something shown before an offset, that is not in the text."""

    offset: int
    label: str
    parameter: bool = False
    """of a setting, not of a type"""
    tooltip: str = ""


def hints(reading: Reading, checked: Checked | None, wanted: Hints) -> tuple[Hint, ...]:
    """The hints of a file, as the last check knew them; what was touched since has none."""
    if checked is None or checked.path != reading.path:
        return ()
    back = shift_between(reading.text, checked.text)
    found: list[Hint] = []
    for body in reading.file.declarations:
        if wanted.shapes or wanted.stages:
            found += of_wires(reading, checked, body, wanted)
        if wanted.inferred:
            for configure in configured_in(body):
                start = back.offset(configure.component.span.start)
                found += of_settings(checked, configure, start) if start is not None else ()
    return tuple(sorted(found, key=lambda each: each.offset))


# ---------------------------------------------------------------- wires


def of_wires(reading: Reading, checked: Checked, body: Body, wanted: Hints) -> Iterator[Hint]:
    back = shift_between(reading.text, checked.text)
    result = checked.results.get(body.name.text)
    for statement in flattened(body.body):
        if not isinstance(statement, tree.WireDecl | tree.CropDecl | tree.StateDecl):
            continue
        span = back.span(statement.span.start, statement.span.end)
        if span is None:
            continue
        for found in declared(statement):
            if isinstance(body, tree.TrackerDecl):
                facts = facts_of_name(result, found.name) if result is not None else None
                known = [facts] if facts is not None else []
            else:
                start = back.offset(statement.value.span.start)
                known = list(in_block(checked, statement, start)) if start is not None else []
            yield from told(found.span.end, known, wanted)


def told(offset: int, known: list[WireFacts], wanted: Hints) -> Iterator[Hint]:
    """A shape and a stage; of a block's wire those of all its uses."""
    shapes = " | ".join(dict.fromkeys(each.shape for each in known))
    stages = " | ".join(dict.fromkeys(each.stage for each in known))
    if wanted.shapes and shapes:
        yield Hint(offset, f": {shapes}", tooltip="its shape; b is the number of targets")
    if wanted.stages and stages:
        yield Hint(offset, f" @{stages}", tooltip="when it is known: const, init, step or train")


def in_block(
    checked: Checked, statement: tree.WireDecl | tree.CropDecl | tree.StateDecl, start: int
) -> Iterator[WireFacts]:
    """What is known of a wire of a block at each use: by the expression that it came from."""
    end = start + statement.value.span.end - statement.value.span.start
    for result in checked.results.values():
        for node in result.program.nodes if result.program is not None else ():
            if (node.span.path, node.span.start, node.span.end) == (checked.path, start, end):
                facts = facts_of(result, Wire(node.name))
                if facts is not None:
                    yield facts


# ---------------------------------------------------------------- settings


def configured_in(body: Body) -> Iterator[tree.Configure]:
    """Every component of a body, those without braces among them."""
    stack: list[tree.Tree] = [*body.body]
    while stack:
        node = stack.pop()
        if isinstance(node, tree.Configure):
            yield node
        elif isinstance(node, tree.Reference) and node.name[:1].isupper():
            yield tree.Configure(node.span, tree.Name(node.span, node.name), (), False)
        stack.extend(tree_children(node))


def of_settings(checked: Checked, configure: tree.Configure, start: int) -> Iterator[Hint]:
    """`in_channels = 96`, where it was inferred and is not written."""
    from ..compiler.annotations import describe_constant

    written = {setting.name.text for setting in configure.settings}
    values: dict[str, dict[str, None]] = {}
    origins: dict[str, None] = {}
    for result in checked.results.values():
        for settled in settled_at(result, start, checked.path):
            for name in sorted(settled.inferred - written):
                values.setdefault(name, {}).setdefault(describe_constant(settled.settings.get(name)))
                origins.setdefault(inferred_text(settled, name))
    if not values:
        return
    inner = ", ".join(f"{name} = {' | '.join(found)}" for name, found in values.items())
    if configure.braces and configure.settings:
        yield Hint(configure.settings[-1].span.end, f", {inner}", True, "\n".join(origins))
    else:
        yield Hint(configure.span.end, f" {{ {inner} }}", True, "\n".join(origins))
