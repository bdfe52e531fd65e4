"""`sotc compile`: a spec and its weights as one file, ready to run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import (
    backend_options,
    crop_option,
    device_option,
    measure_options,
    spec_options,
    threads_option,
    weights_option,
)

if TYPE_CHECKING:
    from ..compiler.artifact import Saved
    from ..compiler.compiled import CropChoice, Options, Precision
    from ..measure.make import Wishes

EXAMPLES = """
\b
Examples:
  sotc compile correlation_filter -o filter.sotx
  sotc compile nanotrack_v2 --weights nanotrackv2.pth -o nanotrack.sotx
  sotc compile nanotrack_v2 --weights nanotrackv2.pth --backend onnx -o nanotrack.sotx
  sotc compile nanotrack_v2 --weights nanotrackv2.pth --backend openvino --precision int8 \\
               --calibrate clip.mp4 --calibrate-box 198,214,34,81 -o small.sotx
  sotc track nanotrack.sotx clip.mp4 --box 198,214,34,81

Without --backend, those that are installed are measured, and the fastest that passes the parity gate is
taken. The gate runs the compiled tracker beside the plain one, on a clip that sotc makes or on --gate-clip;
where their boxes differ by more than the precision allows, nothing is written.
"""


@dataclass(frozen=True)
class Spec:
    """What the user wants compiled."""

    name: str
    params: dict[str, str]
    tracker: str | None
    allow_python: bool
    weights: str | None


@click.command(epilog=EXAMPLES)
@click.argument("spec")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The artifact to write, FILE.sotx.",
)
@weights_option
@backend_options
@device_option
@crop_option
@threads_option
@measure_options
@click.option("--licence", metavar="TEXT", help="A note on the licence of the weights, kept in the artifact.")
@spec_options
def command(
    spec: str,
    output: Path,
    weights: str | None,
    backend: str,
    precision: Precision,
    passes: str | None,
    targets: int | None,
    native: bool,
    device: str,
    crop: CropChoice,
    threads: int,
    tune_seconds: float | None,
    gate: bool,
    gate_clip: str | None,
    gate_boxes: str | tuple[float, ...] | None,
    gate_limits: dict[str, float],
    calibrate: str | None,
    calibrate_boxes: tuple[float, ...] | None,
    licence: str | None,
    params: dict[str, str],
    tracker: str | None,
    allow_python: bool,
) -> None:
    """Write a tracker as one file, which `sotc track` and `sotc.load` take in place of a spec."""
    from ..compiler.archive import SUFFIX, is_artifact

    if not is_artifact(output):
        raise click.BadParameter(f"`{output}` should end in {SUFFIX}", param_hint="'-o' / '--output'")
    from ..compiler.backends.find import is_auto
    from ..compiler.compiled import Options
    from ..measure.make import TUNE_SECONDS, Wishes
    from ..runtime.devices import device_of
    from ..runtime.threads import use_threads
    from .steps import told_steps

    options = Options(str(device_of(device)), crop, backend, precision, passes, threads, targets)
    wishes = Wishes(
        gate=gate,
        gate_clip=gate_clip,
        gate_boxes=gate_boxes,
        gate_limits=gate_limits,
        tune_seconds=tune_seconds or TUNE_SECONDS,
        calibrate=calibrate,
        calibrate_boxes=calibrate_boxes,
        native=native,
    )
    if tune_seconds is not None and not is_auto(backend):
        raise click.UsageError(
            f"--tune-seconds is for --backend auto: `{backend}` is named, and nothing is tuned"
        )
    refuse_backend(options, native)
    refuse_idle(options, wishes)
    use_threads(threads)
    with told_steps() as steps:
        wanted = Spec(spec, params, tracker, allow_python, weights)
        saved = compile_to(output, wanted, options, wishes, licence, steps.note)
    for line in told(saved):
        click.echo(line)


def refuse_backend(options: Options, native: bool) -> None:
    """Say at once, before the spec is looked at, that a backend is not there or cannot do what is wanted of it."""
    from ..compiler.backends.backend import BuildOptions
    from ..compiler.backends.find import find_backend, is_auto, own_beside_auto, refuse_missing

    if is_auto(options.backend):
        own_beside_auto(options.backend)
        return
    backend = find_backend(options.backend)
    if backend.native and not native:
        raise click.UsageError(
            f"`{backend.name}` gives machine code, for this machine alone: add --native if that is meant"
        )
    if native and not backend.native:
        raise click.UsageError(f"`{backend.name}` gives no machine code: leave out --native")
    refuse_missing(backend, BuildOptions(options.device, options.precision, options.threads, options.targets))


def refuse_idle(options: Options, wishes: Wishes) -> None:
    """Say at once what is given and would not be used, and what is missing or cannot be read."""
    calibrated = options.precision == "int8"
    if wishes.calibrate is None and wishes.calibrate_boxes is not None:
        raise click.UsageError("--calibrate-box goes with the video that it is in: --calibrate VIDEO")
    if wishes.calibrate is not None and not calibrated:
        raise click.UsageError(f"--calibrate is for --precision int8: {options.precision} takes no ranges")
    if not wishes.gate and (wishes.gate_clip is not None or wishes.gate_boxes is not None):
        raise click.UsageError("--no-gate compares nothing: leave it out, or the gate's clip and boxes")
    if not wishes.gate and wishes.gate_limits:
        raise click.UsageError("--no-gate compares nothing: leave it out, or --gate-limit")
    if wishes.gate_limits:
        from ..measure.limits import limits_of

        limits_of(options.precision, wishes.gate_limits)
    if options.passes is not None:
        from ..compiler.passes.pipeline import parse_pipeline

        parse_pipeline(options.passes)


def compile_to(
    output: Path,
    wanted: Spec,
    options: Options,
    wishes: Wishes,
    licence: str | None,
    note: Callable[[str], None],
) -> Saved:
    """Check, compile, try and write. Nothing is written where any of it fails."""
    note("reading and checking the spec")
    from ..compiler.archived_sources import RecordingSources
    from ..compiler.artifact import Origin, check_name, save_artifact, settled_weights
    from ..compiler.check import check
    from ..measure.make import make
    from ..runtime.threads import use_threads
    from ..specs import locate
    from .config import allowance
    from .tracker import warn

    check_name(output)
    use_threads(options.threads)  # torch is here by now
    sources = RecordingSources()
    checked = check(
        locate(wanted.name),
        params=wanted.params,
        tracker=wanted.tracker,
        allow_python=allowance(wanted.allow_python),
        sources=sources,
    )
    checked.expect()
    weights, random = settled_weights(checked, wanted.weights)
    note(f"compiling, with the backend {options.backend}")
    made = make(checked, weights, options, wishes, note)
    note(f"writing {output}")
    saved = save_artifact(
        output,
        Origin(checked, sources, wanted.params, wanted.tracker),
        weights,
        made.compiled,
        made.options,
        gate=made.gate,
        tuning=made.tuning,
        licence=licence,
    )
    warn((*random, *made.compiled.warnings))
    return saved


def told(saved: Saved) -> Iterator[str]:
    """The summary: what was written, for what, and how it was found to be."""
    from .inspect import gate_line, runs_line, size_text, speed_line

    manifest = saved.manifest
    size = size_text(saved.size)
    yield f"wrote {saved.path}: {manifest.name}, {manifest.parameters:,} parameters, {size}"
    yield f"runs     {runs_line(manifest)}"
    yield f"gate     {gate_line(manifest)}"
    if manifest.tuning is not None:
        yield f"speed    {speed_line(manifest)}"
