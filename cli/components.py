"""`sotc components`: what a spec can be composed of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from .options import format_option

if TYPE_CHECKING:
    from ..components.registry import ComponentType, PortSpec

EXAMPLES = """
\b
Examples:
  sotc components                            all, by category
  sotc components --category head
  sotc components SiameseCrop                its settings, ports and outputs
"""

CATEGORIES = ("crop", "backbone", "neck", "part", "head", "decoder", "loss")


@click.command(epilog=EXAMPLES)
@click.argument("name", required=False)
@click.option("--category", type=click.Choice(CATEGORIES), help="Only those of one category.")
@format_option("human", "json")
def command(name: str | None, category: str | None, layout: str) -> None:
    """List components, or describe one: its settings, what it takes and what it gives."""
    from .. import components
    from ..components.registry import all_components

    components.load()
    listed = [found for found in all_components() if category in (None, found.category)]
    if name is not None:
        listed = [found for found in listed if found.name == name] or missing(name, listed)
    if layout == "json":
        click.echo(json.dumps([as_json(found) for found in listed], indent=2, ensure_ascii=False))
    elif name is not None:
        describe(listed[0])
    else:
        overview(listed)


def missing(name: str, listed: Sequence[ComponentType]) -> list[ComponentType]:
    from ..dsl.suggest import did_you_mean, nearest
    from .failure import Failure

    meant = did_you_mean(nearest(name, [found.name for found in listed]))
    raise Failure(
        f"error: no component is called `{name}`; {meant or '`sotc components` lists what there is'}"
    )


def overview(listed: Sequence[ComponentType]) -> None:
    """A table a category: names and first lines."""
    from rich.table import Table

    from .console import console

    for category in CATEGORIES:
        members = [found for found in listed if found.category == category]
        if not members:
            continue
        table = Table(box=None, pad_edge=False, show_header=False, title=category, title_justify="left")
        table.add_column(no_wrap=True, style="bold")
        table.add_column()
        for found in members:
            table.add_row(found.name, first_line(found))
        console().print(table)
        console().print()


def describe(found: ComponentType) -> None:
    """All that is known of one component."""
    from rich.table import Table

    from ..compiler.annotations import words
    from ..compiler.component_words import default_text, gives, type_text
    from .console import console

    out = console()
    out.print(f"[bold]{found.name}[/bold]  {found.category}, {found.place}", markup=True, soft_wrap=True)
    out.print(f"\n{found.doc}\n", markup=False)
    table = Table(box=None, pad_edge=False, show_header=False)
    for setting in found.settings:
        table.add_row(f"  {setting.name}", words(setting.annotation), default_text(setting, found))
    if found.settings:
        out.print("settings")
        out.print(table)
    ports = Table(box=None, pad_edge=False, show_header=False)
    for port in found.ports:
        ports.add_row(f"  {port.name}", type_text(port.annotation), port_text(port))
    if found.category == "crop":
        out.print(f"cut out of every frame: search = {found.name} {{ ... }}", markup=False)
    elif found.ports:
        out.print("takes")
        out.print(ports)
    out.print(f"gives\n  {', '.join(gives(found))}", markup=False)


def first_line(found: ComponentType) -> str:
    return found.doc.partition("\n")[0]


def port_text(port: PortSpec) -> str:
    if port.variadic:
        return "any number of them"
    return "" if port.required else "may be left out"


def as_json(found: ComponentType) -> dict[str, Any]:
    from ..compiler.annotations import describe_constant, words
    from ..compiler.bind import rule_of
    from ..compiler.component_words import type_text

    rules = {setting.name: rule_of(setting, found) for setting in found.settings}
    return {
        "name": found.name,
        "category": found.category,
        "doc": found.doc,
        "place": found.place,
        "settings": [
            {
                "name": setting.name,
                "type": words(setting.annotation),
                "required": setting.required and rule is None,
                "inferred": rule.what if rule else None,
                "default": None if setting.required or rule else describe_constant(setting.default),
            }
            for setting in found.settings
            for rule in [rules[setting.name]]
        ],
        "ports": [
            {
                "name": port.name,
                "type": type_text(port.annotation),
                "required": port.required,
                "variadic": port.variadic,
            }
            for port in found.ports
        ],
        "outputs": list(found.output_fields or ()),
    }
