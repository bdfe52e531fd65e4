"""A checked spec, a graph, a network and a tracker as notebooks show them: HTML without scripts, bounded in size.

Styles are written on the elements and pictures are images of their own, so nothing reaches the page around them.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from ..compiler.shown import draw_with

if TYPE_CHECKING:
    from ..compiler.check import CheckResult
    from ..compiler.graph import ComponentGraph
    from ..compiler.network import Network
    from ..compiler.plan import Plan, Signature
    from ..dsl.diagnostics import Diagnostic
    from .picture import Picture

LARGEST_PICTURE = 700_000
"""Characters of an SVG; of a larger graph there is the table only."""
SMALLEST = 60
"""Per cent of its size, to which a picture shrinks where there is less room; then it is scrolled."""
ROWS = 200
FINDINGS = 20
LONGEST = 400
"""Characters of a cell."""

HEIGHT = "max-height:560px;overflow:auto;border:1px solid #8884;border-radius:8px"
CELL = "text-align:left;vertical-align:top;padding:2px 14px 2px 0"
QUIET = "opacity:.7"


def register() -> None:
    """Let notebooks draw what the package gives."""
    draw_with({"check": of_check, "graph": of_graph, "network": of_network, "tracker": of_tracker})


# ---------------------------------------------------------------- what is shown


def of_check(checked: CheckResult) -> str:
    """The graph of a spec without errors, else what is wrong with it; warnings in any case."""
    pieces = [] if checked.graph is None or not checked.ok else [of_graph(checked.graph)]
    if checked.diagnostics:
        pieces.append(findings(checked))
    return "".join(pieces)


def findings(checked: CheckResult) -> str:
    """The report that `sotc check` prints."""
    from ..dsl.render import render_human

    found = checked.diagnostics
    report = render_human(found[:FINDINGS], checked.sources)
    rest = f"\nand {len(found) - FINDINGS} more" if len(found) > FINDINGS else ""
    return f'<pre style="{HEIGHT};padding:8px 12px">{escape(report + rest)}</pre>'


def of_graph(graph: ComponentGraph) -> str:
    """The picture, and a table of the parts."""
    from .picture import count_text, picture

    drawn = picture(graph)
    weights = f"{count_text(drawn.parameters)} parameters" if drawn.parameters else "no trained weights"
    doc = (graph.program.doc or "").strip().partition("\n")[0]
    return "".join((heading(drawn.title, weights, doc), image(drawn), parts_table(drawn)))


def image(drawn: Picture) -> str:
    """The static picture as an image: it brings its own colours, light or dark, and can run nothing."""
    from .svg import svg

    text = svg(drawn)
    if len(text) > LARGEST_PICTURE:
        return (
            f'<p style="{QUIET}">The graph is too large for a notebook: `sotc graph` writes it as a page.</p>'
        )
    source = b64encode(text.encode()).decode("ascii")
    name = escape(f"Graph of {drawn.title}")
    natural = int(text.partition(' width="')[2].partition('"')[0])
    wide = f"max-width:none;width:min({natural}px,max(100%,{natural * SMALLEST // 100}px))"
    picture = f'<img alt="{name}" style="display:block;{wide}" src="data:image/svg+xml;base64,{source}">'
    return f'<div style="{HEIGHT}">{picture}</div>'


def parts_table(drawn: Picture) -> str:
    from .picture import count_text
    from .summary import by_category

    nodes = [node for node in by_category(drawn) if node.component]
    rows = [
        (
            node.title,
            node.component,
            ", ".join(
                f"{one.name} {one.value}{' (inferred)' if one.inferred else ''}" for one in node.settings
            ),
            node.shape,
            count_text(node.parameters) if node.parameters else "",
            node.stage,
        )
        for node in nodes
    ]
    found = table(("part", "component", "settings", "gives", "parameters", "known in"), rows)
    return f"<details><summary>{len(rows)} applications of parts</summary>{found}</details>"


def of_network(network: Network) -> str:
    return of_graph(network.graph)


def of_tracker(tracker: Any) -> str:
    """What runs it, its programs, and what to do with it."""
    plan: Plan = tracker.plan
    told = f"runs by {tracker.backend} on {tracker.device}, crops cut by the {plan.crop_lowering}"
    programs = table(("program", "runs", "reads", "leaves"), map(program_row, plan.programs.values()))
    crops = table(("crop", "kind", "cut"), crop_rows(plan))
    outputs = table(
        ("outputs", "most targets"), [(", ".join(plan.outputs), str(plan.max_targets or "any number"))]
    )
    use = "session = tracker.start(frame, (x, y, w, h)); session.step(next_frame).boxes"
    pieces = [heading(plan.name, "compiled", told), crops, programs, outputs, f"<p><code>{use}</code></p>"]
    return "".join([*pieces, *map(warning, tracker.warnings[:FINDINGS])])


WHEN = {
    "begin": "for new targets",
    "border": "at the first frame",
    "aim": "where crops lie",
    "init": "at the first frame",
    "step": "in every frame",
    "next": "after a refresh",
}


def program_row(program: Signature) -> tuple[str, ...]:
    when = WHEN.get(program.name, "when a template is refreshed")
    reads, leaves = (", ".join(slot.name for slot in slots) for slots in (program.inputs, program.outputs))
    return program.name, when, reads, leaves


def crop_rows(plan: Plan) -> Iterator[tuple[str, ...]]:
    for crop in plan.crops:
        when = "in every frame" if crop.keyword == "search" else "at the first frame"
        if crop.refresh_every:
            again = f"every {crop.refresh_every} frames" if crop.refresh_every > 1 else "in every frame"
            when = f"{when}, and again {again}"
        yield crop.name, crop.keyword, when


def warning(found: Diagnostic) -> str:
    return f'<p style="{QUIET}">{escape(f"{found.code}: {found.title}")}</p>'


# ---------------------------------------------------------------- elements


def heading(name: str, told: str, more: str) -> str:
    """One line, and a quiet one below it."""
    below = f'<div style="{QUIET}">{escape(short(more))}</div>' if more else ""
    return f'<div style="margin:4px 0"><b>{escape(name)}</b> <span style="{QUIET}">{escape(told)}</span>{below}</div>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """At most `ROWS` of them."""
    told = [*rows]
    lines = [f"<tr>{cells('th', head)}</tr>", *(f"<tr>{cells('td', row)}</tr>" for row in told[:ROWS])]
    more = f'<p style="{QUIET}">and {len(told) - ROWS} more</p>' if len(told) > ROWS else ""
    return f'<table style="font-size:90%">{"".join(lines)}</table>{more}'


def cells(kind: str, texts: Iterable[str]) -> str:
    return "".join(f'<{kind} style="{CELL}">{escape(short(text))}</{kind}>' for text in texts)


def short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
