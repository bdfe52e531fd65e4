"""A picture in words, for the terminal: its parts with their settings, and its wires with shape and stage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from .picture import CATEGORIES, Picture, PictureNode, count_text

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

STAGE_STYLES: Mapping[str, str] = MappingProxyType(
    {"const": "dim", "init": "blue", "step": "yellow", "train": "magenta"}
)
PLURALS: Mapping[str, str] = MappingProxyType({"output": "outputs", "loss": "losses"})


def summary(picture: Picture) -> Iterator[Table | Text]:
    """Renderables: the parts, the wires, a closing line."""
    yield parts_table(picture)
    yield wires_table(picture)
    yield closing(picture)


def parts_table(picture: Picture) -> Table:
    """Every part once: its component, settings (inferred ones marked), weights, how often it is applied."""
    table = new_table("part", "component", "settings", "weights", "applied")
    seen: set[str] = set()
    for node in by_category(picture):
        key = node.part or node.name
        if not node.component or key in seen:
            continue
        seen.add(key)
        weights = count_text(node.parameters) if node.parameters else "-"
        table.add_row(node.title, node.component, settings_text(node), weights, str(node.uses))
    return table


def wires_table(picture: Picture) -> Table:
    """Every value in the order of computation: when it is known, and its shape."""
    table = new_table("wire", "from", "known at", "shape")
    wires = {edge.source: edge.wire for edge in picture.edges if edge.wire}
    for node in picture.nodes:
        if node.kind in PLURALS:
            continue
        table.add_row(wires.get(node.name, node.name), node.title, stage_text(node), node.shape)
    return table


def closing(picture: Picture) -> Text:
    from rich.text import Text

    ends = {kind: [node.title for node in picture.nodes if node.kind == kind] for kind in PLURALS}
    told = [f"{count_text(picture.parameters)} parameters"]
    told += [f"{PLURALS[kind]}: {', '.join(names)}" for kind, names in ends.items() if names]
    told += [f"shared: {', '.join(picture.shared_parts)}"] if picture.shared_parts else []
    return Text(f"{picture.title}: {'; '.join(told)}")


def by_category(picture: Picture) -> list[PictureNode]:
    return sorted(picture.nodes, key=lambda node: CATEGORIES.index(node.group))


def settings_text(node: PictureNode) -> Text:
    from rich.text import Text

    text = Text()
    for number, setting in enumerate(node.settings):
        text.append(", " if number else "")
        text.append(f"{setting.name} = {setting.value}", style="italic cyan" if setting.inferred else "")
        text.append(" (inferred)" if setting.inferred else "", style="dim")
    if node.note:
        text.append(f"{'; ' if node.settings else ''}{node.note}", style="bold")
    return text


def stage_text(node: PictureNode) -> Text:
    from rich.text import Text

    return Text(node.stage, style=STAGE_STYLES.get(node.stage, ""))


def new_table(*columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        right = column in ("weights", "applied")
        table.add_column(column, overflow="fold", justify="right" if right else "left", no_wrap=right)
    return table
