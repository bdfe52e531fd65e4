"""What the extension for VS Code says of itself, held against the server and the language."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from sotc import components
from sotc.compiler.check import check
from sotc.dsl.parser import parse
from sotc.dsl.sources import Sources
from sotc.server.options import Options, options_from
from sotc.server.tokens import STAGES

EXTENSION = Path(__file__).resolve().parent.parent.parent / "editors" / "vscode"
MANIFEST = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
SETTINGS = {
    name.removeprefix("sotc."): said
    for name, said in MANIFEST["contributes"]["configuration"]["properties"].items()
    if name != "sotc.command"  # the extension's own
}
SNIPPETS = json.loads((EXTENSION / "snippets" / "sot.json").read_text(encoding="utf-8"))


def as_sent(values: dict[str, Any]) -> dict[str, Any]:
    """Settings as an editor sends them: those with a dot in their name within each other."""
    sent: dict[str, Any] = {}
    for name, value in values.items():
        *path, last = name.split(".")
        inner = sent
        for step in path:
            inner = inner.setdefault(step, {})
        inner[last] = value
    return sent


def test_the_defaults_are_the_servers_own_but_for_the_marks() -> None:
    sent = as_sent({name: said["default"] for name, said in SETTINGS.items()})
    assert options_from(sent) == Options(stage_icons=True)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_heard(name: str) -> None:
    values = {each: said["default"] for each, said in SETTINGS.items()}
    other = 1.5 if SETTINGS[name]["type"] == "number" else not values[name]
    assert options_from(as_sent({**values, name: other})) != options_from(as_sent(values))


def test_there_is_an_icon_and_a_modifier_for_each_stage() -> None:
    assert [each["id"] for each in MANIFEST["contributes"]["semanticTokenModifiers"]] == list(STAGES)
    source = (EXTENSION / "src" / "stages.ts").read_text(encoding="utf-8")
    assert re.search(r"STAGES = \[(.*?)\]", source)[1] == ", ".join(f'"{each}"' for each in STAGES)  # type: ignore[index]
    for name in (*STAGES, "sot-light", "sot-dark"):
        assert ElementTree.parse(EXTENSION / "icons" / f"{name}.svg").getroot().tag.endswith("svg")


def written_out(body: list[str]) -> str:
    """A snippet as it stands once it is accepted."""
    return re.sub(r"\$\{\d+:([^}]*)\}|\$\d+", lambda stop: stop[1] or "", "\n".join(body)) + "\n"


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_writes_what_can_be_read(name: str) -> None:
    text = written_out(SNIPPETS[name]["body"])
    if not text.lstrip().startswith(("tracker", "block", '"""')):
        text = f"tracker Around {{\n{text.rstrip()} trust > 0.5\n}}\n"
    text = text.replace("override \n", "override score = pick\n")
    assert [each.title for each in parse(text, "snippet.sot").diagnostics] == []


def test_the_snippet_of_a_tracker_is_one_that_checks() -> None:
    components.load()
    text = written_out(SNIPPETS["A tracker"]["body"])
    assert check("snippet.sot", sources=Sources({"snippet.sot": text})).diagnostics == ()
