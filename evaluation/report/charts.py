"""Charts of the page as SVG: curves with a legend, bars by attribute, accuracy beside speed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .axis import Axis, log_bounds, tick_label, widened
from .contest import Contest, Entry, worth
from .markup import Child, Element, append, element, number
from .palette import HUES, ink
from .plotted import CurvePlot, DotPlot
from .table import shown, title

WIDTH, HEIGHT = 400, 290
LEFT, RIGHT, TOP, BOTTOM = 40, 392, 10, 246
"""Where a chart's axes are."""

BARS = 6
"""So many trackers have bars; the table has all."""


def curve_chart(contest: Contest, plot: CurvePlot) -> Element:
    """One curve of all trackers; its legend is by the measure that is read off this curve."""
    across, up = Axis(*plot.bounds, LEFT, RIGHT), Axis(0.0, 1.0, BOTTOM, TOP)
    picture = frame(f"{plot.heading} of {len(contest.entries)} trackers", WIDTH, HEIGHT)
    if plot.mark is not None and plot.mark[0] < plot.mark[1]:
        append(picture, band(across.at(plot.mark[0]), across.at(plot.mark[1])))
    append(picture, *grid(across, up, plot.across, plot.up))
    if plot.mark is not None and plot.mark[0] == plot.mark[1]:
        at = across.at(plot.mark[0])
        append(picture, element("line", class_="mark", x1=at, x2=at, y1=float(TOP), y2=float(BOTTOM)))
    for place, entry in reversed(list(enumerate(contest.entries))):
        points = zip(*plot.points(entry), strict=True)
        path = "L".join(
            f"{number(across.at(float(x)))} {number(up.at(float(y)))}" for x, y in points if y == y
        )
        append(picture, line(place, f"M{path}") if path else None)
    return captioned(plot.heading, plot.told, picture, legend(contest, plot.measure))


def captioned(heading: str, told: str, picture: Element, below: Element | None = None) -> Element:
    """A chart with what it is above it."""
    caption = element("figcaption", element("h3", heading), element("p", told))
    return element("figure", caption, picture, below, class_="chart")


def band(left: float, right: float) -> Element:
    """The part of an axis that a number is of."""
    return element(
        "rect", class_="band", x=left, y=float(TOP), width=right - left, height=float(BOTTOM - TOP)
    )


def dot_chart(contest: Contest, plot: DotPlot) -> Element:
    """A dot for each tracker, up and to the right the better."""
    across, up = Axis(0.0, 1.0, LEFT, RIGHT), Axis(0.0, 1.0, BOTTOM, TOP)
    picture = frame(f"{plot.heading} of {len(contest.entries)} trackers", WIDTH, HEIGHT)
    append(picture, *grid(across, up, plot.across, plot.up))
    known = [(place, entry, plot.points(entry)) for place, entry in enumerate(contest.entries)]
    known = [each for each in known if each[2][0] == each[2][0] and each[2][1] == each[2][1]]
    points = [(across.at(x), up.at(y)) for *_, (x, y) in known]
    for (place, entry, (x, y)), at in zip(known, points, strict=True):
        append(picture, dot(place, at, f"{entry.name}: {plot.up} {y:.3f}, {plot.across} {x:.3f}"))
    append(picture, *labels([(place, entry.name) for place, entry, _ in known], points, RIGHT))
    return captioned(plot.heading, plot.told, picture)


def dot(place: int, at: tuple[float, float], told: str) -> Element:
    hue = place % len(HUES)
    return element(
        "circle", element("title", told), class_=f"dot f{hue}", cx=at[0], cy=at[1], r=5, data_tracker=place
    )


def labels(
    trackers: Sequence[tuple[int, str]], points: Sequence[tuple[float, float]], right: float
) -> list[Element]:
    """Names beside the dots where there is room, up to this pixel on the right."""
    names = [shortened(name) for _, name in trackers]
    places = label_places(points, names, right)
    return [
        element("text", name, class_="label", x=at[0], y=at[1], data_tracker=place)
        for (place, _), name, at in zip(trackers, names, places, strict=True)
        if at is not None
    ]


def legend(contest: Contest, measure: str | None) -> Element:
    """Trackers by this measure, the best first; each can be pointed at, and switched off."""
    numbered = list(enumerate(contest.entries))
    if measure is not None:
        numbered.sort(key=lambda item: worth(measure, item[1].score.measures[measure]))
    items = [
        element(
            "li",
            element(
                "button",
                swatch(place),
                element("span", entry.name, class_="name"),
                element(
                    "span", shown(measure, entry.score.measures[measure]) if measure else "", class_="score"
                ),
                type="button",
                aria_pressed="true",
                data_tracker=place,
            ),
        )
        for place, entry in numbered
    ]
    return element("ol", *items, class_="legend")


def swatch(place: int) -> Element:
    """The stroke of a tracker."""
    picture = element("svg", class_="swatch", viewBox="0 0 22 8", width=22, height=8, aria_hidden="true")
    append(picture, line(place, "M0 4L22 4", interactive=False))
    return picture


def line(place: int, path: str, interactive: bool = True) -> Element:
    return element(
        "path",
        class_=f"line c{place % len(HUES)}",
        d=path,
        stroke_dasharray=ink(place).dashes or None,
        data_tracker=place if interactive else None,
    )


def frame(label: str, width: int, height: int, kind: str = "plot") -> Element:
    return element("svg", class_=kind, viewBox=f"0 0 {width} {height}", role="img", aria_label=label)


def grid(across: Axis, up: Axis, below: str, beside: str) -> list[Child]:
    """Thin lines, their numbers, and what the axes are."""
    parts: list[Child] = []
    top, bottom = min(up.begin, up.end), max(up.begin, up.end)
    for value in up.ticks(5):
        y = up.at(value)
        parts += [
            element("line", class_="grid", x1=across.begin, x2=across.end, y1=y, y2=y),
            element("text", tick_label(value), class_="tick end", x=across.begin - 6, y=y + 3.5),
        ]
    for value in across.ticks(6):
        x = across.at(value)
        parts += [
            element("line", class_="grid", x1=x, x2=x, y1=top, y2=bottom),
            element("text", tick_label(value), class_="tick middle", x=x, y=bottom + 15),
        ]
    middle = (across.begin + across.end) / 2
    parts.append(element("text", below, class_="axis middle", x=middle, y=bottom + 35))
    parts.append(
        element(
            "text",
            beside,
            class_="axis middle",
            transform=f"translate(9 {number((top + bottom) / 2)}) rotate(-90)",
        )
    )
    return parts


# ---------------------------------------------------------------- attributes


def attribute_chart(contest: Contest) -> Element | None:
    """Bars of the first measure by attribute, for the best trackers; None where the data set has no attributes."""
    names = attributes_of(contest)
    if not names:
        return None
    best = contest.entries[:BARS]
    thick, gap, left, right = 11, 14, 190, 860
    row = len(best) * thick + gap
    height = len(names) * row + 34
    across = Axis(0.0, 1.0, left, right)
    picture = frame(f"{title(contest.first)} by attribute", 920, height, "plot wide")
    for value in across.ticks(5):
        x = across.at(value)
        append(
            picture,
            element("line", class_="grid", x1=x, x2=x, y1=0.0, y2=float(height - 26)),
            element("text", tick_label(value), class_="tick middle", x=x, y=float(height - 10)),
        )
    for index, name in enumerate(names):
        top = index * row + gap / 2
        of = best[0].attributes[name].sequences
        middle = top + len(best) * thick / 2
        append(
            picture,
            element(
                "text",
                shortened(name),
                element("title", name),
                class_="label end",
                x=left - 44.0,
                y=middle + 4,
            ),
            element("text", str(of), class_="tick end", x=left - 12.0, y=middle + 4),
        )
        append(picture, *bars(contest, best, name, top, thick, across))
    return picture


def bars(
    contest: Contest, best: Sequence[Entry], name: str, top: float, thick: int, across: Axis
) -> list[Element]:
    """One attribute's."""
    rects, texts = [], []
    for place, entry in enumerate(best):
        value = entry.attributes[name].measures[contest.first]
        if value != value:
            continue
        y, end, text = top + place * thick, across.at(value), shown(contest.first, value)
        rects.append(
            element(
                "rect",
                element("title", f"{entry.name}, {name}: {text}"),
                class_=f"bar f{place % len(HUES)}",
                x=across.begin,
                y=y,
                width=max(end - across.begin, 0.5),
                height=thick - 1.5,
                data_tracker=place,
            )
        )
        texts.append(element("text", text, class_="value", x=end + 5, y=y + thick - 2.5, data_tracker=place))
    return [*rects, *texts]


def attributes_of(contest: Contest) -> list[str]:
    """All attributes, those that are hardest for the best tracker first."""
    if not contest.entries:
        return []
    found = contest.entries[0].attributes
    return sorted(found, key=lambda name: (-worth(contest.first, found[name].measures[contest.first]), name))


def shortened(text: str, most: int = 24) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


# ---------------------------------------------------------------- speed


def speed_chart(contest: Contest) -> Element | None:
    """The first measure beside frames a second; None where no times were kept."""
    timed = [(place, entry, entry.speed) for place, entry in enumerate(contest.entries) if entry.speed]
    if not timed:
        return None
    spans = [entry.intervals[contest.first] for _, entry, _ in timed]
    ends = [end for span in spans for end in (span.low, span.high, span.value) if end == end]
    if not ends:
        return None
    right, bottom = 640, 300
    across = Axis(*log_bounds([speed for *_, speed in timed]), LEFT, right, log=True)
    up = Axis(*widened(ends), bottom, TOP)
    picture = frame(f"{title(contest.first)} beside speed", 760, bottom + 44, "plot wide")
    append(picture, *grid(across, up, "Frames a second in the tracker (logarithmic)", title(contest.first)))
    points = [(across.at(speed), up.at(entry.score.measures[contest.first])) for _, entry, speed in timed]
    for (place, entry, speed), (x, y) in zip(timed, points, strict=True):
        span = entry.intervals[contest.first]
        told = f"{entry.name}: {shown(contest.first, span.value)}, {speed:.1f} frames/s"
        low, high = (y if end != end else up.at(end) for end in (span.low, span.high))
        whisker = f"whisker c{place % len(HUES)}"
        append(
            picture,
            element("line", class_=whisker, x1=x, x2=x, y1=low, y2=high, data_tracker=place),
            dot(place, (x, y), told),
        )
    append(picture, *labels([(place, entry.name) for place, entry, _ in timed], points, 760))
    return picture


def label_places(
    points: Sequence[tuple[float, float]], texts: Sequence[str], right: float = math.inf
) -> list[tuple[float, float] | None]:
    """Where each point's label begins: beside it, or a little above or below; None where there is no room.

    The first points, which are the best, choose first.
    """
    taken = [(x - DOT, y - DOT, x + DOT, y + DOT) for x, y in points]
    places: list[tuple[float, float] | None] = []
    for (x, y), text in zip(points, texts, strict=True):
        long = LETTER * len(text)
        tries = [
            (left, y + 4 + down)
            for down in (0, -14, 14, -24, 24)
            for left in (x + 10, x - 10 - long)
            if left > LEFT and left + long < right
        ]
        free = [
            place
            for place in tries
            if not any(
                meet((place[0], place[1] - 11, place[0] + long, place[1] + 3), other) for other in taken
            )
        ]
        places.append(free[0] if free else None)
        if free:
            taken.append((free[0][0], free[0][1] - 11, free[0][0] + long, free[0][1] + 3))
    return places


DOT = 4.0
LETTER = 6.8
"""about as wide is a letter of a label"""


def meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    """Whether two rectangles (left, top, right, bottom) have a point in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
