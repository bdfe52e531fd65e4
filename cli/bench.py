"""`sotc bench`: how fast a tracker is from the decoded frame to the box, beside other ways to run it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from .options import (
    as_boxes,
    backend_option,
    crop_option,
    passes_option,
    precision_option,
    run_device_option,
    spec_options,
    threads_option,
    trust_option,
    weights_option,
)

if TYPE_CHECKING:
    from ..compiler.compiled import CropChoice, Options, Precision
    from ..measure.bench.bench import Bench
    from ..measure.clip import Clip
    from .tracker import Choices

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
  eager, inductor, aoti, onnx, openvino, auto
  openvino:bf16     in a precision: fp32 (default), bf16, fp16, int8
  eager+passes      with the passes for operators called one by one
  opencv            OpenCV's TrackerNano (--opencv BACKBONE.onnx HEAD.onnx)
  other.sotx        an artifact

All are timed in turns in one process, and a step is timed from the decoded frame to the boxes on the host: no
time holds the decoding of video. The parts of a step are measured in a pass of their own. Nothing is said of
accuracy: `sotc compile` holds what it writes to the parity gate.
"""


@dataclass(frozen=True)
class Wanted:
    """What is measured, as the options said."""

    spec: str
    choices: Choices
    backend: str
    precision: Precision
    passes: str | None
    targets: tuple[int, ...]
    against: tuple[str, ...]
    seconds: float
    opencv: tuple[str, str] | None


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
    type=click.FloatRange(min=0, min_open=True),
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
@threads_option
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
    threads: int,
    trust: bool,
    as_json: bool,
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
) -> None:
    """Measure how fast a tracker is, beside other ways to run it and beside what the machine can do."""
    from ..compiler.archive import is_artifact
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


def bench_of_spec(wanted: Wanted, clip: Clip, examples: Clip, note: Callable[[str], None]) -> Bench:
    """Everything checked, compiled and ready to be timed."""
    import time

    from ..compiler.artifact import settled_weights
    from ..compiler.check import check
    from ..measure.bench.bench import Bench, Plan
    from ..measure.bench.contenders import Contender, enter, parse_contender, subject_of
    from ..measure.bench.work import work_of
    from ..runtime.threads import use_threads
    from ..specs import locate
    from .config import allowance
    from .tracker import warn

    if wanted.choices.trust:
        raise click.UsageError("--trust goes with an artifact: a spec holds no machine code")
    own = Contender(own_name(wanted), wanted.backend, wanted.precision, wanted.passes)
    others = [parse_contender(name) for name in wanted.against if name != own.name]
    refuse_unknown(own)
    options = options_of(wanted)
    note("reading and checking the spec")
    began = time.perf_counter()
    use_threads(options.threads)
    checked = check(
        locate(wanted.spec),
        params=wanted.choices.params,
        tracker=wanted.choices.tracker,
        allow_python=allowance(wanted.choices.allow_python),
    )
    graph = checked.expect()
    weights, random = settled_weights(checked, wanted.choices.weights)
    subject = subject_of(checked, weights, options, examples, wanted.opencv)
    seconds = time.perf_counter() - began
    warn((*random, *subject.source.warnings))
    entries = []
    for contender in (own, *others):
        note(f"building {contender.name}")
        entries.append(enter(contender, subject, note))
    kind = "random" if random else "none" if weights is None else "checkpoint"
    plan = Plan(
        graph.program.name,
        wanted.spec,
        kind,
        clip,
        options,
        wanted.targets,
        wanted.seconds,
        wanted.against,
        round(seconds, 2),
    )
    return Bench(plan, entries, lambda count: work_of(subject.source, count), note)


def bench_of_artifact(wanted: Wanted, clip: Clip, examples: Clip, note: Callable[[str], None]) -> Bench:
    """The artifact, and others to compare it with."""
    from ..measure.bench.bench import Bench, Plan
    from ..measure.bench.contenders import Entry, enter_artifact, parse_contender
    from .tracker import refuse_for_artifact

    refuse_for_artifact(wanted.choices)
    options = options_of(wanted)
    note(f"opening {wanted.spec}")
    first = enter_artifact(wanted.spec, wanted.choices.trust, options)
    entries = [first]
    for contender in (parse_contender(name) for name in wanted.against):
        if contender.name == wanted.spec:
            continue
        if contender.name.endswith(".sotx"):
            note(f"opening {contender.name}")
            entries.append(enter_artifact(contender.name, wanted.choices.trust, options))
        else:
            entries.append(
                Entry(contender, error="an artifact is not compiled anew: give the spec to compare it")
            )
    assert first.compiled is not None
    plan = Plan(
        first.compiled.plan.name,
        wanted.spec,
        "artifact",
        clip,
        options,
        wanted.targets,
        wanted.seconds,
        wanted.against,
    )
    return Bench(plan, entries, None, note)


def own_name(wanted: Wanted) -> str:
    """The tracker's row, as --against would name it."""
    precision = "" if wanted.precision == "fp32" else f":{wanted.precision}"
    return f"{wanted.backend}{precision}" + (
        "" if wanted.passes is None else f" ({wanted.passes or 'no passes'})"
    )


def refuse_unknown(own: object) -> None:
    from ..compiler.backends.find import find_backend

    backend = getattr(own, "backend", "")
    if backend != "auto":
        find_backend(backend)


def options_of(wanted: Wanted) -> Options:
    from ..api import device_of
    from ..compiler.compiled import Options

    choices = wanted.choices
    return Options(str(device_of(choices.device or "cpu")), choices.crop, threads=choices.threads)
