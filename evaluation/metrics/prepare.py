"""Boxes and truth made ready as a profile's toolkit does before it compares them: lengths, lost boxes, frame 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..sequence import Truth
from .errors import UngradableError, UnmatchedError
from .rules import Profile, Repair

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Prepared:
    """What is compared; T frames."""

    truth: Floats
    """[T, 4]"""
    boxes: Floats
    """[T, 4]"""
    flagged: Bools | None
    """[T]: absent by a flag"""
    dropped: Bools | None
    """[T]: in no curve at all"""


def prepare(profile: Profile, truth: Truth, boxes: Floats, name: str = "the sequence") -> Prepared:
    """Raises UnmatchedError, UngradableError."""
    check(profile, truth, boxes, name)
    length = len(truth)
    if profile.short == "cut":
        length = min(length, len(boxes))
    goal = truth.boxes[:length]
    found = repaired(profile.repair, goal, np.array(boxes[:length], dtype=np.float64))
    if len(found) < length:  # after the repair: what is padded stays zero
        found = np.concatenate([found, np.zeros((length - len(found), 4))])
    if profile.first == "truth":
        found[0] = goal[0]
    if profile.rounds:
        goal, found = np.rint(goal), np.rint(found)
    flagged = None
    if truth.absent is not None and profile.reads_flags:
        flagged = truth.absent[:length].astype(bool)
        if profile.sizeless_flagged:
            flagged = flagged | ~(goal[:, 2:] > 0).all(axis=1)
    out = dropped(profile, truth, length)
    check_counted_truth(profile, goal, out, name)
    return Prepared(goal, found, flagged, out)


def dropped(profile: Profile, truth: Truth, length: int) -> Bools | None:
    """Frames that the profile leaves out whatever their boxes are."""
    out = np.zeros(length, dtype=bool)
    out[: int(profile.first == "skip")] = True
    if profile.hidden_dropped and truth.cover is not None:
        out |= truth.cover[:length] <= 0
    return out if out.any() else None


def check(profile: Profile, truth: Truth, boxes: Floats, name: str) -> None:
    """Raises UnmatchedError and UngradableError for what the profile cannot grade."""
    frames = len(truth)
    counts = f"{name} has {count_of(frames, 'frame')}, and there are {count_of(len(boxes), 'box', 'boxes')}"
    if not frames:
        raise UngradableError(f"{name} has no frame", "look at the file of its truth")
    if not len(boxes):
        raise UnmatchedError(counts, "look at the file of the boxes: it is empty")
    if len(boxes) < frames and profile.short == "refuse":
        raise UnmatchedError(
            counts, "is it the result of another sequence, or half of one? --pad fills it up with 0,0,0,0"
        )
    if len(boxes) > frames and not profile.cuts_long:
        raise UnmatchedError(counts, "is it the result of another sequence?")
    for what, flags in (("flags `absent`", truth.absent), ("values of cover", truth.cover)):
        if flags is not None and len(flags) != frames:
            raise UnmatchedError(
                f"{name} has {count_of(frames, 'frame')} and {len(flags)} {what}",
                "one is needed for each frame",
            )
    if profile.needs_size and truth.size is None:
        raise UngradableError(
            f"{profile.name} clips boxes to the frame, and the size of {name} is not known",
            "say --size WIDTHxHEIGHT",
        )
    check_values(profile, truth, boxes, name)


def check_values(profile: Profile, truth: Truth, boxes: Floats, name: str) -> None:
    """Raises UngradableError where the profile's toolkit stops."""
    if profile.refuses_nan_truth and (unknown := has_nan(truth.boxes)).any():
        raise UngradableError(
            f"frame {first_of(unknown)} of {name} has NaN in its truth, which {profile.name} refuses",
            "pytracking:uav and ostrack:uav let NaN through, as those toolkits do for UAV123",
        )
    if profile.refuses == "nothing":
        return
    bad = has_nan(boxes)
    if profile.refuses == "nan-or-negative":
        bad |= (boxes[:, 2:] < 0).any(axis=1)
    if bad.any():
        row = ",".join(f"{number:g}" for number in boxes[bad][0])
        raise UngradableError(
            f"frame {first_of(bad)} of {name} was given the box {row}, which {profile.name} refuses",
            "a target that is lost can be 0,0,0,0; other profiles count NaN as a miss",
        )


def repaired(repair: Repair, truth: Floats, boxes: Floats) -> Floats:
    """Boxes that say nothing replaced by the one before, where the truth is known; changes `boxes`.

    The first frame stays, and is copied from as it was predicted.
    """
    if repair == "none":
        return boxes
    size, unknown = boxes[:, 2:], np.isnan(boxes)
    if repair == "zero":
        empty = (size == 0).any(axis=1)
    else:
        nothing = unknown.all(axis=1) if repair == "not-positive" else unknown.any(axis=1)
        empty = (size <= 0).any(axis=1) | nothing
    empty &= ~has_nan(truth[: len(boxes)])
    empty[0] = False
    rows = np.where(empty, 0, np.arange(len(boxes)))
    kept: Floats = boxes[np.maximum.accumulate(rows)]
    return kept


def check_counted_truth(profile: Profile, truth: Floats, out: Bools | None, name: str) -> None:
    """Raises UngradableError where one mean over frames would be NaN, and so that of the whole set."""
    if profile.aggregate != "frame":
        return
    unknown = has_nan(truth) if out is None else has_nan(truth) & ~out
    if unknown.any():
        raise UngradableError(
            f"frame {first_of(unknown)} of {name} has NaN in its truth, and nothing says that it is hidden",
            f"{profile.name} leaves out frames whose cover is 0: say --cover FILE",
        )


def has_nan(boxes: Floats) -> Bools:
    """[T, 4] -> [T]"""
    return np.asarray(np.isnan(boxes).any(axis=1))


def first_of(found: Bools) -> int:
    """The first such frame, counted from 1."""
    return int(np.argmax(found)) + 1


def count_of(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
