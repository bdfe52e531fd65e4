"""The search itself: trials are proposed, tried and noted; what is best is run once more as it would be used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .errors import SearchFailedError
from .journal import Journal
from .pool import Pool
from .strategy import Strategy
from .trial import Outcome, Task

BEFORE, AFTER = -1, -2
"""Numbers of the two last runs: of the spec as it is, and of what was found."""

Tell = Callable[[Outcome], None]


@dataclass(frozen=True)
class Found:
    """What a search came to. Scores are those of trackers compiled by themselves, over all sequences."""

    best: Outcome
    """the trial that was chosen by the searched sequences"""
    before: Outcome
    after: Outcome
    trials: tuple[Outcome, ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        return tuple(trial for trial in self.trials if trial.score is None)


def explore(
    strategy: Strategy, count: int, done: Sequence[Outcome], pool: Pool, journal: Journal, tell: Tell
) -> tuple[Outcome, ...]:
    """Try so many points, beside the spec as it is, which is trial 0; those that are `done` are not tried again.

    Each is in the journal before it is told of. Raises WriteError, SearchFailedError, and KeyboardInterrupt.
    """
    known = {outcome.number: outcome for outcome in done if outcome.number <= count}
    for outcome in known.values():
        if outcome.number:
            strategy.tell(outcome.number, outcome.point, outcome.score)
    waiting = iter([number for number in range(count + 1) if number not in known])

    def next_task() -> Task | None:
        number = next(waiting, None)
        if number is None:
            return None
        return Task(number, strategy.ask(number) if number else {})

    for outcome in pool.run(next_task):
        known[outcome.number] = outcome
        if outcome.number:
            strategy.tell(outcome.number, outcome.point, outcome.score)
        journal.add(outcome)
        tell(outcome)
    return tuple(known[number] for number in sorted(known))


def best_of(trials: Sequence[Outcome]) -> Outcome:
    """The one that scores best; of equal ones the first, so that the spec's own values stay unless others are better.

    Raises SearchFailedError where none came to its end.
    """
    whole = [trial for trial in trials if trial.score is not None and trial.score == trial.score]
    if not whole:
        reason = next((trial.error for trial in trials if trial.error), "no frame counts")
        raise SearchFailedError(
            f"no trial came to its end; the first stopped with: {reason}",
            "try the spec by itself: sotc eval SPEC --data DATA; then this search again with --fresh",
        )
    return max(whole, key=lambda trial: (trial.score or 0.0, -trial.number))


def confirm(trials: tuple[Outcome, ...], pool: Pool) -> Found:
    """Run the spec and what was found over all sequences, each compiled by itself.

    Raises SearchFailedError where one of the two does not come to its end.
    """
    best = best_of(trials)
    tasks = [Task(BEFORE, {}, "all", alone=True), Task(AFTER, best.point, "all", alone=True)]
    if not best.point:
        del tasks[1]
    waiting = iter(tasks)
    ends = {outcome.number: outcome for outcome in pool.run(lambda: next(waiting, None))}
    for outcome in ends.values():
        if outcome.score is None:
            which = "the spec as it is" if outcome.number == BEFORE else f"trial {best.number}"
            raise SearchFailedError(
                f"{which} does not come to its end on all sequences: {outcome.error}",
                "mend what is said there, or leave the sequence out; the same command goes on",
            )
    return Found(best, ends[BEFORE], ends.get(AFTER, ends[BEFORE]), trials)
