"""Trackers entered into `trackers.ini`, which nobody else's lines lose anything by."""

from __future__ import annotations

import configparser
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sotc.evaluation.vot import registry
from sotc.evaluation.vot.change import make
from sotc.evaluation.vot.errors import RegistrationError
from sotc.evaluation.vot.registry import Registration, section

MINE = Registration("Mine", "My tracker", ("/opt/sotc", "vot", "my tracker.sotx"), 120)

THEIRS = """\
# a registry of somebody's
[Theirs]   ; first
label = 100%% theirs
command = run --fast

[Other]
protocol = traxpython
command = other
"""


def register(path: Path, registration: Registration, *, replace: bool) -> str:
    """What was done with the file."""
    change = registry.register(path, registration, replace)
    make(change)
    return change.done


def read(text: str) -> configparser.ConfigParser:
    """As the toolkit reads it: `%%` stands for `%`."""
    parser = configparser.ConfigParser()
    parser.read_string(text)
    return parser


def test_a_registry_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "trackers.ini"
    assert register(path, MINE, replace=False) == "wrote"
    assert dict(read(path.read_text())["Mine"]) == {
        "label": "My tracker",
        "protocol": "trax",
        "command": "/opt/sotc vot 'my tracker.sotx'",
        "timeout": "120",
    }


def test_others_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "trackers.ini"
    path.write_text(THEIRS)
    assert register(path, MINE, replace=False) == "added"
    assert path.read_text() == f"{THEIRS}\n{section(MINE)}"
    assert register(path, MINE, replace=False) == "unchanged"
    assert path.read_text() == f"{THEIRS}\n{section(MINE)}"


def test_another_of_that_name_is_replaced_only_when_told_to(tmp_path: Path) -> None:
    path = tmp_path / "trackers.ini"
    path.write_text(THEIRS)
    theirs = replace(MINE, name="Theirs")
    with pytest.raises(RegistrationError, match="another one"):
        register(path, theirs, replace=False)
    assert path.read_text() == THEIRS
    assert register(path, theirs, replace=True) == "replaced"
    after = THEIRS[THEIRS.index("[Other]") :]
    assert path.read_text() == f"# a registry of somebody's\n{section(theirs)}\n{after}"
    assert register(path, replace(MINE, name="Other"), replace=True) == "replaced"
    assert path.read_text().endswith(f"\n{section(replace(MINE, name='Other'))}")
    assert read(path.read_text()).sections() == ["Theirs", "Other"]


@pytest.mark.parametrize("text", ["no section\n", "[A]\nx = 1\n[A]\ny = 2\n"])
def test_what_is_no_registry_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "trackers.ini"
    path.write_text(text)
    with pytest.raises(RegistrationError, match="is no registry"):
        register(path, MINE, replace=True)
    assert path.read_text() == text


@pytest.mark.parametrize("name", ["", "two words", "a/b", "..", "a@1", "[x]", "ä"])
def test_names_are_words(name: str) -> None:
    with pytest.raises(RegistrationError, match="no name for a tracker"):
        section(replace(MINE, name=name))


def test_a_line_break_is_refused() -> None:
    with pytest.raises(RegistrationError, match="the label"):
        section(replace(MINE, label="two\nlines"))


@given(st.lists(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))), min_size=1))
def test_any_printable_command_comes_back(arguments: list[str]) -> None:
    arguments = [text for text in arguments if text.isprintable()] or ["x"]
    text = section(replace(MINE, command=("/opt/sotc", *arguments)))
    assert shlex.split(read(text)["Mine"]["command"]) == ["/opt/sotc", *arguments]


def test_the_environment_is_written() -> None:
    text = section(replace(MINE, environment={"PYTHONPATH": "/somewhere"}))
    assert read(text)["Mine"]["env_PYTHONPATH"] == "/somewhere"
