"""Intervals and comparisons of VOT's measures, held against grading the drawn sequences one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from sotc.evaluation.metrics.errors import UnmatchedError
from sotc.evaluation.metrics.regions import FAILED, INITIALISED, UNKNOWN, Mark, Rectangle, Region
from sotc.evaluation.metrics.vot_compare import (
    exchanged,
    measures_of,
    read_weighted,
    vot_comparisons,
    vot_intervals,
)
from sotc.evaluation.metrics.vot_grade import grade_vot
from sotc.evaluation.metrics.vot_profile import VotProfile, find_vot_profile
from sotc.evaluation.metrics.vot_score import VotRun, VotScore, VotSequence

NAMES = (
    "vot-toolkit",
    "pysot-vot",
    "mmtracking-vot",
    "vot-toolkit:vot2020",
    "vot-toolkit:longterm",
    "vot-toolkit:vots",
    "vot-toolkit:unsupervised",
)
SIZE = (64, 48)
LENGTHS = (30, 44, 36, 44)
"""the longest is there twice: with either, curves are as long as they are for all"""


def profile_of(name: str) -> VotProfile:
    return replace(find_vot_profile(name), interval=(2, 9))


def sequence(profile: VotProfile, name: str, frames: int, blur: float, seed: int) -> VotSequence:
    """A target that wanders; a tracker that is off by `blur`, and fails once where failures are counted."""
    random = np.random.default_rng(seed)
    corners = 10 + np.cumsum(random.uniform(-1, 1, (frames, 2)), axis=0)
    truth = tuple(Rectangle(float(x), float(y), 16.0, 12.0) for x, y in corners)
    found: list[Region] = [
        Rectangle(float(x), float(y), 16.0, 12.0) for x, y in corners + random.normal(0, blur, (frames, 2))
    ]
    found[0] = Mark(INITIALISED)
    if profile.protocol.startswith("supervised"):
        found[6:12] = [Mark(FAILED), *[Mark(UNKNOWN)] * 4, Mark(INITIALISED)]
    return VotSequence(name, truth, SIZE, (VotRun(tuple(found), random.uniform(0, 1, frames)),))


Graded = Callable[[str, float], tuple[VotProfile, list[VotSequence], VotScore]]


@pytest.fixture(scope="module")
def graded() -> Graded:
    def make(name: str, blur: float) -> tuple[VotProfile, list[VotSequence], VotScore]:
        profile = profile_of(name)
        of = [sequence(profile, f"s{place}", frames, blur, place) for place, frames in enumerate(LENGTHS)]
        return profile, of, grade_vot(profile, of)

    return make


@pytest.mark.parametrize("name", NAMES)
def test_a_draw_is_graded_as_its_sequences_are(graded: Graded, name: str) -> None:
    profile, of, score = graded(name, 3.0)
    draws = np.array([[1, 1, 1, 1], [0, 2, 1, 1], [3, 0, 0, 1], [0, 4, 0, 0]], np.float64)
    found = read_weighted(profile, score.sequences, draws)
    for place, row in enumerate(draws.astype(int)):
        drawn = [
            replace(one, name=f"{one.name}-{copy}")
            for one, many in zip(of, row, strict=True)
            for copy in range(many)
        ]
        if profile.protocol == "longterm":  # its thresholds are of the set that is graded
            continue
        for measure, value in grade_vot(profile, drawn).measures.items():
            assert found[measure][place] == pytest.approx(value, abs=1e-12, nan_ok=True), measure
    for measure, value in score.measures.items():
        assert found[measure][0] == pytest.approx(value, abs=1e-12, nan_ok=True)
        assert measures_of(profile, score.sequences)[measure] == pytest.approx(value, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("name", NAMES)
def test_intervals_are_around_the_measures(graded: Graded, name: str) -> None:
    profile, _, score = graded(name, 3.0)
    spans = vot_intervals(profile, score.sequences, draws=400)
    again = vot_intervals(profile, score.sequences, draws=400)
    assert repr(spans) == repr(again), "the same seed, the same interval"
    assert spans.keys() == score.measures.keys()
    for measure, span in spans.items():
        if not np.isnan(span.value):
            assert span.low - 1e-12 <= span.value <= span.high + 1e-12, measure


@pytest.mark.parametrize("name", NAMES)
def test_two_trackers(graded: Graded, name: str) -> None:
    profile, _, good = graded(name, 1.0)
    _, _, poor = graded(name, 6.0)
    measure = next(iter(good.measures))
    found = vot_comparisons(profile, good.sequences, poor.sequences, draws=400)[measure]
    other = vot_comparisons(profile, poor.sequences, good.sequences, draws=400)[measure]
    assert found.difference.value == pytest.approx(good.measures[measure] - poor.measures[measure])
    assert (found.difference.value, found.better, found.worse) == (
        -other.difference.value,
        other.worse,
        other.better,
    )
    assert found.difference.value > 0 and found.difference.low > 0
    assert found.p_permutation == pytest.approx(2 / 2 ** len(LENGTHS)), "only as it is, or all exchanged"
    same = vot_comparisons(profile, good.sequences, good.sequences, draws=50)[measure]
    assert (same.difference.value, same.p_permutation, same.better, same.worse) == (0, 1, 0, 0)


def test_exchanges_are_all_there_are(graded: Graded) -> None:
    """Of few sequences: each way to take either tracker's runs, graded as a set."""
    profile, one, first = graded("vot-toolkit:vot2020", 1.0)
    _, other, second = graded("vot-toolkit:vot2020", 6.0)
    wanted = []
    for way in product((0, 1), repeat=len(one)):
        mine = [pair[1 - keep] for pair, keep in zip(zip(one, other, strict=True), way, strict=True)]
        theirs = [pair[keep] for pair, keep in zip(zip(one, other, strict=True), way, strict=True)]
        wanted.append(grade_vot(profile, mine).measures["eao"] - grade_vot(profile, theirs).measures["eao"])
    found = exchanged(profile, first.sequences, second.sequences, 0, 0)["eao"]
    assert np.sort(found) == pytest.approx(np.sort(wanted), abs=1e-12)


def test_other_sequences_are_refused(graded: Graded) -> None:
    profile, _, score = graded("vot-toolkit", 1.0)
    part = {name: one for name, one in score.sequences.items() if name != "s2"}
    with pytest.raises(UnmatchedError, match="only one of the two has s2"):
        vot_comparisons(profile, score.sequences, part)
    with pytest.raises(UnmatchedError, match="no sequence"):
        vot_intervals(profile, {})
