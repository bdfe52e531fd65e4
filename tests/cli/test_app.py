"""The group of commands: help, unknown commands, and how mistakes, interrupts and faults end."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from sotc.cli import app, main
from sotc.compiler.user_error import UserError
from sotc.dsl.diagnostics import SpecError

ROOT = Path(__file__).resolve().parent.parent.parent


def test_every_command_has_a_file_and_examples() -> None:
    context = click.Context(main)
    names = main.list_commands(context)
    files = {path.stem for path in (ROOT / "cli").glob("*.py") if "\ndef command(" in path.read_text("utf-8")}
    assert set(names) == {file.removesuffix("_") for file in files}, "`import` lives in import_.py"
    for name in names:
        command = main.get_command(context, name)
        assert command is not None
        assert "Examples:" in (command.epilog or ""), name
        assert command.help, name


def test_help_shows_every_command_and_how_to_begin(sotc: Any) -> None:
    output = sotc("--help").output
    for section in app.SECTIONS.values():
        for name, told in section.items():
            assert f"  {name} " in output
            assert told in output
    assert "sotc demo" in output


def test_no_arguments_show_the_help(sotc: Any) -> None:
    assert "Usage: sotc" in sotc(code=2).output


def test_the_version_is_that_of_the_package(sotc: Any) -> None:
    from importlib.metadata import version

    assert sotc("--version").output == f"sotc {version('sotc')}\n"


@pytest.mark.parametrize(("typed", "meant"), [("chek", "check"), ("grpah", "graph"), ("trak", "track")])
def test_an_unknown_command_is_a_wrong_use_with_a_hint(sotc: Any, typed: str, meant: str) -> None:
    output = sotc(typed, code=2).output
    assert f"no command `{typed}`; did you mean `{meant}`?" in output


def test_an_unknown_option_is_a_wrong_use(sotc: Any) -> None:
    assert "--verbos" in sotc("check", "--verbos", "good.sot", code=2).output


def failing(error: BaseException) -> Any:
    @click.group(cls=app.CommandGroup)
    def group() -> None: ...

    @click.command()
    def command() -> None:
        raise error

    group.get_command = lambda ctx, name: command  # type: ignore[method-assign]
    return CliRunner().invoke(group, ["check"])


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            UserError("the box is odd", "give another"),
            "error[SOT800]: the box is odd\n  = help: give another\n",
        ),
        (SpecError((), "error[SOT401]: no component\n"), "error[SOT401]: no component\n"),
        (
            FileNotFoundError(errno.ENOENT, "No such file or directory", "a.txt"),
            "error: `a.txt`: no such file or directory\n",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), "error: no space left on device\n"),
    ],
)
def test_a_users_mistake_is_a_message_and_exit_code_1(error: Exception, said: str) -> None:
    result = failing(error)
    assert (result.exit_code, result.stderr, result.stdout) == (1, said, "")


def test_an_interrupt_ends_with_130() -> None:
    result = failing(KeyboardInterrupt())
    assert (result.exit_code, result.stderr) == (130, "interrupted\n")


def test_our_own_faults_are_not_hidden() -> None:
    result = failing(ZeroDivisionError("ours"))
    assert isinstance(result.exception, ZeroDivisionError)


def test_where_there_is_no_torch() -> None:
    """Artifacts run without it; what needs it says so. Another module that is missing is a fault of ours."""
    from sotc.cli.failure import failure_of

    failure = failure_of(ModuleNotFoundError("No module named 'torch'", name="torch"))
    assert failure is not None
    assert "pip install torch" in failure.message
    assert failure_of(ModuleNotFoundError("No module named 'other'", name="other")) is None
