"""A page for each component, from its docstring and signature, and one of all by category."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, get_type_hints

from .. import components
from ..cli.components import CATEGORIES, as_json, first_line
from ..compiler.component_words import type_text
from ..components.registry import ComponentType, all_components
from .links import relative, site_path
from .markdown import code, fenced, prose, table
from .page import Page, page
from .source import line_anchor
from .trackers import Use, uses

INDEX = "components/index.md"
SHOWN = 3
"""No page shows more lines of specs than these."""

ABOUT = {
    "crop": "What a tracker sees of a frame: where a patch is cut, how large, in which colours.",
    "backbone": "From pixels to features.",
    "neck": "Between backbone and head: features of several levels, made alike.",
    "part": "Everything else: correlation, attention, layers, training targets.",
    "head": "From features to scores and boxes of the crop.",
    "decoder": "From scores and boxes of the crop to one box in the frame.",
    "loss": "What training lowers.",
}
"""A sentence for each category."""


@cache
def listed() -> tuple[ComponentType, ...]:
    """All components that come with sotc, by category and name."""
    components.load()
    ours = [found for found in all_components() if found.place.startswith("components/")]
    return tuple(sorted(ours, key=lambda found: (CATEGORIES.index(found.category), found.name)))


def path_of(name: str) -> str:
    return f"components/{name}.md"


def known_components() -> dict[str, str]:
    """The page of each component, by its name."""
    return {found.name: path_of(found.name) for found in listed()}


def component_pages() -> Iterator[Page]:
    """The index, and a page for each."""
    yield page(INDEX, *index(listed()))
    for found in listed():
        lines = component_lines(found, [use for use in uses() if use.component == found.name])
        yield page(path_of(found.name), *lines, title=found.name, section=found.category)


def index(found: Sequence[ComponentType]) -> Iterator[str]:
    yield "# Components"
    yield ""
    yield (
        f"{len(found)} components come with sotc. `sotc components` lists them in the terminal, with those of your own "
        "among them; [a component of your own](../guide/customize.md) is one file."
    )
    for category in CATEGORIES:
        members = [one for one in found if one.category == category]
        yield f"\n## {category}\n\n{ABOUT[category]}"
        rows = ((f"[{code(one.name)}]({one.name}.md)", prose(first_line(one))) for one in members)
        yield from table(("component", "what it does"), rows)


def component_lines(found: ComponentType, used: Sequence[Use]) -> Iterator[str]:
    """The page of one component."""
    known = as_json(found)
    said, source = source_of(found.doc)
    file, _, line = found.place.partition(":")
    yield f"# {found.name}"
    yield ""
    # In HTML: mkdocs does not know the anchors of lines. Those are looked for in the built pages.
    address = relative(site_path(file), path_of(found.name)).removesuffix(".md")
    yield f'{code(found.category)} · <a href="{address}.html{line_anchor(line)}">{file}, line {line}</a>'
    yield ""
    yield prose(said)
    if source:
        yield f"\n**Source.** {prose(source)}"
    yield from settings_lines(found, known["settings"])
    yield from port_lines(found, known["ports"])
    yield from output_lines(found)
    yield from use_lines(used)


def source_of(doc: str) -> tuple[str, str]:
    """A docstring without its sentence `Source: ...`, and what that names."""
    said, mark, rest = doc.partition("Source: ")
    if not mark:
        return doc, ""
    source, _, after = rest.partition("\n\n")
    return f"{said.rstrip()}\n\n{after}".strip(), source


def settings_lines(found: ComponentType, settings: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield "\n## Settings\n"
    if not settings:
        yield "None."
        return
    own = vars(found.cls).get("__init__")
    if own is not None and own.__doc__:  # not inspect.getdoc: it would inherit torch's
        yield prose(inspect.cleandoc(own.__doc__))
    rows = ((code(one["name"]), plain_type(one["type"]), default_of(one)) for one in settings)
    yield from table(("setting", "type", "default"), rows)


def plain_type(text: str) -> str:
    """`one of "last", "between"`, with the values as code."""
    return re.sub(r'"[^"]*"', lambda value: code(value.group()), text)


def default_of(setting: dict[str, Any]) -> str:
    if setting["inferred"]:
        return f"inferred: {setting['inferred']}"
    return "**required**" if setting["required"] else code(setting["default"])


def port_lines(found: ComponentType, ports: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield "\n## Takes\n"
    if found.category == "crop":
        yield f"Nothing: it is cut out of every frame, by {code(f'search = {found.name} {{ ... }}')}."
        return
    if not ports:
        yield "Nothing."
        return
    rows = [(code(one["name"]), code(wire_type(one["type"])), port_note(one)) for one in ports]
    noted = any(note for _, _, note in rows)
    yield from table(("port", "type", "")[: 2 + noted], (row[: 2 + noted] for row in rows))


def wire_type(text: str) -> str:
    """`torch.Tensor | None` -> `Tensor | None`; a note on a type is told elsewhere."""
    text = re.sub(r"Annotated\[(\w+), .*\]", r"\1", text)
    short = re.sub(r"\b(?:torch|sotc\.components\.types)\.", "", text)
    return re.sub(r"^Optional\[(.*)\]$", r"\1 | None", short)


def port_note(port: dict[str, Any]) -> str:
    if port["variadic"]:
        return "any number of them"
    return "" if port["required"] else "may be left out"


def output_lines(found: ComponentType) -> Iterator[str]:
    yield "\n## Gives\n"
    if found.category == "crop":
        yield "The patch itself, and `.view`: where in the frame it was cut."
    elif found.output_fields is None:
        yield f"{code(wire_type(type_text(found.returns)))}."
    else:
        kinds, told = get_type_hints(found.returns), field_docs(found.returns)
        rows = (
            (code(f".{name}"), code(wire_type(type_text(kinds[name]))), prose(told.get(name, "")))
            for name in found.output_fields
        )
        yield from table(("output", "type", ""), rows)


def field_docs(named: type) -> dict[str, str]:
    """What stands in text below each field of a NamedTuple."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(named))).body
    assert isinstance(tree, ast.ClassDef)
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in zip(tree.body, tree.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
        if isinstance(text.value.value, str)
    }


def use_lines(used: Sequence[Use]) -> Iterator[str]:
    """The trackers that use a component, and how it is written there."""
    yield "\n## In trackers\n"
    if not used:
        yield "No tracker that ships uses it."
        return
    yield ", ".join(f"[`{name}`](../zoo/{name}.md)" for name in dict.fromkeys(use.tracker for use in used))
    blocks = sorted({use.file for use in used if use.in_block})
    if blocks:
        links = (f"[`{file}`](../{site_path(f'specs/{file}')})" for file in blocks)
        yield f"\nIt stands in the block{'s' if len(blocks) > 1 else ''} {', '.join(links)}."
    yield from fenced("\n".join(list(dict.fromkeys(use.text for use in used))[:SHOWN]), "sot")
