"""Results as they lie on disk, ours and those of other toolkits, told apart by their form."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..box_files import read_boxes, read_numbers
from .errors import ResultsError
from .manifest import NAME, RunManifest, read_manifest
from .names import SCORE, TIME
from .record import beside, boxes_path

Floats: TypeAlias = NDArray[np.float64]
Form: TypeAlias = Literal["sotc", "pysot", "pytracking", "got10k", "vot"]

FORMS: Mapping[Form, str] = {
    "sotc": "SEQ.txt with manifest.json",
    "pysot": "SEQ.txt with commas",
    "pytracking": "SEQ.txt with tabs",
    "got10k": "SEQ/SEQ_001.txt",
    "vot": "EXPERIMENT/SEQ/SEQ_001.txt, the first line 1; or SEQ_001.bin",
}

BESIDE = ("_time", "_score", "_confidence", "_all_scores", "_all_boxes", "_object_presence_scores")
"""How names end of files that toolkits write beside those of boxes."""

SHOWN = 6


class FileTable(Mapping[str, Floats]):
    """What files hold, by sequence, read when it is asked for: a whole data set's need not be in memory."""

    def __init__(self, paths: Mapping[str, Path], read: Callable[[Path], Floats]) -> None:
        self.paths = dict(paths)
        self._read = read

    def __getitem__(self, name: str) -> Floats:
        return self._read(self.paths[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)


@dataclass(frozen=True)
class RunFiles:
    """One run over the sequences."""

    boxes: Mapping[str, Floats]
    """[T, 4]: x, y, w, h by sequence; NaN where none was given"""
    scores: Mapping[str, Floats]
    """[T]; of the sequences that have them"""
    times: Mapping[str, Floats]
    """[T]: seconds; of the sequences that have them"""


@dataclass(frozen=True)
class Results:
    """What a tracker gave on a data set."""

    tracker: str
    dataset: str | None
    """None where the folder does not say"""
    form: Form
    folder: Path
    runs: tuple[RunFiles, ...] = field(repr=False)
    """one, or several of the same sequences"""
    manifest: RunManifest | None = None
    """of ours only"""
    named: Path | None = None
    """of VOT's: the folder that was named, of a tracker or of one of its experiments"""

    @property
    def boxes(self) -> Mapping[str, Floats]:
        """Of the first run."""
        return self.runs[0].boxes

    @property
    def scores(self) -> Mapping[str, Floats]:
        return self.runs[0].scores

    @property
    def times(self) -> Mapping[str, Floats]:
        return self.runs[0].times


def open_results(folder: Path) -> Results:
    """The results in a folder. Files of boxes are read when they are asked for, and may then raise.

    Raises ResultsError for a folder without results, or with those of several runs.
    """
    if not folder.is_dir():
        raise ResultsError(f"there is no folder `{folder}`", "name the folder that holds a tracker's results")
    if (folder / NAME).is_file():
        return ours(folder, read_manifest(folder / NAME))
    if next(folder.glob("manifest.*-of-*.json"), None) is not None:
        raise ResultsError(
            f"`{folder}` holds shards of a run that are not together", f"sotc eval merge {folder}"
        )
    below = sorted({path.parent for path in folder.rglob(NAME) if is_ours(path)})
    if len(below) == 1:
        return ours(below[0], read_manifest(below[0] / NAME))
    if below:
        listed = ", ".join(f"`{place}`" for place in below[:SHOWN])
        raise ResultsError(f"`{folder}` holds the results of {len(below)} runs", f"name one: {listed}")
    return foreign(folder)


def is_ours(path: Path) -> bool:
    try:
        read_manifest(path)
    except ResultsError:
        return False
    return True


def ours(folder: Path, manifest: RunManifest) -> Results:
    """A run of `sotc eval`: the sequences that are done."""

    def run(repeat: int) -> RunFiles:
        paths = {
            name: path for name in manifest.sequences if (path := boxes_path(folder, name, repeat)).is_file()
        }
        return run_files(
            paths, {name: (beside(path, SCORE),) for name, path in paths.items()}, times_of(paths)
        )

    runs = tuple(run(repeat) for repeat in range(1, manifest.repeats + 1))
    return Results(manifest.tracker.name, manifest.data.name, "sotc", folder, runs, manifest)


# ---------------------------------------------------------------- those of others


def foreign(folder: Path) -> Results:
    """Results of another toolkit. Raises ResultsError."""
    from .vot_results import experiments, vot_files, vot_results

    flat = flat_files(folder)
    if flat:
        return flat_results(folder, flat)
    nested, of_vot = nested_files(folder), vot_files(folder)
    if nested and not of_vot:
        return nested_results(folder, nested)
    found = (folder, of_vot) if of_vot else experiments(folder)
    if found:
        return vot_results(*found, named=folder)
    raise ResultsError(
        f"`{folder}` holds no results: {contents(folder)}",
        "; ".join(f"{name}: {form}" for name, form in FORMS.items()),
    )


def contents(folder: Path) -> str:
    """What is in it, in a few words."""
    names = [f"{path.name}/" if path.is_dir() else path.name for path in sorted(folder.iterdir())]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"there are {', '.join(names[:SHOWN])}{more}" if names else "it is empty"


def flat_files(folder: Path) -> dict[str, Path]:
    """`SEQ.txt`, by sequence."""
    found = [path for path in sorted(folder.glob("*.txt")) if not path.stem.endswith(BESIDE)]
    return {path.stem: path for path in found if not path.name.startswith(".") and path.is_file()}


def flat_results(folder: Path, paths: Mapping[str, Path]) -> Results:
    """pysot's and pytracking's: a file a sequence; the one writes commas, the other tabs."""
    with next(iter(paths.values())).open(encoding="utf-8", errors="replace") as stream:
        form: Form = "pytracking" if "\t" in stream.readline() else "pysot"
    scores = {name: (beside(path, SCORE), beside(path, "_confidence")) for name, path in paths.items()}
    times = {
        name: (*places, path.parent / "times" / f"{path.stem}{TIME}.txt")
        for (name, places), path in zip(times_of(paths).items(), paths.values(), strict=True)
    }
    dataset = folder.resolve().parent.name if form == "pysot" else None
    return Results(folder.resolve().name, dataset, form, folder, (run_files(paths, scores, times),))


def nested_files(folder: Path) -> dict[str, tuple[Path, ...]]:
    """`SEQ/SEQ_001.txt` and further runs, by sequence."""
    found = {
        place.name: tuple(sorted(place.glob(f"{glob.escape(place.name)}_[0-9][0-9][0-9].txt")))
        for place in sorted(folder.iterdir())
        if place.is_dir()
    }
    return {name: paths for name, paths in found.items() if paths}


def nested_results(folder: Path, paths: Mapping[str, tuple[Path, ...]]) -> Results:
    """got10k's: a folder a sequence, a file a run, and times with a column a run."""

    def run(index: int) -> RunFiles:
        own = {name: files[index] for name, files in paths.items() if index < len(files)}
        times = {name: path.with_name(f"{name}{TIME}.txt") for name, path in own.items()}
        there = {name: path for name, path in times.items() if path.is_file()}
        return RunFiles(
            FileTable(own, read_boxes),
            FileTable({}, read_numbers),
            FileTable(there, lambda path: column(read_table(path), index)),
        )

    runs = tuple(run(index) for index in range(max(map(len, paths.values()))))
    return Results(folder.resolve().name, None, "got10k", folder, runs)


def read_table(path: Path) -> Floats:
    """Numbers with commas between: [T, columns]. Raises ResultsError."""
    try:
        return np.loadtxt(path, delimiter=",", ndmin=2)
    except ValueError as error:
        raise ResultsError(
            f"`{path}` is no table of numbers: {error}", "write it anew, or remove it"
        ) from None


def column(table: Floats, index: int) -> Floats:
    return table[:, min(index, table.shape[1] - 1)]


def times_of(paths: Mapping[str, Path]) -> dict[str, tuple[Path, ...]]:
    return {name: (beside(path, TIME),) for name, path in paths.items()}


def run_files(
    boxes: Mapping[str, Path], scores: Mapping[str, Iterable[Path]], times: Mapping[str, Iterable[Path]]
) -> RunFiles:
    """A file a sequence of each kind; of scores and times those that are there."""

    def there(places: Mapping[str, Iterable[Path]]) -> dict[str, Path]:
        first = {
            name: next((path for path in paths if path.is_file()), None) for name, paths in places.items()
        }
        return {name: path for name, path in first.items() if path is not None}

    return RunFiles(
        FileTable(boxes, read_boxes),
        FileTable(there(scores), read_numbers),
        FileTable(there(times), read_numbers),
    )
