"""A foreign checkpoint as a file of our own: its tensors under the spec's names, as safetensors."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from .checkpoint import load_checkpoint
from .graph import ComponentGraph
from .modules import key_map_for, shapes_of
from .naming import family_of
from .weight_errors import WeightsMismatchError
from .weights import WeightReport, map_state, mismatch, refuse_not_finite, remedy
from .writing import write_bytes

SUFFIX = ".safetensors"

OURS = "our own"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Conversion:
    """What a checkpoint is, and what of it is a spec's."""

    tracker: str
    checkpoint: str
    family: str
    """whose names it has: a code base, `our own`, or `unknown`"""
    source: str
    """of which map, as that says itself; `` without one"""
    report: WeightReport
    expected: int
    """so many tensors has the network"""

    def to_json(self) -> dict[str, Any]:
        report = self.report
        return {
            "tracker": self.tracker,
            "checkpoint": self.checkpoint,
            "family": self.family,
            "source": self.source,
            "prefix": report.prefix,
            "complete": report.complete,
            "expected": self.expected,
            "mapped": {report.names[name]: name for name in report.mapped},
            "ignored": list(report.ignored),
            "missing": list(report.missing),
            "unexpected": list(report.unexpected),
            "reshaped": [
                {
                    "name": item.name,
                    "source": item.source,
                    "found": list(item.found),
                    "expected": list(item.expected),
                }
                for item in report.reshaped
            ],
        }


def read_conversion(graph: ComponentGraph, checkpoint: str | os.PathLike[str]) -> Conversion:
    """Map a checkpoint to a spec's names; nothing is built and nothing written. Raises WeightsError."""
    tensors, expected = load_checkpoint(checkpoint), shapes_of(graph)
    report = map_state(tensors, key_map_for(graph), expected)
    family = family_of(tensors)
    ours = report.keymap is None and report.complete
    return Conversion(
        graph.program.name,
        os.fspath(checkpoint),
        OURS if ours else UNKNOWN if family is None else family.name,
        "" if report.keymap is None else report.keymap.source,
        report,
        len(expected),
    )


def write_conversion(found: Conversion, path: str | os.PathLike[str], half: bool = False) -> int:
    """Write the tensors under our names, and give the number of bytes. `half` halves them, as float16.

    A tensor that float16 cannot hold stays as it is. Raises WeightsMismatchError where something does not fit,
    WeightsNotFiniteError, and WriteError; then nothing is left.
    """
    source = f"`{found.checkpoint}`"
    if not found.report.complete:
        raise WeightsMismatchError(
            mismatch(source, found.report, found.expected),
            remedy(found.report, found.report.keymap, None),
            found.report.reshaped,
        )
    refuse_not_finite(source, found.report)
    tensors = {name: packed(tensor, half) for name, tensor in sorted(found.report.mapped.items())}
    data = save(tensors, {"format": "pt", "tracker": found.tracker})
    write_bytes(path, data)
    return len(data)


def packed(tensor: Tensor, half: bool) -> Tensor:
    """A tensor by itself, in one piece: checkpoints may hold parts of larger ones."""
    own = tensor.clone(memory_format=torch.contiguous_format)
    if not half or not own.is_floating_point():
        return own
    smaller = own.half()
    return smaller if bool(torch.isfinite(smaller).all()) else own
