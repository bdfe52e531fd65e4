"""From an exception that is the user's to mend, to a message and exit code 1; anything else is ours."""

from __future__ import annotations

from typing import IO, Any

import click


class Failure(click.ClickException):
    """Ends the command with a message and no traceback."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=file is None)


def failure_of(error: Exception) -> Failure | None:
    """The failure to report for `error`, or None where it is not the user's to mend.

    `SpecError` brings its own rendered report; a `UserError` and an error of the file system bring a line.
    Artifacts run without PyTorch, and so it may not be there for what needs it.
    """
    from ..dsl.diagnostics import SpecError

    if isinstance(error, click.ClickException | click.exceptions.Exit | click.Abort):
        return None
    if isinstance(error, SpecError):
        return Failure(str(error).rstrip("\n"))
    if isinstance(error, BrokenPipeError):
        return None
    if isinstance(error, OSError):
        return Failure(f"error: {of_file_system(error)}")
    if isinstance(error, users_errors()):
        return Failure(str(error))
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] == "torch":
        return Failure("error: this needs PyTorch, which is not installed\n  = help: pip install torch")
    return None


def users_errors() -> tuple[type[Exception], ...]:
    """What the runtime and the compiler raise for a user's mistake outside a spec."""
    from ..runtime.errors import UserError

    return (UserError,)


def of_file_system(error: OSError) -> str:
    """`cannot write out/a.mp4: no space left on device`."""
    reason = (error.strerror or str(error)).lower()
    return f"`{error.filename}`: {reason}" if error.filename else reason
