"""A command's page says what its `--help` says."""

from __future__ import annotations

import re
from html import unescape

import click
import pytest
from click.testing import CliRunner

from sotc.cli.app import SECTIONS, main
from sotc.website.commands import command, command_lines, command_pages, index, known_commands, within

NAMES = [name for section in SECTIONS.values() for name in section]


def words(text: str) -> str:
    """A text without marks, marks of escapes, and breaks of lines."""
    return " ".join(unescape(text).replace("\\", "").replace("`", "").split())


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_what_the_help_has(name: str) -> None:
    helped = CliRunner().invoke(main, [name, "--help"], prog_name="sotc").output
    text = "\n".join(command_lines(command(name), f"sotc {name}"))
    options = helped.partition("\nOptions:\n")[2].partition("\n\n")[0]
    told = re.findall(r"^\| `(-[\w-]+(?:, --[\w-]+)?)", text, re.MULTILINE)
    assert re.findall(r"^  (-[\w-]+(?:, --[\w-]+)?)", options, re.MULTILINE) == told
    assert words(helped.partition("\n\n")[2].partition("\n\n")[0]) in words(text)
    assert words(helped.removeprefix("Usage: ").partition("\n\n")[0]) in words(text)
    for example in re.findall(r"^\s+(sotc \S.*)$", helped, re.MULTILINE):
        assert example in text


def test_commands_within_others_are_told_there() -> None:
    inner = {name: sorted(within(command(name))) for name in NAMES if within(command(name))}
    assert {"merge", "report", "compare"} <= set(inner["eval"]) and "list" in inner["data"]
    pages = {page.path: page.text for page in command_pages()}
    for name, others in inner.items():
        for other in others:
            assert f"\n## sotc {name} {other}\n" in pages[f"commands/{name}.md"]
            assert known_commands()[f"sotc {name} {other}"] == f"commands/{name}.md#sotc-{name}-{other}"


def test_each_command_has_a_page_and_a_line_in_the_index() -> None:
    assert sorted(page.path for page in command_pages()) == sorted(
        ["commands/index.md", *(f"commands/{name}.md" for name in NAMES)]
    )
    assert re.findall(r"\]\(([\w-]+)\.md\)", "\n".join(index())) == NAMES


def test_an_epilog_keeps_its_examples_and_links_the_guide() -> None:
    @click.command(
        epilog="\b\nExamples:\n  sotc x  y\n    more\nAnd this.\n\nSee docs/guide/data.md for all of it.\n"
    )
    def sample() -> None:
        """Do it."""

    text = "\n".join(command_lines(sample, "sotc x"))
    assert "Examples:" in text and "```sh\nsotc x  y\n  more\n```" in text
    assert text.index("```\n") < text.index("And this.")
    assert "See [docs/guide/data.md](../guide/data.md) for all of it." in text
