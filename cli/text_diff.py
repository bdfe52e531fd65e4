"""What would change in a file, as `diff -u` shows it."""

from __future__ import annotations

import difflib

import click

STYLES = {"+": "green", "-": "red", "@": "cyan"}


def print_diff(old: str, new: str, path: str, made: str) -> None:
    """Print the difference between two texts of the file at `path`; `made` says what made the new one."""
    from .console import has_color

    lines = difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), path, f"{path} ({made})"
    )
    for line in lines:
        whole = line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        click.echo(click.style(whole, fg=STYLES.get(line[0])) if has_color() else whole, nl=False)
