"""`sotc tune`: settings of a tracker that score best on sequences with truth, as a spec that extends the first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from .options import crop_option, run_device_option, run_threads_option, spec_options, weights_option

if TYPE_CHECKING:
    from ..compiler.compiled import CropChoice, Precision
    from ..evaluation.search.prepare import Prepared
    from ..evaluation.search.search import Found

EXAMPLES = """
\b
Examples:
  sotc tune nanotrack_v2 --weights nanotrackv2.pth --data own.csv -o tuned.sot \\
            --param pick.penalty=0:0.3 --param pick.window=0.2:0.6 --param pick.rate=0.1:0.6
  sotc tune correlation_filter --data own.csv --param colour=0:1:0.1 --search grid -o filter.sot
  sotc tune SPEC --data otb2015 --root OTB --param decode.penalty=0:0.3 --held-back 0.5 --jobs 4 -o tuned.sot
  sotc tune correlation_filter --data own.csv --param contrast.doubt=0:0.02 --batch 4 -o filter.sot
  sotc tune SPEC --data own.csv --param template.context={0.4,0.5,0.6} --held-back cup,car -o tuned.sot

\b
A setting is a param of the spec, or PART.SETTING (decode.SETTING for its decoder); values are
  A:B         any between, or any whole number where both are and the setting is one
  A:B:STEP    A, A + STEP, ... up to B
  {A,B,C}     these

Where only decoders read what is searched, what the network gave is recorded and used again; with --batch N, and
on a GPU, candidates run as rows of one batch instead. Which way, and why, is told.

What is chosen is chosen by the searched sequences alone; those held back show what it is worth elsewhere.
A search that was stopped goes on with the same command: trials are kept in a journal beside the output.
docs/guide/tune.md tells more.
"""


@dataclass(frozen=True)
class Asked:
    """The options, by their names."""

    spec: str
    data: str
    root: str | None
    axes: tuple[str, ...]
    held_back: str | None
    search: Literal["grid", "random", "optuna"]
    trials: int | None
    seed: int
    profile: str | None
    measure: str | None
    frames: int | None
    output: Path
    force: bool
    fresh: bool
    jobs: int
    batch: int | None
    as_json: bool
    quiet: bool
    weights: str | None
    backend: str
    precision: Precision
    device: str | None
    crop: CropChoice
    threads: int | None
    params: dict[str, str]
    tracker: str | None
    allow_python: bool


@click.command(epilog=EXAMPLES)
@click.argument("spec")
@click.option("--data", metavar="DATA", required=True, help="A data set, NAME or NAME:SPLIT; or a manifest.")
@click.option("--root", metavar="DIR", type=click.Path(file_okay=False), help="Where the data set lies.")
@click.option(
    "--param",
    "axes",
    metavar="NAME=VALUES",
    multiple=True,
    required=True,
    help="A setting and the values to search; again for each.",
)
@click.option(
    "--held-back",
    metavar="SHARE|NAMES",
    help="Sequences that are not searched on, but reported: a share (default: 0.25) or names.",
)
@click.option(
    "--search",
    type=click.Choice(("grid", "random", "optuna")),
    default="random",
    show_default=True,
    help="All points, points by chance, or TPE (extra `tune`).",
)
@click.option(
    "--trials",
    metavar="N",
    type=click.IntRange(min=1),
    help="Points to try beside the spec's own (default: 50; a grid's all).",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--profile", metavar="P", help="Whose numbers (default: that of the data set).")
@click.option("--measure", metavar="M", help="What is to be high (default: the profile's first).")
@click.option(
    "--frames",
    metavar="N",
    type=click.IntRange(min=2),
    help="Run only the first N frames of each sequence.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The spec to write, FILE.sot.",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option("--fresh", is_flag=True, help="Forget the trials of the journal, and begin anew.")
@click.option("-j", "--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes.")
@click.option(
    "--batch",
    metavar="N",
    type=click.IntRange(min=1),
    help="Run up to N candidates as rows of one batch, in each process (default: 1 on a CPU, else 8).",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON and nothing else.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@weights_option
@click.option(
    "--backend",
    metavar="NAME",
    default="eager",
    show_default=True,
    help="What runs it: eager, inductor, aoti, onnx, openvino.",
)
@click.option(
    "--precision",
    type=click.Choice(("fp32", "bf16", "fp16")),
    default="fp32",
    show_default=True,
    help="Of the network.",
)
@run_device_option
@crop_option
@run_threads_option
@spec_options
def command(**options: Any) -> None:
    """Search the settings of a tracker for those that score best, and write them as a spec."""
    asked = Asked(**options)
    refuse_output(asked)
    prepared = prepared_of(asked)
    from ..evaluation.runs.claim import claimed_file
    from .tune_output import told, told_json, write

    with claimed_file(asked.output):
        found = searched(asked, prepared)
        write(asked.output, prepared, found)
    if asked.as_json:
        click.echo(told_json(prepared, found, asked.output))
    else:
        told(prepared, found, asked.output)


def refuse_output(asked: Asked) -> None:
    """Say at once what could not be written at the end."""
    from ..compiler.writing import check_place
    from ..specs import SUFFIX

    hint = "'-o' / '--output'"
    if asked.output.suffix != SUFFIX:
        raise click.BadParameter(f"`{asked.output}` should end in {SUFFIX}", param_hint=hint)
    if asked.output.exists() and not asked.force:
        raise click.BadParameter(
            f"`{asked.output}` is there already: --force writes over it", param_hint=hint
        )
    check_place(asked.output)


def prepared_of(asked: Asked) -> Prepared:
    """Everything that can be refused before the first trial is refused here."""
    from ..evaluation.search.space import Space, parse_axis

    space = Space(tuple(parse_axis(text) for text in asked.axes))
    import torch  # noqa: F401  (so that `use_threads` reaches it)

    from .. import api
    from ..compiler.backends.backend import BuildOptions
    from ..compiler.backends.find import UnknownBackendError, find_backend, is_auto, refuse_missing
    from ..compiler.compiled import Options
    from ..evaluation.datasets.find import open_dataset
    from ..evaluation.search.prepare import Wish, prepare
    from ..runtime.devices import device_of
    from ..runtime.threads import use_threads
    from .config import allowance

    if is_auto(asked.backend):
        raise UnknownBackendError(
            "`auto` would choose anew for every candidate", "name one: --backend onnx is fast on a CPU"
        )
    threads = asked.threads or 1
    use_threads(threads)
    device = str(device_of(asked.device or "cpu"))
    options = Options(device, asked.crop, asked.backend, asked.precision, None, threads)
    refuse_missing(find_backend(asked.backend), BuildOptions(device, asked.precision, threads, None))
    python = allowance(asked.allow_python)
    checked = api.check(asked.spec, params=asked.params, allow_python=python, tracker=asked.tracker)
    checked.expect()
    wish = Wish(
        asked.spec,
        space,
        asked.search,
        asked.seed,
        asked.output,
        options,
        asked.weights,
        asked.params,
        python,
        asked.held_back,
        asked.profile,
        asked.measure,
        asked.frames,
        asked.jobs,
        asked.batch,
    )
    refuse_base(asked.output, checked.expect().program.path)
    return prepare(wish, checked, open_dataset(asked.data, asked.root))


def refuse_base(output: Path, spec: str) -> None:
    """A spec cannot extend itself."""
    if output.exists() and output.samefile(spec):
        raise click.BadParameter(
            f"`{output}` is the spec that is searched: what is written extends it", param_hint="-o"
        )


def searched(asked: Asked, prepared: Prepared) -> Found:
    """Try, note, and run what is best once more. Leaves with 130 after Ctrl-C: the journal keeps what was found."""
    from ..evaluation.search.journal import Journal, journal_path
    from ..evaluation.search.pool import pool_for
    from ..evaluation.search.search import confirm, explore
    from ..evaluation.search.strategy import strategy_for
    from .app import INTERRUPTED
    from .tune_output import Watch

    strategy, count = strategy_for(asked.search, prepared.space, asked.trials, asked.seed)
    journal = Journal(journal_path(asked.output))
    done = journal.begin(prepared.identity, asked.fresh)
    pool = pool_for(prepared.setup)
    watch = Watch(count, done, asked.quiet)
    try:
        with watch.shown():
            trials = explore(strategy, count, done, pool, journal, watch.hear)
            watch.say("running the spec and what was found over all sequences, each compiled by itself")
            return confirm(trials, pool)
    except KeyboardInterrupt:
        click.echo(f"interrupted: {watch.summary()} {journal.path}", err=True)
        click.echo(watch.way_on(), err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None
    finally:
        pool.close()
