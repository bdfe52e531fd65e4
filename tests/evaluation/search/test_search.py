"""The loop: trials that are proposed, noted, resumed and chosen from, over an objective of the test's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sotc.evaluation.search.errors import JournalError, SearchFailedError
from sotc.evaluation.search.journal import Journal, journal_path
from sotc.evaluation.search.search import AFTER, BEFORE, best_of, confirm, explore
from sotc.evaluation.search.space import Space, parse_axis
from sotc.evaluation.search.strategy import strategy_for
from sotc.evaluation.search.trial import Outcome, Task

SPACE = Space((parse_axis("x=0.0:1.0"),))
IDENTITY = {"spec": "abc", "seed": 1}


class Objective:
    """Stands for a tracker: a score for each point, nothing of which takes time."""

    def __init__(
        self, fails: Callable[[Task], bool] = lambda task: False, stop_after: int | None = None
    ) -> None:
        self.tasks: list[Task] = []
        self._fails, self._stop_after = fails, stop_after

    def run(self, next_task: Callable[[], Task | None]) -> Iterator[Outcome]:
        while (task := next_task()) is not None:
            if self._stop_after is not None and len(self.tasks) == self._stop_after:
                raise KeyboardInterrupt
            self.tasks.append(task)
            score = 0.5 if not task.point else 1 - abs(float(task.point["x"]) - 0.4)
            failed = self._fails(task)
            yield Outcome(
                task.number,
                task.point,
                None if failed else score,
                {} if failed else {"a": score},
                "frame 3: ValueError: odd" if failed else None,
                held_back=score / 2 if task.part == "all" else None,
            )

    def close(self) -> None: ...


def run(path: Path, pool: Objective, count: int = 8, fresh: bool = False) -> tuple[Outcome, ...]:
    journal = Journal(path)
    done = journal.begin(IDENTITY, fresh)
    strategy, _ = strategy_for("random", SPACE, count, 1)
    return explore(strategy, count, done, pool, journal, lambda outcome: None)


def test_the_spec_itself_is_trial_0(tmp_path: Path) -> None:
    trials = run(tmp_path / "j.jsonl", Objective())
    assert [trial.number for trial in trials] == list(range(9))
    assert trials[0].point == {}
    assert all(trial.point for trial in trials[1:])


def test_a_search_that_was_stopped_goes_on(tmp_path: Path) -> None:
    whole = run(tmp_path / "whole.jsonl", Objective())
    path = tmp_path / "j.jsonl"
    with pytest.raises(KeyboardInterrupt):
        run(path, Objective(stop_after=4))
    path.write_text(path.read_text() + '{"number": 4, "poi')  # killed while it wrote
    rest = Objective()
    assert run(path, rest) == whole
    assert [task.number for task in rest.tasks] == [4, 5, 6, 7, 8]
    assert len(path.read_text().splitlines()) == 10


def test_a_journal_of_before_goes_on(tmp_path: Path) -> None:
    """When nobody noted which way a trial ran, but why nothing was recorded."""
    path = tmp_path / "j.jsonl"
    first = run(path, Objective(), 3)
    head, *lines = path.read_text().splitlines()
    tables = [json.loads(line) for line in lines]
    for table in tables:
        del table["way"], table["rows"], table["reason"]
        table["unrecorded"] = "its network reads state.model"
    path.write_text("\n".join([head, *map(json.dumps, tables)]) + "\n")
    rest = Objective()
    assert run(path, rest, 5)[:4] == first
    assert [task.number for task in rest.tasks] == [4, 5]
    assert "unrecorded" not in path.read_text()


def test_more_trials_go_on_where_fewer_ended_and_fewer_take_the_first(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    first = run(path, Objective(), 3)
    more = Objective()
    assert run(path, more, 5)[:4] == first
    assert [task.number for task in more.tasks] == [4, 5]
    none = Objective()
    assert run(path, none, 2) == first[:3]
    assert none.tasks == []


def test_fresh_forgets(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    run(path, Objective(), 3)
    again = Objective()
    run(path, again, 3, fresh=True)
    assert len(again.tasks) == 4


def test_a_trial_that_fails_is_marked_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    trials = run(path, Objective(fails=lambda task: task.number == 2))
    assert trials[2].score is None
    assert trials[2].error == "frame 3: ValueError: odd"
    assert [trial.score is None for trial in trials].count(True) == 1
    assert run(path, Objective()) == trials


def test_the_best_is_the_first_of_the_highest() -> None:
    scores = [0.5, None, 0.7, 0.7, float("nan")]
    trials = [Outcome(number, {"x": 0.1}, score) for number, score in enumerate(scores)]
    assert best_of(trials).number == 2


def test_where_all_fail_it_says_why(tmp_path: Path) -> None:
    trials = run(tmp_path / "j.jsonl", Objective(fails=lambda task: True))
    with pytest.raises(SearchFailedError, match="ValueError: odd"):
        best_of(trials)


def test_what_is_reported_is_run_once_more_alone_and_on_all(tmp_path: Path) -> None:
    trials = run(tmp_path / "j.jsonl", Objective())
    pool = Objective()
    found = confirm(trials, pool)
    assert [(task.number, task.part, task.alone) for task in pool.tasks] == [
        (BEFORE, "all", True),
        (AFTER, "all", True),
    ]
    assert pool.tasks[1].point == found.best.point
    assert found.best.score == max(trial.score or 0 for trial in trials)
    assert found.after.held_back == pytest.approx((found.best.score or 0) / 2)


def test_where_nothing_is_better_the_spec_is_run_once(tmp_path: Path) -> None:
    trials = run(tmp_path / "j.jsonl", Objective(), 0)
    found = confirm(trials, Objective())
    assert found.best.point == {}
    assert found.after == found.before


def test_a_spec_that_fails_on_what_was_held_back(tmp_path: Path) -> None:
    trials = run(tmp_path / "j.jsonl", Objective())
    with pytest.raises(SearchFailedError, match="the spec as it is"):
        confirm(trials, Objective(fails=lambda task: task.number == BEFORE))


def test_a_journal_of_another_search_is_refused(tmp_path: Path) -> None:
    path = journal_path(tmp_path / "tuned.sot")
    assert path.name == "tuned.search.jsonl"
    Journal(path).begin(IDENTITY)
    with pytest.raises(JournalError, match="spec: abc there, xyz now"):
        Journal(path).begin({**IDENTITY, "spec": "xyz"})


@pytest.mark.parametrize(
    "text", ["", "no json\n", '{"kind": "other"}\n', "[1]\n", '{"kind": "sotc search", "format": 9}\n']
)
def test_what_is_no_journal_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "j.jsonl"
    path.write_text(text)
    with pytest.raises(JournalError, match="SOT866"):
        Journal(path).begin(IDENTITY)


def test_a_damaged_trial_is_told(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    run(path, Objective(), 2)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], "{}", *lines[2:]]) + "\n")
    with pytest.raises(JournalError, match="--fresh"):
        Journal(path).begin(IDENTITY)
    assert json.loads(lines[1])["number"] == 0
