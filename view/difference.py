"""What differs between two trackers as people mean it: parts, settings, shapes, weights, operations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from .picture import Picture, PictureEdge, PictureNode, Setting, count_text, folded
from .work import Work

if TYPE_CHECKING:
    from rich.text import Text

How: TypeAlias = Literal["added", "removed", "renamed", "changed"]

SIGNS: Mapping[str, tuple[str, str]] = {
    "added": ("+", "green"),
    "removed": ("-", "red"),
    "renamed": (">", "cyan"),
    "changed": ("~", "yellow"),
}
"""Of each way to differ: its sign, and its colour."""


@dataclass(frozen=True)
class Detail:
    """One thing about a part or a wire: what it was, and what it is; empty where there was or is none."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """A part, a wire or an end that differs."""

    how: How
    name: str
    what: str
    """its component; of a wire its shape"""
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True)
class Difference:
    before: str
    after: str
    parts: tuple[Change, ...]
    wires: tuple[Change, ...]
    ends: tuple[Change, ...]
    """inputs, outputs and losses"""
    totals: tuple[Detail, ...]
    """parameters and each program's operations, those that differ"""

    @property
    def is_empty(self) -> bool:
        return not (self.parts or self.wires or self.ends or self.totals)


@dataclass(frozen=True)
class Side:
    """One of the two: its picture without what only picks, and its numbers."""

    picture: Picture
    work: Work

    @property
    def parts(self) -> dict[str, PictureNode]:
        found: dict[str, PictureNode] = {}
        for node in self.picture.nodes:
            if node.component:
                found.setdefault(node.part or node.name, node)
        return found

    def operations(self, part: str) -> Mapping[str, int]:
        titles = {node.title for node in self.picture.nodes if (node.part or node.name) == part}
        found = [known.operations for known in self.work.parts if known.part in titles]
        return found[0] if found else {}


def difference(before: tuple[Picture, Work], after: tuple[Picture, Work]) -> Difference:
    """What it takes to come from one tracker to the other."""
    one, two = Side(folded(before[0]), before[1]), Side(folded(after[0]), after[1])
    parts = renamed(part_changes(one, two), one, two)
    return Difference(
        one.picture.title,
        two.picture.title,
        tuple(parts),
        tuple(wire_changes(one.picture, two.picture, moved_parts(parts))),
        tuple(end_changes(one.picture, two.picture)),
        tuple(totals(one.work, two.work)),
    )


# ---------------------------------------------------------------- parts


def part_changes(one: Side, two: Side) -> Iterator[Change]:
    before, after = one.parts, two.parts
    for path in ordered(list(before), list(after)):
        if path not in after:
            yield Change("removed", path, before[path].component, tuple(facts(before[path], None)))
        elif path not in before:
            yield Change("added", path, after[path].component, tuple(facts(None, after[path])))
        else:
            details = (*facts(before[path], after[path]), *work_details(one, two, path))
            if details:
                yield Change("changed", path, after[path].component, details)


def facts(before: PictureNode | None, after: PictureNode | None) -> Iterator[Detail]:
    """Component, settings and weights, where they differ."""
    if before and after and before.component != after.component:
        yield Detail("component", before.component, after.component)
    old, new = (settings_of(node) for node in (before, after))
    for name in ordered(list(old), list(new)):
        was, now = setting_text(old.get(name)), setting_text(new.get(name))
        if plain(old.get(name)) != plain(new.get(name)):
            yield Detail(name, was, now)
    weights = [node.parameters if node else 0 for node in (before, after)]
    if weights[0] != weights[1]:
        yield Detail("parameters", *amounts(*weights))


def settings_of(node: PictureNode | None) -> dict[str, Setting]:
    return {setting.name: setting for setting in node.settings} if node else {}


def plain(setting: Setting | None) -> str | None:
    return setting.value if setting else None


def setting_text(setting: Setting | None) -> str:
    return f"{setting.value}{' (inferred)' if setting.inferred else ''}" if setting else ""


def work_details(one: Side, two: Side, path: str) -> Iterator[Detail]:
    was, now = one.operations(path), two.operations(path)
    for program in ordered(list(was), list(now)):
        if program != "train" and was.get(program, 0) != now.get(program, 0):
            yield Detail(f"{program} FLOPs", *amounts(was.get(program, 0), now.get(program, 0)))


def renamed(found: Iterator[Change], one: Side, two: Side) -> list[Change]:
    """A part that went, and one that came and is the same: one change instead of two."""
    changes = list(found)
    gone = [change for change in changes if change.how == "removed"]
    for change in [change for change in changes if change.how == "added"]:
        same = [other for other in gone if alike(one.parts[other.name], two.parts[change.name])]
        if len(same) == 1 and two.parts[change.name].parameters:
            gone.remove(same[0])
            changes.remove(same[0])
            detail = Detail("name", same[0].name, change.name)
            changes[changes.index(change)] = Change("renamed", change.name, change.what, (detail,))
    return changes


def moved_parts(changes: Iterable[Change]) -> dict[str, str]:
    """What parts that got another name were called, and are called."""
    return {
        change.details[0].before: change.details[0].after for change in changes if change.how == "renamed"
    }


def alike(one: PictureNode, two: PictureNode) -> bool:
    return one.component == two.component and one.settings == two.settings


# ---------------------------------------------------------------- wires


def wire_changes(one: Picture, two: Picture, moved: Mapping[str, str]) -> Iterator[Change]:
    """Named values that differ in shape, in when they are known, or in what they are made of."""
    one = called_anew(one, moved)
    before, after = ({node.name: node for node in side.nodes if is_named(node)} for side in (one, two))
    sources = [sources_of(side) for side in (one, two)]
    for name in ordered(list(before), list(after)):
        if name not in after or name not in before:
            node, how = (before[name], "removed") if name in before else (after[name], "added")
            yield Change(how, name, node.shape)  # type: ignore[arg-type]
            continue
        details = [
            Detail(what, was, now)
            for what, was, now in (
                ("shape", before[name].shape, after[name].shape),
                ("known at", before[name].stage, after[name].stage),
                ("by", moved.get(maker(before[name]), maker(before[name])), maker(after[name])),
                ("reads", sources[0].get(name, ""), sources[1].get(name, "")),
            )
            if was != now
        ]
        if details:
            yield Change("changed", name, after[name].shape, tuple(details))


ENDS = ("input", "truth", "output", "loss")


def is_named(node: PictureNode) -> bool:
    """Whether a person gave the value its name: one in the middle of an expression is called after its component."""
    return node.kind not in ENDS and not node.name.rpartition(".")[2][:1].isupper()


def called_anew(side: Picture, moved: Mapping[str, str]) -> Picture:
    """The picture with nodes called after what their parts are called now: `kernel.narrow` for `kernel.shrink`."""

    def name_of(name: str) -> str:
        around, dot, last = name.rpartition(".")
        return f"{around}{dot}{moved.get(last, last)}"

    return Picture(
        side.title,
        tuple(replace(node, name=name_of(node.name)) for node in side.nodes),
        tuple(replace(edge, source=name_of(edge.source), target=name_of(edge.target)) for edge in side.edges),
    )


def maker(node: PictureNode) -> str:
    return node.part or node.title


def sources_of(side: Picture, spoken: Callable[[str], str] = str) -> dict[str, str]:
    """What each node reads, port by port: `kernel, pick.score`; `spoken` says how a node is called."""
    found: dict[str, list[PictureEdge]] = {}
    for edge in side.edges:
        found.setdefault(edge.target, []).append(edge)
    return {
        name: ", ".join(
            f"{spoken(edge.source)}{edge.wire if edge.wire[:1] in '.[' else ''}" for edge in edges
        )
        for name, edges in found.items()
    }


def end_changes(one: Picture, two: Picture) -> Iterator[Change]:
    """Inputs, outputs and losses that are there in one of them only, or of another shape."""
    before, after = ({node.name: node for node in side.nodes if node.kind in ENDS} for side in (one, two))
    for name in ordered(list(before), list(after)):
        was, now = before.get(name), after.get(name)
        node = now or was
        assert node is not None
        title = f"{node.kind} {node.title}"
        if was is None or now is None:
            yield Change("added" if now else "removed", title, node.shape)
        elif (was.shape, was.note) != (now.shape, now.note):
            details = [Detail("shape", was.shape, now.shape), Detail("refresh", was.note, now.note)]
            told = tuple(detail for detail in details if detail.before != detail.after)
            yield Change("changed", title, now.shape, told)


def totals(one: Work, two: Work) -> Iterator[Detail]:
    names = ordered([found.name for found in one.programs], [found.name for found in two.programs])
    pairs = [("parameters", one.parameters, two.parameters)]
    pairs += [(f"{name} FLOPs", one.of(name), two.of(name)) for name in names]
    for name, was, now in pairs:
        if was != now:
            yield Detail(name, *amounts(was, now))


def ordered(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """The second's order, and what is only in the first behind its predecessor there."""
    there = set(after)
    behind: dict[str, list[str]] = {}
    previous = ""
    for name in before:
        if name in there:
            previous = name
        else:
            behind.setdefault(previous, []).append(name)
    return [*behind.get("", []), *(found for name in after for found in (name, *behind.get(name, [])))]


def amounts(was: int, now: int) -> tuple[str, str]:
    """Two numbers, in full where rounding would make them the same."""
    short = (count_text(was), count_text(now))
    return short if short[0] != short[1] else (f"{was:,}", f"{now:,}")


# ---------------------------------------------------------------- in words


def told(found: Difference) -> Iterator[Text]:
    """Lines for a terminal."""
    from rich.text import Text

    yield Text(f"{found.before} -> {found.after}", style="bold")
    if found.is_empty:
        yield Text("no difference in parts, settings, wires or shapes")
    for title, changes in (
        ("inputs, outputs, losses", found.ends),
        ("parts", found.parts),
        ("wires", found.wires),
    ):
        if changes:
            yield Text(f"\n{title}", style="bold")
        for change in changes:
            yield from change_lines(change)
    if found.totals:
        yield Text("\nin all", style="bold")
        yield from map(detail_line, found.totals)


def change_lines(change: Change) -> Iterator[Text]:
    from rich.text import Text

    sign, style = SIGNS[change.how]
    line = Text("  ")
    line.append(f"{sign} {change.name}", style=style)
    line.append("" if change.name.endswith(change.what) else f"  {change.what}", style="dim")
    if change.how == "renamed":
        line.append(f"  was {change.details[0].before}", style="dim")
    yield line
    if change.how == "changed":
        yield from map(detail_line, change.details)
    elif change.how in ("added", "removed") and change.details:
        there = [
            (detail.name, detail.after if change.how == "added" else detail.before)
            for detail in change.details
        ]
        yield Text(f"      {', '.join(f'{name} {value}' for name, value in there)}", style="dim")


def detail_line(detail: Detail) -> Text:
    from rich.text import Text

    line = Text(f"      {detail.name}  ")
    line.append(detail.before or "none", style="red")
    line.append(" -> ")
    line.append(detail.after or "none", style="green")
    return line
