"""Is a spec the same network as an original? Compared output by output, for the same input."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from ..compiler.alias import Alias
from ..compiler.modules import key_map_for
from ..compiler.network import Network
from ..compiler.user_error import UserError
from .recorded import Array, Recorded, read_recorded
from .recorded_values import Place, Value, evaluate, find_place

TOLERANCE = 1e-4
"""Share of an output's standard deviation: what single precision loses on the way through a network, with some room."""

CHANNELS = 64
"""So many channels of a map's or a token's centre are in a summary."""


ONE_TYPE = re.compile(r"dtype|scalar type|data type", re.IGNORECASE)
"""How PyTorch tells that a module mixes precisions."""


class RecordedShapeError(UserError):
    """A recorded output that has other numbers than the spec's."""

    code: ClassVar[str] = "SOT627"


@dataclass(frozen=True)
class Compared:
    """One output beside what was recorded."""

    name: str
    place: str
    """the wire, or the module"""
    order: tuple[int, float]
    """sorts outputs as they are computed"""
    ours: tuple[int, ...]
    recorded: tuple[int, ...]
    summary: bool
    largest: float
    """the largest difference; infinite where ours is no number"""
    deviation: float
    """what it is measured against: the recorded value's standard deviation; for one number its size"""
    where: tuple[int, ...]
    """of the largest difference, in the recorded array"""
    tolerance: float

    @property
    def relative(self) -> float:
        return self.largest / self.deviation

    @property
    def equal(self) -> bool:
        return self.relative <= self.tolerance


@dataclass(frozen=True)
class Verification:
    """All outputs of a recorded file, in the order in which the network computes them."""

    outputs: tuple[Compared, ...]
    dtype: str
    """in which precision the spec was computed: float64, or float32"""

    @property
    def differing(self) -> tuple[Compared, ...]:
        return tuple(output for output in self.outputs if not output.equal)

    @property
    def first(self) -> Compared | None:
        """The first, in the order of the graph, that differs."""
        return next(iter(self.differing), None)

    def to_json(self) -> dict[str, Any]:
        return {
            "equal": not self.differing,
            "first": None if self.first is None else self.first.name,
            "dtype": self.dtype,
            "outputs": [output_json(output) for output in self.outputs],
        }


def output_json(output: Compared) -> dict[str, Any]:
    return {
        "name": output.name,
        "place": output.place,
        "shape": list(output.ours),
        "recorded": list(output.recorded),
        "summary": output.summary,
        "largest": number(output.largest),
        "deviation": output.deviation,
        "relative": number(output.relative),
        "where": list(output.where),
        "tolerance": output.tolerance,
        "equal": output.equal,
    }


def number(value: float) -> float | None:
    """JSON has no infinity."""
    return value if math.isfinite(value) else None


def verify(
    network: Network, recorded: Recorded | str | os.PathLike[str], tolerance: float = TOLERANCE
) -> Verification:
    """Compare a network with a recorded file. Inputs enter behind the crops: they are cut and normalised already.

    `tolerance` is the largest difference that is allowed, as a share of each output's standard deviation. The network
    is computed in double precision, so that what is found is the original's own rounding and no sum of two; in
    single where a component knows no other.
    Raises RecordedError, RecordedNameError, RecordedInputError, RecordedShapeError, KeyMapError.
    """
    if not isinstance(recorded, Recorded):
        recorded = read_recorded(recorded)
    aliases = aliases_of(network)
    names = dict.fromkeys([*recorded.outputs, *recorded.summaries])
    places = {name: find_place(network, aliases, name) for name in names}
    values, dtype = computed(network, recorded, places)
    compared = [
        compare(name, places[name], values[name], array, arrays is recorded.summaries, tolerance)
        for arrays in (recorded.outputs, recorded.summaries)
        for name, array in arrays.items()
    ]
    return Verification(tuple(sorted(compared, key=lambda output: output.order)), dtype)


def computed(
    network: Network, recorded: Recorded, places: Mapping[str, Place]
) -> tuple[dict[str, Value], str]:
    """The values, and in which precision they were computed."""
    try:
        return evaluate(network, recorded, places, torch.float64), "float64"
    except (RuntimeError, TypeError) as error:
        if not ONE_TYPE.search(str(error)):
            raise
    return evaluate(network, recorded, places, torch.float32), "float32"


def aliases_of(network: Network) -> Mapping[str, Alias]:
    keymap = key_map_for(network.graph)
    return {} if keymap is None else keymap.aliases


def compare(
    name: str, place: Place, value: Value, recorded: Array, summary: bool, tolerance: float
) -> Compared:
    """One output. Its numbers are compared in their order, whatever axes each side has."""
    ours = value.tensor.numpy()
    shape = tuple(ours.shape)
    summary = summary or is_summary(ours, recorded)
    if summary:
        ours = summary_of(name, place, ours)
    if ours.size != recorded.size:
        raise other_size(name, place, shape, ours, recorded, summary)
    theirs = recorded.astype(np.float64)
    difference = np.abs(ours.astype(np.float64).reshape(recorded.shape) - theirs)
    difference = np.where(np.isnan(difference), np.inf, difference)
    worst = np.unravel_index(int(difference.argmax()), recorded.shape)
    return Compared(
        name=name,
        place=place.alias.place,
        order=value.order,
        ours=shape,
        recorded=tuple(recorded.shape),
        summary=summary,
        largest=float(difference.max()),
        deviation=(summary and abs(float(theirs.flat[1]))) or deviation_of(theirs),
        where=tuple(int(index) for index in worst),
        tolerance=tolerance,
    )


def is_summary(ours: Array, recorded: Array) -> bool:
    """Whether what was recorded as an output is a summary of it: a row of as many numbers as a summary has."""
    channels = {3: -1, 4: 1, 5: 2}.get(ours.ndim)
    if channels is None or recorded.ndim != 1 or ours.size == recorded.size:
        return False
    return bool(recorded.size == min(ours.shape[channels], CHANNELS) + 2)


def deviation_of(values: Array) -> float:
    """The standard deviation; of numbers that are all alike, or of one, the size; of zeros 1."""
    return float(values.std()) or float(np.abs(values).mean()) or 1.0


def summary_of(name: str, place: Place, values: Array) -> Array:
    """Mean, deviation, and the first channels at the centre: [0, :, H // 2, W // 2], or [0, N // 2] of tokens.

    Raises RecordedShapeError where it is neither a map nor tokens.
    """
    features = values.astype(np.float64)
    if features.ndim == 5:
        features = features.reshape(-1, *features.shape[2:])  # one patch after the other
    if features.ndim == 3:
        centre = features[0, features.shape[1] // 2, :CHANNELS]
    elif features.ndim == 4:
        centre = features[0, :CHANNELS, features.shape[2] // 2, features.shape[3] // 2]
    else:
        raise RecordedShapeError(
            f"`sum_{name}` is recorded, and `{place.alias.place}` is {list(values.shape)}: no map, and no tokens",
            f"record it whole, as `out_{name}`",
        )
    return np.concatenate(([features.mean(), features.std()], centre))


def other_size(
    name: str, place: Place, shape: tuple[int, ...], ours: Array, recorded: Array, summary: bool
) -> RecordedShapeError:
    if summary:
        return RecordedShapeError(
            f"`sum_{name}` has {recorded.size} numbers, and a summary of `{place.alias.place}` has {ours.size}",
            "a summary is the mean, the standard deviation, and the first 64 channels at the centre",
        )
    return RecordedShapeError(
        f"`out_{name}` is {list(recorded.shape)}, and `{place.alias.place}` is {list(shape)}",
        "record the output whole, for the same number of images as the inputs",
    )
