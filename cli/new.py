"""`sotc new`: a spec to start from."""

from __future__ import annotations

import re
from pathlib import Path

import click

TEMPLATES = Path(__file__).parent / "templates"

KINDS = {
    "siamese": "template and search through one backbone, compared, a box from each cell",
    "correlation": "a correlation filter, learnt while it runs: needs no trained weights",
    "variant": "a spec that ships, but for the lines that differ",
}

EXAMPLES = """
\b
Examples:
  sotc new my_tracker                        writes my_tracker.sot
  sotc new filters/my_filter --template correlation
\b
Templates:
""" + "\n".join(f"  {name:<12} {told}" for name, told in KINDS.items())


@click.command(epilog=EXAMPLES)
@click.argument("name")
@click.option(
    "--template",
    type=click.Choice(tuple(KINDS)),
    default="siamese",
    show_default=True,
    help="What to begin with.",
)
def command(name: str, template: str) -> None:
    """Write a commented spec that checks clean, to be changed at will. Overwrites nothing."""
    path = Path(name if name.endswith(".sot") else f"{name}.sot")
    stem = path.stem
    if not re.fullmatch(r"[a-z][a-z0-9_]*", stem):
        raise click.BadParameter(
            f"`{stem}` should be in snake_case, as my_tracker: the tracker is then called MyTracker",
            param_hint="NAME",
        )
    text = (TEMPLATES / f"{template}.sot").read_text(encoding="utf-8")
    text = text.replace("NewTracker", camel_case(stem)).replace("new_tracker.sot", path.name)
    write_new(path, text)
    click.echo(f"wrote {path}; next: sotc check {path}")


def camel_case(name: str) -> str:
    """`my_tracker` -> `MyTracker`."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet. Raises Failure where one is."""
    from ..compiler.writing import write_text

    refuse_existing(path)
    write_text(path, text)


def refuse_existing(path: Path) -> None:
    """Raises Failure where there is a file already."""
    from .failure import Failure

    if path.exists() or path.is_symlink():
        raise Failure(f"error: {path} is there already; choose another name, or remove it first")
