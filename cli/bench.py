"""`sotc bench`: how fast a tracker is from the decoded frame to the box, beside other ways to run it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from .options import (
    FiniteRange,
    as_boxes,
    backend_option,
    crop_option,
    passes_option,
    precision_option,
    run_device_option,
    run_threads_option,
    spec_options,
    trust_option,
    weights_option,
)

if TYPE_CHECKING:
    from ..compiler.compiled import CropChoice, Precision
    from ..measure.bench.bench import Bench
    from ..measure.clip import Clip

FRAMES = 60
SECONDS = 10.0

EXAMPLES = """
\b
Examples:
  sotc bench correlation_filter
  sotc bench nanotrack_v2 --weights nanotrackv2.pth --against by-hand,eager,onnx,openvino:bf16
  sotc bench nanotrack_v2 --backend onnx --targets 1,8,64 --seconds 20
  sotc bench tracker.sotx --clip clip.mp4 --box 198,214,34,81
  sotc bench tracker.sotx --against other.sotx --json > bench.json

\b
What --against takes, with commas between; ratios are against the first:
  by-hand           the PyTorch modules called by hand, OpenCV for the crops; what follows from the
                    template alone is computed once
  uncut             the same, with the template's features computed anew in every frame
  eager, inductor, aoti, onnx, openvino, tensorrt, auto
  my_backend:Mine   a backend of your own, a class in a Python module
  openvino:bf16     in a precision: fp32 (default), bf16, fp16, int8
  eager+passes      with the passes for operators called one by one
  opencv            OpenCV's TrackerNano (--opencv BACKBONE.onnx HEAD.onnx)
  other.sotx        an artifact

All are timed in turns in one process, and a step is timed from the decoded frame to the boxes on the host: no
time holds the decoding of video. The parts of a step are measured in a pass of their own. Nothing is said of
accuracy: `sotc compile` holds what it writes to the parity gate.
"""


def as_counts(context: click.Context, option: click.Parameter, text: str) -> tuple[int, ...]:
    """`1,8,64`"""
    try:
        counts = tuple(dict.fromkeys(int(piece) for piece in text.split(",")))
    except ValueError:
        counts = ()
    if not counts or min(counts) < 1:
        raise click.BadParameter(f"`{text}` is no list of numbers such as 1,8,64", ctx=context, param=option)
    return counts


def as_names(context: click.Context, option: click.Parameter, text: str | None) -> tuple[str, ...] | None:
    """`by-hand,onnx`; None where nothing was said."""
    if text is None:
        return None
    return tuple(dict.fromkeys(piece.strip() for piece in text.split(",") if piece.strip()))


@click.command(epilog=EXAMPLES)
@click.argument("spec", metavar="SPEC|ARTIFACT")
@weights_option
@backend_option
@precision_option
@passes_option
@click.option(
    "--targets",
    metavar="N,N",
    default="1",
    show_default=True,
    callback=as_counts,
    help="Numbers of targets, such as 1,8,64.",
)
@click.option(
    "--against",
    metavar="NAME,NAME",
    callback=as_names,
    help="What to compare with (default: by-hand; nothing for an artifact). See below.",
)
@click.option("--clip", metavar="VIDEO", help="The frames (default: a clip that sotc makes).")
@click.option("--box", metavar="X,Y,W,H", callback=as_boxes, help="The target in the clip's first frame.")
@click.option(
    "--frames",
    metavar="N",
    type=click.IntRange(min=12),
    default=FRAMES,
    show_default=True,
    help="How many frames are held in memory and stepped over, again and again.",
)
@click.option(
    "--seconds",
    metavar="S",
    type=FiniteRange(min=0, min_open=True),
    default=SECONDS,
    show_default=True,
    help="How long all take turns, for each number of targets.",
)
@click.option(
    "--calibrate", metavar="VIDEO", help="Frames that int8 takes its ranges from (default: the clip's)."
)
@click.option("--calibrate-box", metavar="X,Y,W,H", callback=as_boxes, help="The target in its first frame.")
@click.option(
    "--opencv",
    nargs=2,
    metavar="BACKBONE HEAD",
    type=click.Path(exists=True, dir_okay=False),
    help="The two ONNX files of a NanoTrack, for OpenCV's own tracker.",
)
@run_device_option
@crop_option
@run_threads_option
@trust_option
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON and nothing else; docs/guide/bench.md has the fields."
)
@spec_options
def command(
    spec: str,
    weights: str | None,
    backend: str,
    precision: Precision,
    passes: str | None,
    targets: tuple[int, ...],
    against: tuple[str, ...] | None,
    clip: str | None,
    box: tuple[float, ...] | None,
    frames: int,
    seconds: float,
    calibrate: str | None,
    calibrate_box: tuple[float, ...] | None,
    opencv: tuple[str, str] | None,
    device: str | None,
    crop: CropChoice,
    threads: int | None,
    trust: bool,
    as_json: bool,
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
) -> None:
    """Measure how fast a tracker is, beside other ways to run it and beside what the machine can do."""
    from ..compiler.archive import is_artifact
    from .bench_entries import Wanted, bench_of_artifact, bench_of_spec
    from .steps import told_steps
    from .tracker import Choices

    if box is not None and clip is None:
        raise click.UsageError("--box goes with --clip: the clip that sotc makes has its own")
    compared = against if against is not None else () if is_artifact(spec) else ("by-hand",)
    choices = Choices(weights, device, crop, params, tracker, allow_python, threads, trust)
    wanted = Wanted(spec, choices, backend, precision, passes, targets, compared, seconds, opencv or None)
    with told_steps() as steps:
        steps.note("reading frames")
        footage = footage_of(clip, box, frames)
        examples = footage_of(calibrate, calibrate_box, frames) if calibrate is not None else footage
        make = bench_of_artifact if is_artifact(spec) else bench_of_spec
        bench = make(wanted, footage, examples, steps.note)
        interrupted = not finished(bench)
    tell(bench, as_json)
    if interrupted:
        from .app import INTERRUPTED

        click.echo("interrupted: this is what was measured so far", err=True)
        raise click.exceptions.Exit(INTERRUPTED)


def finished(bench: Bench) -> bool:
    """Run it; False where the user interrupts."""
    try:
        bench.run()
    except KeyboardInterrupt:
        return False
    return True


def tell(bench: Bench, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(bench.report.to_json(), indent=1))
        return
    from .bench_table import show

    show(bench.report)


def footage_of(video: str | None, box: tuple[float, ...] | None, frames: int) -> Clip:
    """The frames to step over. Raises ClipError."""
    from ..measure.clip import generated_clip, read_clip

    return generated_clip(frames) if video is None else read_clip(video, box, frames)
