"""What a search found, in words: the docstring of the spec that is written, and rows of a table."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from ...dsl.screen_text import visible
from .parts import Halves
from .search import Found
from .space import Point, Space, value_text
from .trial import Outcome, Way

WIDTH = 112


@dataclass(frozen=True)
class Told:
    """What is said of how it was found."""

    base: str
    search: str
    seed: int
    space: Space
    data: str
    profile: str
    measure: str
    backend: str
    frames: int | None
    """only so many of each sequence were run; None for all"""
    weights: str | None
    """the file, without its folder"""
    own: Point
    """the values that the spec has"""


@dataclass(frozen=True)
class Row:
    """One line of the comparison."""

    name: str
    held_back: bool
    before: float
    after: float

    @property
    def change(self) -> float:
        return self.after - self.before


def rows_of(found: Found, halves: Halves) -> tuple[Row, ...]:
    """Each sequence, those held back last."""
    searched = {sequence.name for sequence in halves.searched}
    return tuple(
        Row(each.name, each.name not in searched, found.before.sequences[each.name], after)
        for each in halves.all
        for after in [found.after.sequences[each.name]]
    )


def totals_of(found: Found) -> tuple[Row, ...]:
    """The searched sequences as one, and those held back, where there are any."""
    assert found.before.score is not None and found.after.score is not None
    rows = [Row("searched", False, found.before.score, found.after.score)]
    if found.before.held_back is not None and found.after.held_back is not None:
        rows.append(Row("held back", True, found.before.held_back, found.after.held_back))
    return tuple(rows)


def verdict(found: Found) -> str:
    """What the sequences that were held back say of it."""
    totals = totals_of(found)
    if not found.best.point:
        return "Nothing better than the spec's own values was found."
    if len(totals) == 1:
        return "No sequence was held back: how much of this is overfitting is not known."
    searched, held = totals
    if held.change < 0:
        return "It is worse on the sequences that were held back: it fits the searched ones, and not more."
    if held.change < searched.change / 2:
        return "The sequences that were held back gain less than half of what the searched ones do."
    return "The sequences that were held back gain as well."


def recorded_share(found: Found) -> float | None:
    """In which share of the steps the network's results were there already; None where they were never looked for."""
    steps = sum(trial.steps for trial in found.trials)
    return sum(trial.recorded for trial in found.trials) / steps if steps else None


def ways_of(found: Found) -> dict[tuple[Way, str], list[Outcome]]:
    """The trials that ran one way for one reason, by these, in the order in which the ways were first gone."""
    ways: dict[tuple[Way, str], list[Outcome]] = {}
    for trial in found.trials:
        if trial.way:
            ways.setdefault((trial.way, trial.reason), []).append(trial)
    return ways


def way_lines(found: Found) -> Iterator[tuple[str, str]]:
    """`recorded` and `62 % of the steps: what is searched is ...`; a pair for each way and reason."""
    for (way, reason), trials in ways_of(found).items():
        if way == "recorded":
            steps = max(1, sum(trial.steps for trial in trials))
            share = 100 * sum(trial.recorded for trial in trials) / steps
            yield way, f"{share:.0f} % of the steps: {reason}"
        elif way == "batched":
            yield way, f"up to {max(trial.rows for trial in trials)} candidates as rows: {reason}"
        else:
            yield "single", f"{len(trials)} of {len(found.trials) - 1} candidates one by one: {reason}"


def way_text(outcome: Outcome) -> str:
    """How a candidate ran, as it is told while others run."""
    if outcome.way == "batched":
        return f"candidates run as rows of a batch: {outcome.reason}"
    named = {"recorded": "what the network gives is recorded", "single": "candidates run one by one"}
    return f"{named[outcome.way]}: {outcome.reason}"


def docstring(found: Found, halves: Halves, told: Told) -> str:
    """How the values were found, on what, and what they are worth there and elsewhere."""
    kept = "" if told.frames is None else f", the first {told.frames} frames of each"
    failed = f", {len(found.failed)} of them failed" if found.failed else ""
    weights = f" with the weights {told.weights}" if told.weights else ""
    paragraphs = [
        f"{told.base} with settings that `sotc tune` found: trial {found.best.number} of {len(found.trials) - 1} "
        f"({told.search}, seed {told.seed}{failed}){weights}, backend {told.backend}.",
        f"Searched: {', '.join(map(str, told.space.axes))}.",
        f"Before: {', '.join(f'{name} = {value_text(value)}' for name, value in told.own.items())}.",
        f"Data: {told.data}{kept}. {told.measure} by the profile {told.profile}, before -> after:",
    ]
    lines = [
        line for text in paragraphs for line in textwrap.wrap(plain(text), WIDTH, break_on_hyphens=False)
    ]
    return "\n".join([*lines, *score_lines(found, halves), plain(verdict(found))])


def score_lines(found: Found, halves: Halves) -> Iterator[str]:
    for total in totals_of(found):
        own = [row for row in rows_of(found, halves) if row.held_back == total.held_back]
        yield f"  {total.name:<9}  {total.before:.4f} -> {total.after:.4f}"
        shown = ", ".join(f"{plain(row.name)} {row.before:.3f} -> {row.after:.3f}" for row in own[:20])
        more = f", and {len(own) - 20} more" if len(own) > 20 else ""
        yield from textwrap.wrap(
            f"{shown}{more}", WIDTH, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False
        )


def plain(text: str) -> str:
    """A text that may stand in a docstring, of which three quotes would be the end."""
    return visible(text).replace('"', "'").replace("\\", "/")
