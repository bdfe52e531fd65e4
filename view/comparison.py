"""Two trackers in one picture: each node once, marked as added, removed or changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .difference import (
    Detail,
    Difference,
    amounts,
    is_named,
    moved_parts,
    ordered,
    plain,
    setting_text,
    settings_of,
    sources_of,
)
from .marks import Face, Mark
from .net import Trunk, trunk_of
from .pairing import paired
from .picture import Picture, PictureEdge, PictureNode

OLD = "A:"
"""Before a name of the first tracker that in the second belongs to something else."""
LINES_SHOWN = 4
"""of what changed, on a card"""


@dataclass(frozen=True)
class Pair:
    """A node of either tracker, or one that both have."""

    name: str
    """in the joint picture"""
    before: PictureNode | None
    after: PictureNode | None
    how: str
    """one of `marks.HOWS`, or empty"""
    written: tuple[Detail, ...] = ()
    """what somebody changed"""
    following: tuple[Detail, ...] = ()
    """what is another one since something else is"""

    @property
    def node(self) -> PictureNode:
        found = self.after or self.before
        assert found is not None
        return found


@dataclass(frozen=True)
class Calling:
    """What the joint picture calls the nodes and the parts of one side."""

    side: str
    """`A` or `B`"""
    nodes: Mapping[str, str]
    parts: Mapping[str, str]
    """those that have another name there"""


@dataclass(frozen=True)
class Comparison:
    pairs: tuple[Pair, ...]
    both: Picture
    """all nodes and edges of either, marked; cards tell what changed"""
    before: Picture
    """the first tracker, its nodes called as in `both`"""
    after: Picture
    calling: tuple[Calling, Calling]


@dataclass(frozen=True)
class Costs:
    """Operations of each node, before and after."""

    before: Mapping[str, int]
    after: Mapping[str, int]


def comparison(one: Picture, two: Picture, found: Difference, costs: Costs) -> Comparison:
    """Both trackers, node by node. The pictures are without what only picks (`picture.folded`)."""
    moved = moved_parts(found.parts)
    partners = paired(one, two, moved)
    taken = {node.name for node in two.nodes}
    own = {node.name: node.name for node in two.nodes}
    old = {
        node.name: partners.get(node.name) or (f"{OLD}{node.name}" if node.name in taken else node.name)
        for node in one.nodes
    }
    calling = Calling("A", old, moved), Calling("B", own, {})
    old_side, new_side = called(one, calling[0]), called(two, calling[1])
    before = marked_edges(old_side, new_side, "removed")
    after = marked_edges(new_side, old_side, "added")
    pairs = tuple(
        pairs_of(
            before, after, {partners[node.name]: node for node in one.nodes if node.name in partners}, costs
        )
    )
    hows = {pair.name: pair.how for pair in pairs}
    return Comparison(
        pairs, joined(before, after, pairs), with_hows(before, hows), with_hows(after, hows), calling
    )


def called(side: Picture, calling: Calling) -> Picture:
    """A picture with other names for nodes and parts."""
    names = calling.nodes
    return Picture(
        side.title,
        tuple(
            replace(node, name=names[node.name], part=calling.parts.get(node.part or "", node.part))
            for node in side.nodes
        ),
        tuple(replace(edge, source=names[edge.source], target=names[edge.target]) for edge in side.edges),
    )


def marked_edges(side: Picture, other: Picture, how: str) -> Picture:
    """Edges that the other side has not are marked."""
    there = {joint_of(edge) for edge in other.edges}
    return replace(
        side, edges=tuple(edge if joint_of(edge) in there else replace(edge, mark=how) for edge in side.edges)
    )


def joint_of(edge: PictureEdge) -> tuple[str, str, str, bool]:
    """What makes an edge the same one on both sides."""
    return edge.source, edge.target, edge.port, edge.feedback


def with_hows(side: Picture, hows: Mapping[str, str]) -> Picture:
    return replace(side, nodes=tuple(replace(node, mark=Mark(hows[node.name])) for node in side.nodes))


# ---------------------------------------------------------------- pairs


def pairs_of(
    before: Picture, after: Picture, partners: Mapping[str, PictureNode], costs: Costs
) -> Iterator[Pair]:
    """In the second's order; what is only in the first comes behind what it followed there.

    `partners` are the first's nodes, as they are called there, by the second's names.
    """
    old, new = ({node.name: node for node in side.nodes} for side in (before, after))
    reads = [sources_of(side, spoken) for side in (before, after)]
    for name in ordered(list(old), list(new)):
        if name not in new:
            yield Pair(name, old[name], None, "removed")
        elif name not in partners:
            yield Pair(name, None, new[name], "added")
        else:
            spent = costs.before.get(partners[name].name, 0), costs.after.get(name, 0)
            yield pair_of(partners[name], new[name], [read.get(name, "") for read in reads], spent)


def spoken(name: str) -> str:
    """A name of the joint picture in words: the first's `kernel`, where the second calls something else so."""
    return f"{name.removeprefix(OLD)} of A" if name.startswith(OLD) else name


def pair_of(before: PictureNode, after: PictureNode, reads: Sequence[str], costs: Sequence[int]) -> Pair:
    """A node that both have, with what differs of it; each as its own side calls it."""
    written = [Detail("component", before.component, after.component)]
    following: list[Detail] = []
    old, new = settings_of(before), settings_of(after)
    for name in dict.fromkeys((*new, *old)):
        was, now = old.get(name), new.get(name)
        inferred = all(setting is None or setting.inferred for setting in (was, now))
        detail = Detail(name, setting_text(was), setting_text(now))
        if plain(was) != plain(now):
            (following if inferred else written).append(detail)
    written += [Detail("with", before.note, after.note), Detail("reads", *reads)]
    following.append(Detail("gives", before.shape, after.shape))
    following.append(Detail("known in", before.stage, after.stage))
    following.append(Detail("parameters", *counted(before.parameters, after.parameters)))
    following.append(Detail("FLOPs", *counted(*costs)))
    written, following = ([one for one in found if one.before != one.after] for found in (written, following))
    renaming = [Detail("name", before.part or "", after.part or "")]
    if is_named(before) and is_named(after):
        renaming.append(Detail("wire", before.name, after.name))
    renaming = [one for one in renaming if one.before != one.after]
    how = "changed" if written else "renamed" if renaming else "follows" if following else ""
    return Pair(after.name, before, after, how, (*renaming, *written), tuple(following))


def counted(was: int, now: int) -> tuple[str, str]:
    return amounts(was, now) if was != now else ("", "")


# ---------------------------------------------------------------- the joint picture


def joined(before: Picture, after: Picture, pairs: Sequence[Pair]) -> Picture:
    """Everything of both. What flows has the shapes of both on its label, where they differ."""
    uses = Counter(pair.node.part for pair in pairs if pair.node.kind == "apply")
    nodes = tuple(
        replace(
            card_of(pair), uses=uses[pair.node.part] if pair.node.kind == "apply" and pair.node.part else 1
        )
        for pair in pairs
    )
    there = {joint_of(edge): edge for edge in before.edges}
    flows: dict[Trunk, PictureEdge] = {}
    for edge in after.edges:
        other = there.get(joint_of(edge))
        if other is not None:
            both = flowing_in_both(other, edge)
            for one in (edge, other):
                flows.setdefault(trunk_of(one), both)
    edges = [*after.edges, *(edge for edge in before.edges if edge.mark)]
    return Picture(
        f"{before.title} → {after.title}",
        nodes,
        tuple(
            replace(edge, shape=flow.shape, wire=flow.wire, flows=flow.flows)
            for edge in edges
            for flow in [flows.get(trunk_of(edge), edge)]
        ),
    )


def flowing_in_both(was: PictureEdge, now: PictureEdge) -> PictureEdge:
    """An edge of both, with what flows in each."""
    flows = (was.wire, was.shape), (now.wire, now.shape)
    return replace(now, shape=shapes_of(was.shape, now.shape), flows=flows if flows[0] != flows[1] else ())


def card_of(pair: Pair) -> PictureNode:
    """A node of which the card says what changed."""
    details = [
        one for one in (*pair.written, *pair.following) if one.name not in ("component", "gives", "reads")
    ]
    lines = few(detail_lines(one) for one in details)
    node = pair.node
    if not (pair.before and pair.after and pair.how):
        return replace(node, mark=Mark(pair.how, lines.both))
    told = node.component
    if pair.before.component != pair.after.component:
        told = f"{pair.before.component} → {pair.after.component}"
    faces = (
        Face(pair.before.title, pair.before.component, lines.before),
        Face(pair.after.title, pair.after.component, lines.after),
    )
    return replace(node, component=told, mark=Mark(pair.how, lines.both, faces))


@dataclass(frozen=True)
class Lines:
    """What cards say of the same details: of both in one, and each for itself."""

    both: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]


def few(told: Iterable[tuple[str, str, str]]) -> Lines:
    found = list(told)
    rest = len(found) - LINES_SHOWN + 1
    if rest > 1:
        found = [*found[: LINES_SHOWN - 1], (f"and {rest} more",) * 3]
    both, before, after = zip(*found, strict=True) if found else ((), (), ())
    return Lines(both, before, after)


def detail_lines(detail: Detail) -> tuple[str, str, str]:
    """`depth 50 → 34`, `depth 50` and `depth 34`; what was inferred is not said to be so."""
    was, now = (text.removesuffix(" (inferred)") for text in (detail.before, detail.after))
    if detail.name in ("name", "wire"):
        return f"was {was}", f"becomes {now}", f"was {was}"
    was, now = was or "none", now or "none"
    both, before, after = (f"{detail.name} {text}".strip() for text in (f"{was} → {now}", was, now))
    return both, before, after


def shapes_of(was: str, now: str) -> str:
    """`b 96 16 16 → b 48 16 16`; of several tensors, each that differs; of what is nested only what it is now."""
    if was == now:
        return now
    old, new = items(was), items(now)
    if len(old) == len(new) > 1:
        each = (one if one == two else f"{one} → {two}" for one, two in zip(old, new, strict=True))
        return f"({', '.join(each)})"
    return now if any(bracket in was + now for bracket in "([") else f"{was} → {now}"


def items(shape: str) -> list[str]:
    """The tensors of a shape that is a flat tuple; any other is one."""
    inner = shape[1:-1] if shape[:1] == "(" and shape[-1:] == ")" else ""
    return [piece.strip() for piece in inner.split(",")] if inner and "(" not in inner else [shape]
