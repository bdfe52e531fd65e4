"""The data set of a report: its truth is enough, frames may be gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..datasets.errors import SequenceError
from ..datasets.files import SequenceFiles
from ..datasets.find import Dataset, chosen, find_dataset, open_dataset
from ..datasets.frames import list_frames
from ..datasets.read import attributes_of, read_sequence, regions_of
from ..datasets.truth import absent_flags, published_boxes, size_of
from ..sequence import FrameFiles, Truth
from ..sequence import Sequence as DataSequence
from .contest import listed
from .entrant import Entrant
from .errors import ContestError


@dataclass(frozen=True)
class Opened:
    """A data set, and which of its sequences have no frames any more."""

    dataset: Dataset
    without_frames: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        gone = self.without_frames
        return (f"The frames of {listed(gone)} are gone",) if gone else ()


def open_data_of(entrants: Sequence[Entrant], data: str | None, root: str | None) -> Opened:
    """The data set that the user names, or that results say they are of.

    Raises ContestError where nobody says it, and what `open_dataset` raises.
    """
    return open_truth(*named(entrants, data, root))


def open_sequence_of(
    entrants: Sequence[Entrant], name: str, data: str | None, root: str | None
) -> DataSequence:
    """One sequence with its frames, by its name. Raises ContestError, and what `open_dataset` raises."""
    given, place = named(entrants, data, root)
    return open_dataset(given, place, only=[name]).sequences[0]


def named(entrants: Sequence[Entrant], data: str | None, root: str | None) -> tuple[str, str | None]:
    """What the data set is called, and where it lies. Raises ContestError where nobody says it."""
    if data is not None:
        return data, root
    stored = next((each.results.manifest for each in entrants if each.results.manifest is not None), None)
    if stored is None:
        folders = listed([f"`{entrant.results.folder}`" for entrant in entrants])
        raise ContestError(f"nothing says of what data set the results in {folders} are", "--data names it")
    return stored.data.given, root or stored.data.root


def open_truth(data: str, root: str | None) -> Opened:
    """As `open_dataset`, but for frames, which need not be there."""
    try:
        return Opened(open_dataset(data, root))
    except SequenceError:
        found = find_dataset(data, root)
        files = chosen(found, None)
    sequences = tuple(read_or_bare(one, found.first_pixel) for one in files)
    dataset = replace(open_dataset(data, root, only=()), sequences=sequences)
    return Opened(dataset, tuple(sequence.name for sequence in sequences if not len(sequence.frames)))


def read_or_bare(files: SequenceFiles, first_pixel: int) -> DataSequence:
    """A sequence; without frames where they are gone and its boxes are all there."""
    try:
        return read_sequence(files, first_pixel)
    except SequenceError:
        boxes, empty = published_boxes(files)
        if len(boxes) < 2 or has_frames(files, len(boxes)):
            raise
        absent = absent_flags(files, len(boxes), len(boxes))
        if empty is not None:
            absent = empty if absent is None else absent | empty
        none = FrameFiles(())
        truth = Truth(boxes, absent, size=size_of(files, none))
        return DataSequence(files.name, none, truth, attributes_of(files), regions_of(files))


def has_frames(files: SequenceFiles, expected: int) -> bool:
    try:
        list_frames(files, expected)
    except SequenceError:
        return False
    return True
