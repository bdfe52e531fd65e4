"""Colours: only on a terminal whose user wants them."""

from __future__ import annotations

import io

import pytest

from sotc.cli.console import console, has_color


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def test_a_terminal_has_colours_and_a_file_has_none() -> None:
    assert has_color(Terminal())
    assert not has_color(io.StringIO())


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert not has_color(Terminal())
    stream = Terminal()
    console(stream).print("[bold red]text[/bold red]")
    assert "31m" not in stream.getvalue()


def test_a_dumb_terminal_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert not has_color(Terminal())


def test_nothing_is_styled_in_a_file() -> None:
    stream = io.StringIO()
    console(stream).print("[bold red]text[/bold red]")
    assert stream.getvalue() == "text\n"
