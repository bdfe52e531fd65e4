"""Which results a report is of: folders, folders of folders, and the name that each goes by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..runs.manifest import NAME
from ..runs.results import Results, is_ours, open_results
from .errors import ContestError


@dataclass(frozen=True)
class Entrant:
    """A tracker's results, and what they are called here."""

    name: str
    results: Results

    @property
    def data(self) -> tuple[str, str | None] | None:
        """Data set and split; None where the results do not say."""
        manifest = self.results.manifest
        return None if manifest is None else (manifest.data.name, manifest.data.split)


def open_entrants(given: Sequence[str], data: str | None = None) -> tuple[Entrant, ...]:
    """The results in each of the folders (`FOLDER` or `NAME=FOLDER`), with names that tell them apart.

    A folder may hold those of several trackers, as `sotc eval` leaves them. `data` (as the user names a data set)
    chooses among the data sets of such a folder.

    Raises ResultsError, ContestError for results of several data sets.
    """
    found: list[tuple[str | None, Results]] = []
    seen = set()
    for text in given:
        name, folder = labelled(text)
        for place in chosen(folder, data):
            results = open_results(place)
            key = (name, results.folder.resolve())
            if key not in seen:
                seen.add(key)
                found.append((name, results))
    entrants = tuple(Entrant(name or results.tracker, results) for name, results in found)
    if data is None:
        refuse_mixed(entrants)
    return told_apart(entrants)


def open_two(first: str, second: str, data: str | None = None) -> tuple[Entrant, Entrant]:
    """Two trackers to compare. Raises ContestError unless each folder holds one's results, and not the same."""
    entrants = open_entrants((first, second), data)
    if len(entrants) == 2:
        return entrants[0], entrants[1]
    if len(entrants) < 2:
        raise ContestError(f"`{first}` and `{second}` are the same results", "name those of two trackers")
    folders = ", ".join(f"`{entrant.results.folder}`" for entrant in entrants)
    raise ContestError(f"these are the results of {len(entrants)} runs: {folders}", "name two of them")


def labelled(text: str) -> tuple[str | None, Path]:
    """`ours=results/a` -> ours, results/a; a path that is there is taken as it is."""
    name, equals, path = text.partition("=")
    if equals and name and not Path(text).exists():
        return name, Path(path)
    return None, Path(text)


def chosen(folder: Path, data: str | None) -> tuple[Path, ...]:
    """The folders of results in a folder: itself, unless it holds several runs of ours."""
    if (folder / NAME).is_file() or not folder.is_dir():
        return (folder,)
    below = [path.parent for path in sorted(folder.glob(f"*/*/{NAME}")) if is_ours(path)]
    below += [path.parent for path in sorted(folder.glob(f"*/{NAME}")) if is_ours(path)]
    if len(below) < 2:
        return (folder,)
    wanted = [place for place in below if data is None or is_of(open_results(place), data)]
    return tuple(wanted or below)


def is_of(results: Results, data: str) -> bool:
    """Whether results say that they are of the data set that the user names so."""
    assert results.manifest is not None
    own = results.manifest.data
    full = f"{own.name}:{own.split}" if own.split else own.name
    return data in (own.given, own.name, full) or Path(data).stem == own.name


def refuse_mixed(entrants: Sequence[Entrant]) -> None:
    """Raises ContestError for results that say that they are of different data sets."""
    kinds = {entrant.data: entrant for entrant in reversed(entrants) if entrant.data is not None}
    if len(kinds) < 2:
        return
    told = "; ".join(
        f"`{entrant.results.folder}` of {name}{':' + split if split else ''}"
        for (name, split), entrant in sorted(kinds.items(), key=lambda item: str(item[0]))
    )
    raise ContestError(
        f"these are results of different data sets: {told}",
        "a table compares trackers on one: name results of one, or choose it with --data",
    )


def told_apart(entrants: Sequence[Entrant]) -> tuple[Entrant, ...]:
    """Entrants of one name get the part of their paths that differs behind it: `NanoTrackV2 (run-2)`."""
    alike: dict[str, list[Entrant]] = {}
    for entrant in entrants:
        alike.setdefault(entrant.name, []).append(entrant)
    named = []
    for entrant in entrants:
        same = alike[entrant.name]
        if len(same) == 1:
            named.append(entrant)
            continue
        named.append(replace(entrant, name=f"{entrant.name} ({difference(entrant, same)})"))
    if len({entrant.name for entrant in named}) < len(named):
        return tuple(
            replace(entrant, name=f"{place} {entrant.name}") for place, entrant in enumerate(named, 1)
        )
    return tuple(named)


def difference(entrant: Entrant, same: Sequence[Entrant]) -> str:
    """The part of an entrant's path that tells it from others: the last one in which any two differ."""
    paths = [other.results.folder.resolve().parts[::-1] for other in same]
    own = entrant.results.folder.resolve().parts[::-1]
    for place, part in enumerate(own):
        if len({path[place] if place < len(path) else "" for path in paths}) == len(same):
            return part
    return str(entrant.results.folder)
