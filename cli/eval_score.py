"""The scoring half of `sotc eval`: results on disk as tables, as JSON, or as a server's zip."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .eval_regions import fitting, regions_scored
from .eval_request import Request

if TYPE_CHECKING:
    from rich.table import Table

    from ..evaluation.datasets.find import Dataset
    from ..evaluation.runs.results import Results
    from ..evaluation.runs.scoring import Graded

NARROW = 100
"""Columns of a screen on which the measures' names do not fit beside each other."""


def submit(request: Request, folder: Path) -> None:
    """Write the server's zip."""
    from ..evaluation.runs.results import open_results
    from ..evaluation.runs.submission import write_submission
    from ..evaluation.runs.vot_scoring import objects_of

    assert request.submit is not None and request.output is not None
    results = open_results(folder)
    names: Sequence[str] = ()
    objects: Mapping[str, tuple[str, str]] = {}
    if request.data is not None:
        dataset = data_of(request, results)
        names, objects = [sequence.name for sequence in dataset.sequences], objects_of(dataset)
    written = write_submission(request.submit, results, Path(request.output), names, request.partial, objects)
    if written.missing:
        click.echo(
            f"missing  {len(written.missing)} sequences, such as {written.missing[0]}: the zip is not whole"
        )
    click.echo(
        f"wrote    {written.path}: {written.sequences} sequences of {results.tracker} for {request.submit}"
    )
    if written.note:
        click.echo(f"note     {written.note}")


def score(request: Request, folder: Path) -> None:
    """Score what is in the folder, and print it."""
    from ..evaluation.runs.results import open_results
    from ..evaluation.runs.scoring import Rules, has_truth, score_results
    from .eval_notes import unjudged, without_truth

    results = open_results(folder)
    dataset = data_of(request, results)
    failed = len(results.manifest.failed) if results.manifest is not None else 0
    if not has_truth(dataset):
        click.echo(unjudged(dataset), err=request.as_json)
        if request.as_json:
            click.echo(
                json.dumps(as_json(results, dataset, (), request), indent=1, allow_nan=False, default=str)
            )
        return
    for line in without_truth(dataset):
        click.echo(line, err=True)
    rules = Rules(request.pad, request.integers, request.partial or (failed > 0 and not request.is_results))
    profiles = request.profiles or fitting(stored_profiles(results) or dataset.profiles, [results])
    if regions_scored(request, results, dataset, profiles, rules):
        return
    graded = score_results(results, dataset, profiles, rules)
    if request.as_json:
        click.echo(
            json.dumps(as_json(results, dataset, graded, request), indent=1, allow_nan=False, default=str)
        )
        return
    from .console import console

    for line in head(results, dataset, graded, request):
        click.echo(line)
    screen = console()
    narrow = screen.width < NARROW
    screen.print(summary(graded, narrow))
    if request.per_sequence:
        for one in graded:
            screen.print(sequences(one, narrow))


def data_of(request: Request, results: Results) -> Dataset:
    """The data set that was named, or that the results say they are of."""
    from ..evaluation.datasets.find import open_dataset

    if request.data is not None:
        return open_dataset(request.data, request.root)
    if results.manifest is None:
        raise click.UsageError(f"--data says of what data set the results in {results.folder} are")
    data = results.manifest.data
    return open_dataset(data.given, request.root or data.root)


def stored_profiles(results: Results) -> tuple[str, ...]:
    return results.manifest.profiles if results.manifest is not None else ()


def head(results: Results, dataset: Dataset, graded: Sequence[Graded], request: Request) -> list[str]:
    """Of what the numbers are."""
    from ..evaluation.runs.scoring import speed

    count, all_of = len(graded[0].sequences), len(dataset.sequences)
    part = f"{count} sequences" if count == all_of else f"only {count} of {all_of} sequences"
    lines = [f"{results.tracker} on {dataset.name}{':' + dataset.split if dataset.split else ''}, {part}"]
    if len(results.runs) > 1:
        lines[0] += f", means of {len(results.runs)} runs"
    if request.integers:
        lines.append("boxes were cut to whole pixels first (--int)")
    frames_per_second = speed(results)
    if frames_per_second is not None:
        lines.append(f"{frames_per_second:.1f} frames/s in the tracker, decoding not among it")
    return lines


def heading(name: str, narrow: bool) -> str:
    """`norm_precision`, which may be broken at the space where there is little room."""
    return name.replace("_", " ") if narrow else name


def summary(graded: Sequence[Graded], narrow: bool = False) -> Table:
    """A line for each profile; a measure that a profile does not have stands empty."""
    from rich.table import Table

    names = list(dict.fromkeys(name for one in graded for name in one.measures))
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0) if narrow else (0, 1))
    table.add_column("profile")
    for name in names:
        table.add_column(heading(name, narrow), justify="right")
    for one in graded:
        cells = (
            shown(one.measures[name], one.spreads[name] if len(one.runs) > 1 else None)
            if name in one.measures
            else ""
            for name in names
        )
        table.add_row(one.profile, *cells)
    return table


def shown(value: float, spread: float | None) -> str:
    """`0.696`, with what it varies by over several runs."""
    return f"{value:.3f}" if spread is None else f"{value:.3f} ±{spread:.3f}"


def sequences(one: Graded, narrow: bool = False) -> Table:
    """A line for each sequence, the worst first."""
    from rich.table import Table

    names = list(one.measures)
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0) if narrow else (0, 1))
    table.add_column(one.profile)
    for name in ("frames", *names):
        table.add_column(heading(name, narrow), justify="right")
    ordered = sorted(one.sequences.items(), key=lambda item: (item[1].measures[names[0]], item[0]))
    for name, scored in ordered:
        measures = (f"{scored.measures.get(measure, float('nan')):.3f}" for measure in names)
        table.add_row(name, str(scored.frames), *measures)
    return table


def as_json(results: Results, dataset: Dataset, graded: Sequence[Graded], request: Request) -> dict[str, Any]:
    """Everything, with the profile's name on every number."""
    from ..evaluation.runs.scoring import speed

    return {
        "tracker": results.tracker,
        "data": {"name": dataset.name, "split": dataset.split or None, "sequences": len(dataset.sequences)},
        "results": {"folder": str(results.folder), "form": results.form, "runs": len(results.runs)},
        "failed": dict(results.manifest.failed) if results.manifest is not None else {},
        "integers": request.integers,
        "frames_per_second": speed(results),
        "profiles": {
            one.profile: {
                "overall": numbers(one.measures),
                "spread": numbers(one.spreads) if len(one.runs) > 1 else None,
                "sequences": {name: numbers(scored.measures) for name, scored in one.sequences.items()},
            }
            for one in graded
        },
    }


def numbers(measures: Any) -> dict[str, float | None]:
    """NaN as null."""
    return {name: value if value == value else None for name, value in measures.items()}
