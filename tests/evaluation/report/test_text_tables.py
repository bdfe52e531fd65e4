"""Tables for papers and pages, letter by letter; numbers by hand."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from sotc.evaluation.report.contest import Contest
from sotc.evaluation.report.text_tables import comma_separated, latex, markdown

MARKDOWN = """\
| Tracker | Success | Precision | Norm. precision | frames/s |
|:---|---:|---:|---:|---:|
| Steady | **0.889** | **0.933** | **0.933** | **100** |
| Brief | 0.587 | 0.617 | 0.617 | 12.5 |

own, 3 sequences, profile pysot.
"""

LATEX = r"""% \usepackage{booktabs}
\begin{table}
  \centering
  \caption{Results on own, 3 sequences, profile pysot; in percent.}
  \begin{tabular}{lrrrr}
    \toprule
    Tracker & Success & Precision & Norm. precision & frames/s \\
    \midrule
    Steady & \textbf{88.9} & \textbf{93.3} & \textbf{93.3} & \textbf{100} \\
    Brief & 58.7 & 61.7 & 61.7 & 12.5 \\
    \bottomrule
  \end{tabular}
\end{table}
"""


def test_markdown(contest: Contest) -> None:
    assert markdown(contest) == MARKDOWN


def test_latex(contest: Contest) -> None:
    assert latex(contest) == LATEX


def test_comma_separated(contest: Contest) -> None:
    rows = list(csv.DictReader(comma_separated(contest).splitlines()))
    assert list(rows[0]) == [
        *("tracker", "data", "profile", "sequence", "frames", "success", "precision", "norm_precision"),
        "frames_per_second",
    ]
    assert [(row["tracker"], row["sequence"]) for row in rows[:6]] == [
        ("Steady", name) for name in ("*", "@fast motion", "@occlusion", "alpha", "beta", "gamma")
    ]
    steady = rows[0]
    assert float(steady["precision"]) == pytest.approx(2.8 / 3) and steady["frames"] == "19"
    assert float(steady["frames_per_second"]) == pytest.approx(100)
    assert float(rows[3]["success"]) == contest.entries[0].sequences["alpha"].measures["success"]


def test_names_are_text_in_every_format(contest: Contest) -> None:
    odd = replace(
        contest, entries=tuple(replace(each, name=r"a_b & 50%|$\x") for each in contest.entries[:1])
    )
    assert r"a\_b \& 50\%|\$\textbackslash{}x & 88.9" in latex(odd)
    assert r"| a\_b & 50%\|$\\x | 0.889 " in markdown(odd)
    assert next(csv.DictReader(comma_separated(odd).splitlines()))["tracker"] == r"a_b & 50%|$\x"
