"""One pass over one flat program as pictures: what it took away, brought and changed, component by component.

A program has hundreds of operators. The first picture has a card for each component that they came from; within a card
stand the operators that the pass touched, and those next to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import networkx as nx

from .level_json import Json, laid_out
from .marks import Mark, joint
from .pairing import without_circles
from .picture import Picture, PictureEdge, PictureNode
from .scene import key_of

if TYPE_CHECKING:
    from ..compiler.pass_steps import FlatNode, FlatProgram, PassStep

FEW = 40
"""a program of so few nodes is shown as it is"""
WAS = "was "
"""Before the name of an operator that is gone, where another one has its name now."""
MOST = 500
"""of one picture; operators beyond these are counted and not shown"""


@dataclass(frozen=True)
class Touched:
    """An operator before and after a pass."""

    name: str
    before: FlatNode | None
    after: FlatNode | None

    @property
    def node(self) -> FlatNode:
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def how(self) -> str:
        """One of `marks.HOWS`; `follows` where only its shape or the type of its numbers is another."""
        if self.before is None or self.after is None:
            return "removed" if self.after is None else "added"
        if self.before.operands != self.after.operands:
            return "changed"
        return "" if self.before.shape == self.after.shape else "follows"


@dataclass(frozen=True)
class StepPicture:
    """What the viewer shows of one pass over one program."""

    levels: Json
    shown: Mapping[str, Touched]
    """the operators that stand in one of the levels"""
    groups: Mapping[str, tuple[str, ...]]
    """by component-graph node, those operators that are shown within its card"""


def step_picture(step: PassStep) -> StepPicture:
    """All levels of one pass over one program; the first one under the empty name."""
    touched = {one.name: one for one in union(step.before, step.after)}
    edges = tuple(edges_of(step.before, step.after, touched))
    if len(touched) <= FEW:
        return StepPicture({"": level(step.program, touched.values(), edges)}, touched, {})
    home = homes(touched, edges)
    members: dict[str, list[str]] = {}
    for name, group in home.items():
        members.setdefault(group, []).append(name)
    marked = {name for name, one in touched.items() if one.how}
    for edge in edges:
        if edge.mark and home[edge.source] == home[edge.target]:
            marked |= {edge.source, edge.target}
    inside = {
        group: neighbourhood(names, marked, edges)
        for group, names in members.items()
        if len(names) > 1 and not marked.isdisjoint(names)
    }
    levels = {"": top_level(step.program, touched, edges, home, members)}
    for group, names in inside.items():
        told = edges if names == members[group] else [*near_edges(edges, home, marked)]
        levels[group] = inner_level(group, names, touched, told, home)
    alone = (names[0] for names in members.values() if len(names) == 1)
    shown = dict.fromkeys([*alone, *(name for names in inside.values() for name in names)])
    return StepPicture(
        levels,
        {name: touched[name] for name in shown},
        {group: tuple(names) for group, names in inside.items()},
    )


def union(before: FlatProgram, after: FlatProgram) -> Iterator[Touched]:
    """Operators of either, in the order of the second; a name that calls something else now is another one."""
    old = {node.name: node for node in before.nodes}
    new = {node.name for node in after.nodes}
    kept = kept_names(before, after)
    for node in after.nodes:
        yield Touched(node.name, old[node.name] if node.name in kept else None, node)
    for node in before.nodes:
        if node.name not in kept:
            yield Touched(WAS + node.name if node.name in new else node.name, node, None)


def kept_names(before: FlatProgram, after: FlatProgram) -> set[str]:
    """Operators that are the same before and after: by name and by what they call.

    Two that changed places would make a circle of the joint picture; one of them is then another operator.
    """
    old = {node.name: node.operator for node in before.nodes}
    same = {node.name: node.name for node in after.nodes if old.get(node.name) == node.operator}
    return set(without_circles(reads_in(before), reads_in(after), same))


def reads_in(program: FlatProgram) -> list[tuple[str, str]]:
    """Every operator with each that reads it, in order."""
    return [(source, node.name) for node in program.nodes for source in node.reads]


def edges_of(
    before: FlatProgram, after: FlatProgram, touched: Mapping[str, Touched]
) -> Iterator[PictureEdge]:
    """What reads what: in both, only before, only after."""
    called = {
        node.name: WAS + node.name if WAS + node.name in touched else node.name for node in before.nodes
    }
    was = dict.fromkeys((called[source], called[target]) for source, target in reads_in(before))
    now = dict.fromkeys(reads_in(after))
    for source, target in now:
        yield flow(source, target, touched, "" if (source, target) in was else "added")
    for source, target in was:
        if (source, target) not in now:
            yield flow(source, target, touched, "removed")


def flow(source: str, target: str, touched: Mapping[str, Touched], mark: str) -> PictureEdge:
    made = touched[source]
    shape = made.node.shape
    if made.before and made.after and made.before.shape != made.after.shape:
        shape = f"{made.before.shape} → {made.after.shape}"
    return PictureEdge(source, target, "", shape, mark=mark)


# ---------------------------------------------------------------- components


def homes(touched: Mapping[str, Touched], edges: Iterable[PictureEdge]) -> dict[str, str]:
    """The card that each operator stands in: its component's; what joins components stands for itself.

    Components of which each feeds the other, operator by operator, share a card.
    """
    home = {
        name: one.node.origin if one.node.kind == "call" and one.node.origin else f"·{name}"
        for name, one in touched.items()
    }
    graph = nx.DiGraph()
    graph.add_nodes_from(dict.fromkeys(home.values()))
    graph.add_edges_from((home[edge.source], home[edge.target]) for edge in edges)
    order = {group: number for number, group in enumerate(graph)}
    together: dict[str, str] = {}
    for tied in nx.strongly_connected_components(graph):
        named = sorted((group for group in tied if not group.startswith("·")), key=order.__getitem__)
        together |= dict.fromkeys(tied, " + ".join(named) if named else min(tied, key=order.__getitem__))
    return {name: together[group] for name, group in home.items()}


def neighbourhood(names: list[str], marked: set[str], edges: Iterable[PictureEdge]) -> list[str]:
    """The marked ones and what stands next to them, at most `MOST`; all of a few."""
    if len(names) <= FEW:
        return names
    inside = set(names)
    near = inside & marked
    for edge in edges:
        if edge.source in inside and edge.target in inside and {edge.source, edge.target} & marked:
            near |= {edge.source, edge.target}
    return [name for name in names if name in near][:MOST]


def near_edges(
    edges: Iterable[PictureEdge], home: Mapping[str, str], marked: set[str]
) -> Iterator[PictureEdge]:
    """Without those that only tell that there is more of the component beside a node that was not touched."""
    for edge in edges:
        if (
            home[edge.source] != home[edge.target]
            or edge.mark
            or not marked.isdisjoint((edge.source, edge.target))
        ):
            yield edge


# ---------------------------------------------------------------- levels


def top_level(
    title: str,
    touched: Mapping[str, Touched],
    edges: Iterable[PictureEdge],
    home: Mapping[str, str],
    members: Mapping[str, list[str]],
) -> Json:
    """Components and what joins them; edges between two of them once for each way that they differ."""
    nodes = [
        card(touched[names[0]]) if len(names) == 1 else group_card(group, [touched[name] for name in names])
        for group, names in members.items()
    ]
    key = {name: name if len(members[group]) == 1 else key_of(group) for name, group in home.items()}
    passing = dict.fromkeys(
        replace(edge, source=key[edge.source], target=key[edge.target], shape="")
        for edge in edges
        if key[edge.source] != key[edge.target]
    )
    same = {(edge.source, edge.target) for edge in passing if not edge.mark}
    told = [edge for edge in passing if not edge.mark or (edge.source, edge.target) not in same]
    return without_bands(laid_out(Picture(title, tuple(nodes), tuple(told))))


def inner_level(
    group: str,
    names: list[str],
    touched: Mapping[str, Touched],
    edges: Iterable[PictureEdge],
    home: Mapping[str, str],
) -> Json:
    """Operators within a component; what lies outside of it, or between the shown ones, is a port."""
    inside = set(names)
    nodes = {name: card(touched[name]) for name in names}
    shown: list[PictureEdge] = []
    for edge in edges:
        source, target = edge.source, edge.target
        if source not in inside and target not in inside:
            continue
        if source not in inside:
            source = f"in:{source}"
            nodes.setdefault(source, port(source, touched[edge.source], home[edge.source] == group, "input"))
        if target not in inside:
            target = f"out:{edge.source}"
            nodes.setdefault(target, port(target, touched[edge.target], home[edge.target] == group, "output"))
        shown.append(replace(edge, source=source, target=target))
    return without_bands(laid_out(Picture(group, tuple(nodes.values()), tuple(dict.fromkeys(shown)))))


def level(title: str, touched: Iterable[Touched], edges: Iterable[PictureEdge]) -> Json:
    return without_bands(laid_out(Picture(title, tuple(map(card, touched)), tuple(edges))))


def without_bands(found: Json) -> Json:
    """Operators have no categories."""
    return {**found, "bands": []}


def card(one: Touched) -> PictureNode:
    """An operator, an input or an output of the program."""
    kind = "apply" if one.node.kind == "call" else one.node.kind
    group = "flow" if kind == "apply" else kind
    return blank(one.name, kind, group, one.node.operator, Mark(one.how))


def group_card(group: str, inside: list[Touched]) -> PictureNode:
    """A component's operators as one card: how many there were and are."""
    was, now = (
        sum(side is not None for side in sides)
        for sides in zip(*((one.before, one.after) for one in inside), strict=True)
    )
    count = f"{was} → {now} operators" if was != now else f"{now} operators"
    touched = sum(bool(one.how) for one in inside)
    lines = (count, f"{touched} of them touched") if touched else (count,)
    return blank(key_of(group), "block", "part", group, Mark(joint(one.how for one in inside), lines))


def port(name: str, outside: Touched, same_home: bool, group: str) -> PictureNode:
    title = "…" if same_home else outside.node.origin or outside.node.operator
    return blank(name, "port", group, title, Mark(""))


def blank(name: str, kind: str, group: str, title: str, mark: Mark) -> PictureNode:
    return PictureNode(name, kind, group, title, "", None, "", "", (), 0, "", 1, mark=mark)
