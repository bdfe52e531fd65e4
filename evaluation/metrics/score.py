"""What grading gives: numbers with the profile that they follow, and the counts that they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Totals:
    """What of a sequence can be added up, where every frame of a set weighs the same."""

    counted: Mapping[str, int]
    """the frames that a curve's shares are of, by the curve's name"""
    overlap: float
    """the sum of the overlaps that count"""
    overlaps: int
    """how many those are"""
    distance: float
    """the sum of the distances of frames with a target, in pixels"""
    covered: int
    """frames whose box has x + y + w + h > 0"""
    frames: int


@dataclass(frozen=True)
class SequenceScore:
    """A tracker in one sequence. Measures (but for `mean_distance`, in pixels) and curves are fractions."""

    profile: str
    frames: int
    """of the truth"""
    measures: Mapping[str, float]
    curves: Mapping[str, NDArray[np.float64]]
    counts: Mapping[str, NDArray[np.int64]]
    """frames within each threshold of a curve"""
    totals: Totals


@dataclass(frozen=True)
class Score:
    """A tracker on a set of sequences. Measures and curves are fractions."""

    profile: str
    sequences: int
    frames: int
    measures: Mapping[str, float]
    curves: Mapping[str, NDArray[np.float64]]
    counts: Mapping[str, NDArray[np.int64]]
    """summed over the sequences"""
