"""What a session must know of a compiled tracker: its programs' signatures over the named places of a store.

Data only, and no torch: an artifact that runs without torch carries the same plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..components.crops.cut_rule import CutRule

LASTING = frozenset(("target", "windows", "cache", "state"))
"""Kinds of places that one step leaves for the next; all else is computed anew in each."""


@dataclass(frozen=True)
class Slot:
    """A named place in the session's store."""

    name: str
    """`frame`, `frame_size`, `target`, `search.pixels`, `search.border`, `search.windows`, `cache.kernels`,
    `state.model`, `output.box`, `boxes`, `held`"""
    kind: str
    """`frame`, `frame_size`, `target`, `pixels`, `border`, `windows`, `cache`, `state`, `carry`, `output`, `boxes`
    or `held`"""
    per_target: bool = field(default=False, compare=False)
    """whether its first axis is that of the targets"""


@dataclass(frozen=True)
class Signature:
    """A program as its caller sees it: values of `inputs` in order give those of `outputs` in order."""

    name: str
    """`begin`, `border`, `aim`, `init`, `step`, `refresh.online`, `next`"""
    inputs: tuple[Slot, ...]
    outputs: tuple[Slot, ...]


@dataclass(frozen=True)
class CropInput:
    """A `template` or `search` of the spec."""

    name: str
    keyword: str
    """`template` or `search`"""
    rule: CutRule | None
    """how OpenCV cuts it on the host; None where only the programs can"""
    refresh_every: int | None
    """None for a search, and for a template that is cut once"""


@dataclass(frozen=True)
class Plan:
    """The programs of a tracker and the order that they run in.

    `begin` makes targets of the user's boxes and `border` looks at the first frame; `aim` says where the crops of
    given targets lie. `init` runs once on the first frame, `step` in every later one (it also moves the targets
    and aims the next crops), `refresh.NAME` of a template in every `refresh_every`-th step, and `next` after that.
    """

    name: str
    crops: tuple[CropInput, ...]
    crop_lowering: str
    """`host` (OpenCV cuts, programs read `NAME.pixels`) or `graph` (programs cut out of `frame`)"""
    programs: Mapping[str, Signature]
    outputs: tuple[str, ...]
    """names of the spec's outputs; `box` is always there"""
    max_targets: int | None = None
    """more targets than this cannot run together; None for any number"""

    def reads_frame(self, *programs: str) -> bool:
        """Whether one of these programs reads the whole frame."""
        return any(slot.kind == "frame" for name in programs for slot in self.programs[name].inputs)
