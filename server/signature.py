"""What is being filled in: the settings of a component within its braces, its ports within parentheses."""

from __future__ import annotations

from dataclasses import dataclass

from ..components.registry import find
from ..dsl import tree
from ..dsl.modules import Block
from .completion import Desired, in_scope
from .context import Context, context_at
from .reading import Reading
from .symbols import component_of


@dataclass(frozen=True)
class Signature:
    """`XCorrDepthwise(search, kernel)`, and which of its operands is being written."""

    label: str
    parameters: tuple[str, ...]
    """as they stand in the label"""
    active: int
    doc: str = ""


def signature(reading: Reading, offset: int) -> Signature | None:
    """What the brackets around a place take; None outside of any."""
    context = context_at(reading.text, offset)
    if not context.target or context.wanted in ("field", "use_names"):
        return None
    braces = context.wanted in ("setting", "setting_value")
    return of_braces(reading, context) if braces else of_parentheses(reading, context)


def of_braces(reading: Reading, context: Context) -> Signature | None:
    from ..compiler.component_words import default_text

    component = find(context.target)
    if component is None:
        block = reading.module.find(context.target)
        if not isinstance(block, Block):
            return None
        params = [each.name.text for each in block.declaration.body if isinstance(each, tree.ParamDecl)]
        return named(context, "{", params, "}")
    shown = [f"{spec.name} {default_text(spec, component).replace('`', '')}" for spec in component.settings]
    found = named(context, "{", shown, "}")
    current = context.given[-1] if context.given and context.wanted == "setting_value" else ""
    position = next(
        (i for i, spec in enumerate(component.settings) if spec.name == current), context.position
    )
    return Signature(found.label, found.parameters, position, component.doc.partition("\n")[0])


def named(context: Context, opening: str, parameters: list[str], closing: str) -> Signature:
    blank = " " if opening == "{" else ""
    inner = ", ".join(parameters)
    label = f"{context.target}{blank}{opening}{blank}{inner}{blank}{closing}"
    return Signature(label, tuple(parameters), context.position)


def of_parentheses(reading: Reading, context: Context) -> Signature | None:
    """The ports of a component or of a part, the operands of a block or a function."""
    from ..compiler.component_words import type_text

    for name, statement, _ in in_scope(Desired(reading, context)):
        if name == context.target and isinstance(statement, tree.FnDecl):
            return named(context, "(", [each.text for each in statement.parameters], ")")
    name = component_of(reading.module, context.owner, context.target)
    block = reading.module.find(name)
    if isinstance(block, Block):
        return named(context, "(", [each.text for each in block.declaration.parameters], ")")
    component = find(name)
    if component is None:
        return None
    ports = [
        f"{'*' if port.variadic else ''}{port.name}: {type_text(port.annotation)}" for port in component.ports
    ]
    found = named(context, "(", ports, ")")
    return Signature(found.label, found.parameters, found.active, component.doc.partition("\n")[0])
