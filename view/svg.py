"""A picture as SVG: one file, light and dark by the reader's setting, nothing fetched from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from itertools import pairwise

from .cards import LABEL_HEIGHT, card_size, label_lines, label_room, label_size, lines_of, text_width
from .layout import WAY_BACK, Layout, Place, PlacedBand, Route, Sizes, arrange
from .net import Trunk, trunk_of
from .palette import STAGE_MEANING, STYLE
from .picture import STAGES, Picture, PictureNode, count_text, folded

HEADER = 82.0
LEFT = 40.0
"""room at the left for the bands' names"""
LEGEND_Y = 61.0
COMMUTATIVE = frozenset({"+", "*", "and", "or", "==", "!="})
"""operators of which the order of operands need not be shown"""
MANY_ENDS = 8
"""a node with more edges than these has no names at their ends"""
PORT_GAP = 26.0
"""room for each end that is named, beside the names themselves, in pixels"""


def svg(picture: Picture) -> str:
    """The whole SVG document."""
    picture = folded(picture)
    layout = arrange(picture, sizes_of(picture))
    legend, legend_width = legend_of(picture)
    width = max(layout.width + LEFT, legend_width, 480.0)
    left = LEFT + (width - LEFT - layout.width) / 2
    height = layout.height + HEADER
    name = escape(picture.title)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="{name}">',
            f"<title>{name}</title>",
            f"<style>{STYLE}</style>",
            '<rect class="paper" width="100%" height="100%" rx="12"/>',
            heading(picture, width),
            *legend,
            f'<g transform="translate(0 {HEADER:g})">',
            *(band(found, width) for found in layout.bands),
            "</g>",
            f'<g transform="translate({left:.1f} {HEADER:g})">',
            *edges(picture, layout),
            *shared_links(picture, layout),
            *(card(node, layout.places[node.name]) for node in picture.nodes),
            *trunk_labels(layout),
            *port_names(picture, layout),
            "</g>",
            "</svg>",
            "",
        ]
    )


def sizes_of(picture: Picture) -> Sizes:
    """How large everything is that has to be placed."""
    trunks = {trunk_of(edge): label_room(edge) for edge in picture.edges}
    named = names_ports(picture)
    slots = {
        edge: text_width(edge.port, 10) * 2 + PORT_GAP if named[edge.target] else 12.0
        for edge in picture.edges
    }
    ends = dict.fromkeys((node.name for node in picture.nodes), 0.0)
    below = dict(ends)
    for edge, slot in slots.items():
        ends[edge.target] += slot
    for (source, _, _), size in trunks.items():
        below[source] += size[0]
    nodes = {node.name: card_size(node, ends[node.name], below[node.name]) for node in picture.nodes}
    return Sizes(nodes, trunks, slots)


def names_ports(picture: Picture) -> Mapping[str, bool]:
    """Whether the ends of a node's edges are named: where there are several, not all alike, and not a great many."""
    arriving: dict[str, list[str]] = {node.name: [] for node in picture.nodes}
    for edge in picture.edges:
        arriving[edge.target].append(edge.port)
    return {name: len(set(ports)) > 1 and len(ports) <= MANY_ENDS for name, ports in arriving.items()}


# ---------------------------------------------------------------- around the graph


def heading(picture: Picture, width: float) -> str:
    applied = sum(node.kind == "apply" for node in picture.nodes)
    weights = f"{count_text(picture.parameters)} parameters" if picture.parameters else "no trained weights"
    total = f"{weights} · {applied} applications"
    return (
        f'<text class="heading" x="24" y="36">{escape(picture.title)}</text>'
        f'<text class="muted" x="{width - 24:.0f}" y="36" text-anchor="end">{total}</text>'
    )


def legend_of(picture: Picture) -> tuple[list[str], float]:
    """What the colours mean, of those that occur; and how far it reaches."""
    x = 24.0
    pieces = []
    present = {node.stage for node in picture.nodes}
    for stage in STAGES:
        if stage in present:
            text = f"{stage}: {STAGE_MEANING[stage]}"
            pieces.append(f'<rect class="swatch {stage}" x="{x:.1f}" y="54" width="14" height="14" rx="4"/>')
            pieces.append(f'<text class="legend" x="{x + 20:.1f}" y="65">{text}</text>')
            x += 20 + text_width(text, 12) + 22
    if picture.shared_parts:
        text = "one part, the same weights"
        pieces.append(f'<path class="shared" d="M{x:.1f} {LEGEND_Y:g}h26"/>')
        pieces.append(f'<text class="legend" x="{x + 32:.1f}" y="65">{text}</text>')
        x += 32 + text_width(text, 12) + 22
    if any(edge.feedback for edge in picture.edges):
        text = "into the next frame"
        pieces.append(f'<path class="edge feedback step" d="M{x:.1f} {LEGEND_Y:g}h26"/>')
        pieces.append(f'<text class="legend" x="{x + 32:.1f}" y="65">{text}</text>')
        x += 32 + text_width(text, 12) + 22
    return pieces, x + 4


def band(found: PlacedBand, width: float) -> str:
    """A category's rows: a quiet field with its name along the left edge."""
    name = " · ".join(found.groups)
    height = found.bottom - found.top - 6
    middle = (found.top + found.bottom) / 2
    return (
        f'<rect class="band" x="12" y="{found.top + 3:.1f}" width="{width - 24:.0f}" height="{height:.1f}" '
        f'rx="10"/><text class="band-name" transform="translate(33 {middle:.1f}) rotate(-90)" '
        f'text-anchor="middle">{escape(name)}</text>'
    )


# ---------------------------------------------------------------- nodes


def card(node: PictureNode, place: Place) -> str:
    """A node: its stage's colour, what it is, how it is set; everything else on hovering."""
    flow = node.group == "flow"
    radius = min(place.height / 2, 24.0) if flow or node.kind != "apply" else 9.0
    pieces = [
        f'<g class="card {node.stage}{" flow" if flow else ""}"><title>{escape(hover(node))}</title>'
        f'<rect x="{place.left:.1f}" y="{place.y:.1f}" width="{place.width:.1f}" height="{place.height:.1f}" '
        f'rx="{radius:g}"/>'
    ]
    y = place.y
    for line in lines_of(node):
        y += line.height
        text = f'<text class="{line.style}" x="{place.x:.1f}" y="{y:.1f}" text-anchor="middle">'
        pieces.append(f"{text}{escape(line.text)}</text>")
    return "".join([*pieces, "</g>"])


def hover(node: PictureNode) -> str:
    """All that is known of a node."""
    told = [f"{node.title} ({node.component or node.kind})"]
    told.append(f"known: {STAGE_MEANING.get(node.stage, node.stage)}")
    told += [
        f"{found.name} = {found.value}{'  (inferred)' if found.inferred else ''}" for found in node.settings
    ]
    told += [f"gives {node.shape}"] if node.shape else []
    told += [f"{node.parameters:,} parameters"] if node.parameters else []
    told += [f"part {node.part}, applied {node.uses} times"] if node.shared else []
    told += [node.place] if node.place else []
    return "\n".join(told)


# ---------------------------------------------------------------- edges


def edges(picture: Picture, layout: Layout) -> Iterator[str]:
    """Every edge, in the colour of when its source is known, with an arrow's head at its end."""
    stage_of = {node.name: node.stage for node in picture.nodes}
    side = layout.width - 12
    for route in layout.routes:
        stage = stage_of[route.edge.source]
        if route.edge.feedback:
            side -= WAY_BACK
            yield f'<path class="edge {stage} feedback" d="{way_back(route, side)}"/>'
        else:
            yield f'<path class="edge {stage}" d="{way(route)}"/>'
    for route in layout.routes:
        x, y = route.points[-1]
        yield f'<path class="head {stage_of[route.edge.source]}" d="M{x - 4:.1f} {y - 8:.1f}h8l-4 8z"/>'


def way_back(route: Route, side: float) -> str:
    """Into the next frame: out below, up at the right where x is `side`, and in from above."""
    (start_x, start_y), (x, y), *_, (end_x, end_y) = route.points
    above = end_y - 46
    return (
        f"M{start_x:.1f} {start_y:.1f}L{x:.1f} {y:.1f}"
        f"C{x:.1f} {y + 24:.1f} {side:.1f} {y + 24:.1f} {side:.1f} {y - 16:.1f}V{end_y:.1f}"
        f"C{side:.1f} {above:.1f} {end_x:.1f} {above:.1f} {end_x:.1f} {end_y:.1f}"
    )


def way(route: Route) -> str:
    """Vertical at every point, curved between."""
    (start_x, start_y), *_ = route.points
    pieces = [f"M{start_x:.1f} {start_y:.1f}"]
    for (from_x, from_y), (to_x, to_y) in pairwise(route.points):
        if abs(from_x - to_x) < 0.5:
            pieces.append(f"L{to_x:.1f} {to_y:.1f}")
            continue
        bend = (to_y - from_y) * 0.55
        pieces.append(f"C{from_x:.1f} {from_y + bend:.1f} {to_x:.1f} {to_y - bend:.1f} {to_x:.1f} {to_y:.1f}")
    return "".join(pieces)


def trunk_labels(layout: Layout) -> Iterator[str]:
    """What flows, on the wire where it leaves its node."""
    for trunk, (x, y) in layout.trunks.items():
        yield trunk_label(trunk, x, y + 5)


def trunk_label(trunk: Trunk, x: float, y: float) -> str:
    _, wire, shape = trunk
    lines = label_lines(wire, shape)
    if not lines:
        return ""
    width, height = label_size(lines)
    pieces = [
        f'<rect class="pill" x="{x - width / 2 + 2:.1f}" y="{y:.1f}" width="{width - 4:.1f}" '
        f'height="{height - 8:.1f}" rx="7"/>'
    ]
    for number, line in enumerate(lines):
        text = escape(line)
        if number == 0 and wire:
            text = f'<tspan class="wire">{escape(wire)}</tspan>{escape(line.removeprefix(wire))}'
        baseline = y + 13 + LABEL_HEIGHT * number
        pieces.append(
            f'<text class="shape" x="{x:.1f}" y="{baseline:.1f}" text-anchor="middle">{text}</text>'
        )
    return "".join(pieces)


def port_names(picture: Picture, layout: Layout) -> Iterator[str]:
    named = names_ports(picture)
    titles = {node.name: node.title for node in picture.nodes}
    for route in layout.routes:
        (from_x, _), (x, y) = route.points[-2:]
        place = layout.places[route.edge.target]
        either = route.edge.port.isdigit() and titles[route.edge.target] in COMMUTATIVE
        if named[route.edge.target] and route.edge.port and not either:
            straight = abs(from_x - x) <= 1
            is_left = route.edge.feedback or (x > place.x if straight else from_x > x)
            side, anchor = (-6, "end") if is_left else (6, "start")  # beside the edge, not on it
            yield (
                f'<text class="port" x="{x + side:.1f}" y="{y - 5:.1f}" text-anchor="{anchor}">'
                f"{escape(route.edge.port)}</text>"
            )


# ---------------------------------------------------------------- shared parts


def shared_links(picture: Picture, layout: Layout) -> Iterator[str]:
    """A dashed line from each application of a part to the next, with the part's name on it."""
    for part, names in picture.shared_parts.items():
        for one, other in pairwise(layout.places[name] for name in names):
            left, right = sorted((one, other), key=lambda place: place.x)
            yield beside_link(part, left, right) if left.right < right.left else around_link(left, right)


def beside_link(part: str, left: Place, right: Place) -> str:
    """From the right side of the one to the left side of the other."""
    middle_x, middle_y = (left.right + right.left) / 2, (left.middle + right.middle) / 2
    line = (
        f"M{left.right:.1f} {left.middle:.1f}C{middle_x:.1f} {left.middle:.1f} "
        f"{middle_x:.1f} {right.middle:.1f} {right.left:.1f} {right.middle:.1f}"
    )
    width = text_width(part, 11) + 16
    if right.left - left.right < width + 12:
        return f'<path class="shared" d="{line}"/>'
    return (
        f'<path class="shared" d="{line}"/>'
        f'<rect class="badge" x="{middle_x - width / 2:.1f}" y="{middle_y - 9:.1f}" width="{width:.1f}" '
        f'height="18" rx="9"/>'
        f'<text class="badge-text" x="{middle_x:.1f}" y="{middle_y + 4:.1f}" text-anchor="middle">'
        f"{escape(part)}</text>"
    )


def around_link(one: Place, other: Place) -> str:
    """Along the right sides of two that stand one above the other."""
    side = max(one.right, other.right) + 30
    return (
        f'<path class="shared" d="M{one.right:.1f} {one.middle:.1f}C{side:.1f} {one.middle:.1f} {side:.1f} '
        f'{other.middle:.1f} {other.right:.1f} {other.middle:.1f}"/>'
    )
