"""A contest's table as Markdown, LaTeX (booktabs) and CSV."""

from __future__ import annotations

import csv
import io
import math
import re

from ..metrics.score import Score, SequenceScore
from .contest import Contest
from .table import SPEED, Row, Table, caption, is_fraction, shown, table_of, title

LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
"""What stands for itself in a name, and is a command in LaTeX."""

MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|#~])")


def markdown(contest: Contest) -> str:
    """A table for a README: fractions, the best of each column bold."""
    table = table_of(contest)
    heads = ["Tracker", *(title(column) for column in table.columns)]
    lines = [f"| {' | '.join(heads)} |", f"|:---|{'---:|' * len(table.columns)}"]
    for row in table.rows:
        cells = [in_bold(table, row, place, "**", "**") for place in range(len(table.columns))]
        lines.append(f"| {' | '.join([markdown_escaped(row.name), *cells])} |")
    notes = [f"{caption(contest)}.", *(f"{note}." for note in contest.notes)]
    return "\n".join([*lines, "", *(markdown_escaped(note) for note in notes)]) + "\n"


def in_bold(table: Table, row: Row, place: int, before: str, after: str) -> str:
    text = shown(table.columns[place], row.values[place])
    return f"{before}{text}{after}" if table.is_best(row, place) else text


def markdown_escaped(text: str) -> str:
    return MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def latex(contest: Contest) -> str:
    """A table for a paper, with booktabs: measures in percent, the best of each column bold."""
    table = table_of(contest)
    heads = ["Tracker", *(latex_head(column) for column in table.columns)]
    lines = [
        "% \\usepackage{booktabs}",
        "\\begin{table}",
        "  \\centering",
        f"  \\caption{{Results on {latex_escaped(caption(contest))}; in percent.}}",
        f"  \\begin{{tabular}}{{l{'r' * len(table.columns)}}}",
        "    \\toprule",
        f"    {' & '.join(heads)} \\\\",
        "    \\midrule",
    ]
    for row in table.rows:
        cells = [latex_cell(table, row, place) for place in range(len(table.columns))]
        lines.append(f"    {' & '.join([latex_escaped(row.name), *cells])} \\\\")
    lines += ["    \\bottomrule", "  \\end{tabular}", "\\end{table}"]
    return "\n".join(lines) + "\n"


def latex_head(column: str) -> str:
    unit = " (px)" if column == "mean_distance" else ""
    return latex_escaped(title(column)) + unit


def latex_cell(table: Table, row: Row, place: int) -> str:
    column, value = table.columns[place], row.values[place]
    if math.isnan(value):
        return "--"
    text = f"{100 * value:.1f}" if is_fraction(column) else shown(column, value)
    return f"\\textbf{{{text}}}" if table.is_best(row, place) else text


def latex_escaped(text: str) -> str:
    return "".join(LATEX.get(sign, sign) for sign in " ".join(text.split()))


def comma_separated(contest: Contest) -> str:
    """All numbers in full, a line for each tracker and sequence; `*` is the whole set, `@WORD` an attribute."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(
        [
            "tracker",
            "data",
            "profile",
            "sequence",
            "frames",
            *contest.measures,
            SPEED.replace("/s", "_per_second"),
        ]
    )
    for entry in contest.entries:
        scores: dict[str, Score | SequenceScore] = {
            "*": entry.score,
            **{f"@{attribute}": score for attribute, score in entry.attributes.items()},
            **entry.sequences,
        }
        for name, score in scores.items():
            numbers = [full(score.measures.get(measure, math.nan)) for measure in contest.measures]
            speed = full(entry.speed) if name == "*" and entry.speed is not None else ""
            writer.writerow(
                [entry.name, contest.title, contest.profile.name, name, score.frames, *numbers, speed]
            )
    return stream.getvalue()


def full(value: float) -> str:
    """In as many digits as bring the same number back; nothing for none."""
    return "" if math.isnan(value) else repr(float(value))
