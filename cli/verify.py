"""`sotc verify`: is a spec the tracker that it was written after? Compared with what the original gave."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from .options import (
    FiniteRange,
    as_boxes,
    crop_option,
    device_option,
    spec_options,
    threads_option,
    weights_option,
)

if TYPE_CHECKING:
    from ..measure.trajectory import Trajectory
    from ..measure.verify import Compared, Verification
    from .tracker import Choices

EXAMPLES = """
\b
Examples:
  sotc verify siamrpnpp_r50 --weights model.pth --recorded siamrpnpp.npz
  sotc verify my_port.sot --weights model.pth --recorded run.npz --tolerance 1e-5 --json
  sotc verify stark_st50 --weights st50.pth --clip frames/ --boxes original.txt --forced

\b
FILE.npz, of numpy.savez, holds what the original was given and gave:
  in_0, in_1 ...    images after crop and normalisation, in the spec's order, templates first
  in_NAME           what else it was given: a value for a wire (a mask), `target`, `frame_size`
  out_NAME          what it gave: a wire or output of the spec (cls, pick.score), or the original's
                    own name, declared under [alias] in NAME.keys.toml beside the spec
  sum_NAME          a summary of such: mean, standard deviation, 64 channels at the centre

The whole network is computed in double precision, so that only the original's own rounding remains.
Exit code: 0 where all is equal, 1 where something differs or cannot be compared, 2 for a wrong use.
"""


@click.command(epilog=EXAMPLES)
@click.argument("spec", metavar="SPEC")
@weights_option
@click.option("--recorded", metavar="FILE", help="Inputs and outputs of the original's network, .npz.")
@click.option(
    "--tolerance",
    metavar="T",
    type=FiniteRange(min=0),
    help="What an output may differ by, as a share of its standard deviation (default: 1e-4).",
)
@click.option("--clip", metavar="FOLDER", help="Frames, or a video, to track.")
@click.option("--boxes", metavar="FILE", help="The original's boxes on the clip, a line x,y,w,h a frame.")
@click.option(
    "--box", metavar="X,Y,W,H", callback=as_boxes, help="Where to begin (default: the first of the boxes)."
)
@click.option(
    "--within",
    metavar="PX",
    type=FiniteRange(min=0),
    help="What a box may be off by, in pixels (default: 0.5).",
)
@click.option("--forced", is_flag=True, help="Begin every step at the recorded box before.")
@device_option
@crop_option
@threads_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
@spec_options
@click.pass_context
def command(
    context: click.Context,
    spec: str,
    weights: str | None,
    recorded: str | None,
    tolerance: float | None,
    clip: str | None,
    boxes: str | None,
    box: tuple[float, ...] | None,
    within: float | None,
    forced: bool,
    device: str,
    crop: Any,
    threads: int,
    as_json: bool,
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
) -> None:
    """Compare a spec with recorded outputs of its original, or with the original's boxes on a clip."""
    from .tracker import Choices

    if recorded is None and clip is None:
        raise click.UsageError("say what to compare with: --recorded FILE.npz, or --clip FOLDER --boxes FILE")
    if (clip is None) != (boxes is None):
        raise click.UsageError("--clip and --boxes go together")
    lone = {"--box": box, "--within": within, "--forced": forced or None}
    if clip is None and any(value is not None for value in lone.values()):
        raise click.UsageError(f"{', '.join(lone)} go with --clip")
    if recorded is None and tolerance is not None:
        raise click.UsageError("--tolerance goes with --recorded")
    choices = Choices(weights, device, crop, params, tracker, allow_python, threads)
    found: dict[str, Verification | Trajectory] = {}
    if recorded is not None:
        found["network"] = compared_network(spec, choices, recorded, tolerance)
    if clip is not None and boxes is not None:
        found["clip"] = compared_clip(spec, choices, clip, boxes, box, within, forced)
    if as_json:
        click.echo(json.dumps({part: one.to_json() for part, one in found.items()}, indent=1))
    else:
        tell(found)
    context.exit(0 if all(one.to_json()["equal"] for one in found.values()) else 1)


def compared_network(spec: str, choices: Choices, recorded: str, tolerance: float | None) -> Verification:
    """The spec's network beside the recorded file."""
    from ..compiler.network import build
    from ..measure.recorded import read_recorded
    from ..measure.verify import TOLERANCE, verify
    from ..runtime.threads import use_threads
    from ..specs import locate
    from .config import allowance

    stored = read_recorded(recorded)  # what cannot be read is said at once
    use_threads(choices.threads or 1)
    network = build(
        locate(spec),
        choices.weights,
        params=choices.params,
        allow_python=allowance(choices.allow_python),
        tracker=choices.tracker,
    )
    if choices.weights is None and any(True for _ in network.module.parameters()):
        raise click.UsageError("--weights is needed: the tracker has weights, and random ones equal nothing")
    return verify(network, stored, TOLERANCE if tolerance is None else tolerance)


def compared_clip(
    spec: str,
    choices: Choices,
    clip: str,
    boxes: str,
    box: tuple[float, ...] | None,
    within: float | None,
    forced: bool,
) -> Trajectory:
    """The tracker's way through the clip beside the recorded one."""
    from ..measure.clip import read_boxes
    from ..measure.trajectory import WITHIN, follow
    from ..runtime.video import open_source
    from .tracker import opened

    length = open_source(clip).length  # what cannot be read is said at once, not after compiling
    read_boxes(boxes)
    limit = WITHIN if within is None else within
    tracker = opened(spec, choices)
    with frames_shown(length) as on_frame:
        return follow(tracker, clip, boxes, box, within=limit, forced=forced, on_frame=on_frame)


@contextmanager
def frames_shown(length: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda index: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from .console import console

    columns = (TextColumn("tracking"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console(sys.stderr), transient=True) as bar:
        task = bar.add_task("tracking", total=length)
        yield lambda index: bar.update(task, completed=index + 1)


# ---------------------------------------------------------------- what is told


def tell(found: dict[str, Verification | Trajectory]) -> None:
    from ..measure.verify import Verification

    for part in found.values():
        lines = told_network(part) if isinstance(part, Verification) else told_clip(part)
        for line in lines:
            click.echo(line)


def told_network(found: Verification) -> Iterator[str]:
    """The table, and what it comes to."""
    from rich.table import Table

    from .console import console

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("output", "of", "shape"):
        table.add_column(title)
    for title in ("largest error", "of its deviation", ""):
        table.add_column(title, justify="right")
    for output in found.outputs:
        table.add_row(*row(output))
    console().print(table)
    total = len(found.outputs)
    if found.first is None:
        share = max(output.relative for output in found.outputs)
        yield f"equal: {total} of {total} outputs, within {share:.1e} of their deviation; computed in {found.dtype}"
        return
    first = found.first
    yield (
        f"{len(found.differing)} of {total} outputs differ by more than {first.tolerance:g} of their deviation; "
        f"computed in {found.dtype}"
    )
    yield (
        f"the first in the order of the graph is `{first.name}` ({first.place}): by {first.largest:.3g} at "
        f"[{', '.join(map(str, first.where))}]"
    )


def row(output: Compared) -> tuple[str, ...]:
    shape = f"[{', '.join(map(str, output.ours))}]"
    if output.summary:
        shape = f"summary of {shape}"
    elif output.recorded != output.ours:
        shape = f"{shape} as [{', '.join(map(str, output.recorded))}]"
    place = "" if output.place == output.name else output.place
    verdict = "" if output.equal else "differs"
    return output.name, place, shape, f"{output.largest:.2e}", f"{output.relative:.2e}", verdict


def told_clip(found: Trajectory) -> Iterator[str]:
    """How far the boxes are apart, and from where on."""
    steps = "forced steps" if found.forced else "frames"
    yield (
        f"{len(found.compared)} {steps}: boxes within {found.largest:.3g} px of the recorded ones, "
        f"mean overlap {found.mean_overlap:.5f}"
    )
    first = found.first_beyond
    if first is not None:
        away = found.deviations[first]
        yield f"the first beyond {found.within:g} px is frame {first}: off by {away:.3g} px"
    else:
        yield f"equal: no frame is beyond {found.within:g} px"
