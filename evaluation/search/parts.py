"""Which sequences are searched on, and which are held back to show what the search is worth elsewhere."""

from __future__ import annotations

from collections.abc import Sequence as Many
from dataclasses import dataclass, replace

import numpy as np

from ...dsl.suggest import did_you_mean, nearest
from ..sequence import FrameFiles, Sequence, Truth
from .errors import SearchDataError

SHARE = "0.25"
"""is held back where nothing else is said"""


@dataclass(frozen=True)
class Halves:
    """The sequences of a data set, in its order."""

    searched: tuple[Sequence, ...]
    held_back: tuple[Sequence, ...]

    @property
    def all(self) -> tuple[Sequence, ...]:
        return (*self.searched, *self.held_back)


def divided(sequences: Many[Sequence], held_back: str | None, seed: int) -> Halves:
    """Hold back a share (`0.25`) or sequences by their names (`Human3,bag`).

    A share above 0 is at least one sequence, drawn by the seed. None for a quarter, which is nothing where there is
    one sequence only. Raises SearchDataError where nothing is left to search on, or a searched one has no truth.
    """
    names = [sequence.name for sequence in sequences]
    given = held_back or (SHARE if len(names) > 1 else "0")
    kept = drawn(names, given, seed) if is_number(given) else named(names, given)
    halves = Halves(
        tuple(each for each in sequences if each.name not in kept),
        tuple(each for each in sequences if each.name in kept),
    )
    if not halves.searched:
        raise SearchDataError(
            f"all {len(names)} sequences are held back: there is none to search on",
            "hold back fewer: --held-back 0 holds back none",
        )
    for sequence in halves.all:
        refuse_without_truth(sequence)
    return halves


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def drawn(names: Many[str], given: str, seed: int) -> frozenset[str]:
    share = float(given)
    if not 0 <= share <= 1:
        raise SearchDataError(
            f"a share of {given} cannot be held back", "give one from 0 to 1, or names with commas between"
        )
    count = 0 if share == 0 else max(1, round(share * len(names)))
    order = np.random.default_rng(seed).permutation(len(names))
    return frozenset(names[place] for place in order[:count])


def named(names: Many[str], given: str) -> frozenset[str]:
    wanted = [piece.strip() for piece in given.split(",") if piece.strip()]
    for name in wanted:
        if name not in names:
            meant = did_you_mean(nearest(name, names)) or f"there are {', '.join(names[:20])}"
            raise SearchDataError(f"`{name}`, to be held back, is no sequence of the data set", meant)
    return frozenset(wanted)


def refuse_without_truth(sequence: Sequence) -> None:
    boxes = sequence.truth.boxes
    if len(boxes) < 2 or np.isnan(boxes[1:]).any(axis=1).all():
        raise SearchDataError(
            f"`{sequence.name}` has no boxes beyond its first frame: nothing can be scored on it",
            "search on sequences with truth: test sets of servers keep theirs",
        )


def shortened(sequence: Sequence, frames: int | None) -> Sequence:
    """Its first frames only."""
    if frames is None or frames >= len(sequence):
        return sequence
    kept = sequence.frames
    kept = FrameFiles(kept.paths[:frames]) if isinstance(kept, FrameFiles) else replace(kept, length=frames)
    truth = sequence.truth
    cut = Truth(
        truth.boxes[:frames],
        None if truth.absent is None else truth.absent[:frames],
        None if truth.cover is None else truth.cover[:frames],
        truth.size,
    )
    return replace(sequence, frames=kept, truth=cut)
