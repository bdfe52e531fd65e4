"""`sotc data`: data sets, known ones and one's own: where they are, what is in them, what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .count_bar import count_bar

if TYPE_CHECKING:
    from ..evaluation.datasets.check import Checked, Finding
    from ..evaluation.datasets.find import Found
    from ..evaluation.sequence import Sequence

EXAMPLES = """
\b
Examples:
  sotc data list --root /data                    all that are known, and which are there
  sotc data new-manifest clips -o data.csv       describe own videos, without code
  sotc data check data.csv --deep                read every frame, and tell what is wrong
  sotc data check got10k:val --root /data/GOT-10k
  sotc data show otb2015 David                   one sequence

\b
Where a data set lies is said by --root (its folder, or one that holds it), or in sotc.toml:
  [data]
  root = "/data"              a folder that holds all, under their usual names
  lasot = "/disk2/LaSOT"      one of them
"""

root_option = click.option(
    "--root", metavar="DIR", help="The folder of the data set, or one that holds it (default: sotc.toml)."
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")


@click.group(epilog=EXAMPLES)
def command() -> None:
    """Find data sets, describe your own, and tell what is wrong with them."""


@command.command("list")
@root_option
@json_option
def list_command(root: str | None, as_json: bool) -> None:
    """All data sets that are known: splits, sequences, and where they are.

    The number of sequences is how many are found, of how many there should be.
    """
    from ..evaluation.datasets.find import all_splits, locate
    from ..evaluation.settings import at_home

    place = None if root is None else at_home(root)
    if place is not None and not place.is_dir():
        raise click.BadParameter(f"there is no folder `{root}`", param_hint="--root")
    rows = []
    for known, split in all_splits():
        found = locate(known, split, place)
        rows.append(
            {
                "data": known.name if len(known.splits) == 1 else f"{known.name}:{split.name}",
                "name": known.name,
                "split": split.name,
                "title": known.title,
                "aliases": list(known.aliases),
                "expected": split.expected,
                "found": 0 if found is None else len(found.files),
                "root": None if found is None else str(found.root),
                "profiles": list(known.profiles),
                "coordinates": known.coordinates,
                "note": known.note,
            }
        )
    if as_json:
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        show_list(rows)


def show_list(rows: list[dict[str, Any]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from .console import console

    table = Table("name", "sequences", "title", "where", box=None, pad_edge=False, header_style="bold")
    for row in rows:
        count = f"{row['found']} of {row['expected']}" if row["root"] else f"{row['expected']}"
        table.add_row(row["data"], count, row["title"], escape(row["root"]) if row["root"] else "-")
    console().print(table)
    if not any(row["root"] for row in rows):
        click.echo(
            '\nnone is found: say where they are with --root DIR, or in sotc.toml: [data] root = "DIR"'
        )


CHECK_EXAMPLES = """
\b
Examples:
  sotc data check data.csv --deep          own sequences, every frame of them
  sotc data check lasot:train              of a data set whose folder sotc.toml names
  sotc data check uav123 --root /data      below a folder that holds it
  sotc data check clips/                   a folder of videos, or of folders of images
"""


@command.command("check", epilog=CHECK_EXAMPLES)
@click.argument("data", metavar="NAME|MANIFEST|DIR")
@root_option
@click.option("--deep", is_flag=True, help="Read every frame, not just the first of each sequence.")
@json_option
def check_command(data: str, root: str | None, deep: bool, as_json: bool) -> None:
    """What is wrong with a data set: missing frames, counts that differ, boxes that make no sense.

    Exits with 1 where there are errors. Warnings are told, too: they may be as the data set wants it.
    """
    from ..evaluation.datasets.check import check_dataset, check_sequence
    from ..evaluation.datasets.find import find_dataset

    found = find_dataset(data, root)
    findings = list(check_dataset(found))
    checked: list[Checked] = []
    with count_bar("checking", len(found.files), as_json) as on_done:
        for done, files in enumerate(found.files):
            if on_done is not None:
                on_done(done, files.name)
            checked.append(check_sequence(files, deep))
            findings.extend(checked[-1].findings)
    if as_json:
        click.echo(json.dumps(report(found, checked, findings), indent=1, ensure_ascii=False))
    else:
        show_findings(found, checked, findings)
    if any(finding.is_error for finding in findings):
        raise click.exceptions.Exit(1)


def report(found: Found, checked: list[Checked], findings: list[Finding]) -> dict[str, Any]:
    return {
        "name": found.name,
        "split": found.split,
        "root": str(found.root),
        "sequences": len(checked),
        "expected": found.expected or None,
        "missing": list(found.missing),
        "frames": sum(one.frames for one in checked),
        "findings": [
            {
                "kind": "error" if finding.is_error else "warning",
                "sequence": finding.sequence or None,
                "place": finding.place,
                "message": finding.message,
            }
            for finding in findings
        ],
    }


def show_findings(found: Found, checked: list[Checked], findings: list[Finding]) -> None:
    """Errors first, then warnings, then how many of each."""
    for kind in (True, False):
        for finding in findings:
            if finding.is_error is kind:
                who = f"{finding.sequence}: " if finding.sequence else ""
                click.echo(f"{'error' if kind else 'warning'}: {who}{finding.message}\n  --> {finding.place}")
    errors = sum(finding.is_error for finding in findings)
    frames = sum(one.frames for one in checked)
    name = f"{found.name}:{found.split}" if found.split else found.name
    click.echo(f"{name}: {counted(len(checked), 'sequence')}, {counted(frames, 'frame')} in {found.root}")
    click.echo(f"{counted(errors, 'error')}, {counted(len(findings) - errors, 'warning')}")


def counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


@command.command("show")
@click.argument("data", metavar="NAME|MANIFEST|DIR")
@click.argument("sequence", required=False)
@root_option
@json_option
def show_command(data: str, sequence: str | None, root: str | None, as_json: bool) -> None:
    """The sequences of a data set, or one of them: frames, first box, attributes, where its files are."""
    from ..evaluation.datasets.find import find_dataset, open_dataset

    if sequence is not None:
        found = find_dataset(data, root)
        described = describe(open_dataset(data, root, only=[sequence]).sequences[0])
        described["files"] = next(str(one.boxes) for one in found.files if one.name == sequence)
        tell(described, as_json)
        return
    names = [files.name for files in find_dataset(data, root).files]
    click.echo(json.dumps(names, indent=1, ensure_ascii=False) if as_json else "\n".join(names))


def describe(sequence: Sequence) -> dict[str, Any]:
    """What there is to say of a sequence."""
    import numpy as np

    from ..evaluation.sequence import FrameFiles

    frames, truth = sequence.frames, sequence.truth
    first = frames.paths[0] if isinstance(frames, FrameFiles) else frames.path
    return {
        "name": sequence.name,
        "frames": len(sequence),
        "first frame": str(first) if isinstance(frames, FrameFiles) else f"{first}, frame {frames.start}",
        "first box": [round(number, 4) for number in sequence.start],
        "boxes": int(np.isfinite(truth.boxes).all(axis=1).sum()),
        "absent": None if truth.absent is None else int(truth.absent.sum()),
        "attributes": list(sequence.attributes),
    }


def tell(described: dict[str, Any], as_json: bool) -> None:
    """Lines of name and value."""
    if as_json:
        click.echo(json.dumps(described, indent=1, ensure_ascii=False))
        return
    for name, value in described.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else value
        click.echo(f"{name:<12} {'-' if text in (None, '') else text}")


MANIFEST_EXAMPLES = """
\b
Examples:
  sotc data new-manifest clips -o data.csv     then: sotc data check data.csv

docs/guide/data.md tells what else a manifest may say: parts of videos, flags, attributes.
"""


@command.command("new-manifest", epilog=MANIFEST_EXAMPLES)
@click.argument("folder", type=click.Path(exists=True, file_okay=False))
@click.option("-o", "output", metavar="FILE", required=True, help="The manifest to write (.csv).")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def new_manifest_command(folder: str, output: str, force: bool) -> None:
    """Describe a folder of videos, or of folders of images, with a file of boxes beside or within each.

    Boxes are looked for as NAME.txt beside NAME.mp4 or NAME/, and as groundtruth.txt or boxes.txt in NAME/: a
    line x,y,w,h for each frame, or one line for the first frame alone.
    """
    from ..evaluation.datasets.folder import scan_own, write_manifest

    path = Path(output)
    if path.suffix.lower() != ".csv":
        raise click.BadParameter(f"`{output}` does not end in .csv", param_hint="-o")
    if path.exists() and not force:
        raise click.BadParameter(f"`{output}` is there already; --force writes over it", param_hint="-o")
    scanned = scan_own(Path(folder))
    write_manifest(scanned.sequences, path)
    click.echo(f"wrote {path}: {counted(len(scanned.sequences), 'sequence')}")
    for frames in scanned.without_boxes:
        click.echo(f"left out `{frames}`: no file of boxes beside it or within", err=True)
    click.echo(f"next: sotc data check {path}")
