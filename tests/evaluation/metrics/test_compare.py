"""Intervals and comparisons, held to closed forms and to every case counted."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest

from sotc.evaluation.metrics.compare import compare, interval, permutation_test, sign_test
from sotc.evaluation.metrics.errors import UnmatchedError
from sotc.evaluation.metrics.grade import grade, overall
from sotc.evaluation.metrics.profile import PROFILES
from sotc.evaluation.metrics.score import SequenceScore
from sotc.evaluation.sequence import Truth


def scores(name: str, shifts: Any, seed: int = 0) -> dict[str, SequenceScore]:
    """A sequence for each shift, by which all boxes are off; sequences differ in length."""
    generator = np.random.default_rng(seed)
    found = {}
    for number, shift in enumerate(shifts):
        truth = np.concatenate(
            [generator.integers(50, 200, (10 + number, 2)), np.full((10 + number, 2), 60)], axis=1
        )
        goal = Truth(truth.astype(float), size=(640, 480))
        found[f"s{number:02d}"] = grade(PROFILES[name], goal, goal.boxes + np.array([shift, 0, 0, 0]))
    return found


@pytest.mark.parametrize(
    ("name", "measure"),
    [("pysot", "success"), ("got10k", "ao"), ("got10k", "sr50"), ("trackingnet", "coverage")],
)
def test_the_value_is_that_of_the_set(name: str, measure: str) -> None:
    """Whether sequences or frames weigh the same."""
    of = scores(name, np.linspace(0, 40, 12))
    found = interval(PROFILES[name], of, measure, draws=200)
    assert found.value == pytest.approx(overall(PROFILES[name], of).measures[measure], abs=1e-12)
    assert found.low <= found.value <= found.high


def test_an_interval_is_that_of_the_normal_distribution_for_many_sequences() -> None:
    of = scores("pysot", np.random.default_rng(1).uniform(0, 50, 200))
    values = np.array([score.measures["success"] for score in of.values()])
    found = interval(PROFILES["pysot"], of, "success", draws=4000)
    half = 1.96 * values.std() / math.sqrt(len(values))
    assert found.low == pytest.approx(values.mean() - half, abs=0.15 * half)
    assert found.high == pytest.approx(values.mean() + half, abs=0.15 * half)
    wider = interval(PROFILES["pysot"], of, "success", draws=4000, level=0.99)
    assert wider.low < found.low and wider.high > found.high


def test_a_seed_repeats() -> None:
    of = scores("pysot", np.linspace(0, 40, 12))
    one, same, other = (
        interval(PROFILES["pysot"], of, "success", draws=300, seed=seed) for seed in (1, 1, 2)
    )
    assert one == same != other


def test_the_better_tracker_is_found() -> None:
    near, far = scores("pysot", np.linspace(0, 20, 20)), scores("pysot", np.linspace(5, 30, 20))
    found = compare(PROFILES["pysot"], near, far, "success", draws=2000)
    assert (found.better, found.worse, found.equal) == (20, 0, 0)
    assert found.difference.low > 0
    assert found.p_signs == 2 / 2**20
    assert found.p_permutation < 0.01
    back = compare(PROFILES["pysot"], far, near, "success", draws=2000)
    assert back.difference.value == pytest.approx(-found.difference.value)
    assert (back.better, back.p_signs) == (0, found.p_signs)


def test_a_tracker_equals_itself() -> None:
    of = scores("got10k", np.linspace(0, 40, 9))
    found = compare(PROFILES["got10k"], of, of, "ao", draws=200)
    assert (found.difference.low, found.difference.value, found.difference.high) == (0, 0, 0)
    assert (found.equal, found.p_signs, found.p_permutation) == (9, 1.0, 1.0)


def test_other_sequences_are_not_compared() -> None:
    with pytest.raises(UnmatchedError, match="s02"):
        compare(PROFILES["pysot"], scores("pysot", [1, 2]), scores("pysot", [1, 2, 3]), "success")
    with pytest.raises(UnmatchedError):
        interval(PROFILES["pysot"], {}, "success")


@pytest.mark.parametrize(("better", "worse"), [(0, 0), (1, 0), (5, 0), (7, 2), (4, 4), (12, 3)])
def test_the_sign_test_is_a_count_of_coins(better: int, worse: int) -> None:
    tossed = better + worse
    further = [
        abs(2 * sum(coins) - tossed) >= abs(better - worse) for coins in product((0, 1), repeat=tossed)
    ]
    assert sign_test(better, worse) == pytest.approx(np.mean(further))


def test_the_permutation_test_counts_all_signs_where_it_can() -> None:
    change = np.array([0.5, -0.1, 0.3, 0.2, 0.05])
    as_large = [
        abs(np.dot(signs, change)) >= abs(change.sum()) - 1e-12 for signs in product((1, -1), repeat=5)
    ]
    assert permutation_test(change, 100, 0) == np.mean(as_large)
    many = np.random.default_rng(0).normal(0, 1, 40)
    assert 0.2 < permutation_test(many - many.mean(), 2000, 0) <= 1.0
