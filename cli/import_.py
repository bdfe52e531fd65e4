"""`sotc import`: configs of other toolboxes as specs. (`import` cannot be the name of a module.)"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..importers.imported import Imported

EXAMPLES = """
\b
Examples:
  sotc import mmtracking stark_st2_r50_50e_got10k.py -o stark.sot
  sotc import pysot experiments/siamrpn_r50_l234_dwxcorr/config.yaml -o siamrpn.sot
  sotc import mmtracking my_config.py        to standard output; notes go to standard error
"""

MMTRACKING_EXAMPLES = """
\b
Examples:
  sotc import mmtracking configs/sot/siamese_rpn/siamese_rpn_r50_20e_lasot.py -o siamrpn.sot
  sotc import mmtracking stark_st2_r50_50e_got10k.py

Read are models of the types SiamRPN, Stark and MixFormer, of MMTracking 0.x and 1.x, with the files of `_base_`.
"""

PYSOT_EXAMPLES = """
\b
Examples:
  sotc import pysot experiments/siamrpn_alex_dwxcorr/config.yaml -o siamrpn.sot
  sotc import pysot config.yaml
"""


@click.group(epilog=EXAMPLES)
def command() -> None:
    """Write the spec of a tracker that another toolbox describes. Configs are read as data: nothing of them is run."""


def importing(function: Callable[..., Any]) -> Callable[..., Any]:
    """What all imports take: a config, and where to write the spec."""
    output = click.option(
        "-o",
        "--output",
        metavar="SPEC.sot",
        type=click.Path(dir_okay=False),
        help="Write the spec here; overwrites nothing. (Default: standard output.)",
    )
    return click.argument("config", type=click.Path())(output(function))


@command.command("mmtracking", epilog=MMTRACKING_EXAMPLES)
@importing
def mmtracking(config: str, output: str | None) -> None:
    """A config of MMTracking (.py)."""
    from ..importers.mmtracking import import_mmtracking

    deliver(config, output, import_mmtracking)


@command.command("pysot", epilog=PYSOT_EXAMPLES)
@importing
def pysot(config: str, output: str | None) -> None:
    """A config of PySOT, or of SiamTrackers' NanoTrack (.yaml)."""
    from ..importers.pysot import import_pysot

    deliver(config, output, import_pysot)


def deliver(config: str, output: str | None, read: Callable[[str, str | None], Imported]) -> None:
    """Read a config, write its spec and the key map that fits, and tell what is to be told."""
    from ..importers.notes import told
    from .new import refuse_existing

    place = None if output is None else Path(output if output.endswith(".sot") else f"{output}.sot")
    if place is not None:
        refuse_existing(place)
    found = read(config, None if place is None else place.stem)
    for line in told(found.notes):
        click.echo(f"note: {line}", err=True)
    if place is None:
        click.echo(found.text, nl=False)
        return
    from ..compiler.writing import write_text

    write_text(place, found.text)
    click.echo(f"wrote {place}; next: sotc check {place}{allowing(found.text)}")
    if found.like is not None:
        write_key_map(place, found.like)


def allowing(text: str) -> str:
    """The option without which a spec that brings Python is not checked in full."""
    return " --allow-python" if "\nuse python" in f"\n{text}" else ""


def write_key_map(place: Path, like: str) -> None:
    """Write the key map of a spec that ships beside one whose parts have the same names, unless there is one."""
    from ..compiler.key_map import SUFFIX, read_key_map
    from ..compiler.writing import write_text
    from ..specs import FOLDER

    shipped = FOLDER / f"{like}{SUFFIX}"
    if not shipped.is_file():
        return
    target = place.with_name(place.stem + SUFFIX)
    if target.exists():
        click.echo(f"{target} is there already and was left as it is; that of {like} fits, too")
        return
    write_text(target, shipped.read_text(encoding="utf-8"))
    keymap = read_key_map(shipped)
    click.echo(f"wrote {target}, the key map of {like}, for checkpoints of")
    for one in (keymap, *keymap.others):
        click.echo(f"  {one.source or like}")
