"""A picture as rows of numbered nodes, with long edges cut into joints, one in each row that they pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from .bands import Rows
from .picture import Picture, PictureEdge

JOINT_WIDTH = 10.0
"""what a long edge takes of a row that it passes through, in pixels"""
JOINTS_PER_NODE = 12
"""beyond so many joints in all, the longest edges run straight instead of around the nodes between"""

Trunk: TypeAlias = tuple[str, str, str]
"""What leaves a node together: source, wire and shape. Its edges share their joints and one label."""


def trunk_of(edge: PictureEdge) -> Trunk:
    return edge.source, edge.wire, edge.shape


@dataclass(frozen=True)
class Net:
    layers: tuple[tuple[int, ...], ...]
    """per row: numbers of nodes (as in the picture) and, after the last of them, of joints"""
    up: Sequence[Sequence[int]]
    down: Sequence[Sequence[int]]
    width: Sequence[float]
    nodes: int
    """numbers below it are nodes, the others joints"""
    joints: Mapping[Trunk, Sequence[int]]
    """of each trunk: its joints, row by row"""
    direct: frozenset[PictureEdge]
    """edges without joints: those into the next frame, and those beyond the budget"""

    def is_joint(self, number: int) -> bool:
        return number >= self.nodes


def net_of(picture: Picture, rows: Rows, widths: Mapping[str, float]) -> Net:
    """Cut the picture's edges; `widths` are those of its nodes, in pixels."""
    index = {node.name: number for number, node in enumerate(picture.nodes)}
    layers: list[list[int]] = [[] for _ in range(1 + max(rows.of.values(), default=-1))]
    for name, number in index.items():
        layers[rows.of[name]].append(number)
    width = [widths[name] for name in index]
    up: list[list[int]] = [[] for _ in index]
    down: list[list[int]] = [[] for _ in index]
    joints: dict[Trunk, list[int]] = {}
    direct = {edge for edge in picture.edges if edge.feedback}
    budget = JOINTS_PER_NODE * len(index) + 100

    def link(upper: int, lower: int) -> None:
        down[upper].append(lower)
        up[lower].append(upper)

    def span(edge: PictureEdge) -> int:
        return rows.of[edge.target] - rows.of[edge.source] - 1

    for edge in sorted((edge for edge in picture.edges if not edge.feedback), key=span):
        chain = joints.setdefault(trunk_of(edge), [])
        if span(edge) - len(chain) > budget:
            direct.add(edge)
            continue
        while len(chain) < span(edge):
            joint = len(width)
            width.append(JOINT_WIDTH)
            up.append([])
            down.append([])
            layers[rows.of[edge.source] + 1 + len(chain)].append(joint)
            link(chain[-1] if chain else index[edge.source], joint)
            chain.append(joint)
            budget -= 1
        passed = span(edge)
        link(chain[passed - 1] if passed else index[edge.source], index[edge.target])
    return Net(tuple(map(tuple, layers)), up, down, width, len(index), joints, frozenset(direct))
