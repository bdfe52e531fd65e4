"""What tells one toolkit from another, as data: which frames count, how boxes are compared, what is read off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Validity = Literal["any", "positive", "sized", "centred", "annotated"]
"""Which frames have a target, by their truth: `any`: all of them; `positive`: x, y, w and h > 0; `sized`: w and
h > 0; `centred`: both coordinates of the centre > 0 (of the divided centre, where distances are divided);
`annotated`: no NaN."""

Treatment = Literal["miss", "hit", "drop"]
"""What a frame without a target counts as: out of reach of every threshold, within every one, or not at all."""

Flags = Literal["ignore", "invalid", "miss"]
"""What a frame with a flag `absent` is: as any other, as one without a target, or a miss whatever its truth is."""

Repair = Literal["none", "zero", "not-positive", "nan-or-not-positive"]
"""Which predicted boxes are replaced by the one before: none; w or h = 0; w or h <= 0, or four NaN;
w or h <= 0, or any NaN."""

First = Literal["predicted", "truth", "skip"]
"""The first frame: as predicted, replaced by the truth, or left out."""

Short = Literal["refuse", "cut", "pad"]
"""Fewer boxes than frames: refused, the truth cut to them, or boxes of zeros added."""

Refused = Literal["nothing", "nan", "nan-or-negative"]

Aggregate = Literal["sequence", "frame"]
"""The whole set: each sequence weighs the same, or each frame."""

CurveName = Literal["success", "precision", "norm_precision"]


@dataclass(frozen=True)
class OverlapRule:
    """How the overlap of two boxes is computed."""

    inclusive: bool = False
    """right = x + w - 1 and lengths are right - left + 1, as for pixels: the same number but for rounding"""
    clip: bool = False
    """held to 0 .. 1, so that rounding makes no overlap larger than 1"""
    guard: Literal["none", "epsilon", "floor"] = "none"
    """against a union of 0: nothing, union + 2.2e-16, or at least 1e-6"""
    single: bool = False
    """computed in float32"""
    in_frame: bool = False
    """both boxes are clipped to the frame first"""


@dataclass(frozen=True)
class CentreRule:
    """How the distance of two centres is computed; x + (w + offset) / 2."""

    offset: float = -1.0
    """drops out of the distance but for rounding; `centred` depends on it"""
    divisor: Literal["size", "size-epsilon", "at-least-one"] = "size"
    """of the normalised distance: the truth's w and h, those + 1e-16, or those, but at least 1"""
    divides: Literal["centres", "difference"] = "centres"
    """each centre, and then the difference is taken; or the difference. It shows at exact ties"""


@dataclass(frozen=True)
class CurveRule:
    """A share of frames at each of some thresholds."""

    thresholds: tuple[float, ...]
    valid: Validity = "any"
    invalid: Treatment = "miss"
    flagged: Flags = "ignore"
    at_least: bool = False
    """overlaps count from the threshold on (>=), not above it (>); distances always count up to it (<=)"""


@dataclass(frozen=True)
class Reading:
    """A measure: what is read off a curve, or a mean."""

    of: Literal["success", "precision", "norm_precision", "overlap", "overlap_of_all", "distance", "coverage"]
    """`overlap`: the mean overlap of the frames that count; `overlap_of_all`: of all frames, 0 where there is no
    target; `distance`: the same with the distance in pixels; `coverage`: the share of frames with x+y+w+h > 0"""
    at: int | Literal["mean", "trapezoid"] = "mean"
    """of a curve: the value at this index, the mean of all, or the area by trapezoids over its range"""


@dataclass(frozen=True)
class Profile:
    """Whose convention a number follows."""

    name: str
    about: str
    overlap: OverlapRule
    centre: CentreRule
    curves: Mapping[CurveName, CurveRule]
    measures: Mapping[str, Reading]
    first: First = "truth"
    repair: Repair = "none"
    short: Short = "refuse"
    cuts_long: bool = False
    """more boxes than frames: the rest is left out; otherwise they are refused"""
    refuses_nan_truth: bool = False
    refuses: Refused = "nothing"
    """predicted boxes that the toolkit stops at, or whose NaN would become the number"""
    rounds: bool = False
    """boxes are rounded to whole pixels first"""
    needs_size: bool = False
    hidden_dropped: bool = False
    """frames of cover 0 are dropped"""
    sizeless_flagged: bool = False
    """where there are flags, a frame whose truth has no size counts as flagged"""
    counts_valid_only: bool = False
    """shares are of the frames with a target, though the others are still compared with the thresholds"""
    single: bool = False
    """shares and their means are kept in float32, whose rounding shows in the seventh digit"""
    aggregate: Aggregate = "sequence"
    flags_of: tuple[str, ...] | None = None
    """of the data sets that publish flags, those whose flags the toolkit reads. None: all"""
    data_sets: tuple[str, ...] = ()
    """the data sets for which `find_profile` takes this variant"""

    @property
    def reads_flags(self) -> bool:
        """Whether flags `absent` make a difference."""
        return any(rule.flagged != "ignore" for rule in self.curves.values())
