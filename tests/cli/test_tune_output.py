"""What `sotc tune` tells while it searches: which trials count, and how a search that was stopped goes on."""

from __future__ import annotations

import pytest

from sotc.cli.tune_output import Watch
from sotc.evaluation.search.trial import Outcome


def outcomes(*numbers: int) -> list[Outcome]:
    return [Outcome(number, {"x": 0.1} if number else {}, number / 10) for number in numbers]


@pytest.mark.parametrize(
    ("before", "then", "said"),
    [
        ((), (), "with --trials 1 it runs 2 more and writes"),
        ((), (0, 1, 2), "with --trials 2 it writes"),
        ((0, 1), (2, 3), "with --trials 3 it writes"),
        ((), (0, 4, 5, 6, 7), "with --trials 7 it runs 3 more and writes"),
        ((0, 4, 5), (), "with --trials 5 it runs 3 more and writes"),
    ],
    ids=["none", "in order", "after a journal", "several at a time", "a journal of several at a time"],
)
def test_a_search_that_is_stopped_tells_how_it_ends(
    before: tuple[int, ...], then: tuple[int, ...], said: str
) -> None:
    watch = Watch(9, outcomes(*before), silent=True)
    for outcome in outcomes(*then):
        watch.hear(outcome)
    assert said in watch.way_on()
    assert f"{len(before) + len(then)} of 10 trials" in watch.summary()


def test_trials_beyond_those_that_are_wanted_do_not_count(capsys: pytest.CaptureFixture[str]) -> None:
    watch = Watch(4, outcomes(0, 4, 5, 6, 7), silent=False)
    assert "2 of 5 trials were done before" in capsys.readouterr().err
    for outcome in outcomes(1, 2, 3):
        watch.hear(outcome)
    shown = capsys.readouterr().err
    assert "[5/5] 0.3000" in shown
    assert "best 0.4000" in watch.summary()
