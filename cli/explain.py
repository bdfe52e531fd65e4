"""`sotc explain`: the page of an error code."""

from __future__ import annotations

import sys

import click

EXAMPLES = """
\b
Examples:
  sotc explain SOT214
  sotc explain 214
  sotc explain                               all codes
"""


@click.command(epilog=EXAMPLES)
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Say what an error code means, with a failing example and the same one mended."""
    from ..dsl.explain import codes, page, title

    if code is None:
        for known in codes():
            click.echo(f"{known}  {title(known)}")
        return
    wanted = spelled_out(code)
    text = page(wanted)
    if text is None:
        from .failure import Failure

        raise Failure(f"error: there is no code `{wanted}`; {remedy(wanted, codes())}")
    if sys.stdout.isatty():
        from rich.markdown import Markdown

        from .console import console

        console().print(Markdown(text))
    else:
        click.echo(text.rstrip("\n"))


def spelled_out(code: str) -> str:
    """`214`, `sot214` -> `SOT214`."""
    upper = code.strip().upper()
    return f"SOT{upper}" if upper.isdigit() else upper


def remedy(code: str, known: tuple[str, ...]) -> str:
    from ..dsl.suggest import did_you_mean, nearest

    return did_you_mean(nearest(code, known)) or "`sotc explain` lists all"
