"""`sotc lsp`: what an editor starts to understand specs."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO

import click

from .options import python_option

EXAMPLES = """
\b
Examples:
  sotc lsp                                   what an editor runs
  sotc lsp --allow-python                    with parts of your own, which it imports

It speaks the Language Server Protocol over standard input and output. It needs the extra `lsp`
(pip install 'sotc[lsp]'). docs/guide/editor.md says how Neovim, Helix and Emacs start it.
"""


@click.command(epilog=EXAMPLES)
@click.option("--stdio", is_flag=True, help="Over standard input and output, which it is anyway.")
@python_option
def command(stdio: bool, allow_python: bool) -> None:
    """Answer an editor: findings, hovers, completion, and the rest of a language server."""
    from ..server.protocol import require_protocol

    require_protocol()
    from ..server.server import start
    from .config import allowance

    if sys.stdin.isatty():
        click.echo("this speaks to an editor, which starts it; Ctrl-C ends it", err=True)
    start(allowance(allow_python), sys.stdin.buffer, own_output())


def own_output() -> BinaryIO:
    """Standard output for the protocol alone: what a part of the user's prints goes to standard error."""
    sys.stdout.flush()
    kept = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return os.fdopen(kept, "wb", buffering=0)
