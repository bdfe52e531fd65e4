"""A page for each command, from what its `--help` says, and one of all by purpose."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from itertools import groupby

import click

from ..cli.app import SECTIONS, main
from ..cli.commands_within import WithCommands
from .markdown import code, fenced, prose, table
from .page import Page, page

INDEX = "commands/index.md"
WIDTH = 100
"""of the usage line, in characters"""
KEPT = "\b\n"
"""before a paragraph whose lines click keeps as they are"""


def path_of(name: str) -> str:
    return f"commands/{name}.md"


def known_commands() -> dict[str, str]:
    """The page of each command, by how it is called, those within another included."""
    known = {}
    for section in SECTIONS.values():
        for name in section:
            known[f"sotc {name}"] = path_of(name)
            for inner in within(command(name)):
                known[f"sotc {name} {inner}"] = f"{path_of(name)}#sotc-{name}-{inner}"
    return known


def command_pages() -> Iterator[Page]:
    """The index, and a page for each command, those within it included."""
    yield page(INDEX, *index())
    for title, section in SECTIONS.items():
        for name in section:
            found = command(name)
            lines = [f"# sotc {name}", *command_lines(found, f"sotc {name}")]
            for inner, other in within(found).items():
                lines += [f"\n## sotc {name} {inner}", *command_lines(other, f"sotc {name} {inner}")]
            yield page(path_of(name), *lines, title=name, section=title)


def command(name: str) -> click.Command:
    found = main.get_command(click.Context(main), name)
    assert found is not None
    return found


def within(found: click.Command) -> Mapping[str, click.Command]:
    """The commands that a command has in it."""
    if isinstance(found, click.Group):
        return dict(found.commands)
    return found.within if isinstance(found, WithCommands) else {}


def index() -> Iterator[str]:
    yield "# Commands"
    yield ""
    yield "Each tells the same by `--help`, with examples."
    for title, section in SECTIONS.items():
        yield f"\n## {title}"
        rows = ((f"[`sotc {name}`]({name}.md)", prose(told)) for name, told in section.items())
        yield from table(("command", "what it does"), rows)


def command_lines(found: click.Command, called: str) -> Iterator[str]:
    """What `--help` says of a command: what it does, its usage, its options, its examples."""
    context = click.Context(
        found,
        info_name=called,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        help_option_names=["-h", "--help"],
    )
    yield ""
    yield prose(inspect.cleandoc(found.help or ""))
    usage = found.get_usage(context).removeprefix("Usage: ")
    yield from fenced(" ".join(usage.split()), "console")
    yield from table(("option", ""), option_rows(found, context))
    yield from epilog_lines(found.epilog or "")


def option_rows(found: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """As `--help` has them; what the usage line says already (an argument without a help text) is left out."""
    for one in found.get_params(context):
        record = one.get_help_record(context)
        if record is not None and record[1]:
            yield code(record[0]), linked(record[1])


def epilog_lines(epilog: str) -> Iterator[str]:
    """The end of a help text: sentences, and what is indented in what click is told to keep as it is (by \\b)."""
    for paragraph in inspect.cleandoc(epilog).split("\n\n"):
        if not paragraph.startswith(KEPT):
            yield f"\n{linked(paragraph)}\n"
            continue
        for indented, lines in groupby(
            paragraph.removeprefix(KEPT).splitlines(), lambda line: line[:1] == " "
        ):
            text = "\n".join(lines)
            if indented:
                yield from fenced(textwrap.dedent(text), "sh" if "sotc " in text else "text")
            else:
                yield f"\n{linked(text)}\n"


def linked(text: str) -> str:
    """A sentence of a help text, with the guide's pages that it names as links."""
    return re.sub(r"\bdocs/([\w/]+\.md)", r"[docs/\1](../\1)", prose(text))
