"""Plots for papers, by matplotlib: each as PNG, SVG and PDF, with whole fonts and without a date."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...runtime.writing import told_of, write_bytes
from .axis import Axis, log_bounds, tick_label
from .charts import BARS, attributes_of
from .contest import Contest, worth
from .errors import PlotError
from .palette import HUES, ink
from .plotted import CurvePlot, DotPlot, curve_plots, dot_plots
from .table import caption, shown, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")
STROKES = ("-", "--", ":", "-.")
"""in the order of the page's dashes"""
MARKS = ("o", "s", "^", "D")
LOOK = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e6e9",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "svg.fonttype": "none",
    "svg.hashsalt": "sotc",
    "pdf.fonttype": 42,  # TrueType: some conferences refuse what is otherwise put in
}
SIZE = (4.2, 3.2)
"""inches"""
RESOLUTION = 300
NO_DATE = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}


def write_plots(contest: Contest, folder: Path) -> tuple[Path, ...]:
    """Write all plots that there is data for: NAME.png, .svg and .pdf. Raises PlotError, WriteError."""
    matplotlib = library()
    with told_of(folder):
        folder.mkdir(parents=True, exist_ok=True)
    written = []
    with matplotlib.rc_context(LOOK):
        for name, draw in plots(contest).items():
            figure = matplotlib.figure.Figure(figsize=SIZE, layout="constrained")
            draw(figure)
            written += [saved(figure, folder / f"{name}.{form}", form) for form in FORMATS]
    return tuple(written)


def library() -> Any:
    """matplotlib. Raises PlotError where it is missing."""
    try:
        import matplotlib.figure
    except ImportError:
        raise PlotError(
            "plots are drawn by matplotlib, and it is not installed", "pip install 'sotc[plots]'"
        ) from None
    return matplotlib


def saved(figure: Figure, path: Path, form: str) -> Path:
    stream = io.BytesIO()
    figure.savefig(stream, format=form, dpi=RESOLUTION, metadata=NO_DATE[form])
    write_bytes(path, stream.getvalue())
    return path


def plots(contest: Contest) -> dict[str, Callable[[Figure], None]]:
    """What can be drawn, by name."""
    found: dict[str, Callable[[Figure], None]] = {}
    for plot in curve_plots(contest):
        found[plot.name] = partial(curves, contest=contest, plot=plot)
    for dots in dot_plots(contest):
        found[dots.name] = partial(dotted, contest=contest, plot=dots)
    if attributes_of(contest):
        found["attributes"] = lambda figure: attributes(figure, contest)
    if any(entry.speed for entry in contest.entries):
        found["speed"] = lambda figure: speeds(figure, contest)
    return found


def curves(figure: Figure, contest: Contest, plot: CurvePlot) -> None:
    """One curve of all trackers; the legend is by the measure that is read off it, the best first."""
    axes, measure = figure.add_subplot(), plot.measure
    numbered = list(enumerate(contest.entries))
    if measure is not None:
        numbered.sort(key=lambda item: worth(measure, item[1].score.measures[measure]))
    if plot.mark is not None and plot.mark[0] < plot.mark[1]:
        axes.axvspan(*plot.mark, color="#eef0f2", zorder=0)
    for place, entry in numbered:
        score = f" [{shown(measure, entry.score.measures[measure])}]" if measure is not None else ""
        stroke, label = STROKES[place // len(HUES) % len(STROKES)], f"{plain(entry.name)}{score}"
        line = axes.plot(*plot.points(entry), stroke, color=ink(place).light, label=label)
        line[0].set_linewidth(1.6)
    axes.set(xlim=plot.bounds, ylim=(0, 1.01), xlabel=plot.across, ylabel=plot.up)
    named(axes, f"{plot.heading}: {caption(contest)}")
    if len(numbered) <= BARS:
        axes.legend(loc="lower left" if plot.falls else "lower right")
        return
    beside(figure, len(numbered))


def dotted(figure: Figure, contest: Contest, plot: DotPlot) -> None:
    """A dot for each tracker, up and to the right the better."""
    axes, few = figure.add_subplot(), len(contest.entries) <= BARS
    for place, entry in enumerate(contest.entries):
        at, name = plot.points(entry), plain(entry.name)
        if math.isnan(sum(at)):
            continue
        axes.plot(
            *at, MARKS[place // len(HUES) % len(MARKS)], color=ink(place).light, label=name, markersize=5
        )
        if few:
            axes.annotate(name, at, (6, 4), textcoords="offset points", fontsize=8)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel=plot.across, ylabel=plot.up)
    named(axes, f"{plot.heading}: {caption(contest)}")
    if not few:
        beside(figure, len(contest.entries))


def beside(figure: Figure, many: int) -> None:
    """The legend of many trackers, to the right of the plot."""
    figure.set_size_inches(SIZE[0] * 1.5, max(SIZE[1], 0.19 * many + 0.3))
    figure.legend(loc="outside right upper")


def attributes(figure: Figure, contest: Contest) -> None:
    """Bars of the first measure by attribute, of the best trackers."""
    names, best = attributes_of(contest)[::-1], contest.entries[:BARS]
    thick = 0.8 / len(best)
    figure.set_size_inches(SIZE[0] * 1.4, 1.0 + len(names) * (0.12 + 0.11 * len(best)))
    axes = figure.add_subplot()
    for place, entry in enumerate(best):
        values = [entry.attributes[name].measures[contest.first] for name in names]
        heights = [index + 0.4 - thick * (place + 0.5) for index in range(len(names))]
        axes.barh(heights, values, thick * 0.9, color=ink(place).light, label=plain(entry.name))
    axes.set_yticks(
        range(len(names)), [plain(f"{name} ({best[0].attributes[name].sequences})") for name in names]
    )
    axes.set(xlim=(0, 1), xlabel=title(contest.first))
    axes.grid(visible=False, axis="y")
    named(axes, caption(contest))
    figure.legend(loc="outside lower center", ncols=min(3, len(best)))


def speeds(figure: Figure, contest: Contest) -> None:
    """The first measure, with its interval, beside frames a second."""
    axes, few = figure.add_subplot(), len(contest.entries) <= BARS
    for place, entry in enumerate(contest.entries):
        span = entry.intervals[contest.first]
        if not entry.speed or math.isnan(span.value):
            continue
        around = [[max(span.value - span.low, 0)], [max(span.high - span.value, 0)]]
        bars = None if math.isnan(span.low) else around
        name, mark = plain(entry.name), MARKS[place // len(HUES) % len(MARKS)]
        points = axes.errorbar(
            entry.speed, span.value, bars, fmt=mark, color=ink(place).light, elinewidth=1, label=name
        )
        points[0].set_markersize(5)
        if few:
            at = (entry.speed, span.value)
            axes.annotate(name, at, (6, 4), textcoords="offset points", fontsize=8)
    if not few:
        beside(figure, len(contest.entries))
    across = Axis(*log_bounds([entry.speed for entry in contest.entries if entry.speed]), 0, 1, log=True)
    axes.set_xscale("log")
    axes.set_xlim(across.low, across.high)
    axes.set_xticks(across.ticks(), [tick_label(tick) for tick in across.ticks()])
    axes.set_xticks([], minor=True)
    axes.set(xlabel="Frames a second in the tracker", ylabel=title(contest.first))
    named(axes, caption(contest))


def named(axes: Axes, text: str) -> None:
    axes.set_title(plain(text), loc="left", fontsize=8, color="#444444")


def plain(text: str) -> str:
    """As it stands: what is between two dollar signs would be taken for a formula."""
    return text.replace("$", r"\$")
