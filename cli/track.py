"""`sotc track`: targets followed through a video or a folder of frames."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import click

from .options import (
    crop_option,
    run_device_option,
    run_threads_option,
    spec_options,
    trust_option,
    weights_option,
)

if TYPE_CHECKING:
    from ..runtime.summary import Progress, TrackSummary

SHOWN_HELD = 5
"""so many frames without a new box are named one by one"""

EXAMPLES = """
\b
Examples:
  sotc track correlation_filter clip.mp4 --box 198,214,34,81 --render tracked.mp4
  sotc track nanotrack_v2 frames/ --box 198,214,34,81 --weights nanotrackv2.pth --save boxes.txt
  sotc track my_tracker.sotx clip.mp4 --box 10,20,30,40 --box 90,80,30,40

boxes.txt has a line x,y,w,h a frame, the first being the box as given; (x, y) is the top left corner.
"""


@click.command(epilog=EXAMPLES)
@click.argument("spec", metavar="SPEC|ARTIFACT")
@click.argument("source", metavar="VIDEO|FOLDER")
@click.option(
    "--box",
    "boxes",
    metavar="X,Y,W,H",
    multiple=True,
    required=True,
    help="A target in the first frame; may be given again.",
)
@weights_option
@run_device_option
@crop_option
@run_threads_option
@trust_option
@click.option("--save", metavar="FILE", help="Write the boxes, a line a frame.")
@click.option(
    "--render", metavar="FILE", help="Write the video with the boxes drawn in (.mp4, .avi, .mkv, .webm)."
)
@click.option(
    "--decoder",
    type=click.Choice(["opencv", "torchcodec"]),
    default="opencv",
    show_default=True,
    help="What decodes a video file; torchcodec where it is installed.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress and no summary.")
@spec_options
def command(
    spec: str,
    source: str,
    boxes: tuple[str, ...],
    weights: str | None,
    device: str | None,
    crop: Literal["auto", "host", "graph"],
    threads: int | None,
    trust: bool,
    save: str | None,
    render: str | None,
    decoder: str,
    quiet: bool,
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
) -> None:
    """Follow targets, given by their boxes in the first frame, to the end."""
    from ..runtime.boxes import parse_box
    from ..runtime.track import track_sequence
    from ..runtime.video import open_source
    from .tracker import Choices, opened

    given = [parse_box(box) for box in boxes]
    open_source(source, decoder)  # what cannot be read is said at once, not after compiling
    found = opened(spec, Choices(weights, device, crop, params, tracker, allow_python, threads, trust))
    with progress_bar(quiet) as on_progress:
        result = track_sequence(
            found, source, given, save=save, render=render, on_progress=on_progress, decoder=decoder
        )
    if not quiet:
        for line in told(result, [path for path in (save, render) if path]):
            click.echo(line)


@contextmanager
def progress_bar(quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """A bar with frames per second on standard error, where that is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from .console import console

    columns = (
        TextColumn("tracking"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console(sys.stderr), transient=True) as bar:
        task = bar.add_task("tracking", total=None, speed="")

        def on_progress(now: Progress) -> None:
            speed = f"{now.frames_per_second:.0f} frames/s" if math.isfinite(now.frames_per_second) else ""
            bar.update(task, completed=now.frame, total=now.length, speed=speed)

        yield on_progress


def told(result: TrackSummary, written: list[str]) -> Iterator[str]:
    """The summary: how many frames, how fast, where boxes were held, what was written."""
    targets = f"{result.targets} target{'s' if result.targets > 1 else ''}"
    frames = f"{result.frames} frame{'s' if result.frames != 1 else ''}"
    yield f"tracked {targets} through {frames} of {result.source}"
    if result.stepped:
        yield (
            f"speed    {result.frames_per_second:.1f} frames/s tracking, "
            f"{result.total_frames_per_second:.1f} frames/s with reading and writing"
        )
    yield from told_states(result)
    if result.held:
        yield f"held     the last box in {len(result.held)} of the frames:"
        for held in result.held[:SHOWN_HELD]:
            yield f"           {held.name}: {held.reason}"
        if len(result.held) > SHOWN_HELD:
            yield f"           and {len(result.held) - SHOWN_HELD} more"
    if result.missing:
        yield f"missing  {result.missing} frames that the video declares and does not have"
    for path in written:
        yield f"wrote    {path}"


def told_states(result: TrackSummary) -> Iterator[str]:
    """In how many frames each target was uncertain or lost, where it ever was and the spec says so."""
    counts = zip(result.frames_in("uncertain"), result.frames_in("lost"), strict=True)
    for target, (uncertain, lost) in enumerate(counts, start=1):
        if uncertain or lost:
            who = f"target {target} " if result.targets > 1 else ""
            yield f"state    {who}uncertain in {uncertain} of the frames, lost in {lost}"
