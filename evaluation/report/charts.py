"""Charts of the page as SVG: curves with a legend, bars by attribute, accuracy beside speed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..metrics.rules import CurveName, Reading
from .axis import Axis, log_bounds, tick_label, widened
from .contest import Contest, Entry, worth
from .markup import Child, Element, append, element, number
from .palette import HUES, ink
from .table import shown, title

CURVES: Mapping[CurveName, tuple[str, str, str]] = {
    "success": ("Success", "Overlap threshold", "Share of frames"),
    "precision": ("Precision", "Distance of centres, pixels", "Share of frames"),
    "norm_precision": ("Normalised precision", "Distance of centres, share of the size", "Share of frames"),
}
"""Title and what is on the axes."""

WIDTH, HEIGHT = 400, 290
LEFT, RIGHT, TOP, BOTTOM = 40, 392, 10, 246
"""Where a chart's axes are."""

BARS = 6
"""So many trackers have bars; the table has all."""


def curve_chart(contest: Contest, key: CurveName) -> Element:
    """One curve of all trackers; its legend is by the measure that is read off this curve."""
    thresholds = contest.profile.curves[key].thresholds
    across = Axis(thresholds[0], thresholds[-1], LEFT, RIGHT)
    up = Axis(0.0, 1.0, BOTTOM, TOP)
    heading, below, beside = CURVES[key]
    picture = frame(f"{heading} of {len(contest.entries)} trackers", WIDTH, HEIGHT)
    append(picture, *grid(across, up, below, beside))
    measure = measure_of(contest, key)
    reading = contest.profile.measures[measure] if measure else None
    if reading is not None and isinstance(reading.at, int):
        at = across.at(thresholds[reading.at])
        append(picture, element("line", class_="mark", x1=at, x2=at, y1=float(TOP), y2=float(BOTTOM)))
    for place, entry in reversed(list(enumerate(contest.entries))):
        points = zip(thresholds, entry.score.curves[key], strict=True)
        path = "M" + "L".join(f"{number(across.at(x))} {number(up.at(float(y)))}" for x, y in points)
        append(picture, line(place, path))
    return element(
        "figure",
        element("figcaption", element("h3", heading), element("p", read_off(contest, key, measure, reading))),
        picture,
        legend(contest, measure),
        class_="chart",
    )


def measure_of(contest: Contest, key: CurveName) -> str | None:
    """The measure that a curve's legend tells: its area where the profile has that, else what is read off it."""
    measures = contest.profile.measures
    areas = [name for name, reading in measures.items() if reading.of == key and isinstance(reading.at, str)]
    means = [name for name, reading in measures.items() if key == "success" and reading.of == "overlap"]
    points = [name for name, reading in measures.items() if reading.of == key and isinstance(reading.at, int)]
    by_kind = (*areas, *means, *points) if key == "success" else (*points, *areas)
    return next(iter(by_kind), None)


def read_off(contest: Contest, key: CurveName, measure: str | None, reading: Reading | None) -> str:
    """What the legend's number is."""
    if measure is None or reading is None:
        return f"profile {contest.profile.name}"
    if reading.of == "overlap":
        how = "mean of the overlaps"
    elif isinstance(reading.at, int):
        how = f"read at {tick_label(contest.profile.curves[key].thresholds[reading.at])}"
    else:
        how = "area under the curve"
    return f"{title(measure)}: {how}, profile {contest.profile.name}"


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
    names = [shortened(entry.name) for _, entry, _ in timed]
    labels = label_places(points, names)
    for (place, entry, speed), (x, y) in zip(timed, points, strict=True):
        span, hue = entry.intervals[contest.first], place % len(HUES)
        told = f"{entry.name}: {shown(contest.first, span.value)}, {speed:.1f} frames/s"
        low, high = (y if end != end else up.at(end) for end in (span.low, span.high))
        append(
            picture,
            element("line", class_=f"whisker c{hue}", x1=x, x2=x, y1=low, y2=high, data_tracker=place),
            element(
                "circle", element("title", told), class_=f"dot f{hue}", cx=x, cy=y, r=5, data_tracker=place
            ),
        )
    for (place, *_), name, at in zip(timed, names, labels, strict=True):
        if at is not None:
            append(picture, element("text", name, class_="label", x=at[0], y=at[1], data_tracker=place))
    return picture


def label_places(
    points: Sequence[tuple[float, float]], texts: Sequence[str]
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
            if left > LEFT
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
