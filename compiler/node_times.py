"""What each node of a graph takes on a device. Data only: `measure/node_times.py` measures it, pictures show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ProgramTimes:
    """One program, run eagerly for one target; medians in milliseconds."""

    nodes: Mapping[str, float]
    """by node of the graph; a node that this program does not compute is not there"""
    modules: Mapping[str, Mapping[str, float]]
    """by node, then by path of a module within its component, as `compiler/work.py` names them"""
    rest: float
    """operators of no node: moving the targets, aiming the crops"""

    @property
    def counted(self) -> float:
        """All of it."""
        return sum(self.nodes.values()) + self.rest


@dataclass(frozen=True)
class NodeTimes:
    """A tracker, taken apart."""

    device: str
    """`cpu`, `cuda:0`"""
    device_name: str
    threads: int
    repeats: int
    weights: str
    """`checkpoint`, `random`, or `none` where the tracker has none"""
    programs: Mapping[str, ProgramTimes]
    """`init`, `step` and, where a template is cut again, `refresh`: each template of it once"""
    begin: float
    """beginning on the first frame as a whole, without instruments, in milliseconds; the programs and all around"""
    frame: float
    """a later frame, likewise, until its box is on the host"""
    in_frame: tuple[str, ...]
    """the programs that run in every frame: `step`, and `refresh` where every template that is cut again is so in
    every frame"""

    frame_share: float
    """how much of a frame is told node by node: the median of watched frames, each against itself. On a busy machine
    it is larger than the sum of the medians suggests: what others took falls on another node in every frame"""

    def of(self, node: str) -> dict[str, float]:
        """The milliseconds of a node, by program."""
        return {name: times.nodes[node] for name, times in self.programs.items() if node in times.nodes}
