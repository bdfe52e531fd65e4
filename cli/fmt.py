"""`sotc fmt`: specs laid out the one way that all are laid out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from .spec_files import spread
from .text_diff import print_diff

if TYPE_CHECKING:
    from ..dsl.diagnostics import Diagnostic

EXAMPLES = """
\b
Examples:
  sotc fmt my_tracker.sot
  sotc fmt specs                             every .sot file below a folder
  sotc fmt --check --diff specs              for continuous integration: changes nothing
  cat my_tracker.sot | sotc fmt -            from standard input to standard output

Exit code: 1 where a file has a syntax error (it is left as it is), or would change under --check.
"""


@click.command(epilog=EXAMPLES)
@click.argument("files", nargs=-1, required=True, metavar="FILES...")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 where a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change.")
@click.pass_context
def command(context: click.Context, files: tuple[str, ...], check: bool, diff: bool) -> None:
    """Lay out spec files, keeping their comments. `-` is standard input."""
    outcomes = [format_one(path, check, diff) for path in spread(files)]
    if outcomes != [True] or files != ("-",):
        changed = sum(outcome is False for outcome in outcomes)
        verb = "would change" if check or diff else "changed"
        click.echo(f"{len(outcomes)} {'file' if len(outcomes) == 1 else 'files'}, {changed} {verb}", err=True)
    failed = None in outcomes or (check and False in outcomes)
    context.exit(1 if failed else 0)


def format_one(name: str, check: bool, diff: bool) -> bool | None:
    """Whether a file is laid out already; None where it has errors. Writes it unless only asked about it."""
    from ..dsl.formatter import format_text

    text = read(name)
    path = "<standard input>" if name == "-" else name
    result = format_text(text, path)
    if any(finding.is_error for finding in result.diagnostics):
        report(result.diagnostics, path, text)
        return None
    if diff:
        print_diff(text, result.text, path, "formatted")
    if name == "-" and not (check or diff):
        click.echo(result.text, nl=False)
        return True
    if result.text == text:
        return True
    if check and not diff:
        click.echo(f"{name} would change")
    elif not diff:
        from ..compiler.writing import write_text

        write_text(name, result.text)
        click.echo(f"{name} changed")
    return False


def read(name: str) -> str:
    if name == "-":
        return sys.stdin.read()
    from ..dsl.sources import UnreadableSource, read_file
    from .failure import Failure

    try:
        return read_file(name)
    except UnreadableSource as problem:
        raise Failure(f"error: cannot read {problem}") from None


def report(diagnostics: tuple[Diagnostic, ...], path: str, text: str) -> None:
    from ..dsl.render import render_human
    from ..dsl.sources import Sources
    from .console import has_color

    click.echo(render_human(diagnostics, Sources({path: text}), color=has_color(sys.stderr)), err=True)
