"""The table of a contest as data: a line a tracker, the best first, and which number of a column is the best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .contest import Contest, worth

SPEED = "frames/s"
RATE = "failure_rate"
"""of VOT's supervised experiments, which call it robustness"""
COARSE = ("mean_distance", "failures")
"""of which one digit behind the point means something"""

TITLES = {
    "success": "Success",
    "precision": "Precision",
    "norm_precision": "Norm. precision",
    "norm_precision_auc": "Norm. precision AUC",
    "op50": "OP50",
    "op75": "OP75",
    "ao": "AO",
    "sr50": "SR50",
    "sr75": "SR75",
    "mean_overlap": "Mean overlap",
    "mean_distance": "Mean distance",
    "coverage": "Coverage",
    "eao": "EAO",
    "accuracy": "Accuracy",
    "robustness": "Robustness",
    "failure_rate": "Robustness (failures)",
    "failures": "Failures",
    "reliability": "Reliability",
    "f": "F",
    "recall": "Recall",
    "quality": "Quality",
    "nre": "NRE",
    "dre": "DRE",
    "adq": "ADQ",
}
"""Measures as a paper names them."""


@dataclass(frozen=True)
class Row:
    """A tracker; NaN where it has no number."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Table:
    """Numbers by tracker: the measures, and last the speed, where any tracker's is known."""

    columns: tuple[str, ...]
    """names of measures, as in JSON; the speed is `frames/s`"""
    rows: tuple[Row, ...]

    def is_best(self, row: Row, column: int) -> bool:
        """Whether no other row is better there, where there are others."""
        values = [worth(self.columns[column], other.values[column]) for other in self.rows]
        own = worth(self.columns[column], row.values[column])
        return len(values) > 1 and math.isfinite(own) and own == min(values)


def table_of(contest: Contest) -> Table:
    """The whole set's measures, and how fast each tracker ran."""
    timed = any(entry.speed is not None for entry in contest.entries)
    rows = []
    for entry in contest.entries:
        values = [entry.score.measures[measure] for measure in contest.measures]
        if timed:
            values.append(math.nan if entry.speed is None else entry.speed)
        rows.append(Row(entry.name, tuple(values)))
    return Table((*contest.measures, *([SPEED] if timed else [])), tuple(rows))


def title(column: str) -> str:
    """A column's name for the eye."""
    return TITLES.get(column, column.replace("_", " "))


def is_fraction(column: str) -> bool:
    """Whether a column's numbers are shares of 1: no pixels, speeds or failures."""
    return column not in (SPEED, RATE, *COARSE)


def shown(column: str, value: float, none: str = "–") -> str:
    """A number in as many digits as mean something: 0.696, 24.5 (frames a second), 12.3 (pixels)."""
    if math.isnan(value):
        return none
    if is_fraction(column) or column == RATE:
        return f"{value:.3f}"
    return f"{value:.0f}" if column == SPEED and value >= 100 else f"{value:.1f}"


def caption(contest: Contest) -> str:
    """Of what the numbers are: data set, how many sequences, and whose convention."""
    count = len(contest.sequences)
    return f"{contest.title}, {counted(count, 'sequence')}, profile {contest.profile.name}"


def counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number:,} {word}s"


def joined(parts: Sequence[str]) -> str:
    """`a, b and c`"""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
