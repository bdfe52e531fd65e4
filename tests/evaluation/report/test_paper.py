"""Plots for papers: which there are, what is in them, and what is said where their library is missing."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sotc.evaluation.report.contest import Contest
from sotc.evaluation.report.errors import PlotError
from sotc.evaluation.report.paper import FORMATS, plots, write_plots


def test_a_plot_is_of_the_scores(contest: Contest) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib (extra `plots`) is not installed")
    from matplotlib.figure import Figure

    assert list(plots(contest)) == ["success", "precision", "norm_precision", "attributes", "speed"]
    figure = Figure()
    plots(contest)["success"](figure)
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["Steady [0.889]", "Brief [0.587]"]
    for line, entry in zip(axes.lines, contest.entries, strict=True):
        assert line.get_ydata() == pytest.approx(entry.score.curves["success"])
    assert axes.get_title(loc="left") == "Success: own, 3 sequences, profile pysot"


@pytest.mark.slow
def test_plots_are_written_in_every_format(contest: Contest, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib (extra `plots`) is not installed")
    named = replace(contest, entries=tuple(replace(each, name=f"${each.name}$_") for each in contest.entries))
    write_plots(named, tmp_path / "figures")
    names = {"success", "precision", "norm_precision", "attributes", "speed"}
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {
        f"{name}.{form}" for name in names for form in FORMATS
    }
    text = (tmp_path / "figures" / "success.svg").read_text()
    assert "$Steady$_ [0.889]" in text and "profile pysot" in text  # letters stay letters
    assert text.index("[0.889]") < text.index("[0.587]")
    begins = {form: (tmp_path / "figures" / f"speed.{form}").read_bytes()[:4] for form in ("png", "pdf")}
    assert begins == {"png": b"\x89PNG", "pdf": b"%PDF"}


def test_without_matplotlib_the_extra_is_named(
    contest: Contest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(PlotError, match=r"sotc\[plots\]"):
        write_plots(contest, tmp_path / "figures")
    assert not (tmp_path / "figures").exists()
