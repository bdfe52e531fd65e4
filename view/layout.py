"""Where everything of a picture goes: a layered layout, top to bottom, near-linear in nodes and edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from .bands import Rows, rows
from .net import Net, Trunk, net_of, trunk_of
from .ordering import ordered_rows
from .picture import Picture, PictureEdge
from .positions import positions

MARGIN = 48.0
GAP = 40.0
"""between two rows, beside what labels need"""
WAY_BACK = 10.0
"""room at the right for each edge into the next frame"""
BAND_GAP = 22.0
"""more room between two bands"""

Size: TypeAlias = tuple[float, float]
Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Sizes:
    """What is to be placed, in pixels: width and height of nodes and of the labels of what leaves them."""

    nodes: Mapping[str, Size]
    trunks: Mapping[Trunk, Size]
    slots: Mapping[PictureEdge, float]
    """how wide each edge's end is where several end at one node"""


@dataclass(frozen=True)
class Place:
    """A node's rectangle: centre x, top y, width and height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Route:
    """An edge's way: points to pass, each vertically; from the bottom of one node to the top of another."""

    edge: PictureEdge
    points: tuple[Point, ...]


@dataclass(frozen=True)
class PlacedBand:
    groups: tuple[str, ...]
    top: float
    bottom: float


@dataclass(frozen=True)
class Layout:
    places: Mapping[str, Place]
    routes: tuple[Route, ...]
    trunks: Mapping[Trunk, Point]
    """where each trunk's label begins: the middle of its upper side"""
    bands: tuple[PlacedBand, ...]
    width: float
    height: float


@dataclass(frozen=True)
class Grid:
    """The top and the height of every row."""

    tops: Sequence[float]
    heights: Sequence[float]

    def bottom(self, row: int) -> float:
        return self.tops[row] + self.heights[row]


def arrange(picture: Picture, sizes: Sizes) -> Layout:
    """Lay a picture out."""
    standing = rows(picture)
    net = net_of(picture, standing, {name: size[0] for name, size in sizes.nodes.items()})
    xs = [x + MARGIN for x in positions(net, ordered_rows(net))]
    width = max((x + wide / 2 for x, wide in zip(xs, net.width, strict=True)), default=0.0) + MARGIN
    if is_mirrored(picture, standing, xs):
        xs = [width - x for x in xs]
    grid = grid_of(picture, standing, sizes)
    places = {
        node.name: Place(xs[number], grid.tops[row] + (grid.heights[row] - size[1]) / 2, *size)
        for number, node in enumerate(picture.nodes)
        for row, size in [(standing.of[node.name], sizes.nodes[node.name])]
    }
    trunks = trunk_points(picture, net, xs, places, sizes)
    routes = route_all(picture, standing, net, xs, grid, places, trunks, sizes)
    width += WAY_BACK * sum(edge.feedback for edge in picture.edges)
    height = (grid.bottom(len(grid.tops) - 1) if grid.tops else 0.0) + MARGIN
    return Layout(places, routes, trunks, band_places(standing, grid), width, height)


def is_mirrored(picture: Picture, standing: Rows, xs: Sequence[float]) -> bool:
    """Whether what the spec says first stands at the right; the picture is then turned over."""
    top = [number for number, node in enumerate(picture.nodes) if node.kind == "input"]
    return len(top) > 1 and xs[top[0]] > xs[top[-1]]


def grid_of(picture: Picture, standing: Rows, sizes: Sizes) -> Grid:
    count = 1 + max(standing.of.values(), default=-1)
    heights, below = [0.0] * count, [0.0] * count
    for node in picture.nodes:
        row = standing.of[node.name]
        heights[row] = max(heights[row], sizes.nodes[node.name][1])
    for (source, _, _), size in sizes.trunks.items():
        below[standing.of[source]] = max(below[standing.of[source]], size[1])
    begins = {band.first for band in standing.bands if band.first > 0}
    tops: list[float] = []
    y = MARGIN
    for row in range(count):
        y += BAND_GAP if row in begins else 0.0
        tops.append(y)
        y += heights[row] + below[row] + GAP
    return Grid(tops, heights)


def band_places(standing: Rows, grid: Grid) -> tuple[PlacedBand, ...]:
    """Bands meet in the middle between the label of the one and the top of the next."""
    if not standing.bands:
        return ()
    pad = (GAP + BAND_GAP) / 2 - 6
    starts = [grid.tops[band.first] - pad for band in standing.bands]
    ends = [*starts[1:], grid.bottom(len(grid.tops) - 1) + pad]
    return tuple(
        PlacedBand(band.groups, start, end)
        for band, start, end in zip(standing.bands, starts, ends, strict=True)
    )


def trunk_points(
    picture: Picture, net: Net, xs: Sequence[float], places: Mapping[str, Place], sizes: Sizes
) -> dict[Trunk, Point]:
    """Where trunks leave their nodes: side by side along the bottom, in the order of where they go."""
    index = {node.name: number for number, node in enumerate(picture.nodes)}
    goals: dict[str, dict[Trunk, list[float]]] = {}
    for edge in picture.edges:
        chain = net.joints.get(trunk_of(edge), ())
        goal = xs[chain[0]] if chain else xs[index[edge.target]]
        goals.setdefault(edge.source, {}).setdefault(trunk_of(edge), []).append(goal)
    points: dict[Trunk, Point] = {}
    for source, trunks in goals.items():
        ordered = sorted(trunks, key=lambda trunk: (sum(trunks[trunk]) / len(trunks[trunk]), trunk))
        widths = [sizes.trunks[trunk][0] for trunk in ordered]
        x = places[source].x - sum(widths) / 2
        for trunk, width in zip(ordered, widths, strict=True):
            points[trunk] = (x + width / 2, places[source].bottom)
            x += width
    return points


def route_all(
    picture: Picture,
    standing: Rows,
    net: Net,
    xs: Sequence[float],
    grid: Grid,
    places: Mapping[str, Place],
    trunks: Mapping[Trunk, Point],
    sizes: Sizes,
) -> tuple[Route, ...]:
    """The way of every edge."""
    ways: list[list[Point]] = []
    arriving: dict[str, list[int]] = {}
    for number, edge in enumerate(picture.edges):
        start = trunks[trunk_of(edge)]
        row = standing.of[edge.source]
        way = [start, (start[0], max(start[1], grid.bottom(row)) + sizes.trunks[trunk_of(edge)][1])]
        if edge not in net.direct:
            for joint in net.joints[trunk_of(edge)][: standing.of[edge.target] - row - 1]:
                row += 1
                way += [(xs[joint], grid.tops[row]), (xs[joint], grid.bottom(row))]
        ways.append(way)
        arriving.setdefault(edge.target, []).append(number)
    ends: dict[int, float] = {}
    for target, numbers in arriving.items():
        numbers.sort(key=lambda number: (ways[number][-1][0], number))
        ends |= spread_ends(
            places[target], [(number, sizes.slots[picture.edges[number]]) for number in numbers]
        )
    return tuple(
        Route(edge, (*way, (ends[number], places[edge.target].y)))
        for number, (edge, way) in enumerate(zip(picture.edges, ways, strict=True))
    )


def spread_ends(place: Place, slots: Sequence[tuple[int, float]]) -> dict[int, float]:
    """Where edges end along the top of a node: at the middles of slots that fill the width."""
    total = sum(width for _, width in slots) or 1.0
    stretch = place.width / total
    ends, x = {}, place.left
    for number, width in slots:
        ends[number] = x + width * stretch / 2
        x += width * stretch
    return ends
