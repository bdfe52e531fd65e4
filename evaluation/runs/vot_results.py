"""Results of the VOT toolkit: a folder an experiment, in it one a sequence, with a file of regions a run.

The first line of a file is `1`, the start; `2` is a failure, after which a supervised experiment begins again. Only
runs without such are boxes for each frame; regions that are polygons or masks count by their bounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..box_files import read_numbers
from ..datasets.errors import SequenceError
from ..datasets.regions import read_bounds
from .errors import ResultsError
from .results import FileTable, Floats, Results, RunFiles, nested_files

UNBROKEN = ("unsupervised", "longterm", "baseline", "realtime")
"""Experiments that are looked for, the first that is there being taken."""

FAILURE = "2"


def experiments(folder: Path) -> tuple[Path, dict[str, tuple[Path, ...]]] | None:
    """The experiment in a tracker's folder that is scored, with its files; None where there is none.

    Raises ResultsError for trajectories in the toolkit's binary form.
    """
    names = [place.name for place in sorted(folder.iterdir()) if place.is_dir()]
    for name in sorted(
        names, key=lambda name: (UNBROKEN.index(name) if name in UNBROKEN else len(UNBROKEN), name)
    ):
        found = nested_files(folder / name)
        if found:
            return folder / name, found
    binary = next(iter(sorted(folder.rglob("*.bin"))), None)
    if binary is not None:
        raise ResultsError(
            f"`{folder}` holds trajectories in binary form, such as `{binary.relative_to(folder)}`",
            "run the VOT toolkit with VOT_RESULTS_BINARY=0: it then writes texts",
        )
    return None


def vot_results(folder: Path, paths: Mapping[str, tuple[Path, ...]]) -> Results:
    """One experiment: `folder` is TRACKER/EXPERIMENT."""

    def run(index: int) -> RunFiles:
        own = {name: files[index] for name, files in paths.items() if index < len(files)}
        scores = {name: path.with_name(f"{path.stem}_confidence.value") for name, path in own.items()}
        times = {name: path.with_name(f"{path.stem}_time.value") for name, path in own.items()}
        return RunFiles(
            FileTable(own, read_unbroken),
            FileTable({name: path for name, path in scores.items() if path.is_file()}, read_numbers),
            FileTable({name: path for name, path in times.items() if path.is_file()}, read_numbers),
        )

    runs = tuple(run(index) for index in range(max(map(len, paths.values()))))
    return Results(folder.resolve().parent.name, None, "vot", folder, runs)


def read_unbroken(path: Path) -> Floats:
    """The bounds of each frame's region, NaN in the first. Raises ResultsError where the tracker was started again."""
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    if FAILURE in (line.strip() for line in lines):
        raise ResultsError(
            f"`{path}` is of a supervised experiment: the tracker was started again after failures",
            "score such by VOT's own measures: `sotc metrics --profile vot-toolkit`",
        )
    try:
        return read_bounds(path).boxes
    except SequenceError as error:
        raise ResultsError(error.message, error.remedy) from None
