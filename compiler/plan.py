"""What compiling gives: programs over named places of a store, ready for a session to run."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.fx import GraphModule

from ..components.crops.crop import Crop
from ..dsl.diagnostics import Diagnostic


@dataclass(frozen=True)
class Slot:
    """A named place in the session's store."""

    name: str
    """`frame`, `frame_size`, `target`, `search.pixels`, `search.border`, `cache.kernels`, `state.model`,
    `output.box`"""
    kind: str
    """`frame`, `frame_size`, `target`, `pixels`, `border`, `cache`, `state`, `carry` or `output`"""


@dataclass(frozen=True)
class StageProgram:
    """One program: called with the tensors of `inputs`, in order; gives a tuple in the order of `outputs`."""

    name: str
    """`init`, `step`, `refresh.online`, `next`"""
    module: GraphModule
    inputs: tuple[Slot, ...]
    outputs: tuple[Slot, ...]


@dataclass(frozen=True)
class CropInput:
    """A `template` or `search` of the spec."""

    name: str
    keyword: str
    """`template` or `search`"""
    module: Crop
    refresh_every: int | None
    """None for a search, and for a template that is cut once"""


@dataclass(frozen=True)
class Plan:
    """A tracker, compiled: what a session needs, and nothing of the spec.

    `init` runs once on the first frame, `step` in every later one, the program `refresh.NAME` of a template
    in every `refresh_every`-th step, and `next` after that.
    """

    name: str
    crops: tuple[CropInput, ...]
    crop_lowering: str
    """`host` (OpenCV cuts, programs read `NAME.pixels`) or `graph` (programs cut out of `frame`)"""
    init: StageProgram
    step: StageProgram
    refresh: tuple[StageProgram, ...]
    next: StageProgram | None
    outputs: tuple[str, ...]
    """names of the spec's outputs; `box` is always there"""
    device: torch.device
    warnings: tuple[Diagnostic, ...]
