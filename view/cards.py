"""What stands on a node of the picture, and how large that makes it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .marks import Face
from .picture import PictureEdge, PictureNode, count_text

CARD_PAD = 16.0
NARROWEST = 92.0
WIDEST_TEXT = 34
"""characters; a longer line is cut, the whole of it is shown on hovering"""
WIDEST_CHANGE = 46
"""the same, for what a setting was and is"""
SETTINGS_SHOWN = 3
TIME_TEXT = "00.0 ms"
"""stands for what is written there"""
LABEL_SIZE = 11.0
LABEL_HEIGHT = 14.0
LABEL_LINES = 4
"""a value of more tensors than these (a pyramid of many levels) shows the first ones only"""


@dataclass(frozen=True)
class Line:
    text: str
    style: str
    size: float
    height: float


def lines_of(node: PictureNode) -> tuple[Line, ...]:
    """The lines on a card: its title, then component, settings and weights where there are any.

    A line for the time is left empty: it is another in each program.
    """
    time = (Line(TIME_TEXT, "time", 12, 18),) if node.timed else ()
    if node.group == "flow":
        return (Line(cut(node.title), "small", 12, 17), *time)
    lines = [Line(cut(node.title), "title", 14, 23)]
    if node.component and node.component != node.title:
        lines.append(Line(cut(node.component), "muted", 12, 17))
    if node.mark and node.mark.lines:
        return (*lines, *(Line(cut(text, WIDEST_CHANGE), "detail", 11, 16) for text in node.mark.lines))
    settings = [f"{found.name} {found.value}" for found in node.settings if not found.inferred]
    told = ""
    for setting in settings[:SETTINGS_SHOWN]:
        longer = f"{told} · {setting}" if told else setting
        if len(longer) > WIDEST_TEXT:
            break
        told = longer
    if told:
        lines.append(Line(told, "detail", 11, 16))
    if node.note:
        lines.append(Line(cut(node.note), "detail", 11, 16))
    if node.parameters:
        lines.append(Line(f"{count_text(node.parameters)} parameters", "detail", 11, 16))
    return (*lines, *time)


def card_size(node: PictureNode, ends: float, trunks: float) -> tuple[float, float]:
    """Width and height in pixels; at least as wide as the ends of its edges above and the labels below."""
    shown = [lines_of(node), *(lines_of(turned(node, face)) for face in faces_of(node))]
    width = max(
        text_width(line.text, line.size, bold=line.style == "title") for lines in shown for line in lines
    )
    flow = node.group == "flow"
    height = max(sum(line.height for line in lines) for lines in shown) + (8.0 if flow else 11.0)
    return max(40.0 if flow else NARROWEST, width + 2 * CARD_PAD, ends, trunks), height


def faces_of(node: PictureNode) -> tuple[Face, ...]:
    """What the card says before and after, where that differs."""
    return node.mark.faces if node.mark else ()


def turned(node: PictureNode, face: Face) -> PictureNode:
    """The node as it is on one side of a change."""
    assert node.mark is not None
    mark = replace(node.mark, lines=face.lines, faces=())
    return replace(node, title=face.title, component=face.component, mark=mark)


def label_lines(wire: str, shape: str) -> tuple[str, ...]:
    """What stands on a wire: its name, and its shape with a line for each of several tensors."""
    inner = shape[1:-1] if shape[:1] in {"(", "["} and shape[-1:] in {")", "]"} else shape
    nested = any(bracket in inner for bracket in "([")
    pieces = [inner] if nested else [piece.strip() for piece in inner.split(",")]
    if len(pieces) > LABEL_LINES:
        pieces = [*pieces[: LABEL_LINES - 1], f"… {len(pieces)} in all"]
    if not wire:
        return tuple(pieces) if shape else ()
    return (f"{wire}  {pieces[0]}".rstrip(),) if len(pieces) == 1 else (wire, *pieces)


def label_room(edge: PictureEdge) -> tuple[float, float]:
    """Width and height in pixels that the label of a wire needs: on either side of a change, where there are two."""
    sizes = [label_size(label_lines(*flow)) for flow in ((edge.wire, edge.shape), *edge.flows)]
    return max(width for width, _ in sizes), max(height for _, height in sizes)


def label_size(lines: tuple[str, ...]) -> tuple[float, float]:
    """Width and height in pixels of a wire's label."""
    if not lines:
        return 8.0, 4.0
    return max(text_width(line, LABEL_SIZE) for line in lines) + 16, LABEL_HEIGHT * len(lines) + 12


def cut(text: str, widest: int = WIDEST_TEXT) -> str:
    return text if len(text) <= widest else f"{text[: widest - 1]}…"


NARROW = frozenset("iljtfr.,:;'|![]() ")
WIDE = frozenset("mwMW@%")


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """About how wide a sans-serif text is, in pixels; a little generous, since fonts differ."""
    units = sum(
        0.34 if letter in NARROW else 0.88 if letter in WIDE else 0.70 if letter.isupper() else 0.57
        for letter in text
    )
    return units * size * (1.06 if bold else 1.0)
