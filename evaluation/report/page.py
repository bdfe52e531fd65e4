"""One page of a contest that needs nothing but itself: tables, plots, filmstrips; no word of it is from a network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from importlib.resources import files

from ..metrics.compare import Interval
from ..metrics.rules import Profile
from .charts import BARS, attribute_chart, attributes_of, curve_chart, dot_chart, speed_chart
from .contest import Contest, Entry, worth
from .film import Films, Still
from .markup import Child, Element, append, element, written
from .palette import HUES
from .plotted import curve_plots, dot_plots
from .table import Row, Table, counted, joined, shown, table_of, title

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""What the page may load: pictures that it holds itself."""

TIGHT = 1e-12


def contest_page(contest: Contest, films: Films | None = None) -> str:
    """The page as text. Without `films` it has no filmstrips."""
    names = joined([entry.name for entry in contest.entries[:3]])
    more = len(contest.entries) - 3
    heading = f"{names} and {more} more" if more > 0 else names
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{heading} on {contest.title}"),
        element("style", style()),
    )
    body = element(
        "body",
        top(contest, films, f"{heading} on {contest.title}"),
        element("main", *sections(contest, films)),
        foot(contest),
        element("script", own_file("page.js")),
    )
    return written(element("html", head, body, lang="en"))


def style() -> str:
    """The style sheet with the colours of trackers in it."""

    def hues(place: int) -> str:
        return " ".join(f"--c{index}: {pair[place]};" for index, pair in enumerate(HUES))

    classes = "\n".join(
        f".c{index} {{ stroke: var(--c{index}); }} .f{index} {{ fill: var(--c{index}); background: var(--c{index}); }}"
        for index in range(len(HUES))
    )
    text = own_file("page.css")
    return text.replace("LIGHT_HUES", hues(0)).replace("DARK_HUES", hues(1)).replace("CLASS_HUES", classes)


def own_file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def top(contest: Contest, films: Films | None, heading: str) -> Element:
    """What was compared, whose numbers these are, and what to know of them."""
    frames = sum(len(sequence.truth) for sequence in contest.sequences)
    notes = [*contest.notes, *(films.notes if films is not None else ())]
    return element(
        "header",
        element("h1", heading),
        element(
            "p",
            f"{counted(len(contest.entries), 'tracker')}, {counted(len(contest.sequences), 'sequence')}, "
            f"{counted(frames, 'frame')}. Numbers follow the profile ",
            element("b", contest.profile.name),
            f": {contest.profile.about}.",
            class_="about",
        ),
        element("ul", *(element("li", note) for note in notes), class_="notes") if notes else None,
    )


def sections(contest: Contest, films: Films | None) -> list[Child]:
    bars, dots = attribute_chart(contest), speed_chart(contest)
    charts = [curve_chart(contest, plot) for plot in curve_plots(contest)]
    charts += [dot_chart(contest, plot) for plot in dot_plots(contest)]
    parts: list[Child] = [
        element("h2", "Trackers"),
        element(
            "p",
            f"Ordered by {title(contest.first)}; the best of each column is bold. Below each number is its 95 % "
            "interval: what other sequences of the kind would give (bootstrap over sequences).",
            class_="hint",
        ),
        scrolling(ranking(contest)),
        element("h2", "Curves" if isinstance(contest.profile, Profile) else "Plots"),
        element(
            "p", "Point at a name to see one tracker alone; press it to switch it off.", class_="hint screen"
        ),
        element("div", *charts, class_="charts"),
    ]
    if bars is not None:
        parts += [
            element("h2", f"{title(contest.first)} by attribute"),
            element("p", attribute_hint(contest), class_="hint"),
            flat_legend(contest.entries[:BARS]),
            element("figure", bars),
            scrolling(attribute_table(contest)) if len(contest.entries) > BARS else None,
        ]
    if dots is not None:
        parts += [
            element("h2", "Speed and accuracy"),
            element(
                "p", "Up and to the right is better; lines are 95 % intervals over sequences.", class_="hint"
            ),
            element("figure", dots),
        ]
    return [*parts, *sequence_section(contest, films), *provenance(contest)]


def scrolling(table: Element) -> Element:
    """A table that may be wider than the screen, and is reached by keys, too."""
    return element("div", table, class_="scroll", tabindex=0, role="region", aria_label="table")


# ---------------------------------------------------------------- trackers


def ranking(contest: Contest) -> Element:
    table = table_of(contest)
    heads = element(
        "tr", element("th", "Tracker", scope="col"), *(column_head(each) for each in table.columns)
    )
    rows = [
        ranking_row(table, row, place, entry)
        for place, (row, entry) in enumerate(zip(table.rows, contest.entries, strict=True))
    ]
    return element("table", element("thead", heads), element("tbody", *rows), id="trackers")


def column_head(column: str) -> Element:
    return element("th", title(column), scope="col")


def ranking_row(table: Table, row: Row, place: int, entry: Entry) -> Element:
    cells = [
        number_cell(
            column,
            row.values[index],
            table.is_best(row, index),
            interval_of(column, entry.intervals.get(column)),
        )
        for index, column in enumerate(table.columns)
    ]
    name = element("th", key(place), " ", row.name, scope="row")
    return element("tr", name, *cells)


def key(place: int) -> Element:
    """The colour of a tracker as a small square."""
    return element("span", class_=f"swatch box f{place % len(HUES)}", aria_hidden="true")


def interval_of(column: str, found: Interval | None) -> str | None:
    if found is None or math.isnan(found.low):
        return None
    return f"{shown(column, found.low)} – {shown(column, found.high)}"


def number_cell(column: str, value: float, best: bool, below: str | None = None) -> Element:
    text = shown(column, value)
    return element(
        "td",
        element("b", text) if best else text,
        element("span", below, class_="span") if below else None,
        data_value=None if math.isnan(value) else repr(value),
    )


# ---------------------------------------------------------------- attributes


def attribute_hint(contest: Contest) -> str:
    whose = "all trackers" if len(contest.entries) <= BARS else f"the best {BARS}; all are in the table below"
    return (
        f"The mean over the sequences that have an attribute, of {whose}. The number beside an attribute is how many "
        "they are; what is hardest for the best tracker comes first."
    )


def flat_legend(entries: tuple[Entry, ...]) -> Element:
    items = (element("li", key(place), element("span", entry.name)) for place, entry in enumerate(entries))
    return element("ul", *items, class_="legend flat")


def attribute_table(contest: Contest) -> Element:
    heads = element(
        "tr",
        element("th", "Attribute", scope="col"),
        *(element("th", each.name, scope="col") for each in contest.entries),
    )
    rows = []
    for name in attributes_of(contest):
        values = [entry.attributes[name].measures[contest.first] for entry in contest.entries]
        cells = best_cells(contest.first, values)
        rows.append(element("tr", element("th", name, scope="row"), *cells))
    return element("table", element("thead", heads), element("tbody", *rows))


def best_cells(measure: str, values: list[float], below: Sequence[str | None] = ()) -> list[Element]:
    """A row of numbers, the best bold where they differ, with what stands below each."""
    ranks = [worth(measure, value) for value in values]
    differ = len(values) > 1 and max(ranks) - min(ranks) > TIGHT if math.isfinite(min(ranks)) else False
    return [
        number_cell(measure, value, differ and rank == min(ranks), more)
        for value, rank, more in zip(values, ranks, below or [None] * len(values), strict=True)
    ]


# ---------------------------------------------------------------- sequences


def worst_first(contest: Contest) -> list[str]:
    """Sequences in the order of how badly the trackers do in them."""

    def mean_worth(name: str) -> float:
        return sum(
            worth(contest.each, entry.sequences[name].measures[contest.each]) for entry in contest.entries
        )

    return sorted(
        (sequence.name for sequence in contest.sequences), key=lambda name: (-mean_worth(name), name)
    )


def sequence_section(contest: Contest, films: Films | None) -> list[Child]:
    strips = films.strips if films is not None else {}
    hint = f"{title(contest.each)} of each tracker, the hardest sequences first."
    if strips:
        hint += (
            " A filmstrip shows frames of the least overlap (the mean of all trackers); white corners are the "
            "truth, and below stand the overlaps."
        )
    count = len(contest.sequences)
    tools = element(
        "div",
        element(
            "input",
            id="search",
            type="search",
            placeholder="Search names and attributes",
            aria_label="Search sequences",
        ),
        element("span", f"{count} of {count}", id="count", role="status"),
        element("button", "Open or close all filmstrips", id="every", type="button") if strips else None,
        class_="tools",
    )
    return [
        element("h2", "Sequences"),
        element("p", hint, class_="hint"),
        tools,
        scrolling(sequence_table(contest, films)),
    ]


def sequence_table(contest: Contest, films: Films | None) -> Element:
    heads = [sorting_head("Sequence", "text"), sorting_head("Frames")]
    heads += [sorting_head(entry.name, place=place) for place, entry in enumerate(contest.entries)]
    body = element("tbody")
    by_name = {sequence.name: sequence for sequence in contest.sequences}
    for name in worst_first(contest):
        strip = films.strips.get(name, ()) if films is not None else ()
        values = [entry.sequences[name].measures[contest.each] for entry in contest.entries]
        words = ", ".join(by_name[name].attributes)
        title_cell = element(
            "th",
            element("button", name, class_="open", type="button", aria_expanded="true")
            if strip
            else element("span", name, class_="plain"),
            element("span", words, class_="words") if words else None,
            scope="row",
            data_value=name,
        )
        frames = element("td", f"{len(by_name[name].truth):,}", data_value=len(by_name[name].truth))
        append(
            body,
            element(
                "tr",
                title_cell,
                frames,
                *best_cells(contest.each, values, [told_below(entry, name) for entry in contest.entries]),
                class_="sequence",
                data_words=f"{name} {words}".lower(),
            ),
            film_row(contest, name, strip) if strip else None,
        )
    return element("table", element("thead", element("tr", *heads)), body, id="sequences")


def told_below(entry: Entry, name: str) -> str | None:
    """What an accuracy of VOT's says little without: the failures, or how far the tracker came."""
    if name not in entry.regions:
        return None
    measures = entry.regions[name].measures
    if "failures" in measures:
        number = measures["failures"]
        return "1 failure" if number == 1 else f"{number:g} failures"
    return f"robustness {measures['robustness']:.3f}" if "robustness" in measures else None


def sorting_head(text: str, kind: str = "number", place: int | None = None) -> Element:
    mark = key(place) if place is not None else None
    button = element("button", mark, f" {text}" if mark is not None else text, type="button")
    return element("th", button, scope="col", data_kind=kind)


def film_row(contest: Contest, name: str, strip: tuple[Still, ...]) -> Element:
    figures = map(partial(film_figure, contest, name), strip)
    cell = element("td", element("div", *figures, class_="strip"), colspan=2 + len(contest.entries))
    return element("tr", cell, class_="film")


def film_figure(contest: Contest, name: str, still: Still) -> Element:
    told = [
        element("span", key(place), f"{value:.2f}", class_="of", title=entry.name)
        for place, (entry, value) in enumerate(zip(contest.entries, still.overlaps, strict=True))
    ]
    picture = element(
        "img",
        src=still.uri,
        alt=f"{name}, frame {still.index + 1}",
        width=still.size[0],
        height=still.size[1],
        loading="lazy",
    )
    return element("figure", picture, element("figcaption", f"frame {still.index + 1}", element("br"), *told))


# ---------------------------------------------------------------- where it comes from


def provenance(contest: Contest) -> list[Child]:
    """How each tracker was run, as its manifest says."""
    heads = ("Tracker", "Spec", "Weights", "Runs as", "On", "Runs")
    rows = []
    for place, entry in enumerate(contest.entries):
        cells = (element("td", text, class_="text") for text in how_run(entry))
        rows.append(element("tr", element("th", key(place), " ", entry.name, scope="row"), *cells))
    head = element("tr", *(element("th", text, class_="text", scope="col") for text in heads))
    return [
        element("h2", "How they were run"),
        element("p", "As the results themselves say.", class_="hint"),
        scrolling(element("table", element("thead", head), element("tbody", *rows))),
    ]


def how_run(entry: Entry) -> tuple[str, ...]:
    manifest, runs = entry.results.manifest, str(len(entry.results.runs))
    if manifest is None:
        return ("–", "–", f"results of the form of {entry.results.form}", "–", runs)
    tracker = manifest.tracker
    weights = (
        "none" if tracker.weights_sha256 is None else f"{tracker.weights} ({tracker.weights_sha256[:8]})"
    )
    spots = dict.fromkeys(
        str(where.get("machine", {}).get("processor", "")) for where in manifest.environments
    )
    places = ", ".join([tracker.device, *(spot for spot in spots if spot)])
    return (
        f"{tracker.spec} ({tracker.spec_sha256[:8]})",
        weights,
        f"{tracker.backend}, {tracker.precision}",
        places,
        runs,
    )


def foot(contest: Contest) -> Element:
    note = f" {contest.dataset.note}" if contest.dataset.note else ""
    return element("footer", element("p", f"Made by sotc {version('sotc')}.{note}"))
