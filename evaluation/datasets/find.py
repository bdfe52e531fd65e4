"""Open a data set by its name, or own sequences by their manifest."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...dsl.suggest import did_you_mean, nearest
from ..sequence import Sequence
from ..settings import ALL, NAME, Config, at_home, load
from .catalogue import DATASETS, KnownDataset, Split, by_name, every_name
from .errors import DataRootError, ManifestError, SequenceError, UnknownDatasetError, UnknownSequenceError
from .files import SequenceFiles
from .folder import scan_own
from .layout import PLACEHOLDER, Listing, list_sequences
from .manifest import SUFFIXES, read_manifest
from .read import read_sequence

OWN_PROFILES = ("pysot", "ostrack", "got10k")

OWN_COORDINATES = "boxes as given"

Progress = Callable[[int, int, str], None]
"""how many sequences are read, of how many, and the name of the next"""


@dataclass(frozen=True)
class Dataset:
    """A data set, or a part of it, that was found and read."""

    name: str
    split: str
    """empty where there are no splits"""
    sequences: tuple[Sequence, ...]
    profiles: tuple[str, ...]
    """whose numbers are reported for it, the default first"""
    root: Path
    coordinates: str = OWN_COORDINATES
    note: str = ""
    """the protocol, and the licence where one is stated"""
    missing: tuple[str, ...] = ()
    """sequences that it should have, and that are not below the root"""

    def __len__(self) -> int:
        return len(self.sequences)


@dataclass(frozen=True)
class Found:
    """A data set before its sequences are read."""

    name: str
    split: str
    root: Path
    files: tuple[SequenceFiles, ...]
    missing: tuple[str, ...] = ()
    known: KnownDataset | None = None
    """None for own sequences"""
    expected: int = 0
    """how many sequences there should be; 0 where that is not known"""
    without_boxes: tuple[Path, ...] = ()
    """own videos and folders of images that nothing is known of"""

    @property
    def first_pixel(self) -> int:
        """The number that boxes have for the first column and row; own ones count from 0."""
        return self.known.first_pixel if self.known is not None else 0


def open_dataset(
    name: str | os.PathLike[str],
    root: str | os.PathLike[str] | None = None,
    only: Iterable[str] | None = None,
    on_progress: Progress | None = None,
) -> Dataset:
    """A data set: `lasot`, `got10k:val`, a manifest (`data.csv`, `data.jsonl`), or a folder of own sequences.

    A known data set lies at `root`, or below it; else where the nearest `sotc.toml` says. `only` names the
    sequences to read, in the order of the data set. Truth is read, and folders are listed; no image is opened.

    Raises UnknownDatasetError, DataRootError, ManifestError, SequenceError, UnknownSequenceError, ConfigError.
    """
    found = find_dataset(name, root)
    files = chosen(found, only)
    sequences = []
    with collection_paused():
        for index, one in enumerate(files):
            if on_progress is not None:
                on_progress(index, len(files), one.name)
            sequences.append(read_sequence(one, found.first_pixel))
    known = found.known
    return Dataset(
        found.name,
        found.split,
        tuple(sequences),
        known.profiles if known else OWN_PROFILES,
        found.root,
        known.coordinates if known else OWN_COORDINATES,
        known.note if known else "",
        found.missing,
    )


@contextmanager
def collection_paused() -> Iterator[None]:
    """No search for garbage: a million paths of frames are made, none is, and looking takes most of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def chosen(found: Found, only: Iterable[str] | None) -> tuple[SequenceFiles, ...]:
    """The sequences to read. Raises UnknownSequenceError for one that is not there, SequenceError for a twin."""
    names = [files.name for files in found.files]
    if len({*names}) < len(names):
        twin = next(name for name in names if names.count(name) > 1)
        places = [str(files.boxes or files.frames) for files in found.files if files.name == twin]
        raise SequenceError(
            f"`{found.name}` has two sequences `{twin}`: {places[0]} and {places[1]}",
            "results are told apart by names: leave one out",
        )
    if only is None:
        return found.files
    wanted = set(only)
    for name in sorted(wanted - set(names)):
        meant = (
            did_you_mean(nearest(name, names)) or "`sotc data show` without a sequence lists what there is"
        )
        raise UnknownSequenceError(f"`{found.name}` has no sequence `{name}`", meant)
    return tuple(files for files in found.files if files.name in wanted)


def find_dataset(name: str | os.PathLike[str], root: str | os.PathLike[str] | None = None) -> Found:
    """Where a data set lies, without reading its sequences. Raises as `open_dataset` does."""
    text = os.fspath(name)
    path = at_home(text)
    bare, _, split = text.partition(":")
    known = by_name().get(bare.casefold())
    if known is not None:
        return find_known(known, split_of(known, split), None if root is None else at_home(root))
    if root is not None:
        raise DataRootError(
            f"`{text}` is no data set that is known, and only such lie below a root",
            "paths of a manifest are relative to it; `sotc data list` names what is known",
        )
    if text and path.is_dir():
        return find_folder(path)
    if path.is_file() or path.suffix.lower() in SUFFIXES:
        return find_manifest(path)
    raise unknown_dataset(text)


def find_manifest(path: Path) -> Found:
    """Own sequences."""
    if path.suffix.lower() not in SUFFIXES:
        raise ManifestError(f"`{path}` is no manifest", f"one ends in {' or '.join(SUFFIXES)}")
    if not path.is_file():
        raise ManifestError(
            f"there is no manifest `{path}`", "`sotc data new-manifest FOLDER -o data.csv` writes one"
        )
    return Found(path.stem, "", path.parent, read_manifest(path))


def find_folder(path: Path) -> Found:
    """A folder: of a data set, where it has both the name and the layout of it, else of own sequences."""
    name = path.resolve().name.casefold()
    for known in DATASETS:
        if name in {known.name, *known.aliases, *(folder.casefold() for folder in known.folders)}:
            found = locate(known, known.splits[0], path)
            if found is not None and found.root == path:
                return found
    scanned = scan_own(path)
    return Found(path.resolve().name, "", path, scanned.sequences, without_boxes=scanned.without_boxes)


def unknown_dataset(text: str) -> UnknownDatasetError:
    """A name that says nothing."""
    meant = did_you_mean(nearest(text.partition(":")[0].casefold(), every_name()))
    return UnknownDatasetError(
        f"there is no data set, manifest or folder `{text}`",
        meant or "`sotc data list` names the data sets; a manifest ends in .csv or .jsonl",
    )


def split_of(known: KnownDataset, name: str) -> Split:
    """A split by name; the first where none is named. Raises UnknownDatasetError."""
    names = [split.name for split in known.splits]
    if not name:
        return known.splits[0]
    if name.casefold() not in names:
        raise UnknownDatasetError(
            f"`{known.name}` has no split `{name}`",
            did_you_mean(nearest(name.casefold(), names)) or f"it has {', '.join(names)}",
        )
    return known.splits[names.index(name.casefold())]


def find_known(known: KnownDataset, split: Split, root: Path | None) -> Found:
    """A data set of the catalogue, at the first place that has sequences of it. Raises DataRootError."""
    config = Config() if root is not None else load()
    places = candidates(known, root, config)
    for place in places:
        listing = listing_at(split, place)
        if listing.found:
            name = split.name if len(known.splits) > 1 else ""
            return Found(known.name, name, place, listing.found, listing.missing, known, split.expected)
    raise not_found(known, split, places, config, given=root is not None)


def listing_at(split: Split, place: Path) -> Listing:
    """The sequences of a split at a place; none where it is no folder."""
    if not place.is_dir():
        return Listing()
    listings = (list_sequences(layout, place) for layout in split.layouts)
    return next((listing for listing in listings if listing.found), Listing())


def candidates(known: KnownDataset, root: Path | None, config: Config) -> tuple[Path, ...]:
    """Where to look: a folder that is said to hold it, and the usual names below one that holds all."""
    if root is not None:
        return tuple(dict.fromkeys((root, *below(root, known))))
    names = (known.name, *known.aliases)
    own = [place for name, place in config.roots if name in names]
    shared = [place for name, place in config.roots if name == ALL]
    # a folder for all of OTB, UAV123 or NfS is said under the name of any of them
    kin = [
        place
        for name, place in config.roots
        if name != ALL and set(by_name()[name].folders) & set(known.folders)
    ]
    places = [*own, *kin, *(below_one for place in own for below_one in below(place, known))]
    places += [below_one for place in shared for below_one in below(place, known)]
    return tuple(dict.fromkeys(places))


def below(root: Path, known: KnownDataset) -> tuple[Path, ...]:
    return tuple(root / folder for folder in dict.fromkeys((*known.folders, known.name)))


def not_found(
    known: KnownDataset, split: Split, places: tuple[Path, ...], config: Config, given: bool
) -> DataRootError:
    """What was looked for and where, what is there instead, and how to say where it is."""
    say = f'say where it is: --root DIR, or in {NAME}: [data] {known.name} = "DIR"'
    if not places:
        at = (
            f"{config.path} has no [data] {known.name}" if config.path else f"there is no {NAME} that says it"
        )
        return DataRootError(f"where {known.title} lies is not known: {at}", say)
    if given and not places[0].is_dir():
        what = "is a file, not a folder" if places[0].exists() else "does not exist"
        return DataRootError(f"{known.title} was looked for in `{places[0]}`, which {what}", "check the path")
    layout = split.layouts[0]
    boxes = PLACEHOLDER.sub(lambda mark: "" if mark[1] == "target" else mark[1].upper(), layout.boxes[0])
    wanted = f"{layout.listed} and {boxes}" if layout.listed else boxes
    shown = [place for place in places if place.is_dir()] or list(places)
    lines = [
        f"{known.title} ({split.name}) is not where it was looked for; sequences have {wanted} there:",
        *(f"  {place}: {contents(place)}" for place in shown),
    ]
    if len(shown) < len(places) and not given:
        lines.append(f"  and {len(places) - len(shown)} folders that are not there")
    return DataRootError("\n".join(lines), say)


def contents(place: Path, most: int = 4) -> str:
    """What is in a folder, in a few words."""
    if not place.is_dir():
        return "a file" if place.exists() else "there is no such folder"
    names = sorted(entry.name + ("/" if entry.is_dir() else "") for entry in place.iterdir())
    if not names:
        return "an empty folder"
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"has {', '.join(names[:most])}{more}"


def locate(known: KnownDataset, split: Split, root: Path | None = None) -> Found | None:
    """Where a split lies; None where it is not there. Raises ConfigError."""
    try:
        return find_known(known, split, root)
    except DataRootError:
        return None


def all_splits() -> tuple[tuple[KnownDataset, Split], ...]:
    """Every split of every data set that is known."""
    return tuple((known, split) for known in DATASETS for split in known.splits)
