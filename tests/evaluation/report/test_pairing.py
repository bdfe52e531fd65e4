"""Two trackers: differences by hand, and the tests of the metrics."""

from __future__ import annotations

import pytest

from sotc.evaluation.metrics.compare import compare
from sotc.evaluation.report.contest import Contest
from sotc.evaluation.report.pairing import pair, pairing_json, verdict

FULL = 20 / 21


def test_differences_are_those_by_hand(contest: Contest) -> None:
    found = pair(contest, "Brief", "Steady")
    assert [each.name for each in found.differences] == ["beta", "gamma", "alpha"]
    assert [each.change for each in found.differences] == pytest.approx(
        [-0.75 * FULL, -0.4 * FULL, 0.2 * FULL]
    )
    told = pairing_json(found)
    success = told["measures"]["success"]
    assert success["difference"] == pytest.approx(FULL * (0.2 - 0.75 - 0.4) / 3)
    assert (success["wins"], success["ties"], success["losses"]) == (1, 0, 2)
    assert success["first"] - success["second"] == pytest.approx(success["difference"])
    assert told["attributes"]["occlusion"]["difference"] == pytest.approx(-0.75 * FULL)
    assert told["attributes"]["occlusion"]["interval"]["low"] is None  # of one sequence
    assert told["attributes"]["fast motion"]["sequences"] == 2
    brief, steady = found.first.sequences, found.second.sequences
    assert found.measures["precision"] == compare(contest.profile, brief, steady, "precision")


def test_the_verdict_is_as_sure_as_the_interval(contest: Contest) -> None:
    assert "no evidence" in verdict(pair(contest, "Brief", "Steady"))
    assert "the same in every sequence" in verdict(pair(contest, "Brief", "Brief"))


def test_exchanged_the_signs_change(contest: Contest) -> None:
    one, other = (
        pairing_json(pair(contest, *names))["measures"]
        for names in (("Brief", "Steady"), ("Steady", "Brief"))
    )
    for name, found in one.items():
        assert found["difference"] == pytest.approx(-other[name]["difference"])
        assert (found["wins"], found["losses"]) == (other[name]["losses"], other[name]["wins"])
        assert found["p_permutation"] == other[name]["p_permutation"]
