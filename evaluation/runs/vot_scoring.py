"""Results as runs under VOT's protocols: those that the VOT toolkit made, and one pass where the protocol is one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..datasets.find import Dataset
from ..metrics.regions import INITIALISED, UNKNOWN, Mark, Rectangle, Region, read_regions
from ..metrics.vot_files import Target, experiment, read_sequence, runs_of, targets_of
from ..metrics.vot_profile import VotProfile
from ..metrics.vot_score import VotRun, VotSequence
from ..sequence import Sequence as DataSequence
from .errors import IncompleteError, ResultsError
from .job import Job, frame_size
from .results import Floats, Results
from .scoring import Rules, is_judged, matched, missing_error, ready

ONE_PASS = ("longterm", "vots", "unsupervised")
"""Protocols in which a tracker is started once a sequence, and never again."""

ABSENT = Rectangle(0.0, 0.0, 0.0, 0.0)


def vot_sequences(
    profile: VotProfile, results: Results, dataset: Dataset, rules: Rules | None = None
) -> list[VotSequence]:
    """The data set's sequences with this tracker's runs over them, by the data set's names.

    Raises IncompleteError for sequences or frames that are missing, ResultsError for one pass where the protocol
    starts trackers again, VotError for files that do not read.
    """
    rules = rules or Rules()
    if results.form == "vot":
        return of_toolkit(profile, results, dataset, rules)
    if profile.protocol not in ONE_PASS:
        raise ResultsError(
            f"{profile.name} is of runs that are started again after failures or from anchors, and "
            f"`{results.folder}` holds one pass",
            "the VOT toolkit makes such runs: sotc vot init",
        )
    return of_one_pass(results, dataset, rules)


def of_toolkit(profile: VotProfile, results: Results, dataset: Dataset, rules: Rules) -> list[VotSequence]:
    """What the VOT toolkit left."""
    place = experiment(profile, results.named or results.folder)
    found, missing = [], []
    for sequence in dataset.sequences:
        target = target_of(sequence)
        files = runs_of(profile, target, place) if target is not None else []
        if target is None or not files:
            missing.append(sequence.name)
        else:
            runs = read_sequence(profile, target, files, sequence.truth.size)
            found.append(replace(runs, name=sequence.name))
    if missing and not (rules.partial and found):
        raise IncompleteError(
            f"`{place}` lacks {len(missing)} of {len(dataset.sequences)} sequences: {', '.join(missing[:5])}",
            "vot evaluate goes on where it was stopped; --partial scores what is there",
        )
    return found


def target_of(sequence: DataSequence) -> Target | None:
    """Where the toolkit has the sequence, one of several objects or the only one; None for boxes alone."""
    path = next(iter(sequence.regions), None)
    if path is None:
        return None
    return next((target for target in targets_of(path.parent) if target.truth == path), None)


def objects_of(dataset: Dataset) -> dict[str, tuple[str, str]]:
    """The video and the label of each sequence that is one of several objects, as the toolkit names them."""
    targets = {sequence.name: target_of(sequence) for sequence in dataset.sequences}
    return {
        name: (target.folder.name, target.label)
        for name, target in targets.items()
        if target is not None and target.label
    }


def of_one_pass(results: Results, dataset: Dataset, rules: Rules) -> list[VotSequence]:
    """One pass as a run; a score is its confidence."""
    run = results.runs[0]
    judged = [sequence for sequence in dataset.sequences if is_judged(sequence)]
    known = matched(run.boxes, [sequence.name for sequence in judged])
    missing = [sequence.name for sequence in judged if sequence.name not in known]
    if missing and not (rules.partial and known):
        raise missing_error(results, run, dataset, missing, len(judged))
    found = []
    for sequence in judged:
        if sequence.name not in known:
            continue
        name = known[sequence.name]
        regions = (Mark(INITIALISED), *map(region_of, ready(run.boxes[name], sequence, rules)[1:]))
        confidence = run.scores.get(name)
        found.append(
            VotSequence(
                sequence.name,
                truth_of(sequence),
                size_of(sequence),
                (VotRun(regions, confidence),),
                sequence.regions[0].parent.name if sequence.regions else "",
            )
        )
    return found


def region_of(box: Floats) -> Region:
    """A box as a region; one without numbers says nothing."""
    x, y, width, height = (float(number) for number in box)
    return Rectangle(x, y, width, height) if np.isfinite(box).all() else Mark(UNKNOWN)


def truth_of(sequence: DataSequence) -> tuple[Region, ...]:
    """The regions that are published; of a data set of boxes, those, empty where the target is absent."""
    if sequence.regions:
        return read_regions(sequence.regions[0])
    truth = sequence.truth
    absent = np.zeros(len(truth), np.bool_) if truth.absent is None else truth.absent
    return tuple(
        ABSENT if gone else region_of(box) for box, gone in zip(truth.boxes, absent.tolist(), strict=True)
    )


def size_of(sequence: DataSequence) -> tuple[int, int]:
    """Width and height of the frames. Raises ResultsError where they are gone and the data set does not say it."""
    size = sequence.truth.size or frame_size(Job(sequence.name, sequence.frames, sequence.start))
    if size is None:
        raise ResultsError(
            f"regions are cut at the frame, and the size of those of `{sequence.name}` is not known",
            "its first frame has to be there",
        )
    return size
