"""The forced clip: every step starts from the reference's state, so that errors do not compound.

Free runs of trackers are chaotic: a difference in the last bit ends in other boxes some hundred frames later. So the
reference runs freely, and each program of the candidate is run on what the reference's was run on.

**A flip** is a step in which the candidate chose another cell than the reference. Programs do not tell which cell
they chose; but of the reference it can be computed which boxes its next best cells would have given (`choices`). It
is a flip where the candidate's box is nearer to one of those than to the reference's own, if these two differ and
the scores do not speak against it.

**The margin** is by how much the values of these two cells differ in the reference. **The output error** is twice
the largest error of `output.score` over the clip, the candidate's score being compared with what the reference
gives for the very cell that the candidate chose. It lies between `ROUNDING` and 1 times the limits' `tie` times the
spread of the values (a score that is 1 throughout shows no error, and a wrong one must not excuse itself), and is
that much for a tracker without a score. **A near-tie** is a step whose margin to some cell with another box is
within the output error: either choice is right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..runtime.success import overlaps
from .choices import Choice, Probe
from .limits import Limits
from .record import Array, Run

SAME_BOX = 0.999
"""Boxes that overlap by more are the same choice: cells side by side may well agree."""


ROUNDING = 0.01
"""Share of the largest output error that is granted to any tracker."""


@dataclass(frozen=True)
class ForcedStep:
    """One target in one forced step."""

    call: int
    """which call of the run"""
    frame: int
    target: int
    overlap: float
    """of the candidate's box with the reference's"""
    box_error: float
    """root mean square of the differences of the four numbers, in pixels"""
    margin: float
    """to the next best cell with another box; infinite where none of those looked at has one"""
    flip_margin: float | None
    """where it is a flip, the margin to the cell that was chosen instead"""
    near_tie: bool


@dataclass(frozen=True)
class Forced:
    """A forced clip."""

    steps: tuple[ForcedStep, ...]
    score_error: float | None
    """the largest error of the score; None for a tracker without one"""

    @property
    def mean(self) -> float:
        return float(np.mean([step.overlap for step in self.steps]))

    @property
    def box_error(self) -> float:
        """Root mean square over the steps in which the same cell was chosen, in pixels."""
        errors = [
            step.box_error
            for step in self.steps
            if step.flip_margin is None and math.isfinite(step.box_error)
        ]
        return float(np.sqrt(np.mean(np.square(errors)))) if errors else 0.0

    @property
    def flips(self) -> tuple[ForcedStep, ...]:
        return tuple(step for step in self.steps if step.flip_margin is not None)

    @property
    def other_choices(self) -> frozenset[int]:
        """Calls in which a target's cell is another one."""
        return frozenset(step.call for step in self.flips)


@dataclass(frozen=True)
class Comparison:
    """One target in one step, before it is known how large errors are over the clip."""

    call: int
    frame: int
    target: int
    overlap: float
    box_error: float
    nearest: int
    """which of the reference's choices the candidate's box is nearest to; 0 for its own"""
    margins: NDArray[np.float64]
    """[choices]: infinite for those that give the same box"""
    spread: float
    score_error: float | None


def forced(run: Run, answers: Sequence[Sequence[Array]], probe: Probe, device: str, limits: Limits) -> Forced:
    """Compare the steps of a recorded run with what a candidate gave for the same inputs (`wires.replay`)."""
    compared: list[Comparison] = []
    frame = 0
    for index, call in enumerate(run.calls):
        if call.program == "step":
            frame += 1
            compared += compare(run, index, frame, answers[index], probe.choices(call.inputs, device), limits)
    errors = [item.score_error for item in compared if item.score_error is not None]
    score_error = max(errors, default=None)
    return Forced(tuple(judged(item, score_error, limits) for item in compared), score_error)


def compare(
    run: Run, index: int, frame: int, given: Sequence[Array], choices: Sequence[Choice], limits: Limits
) -> list[Comparison]:
    expected = run.calls[index].outputs
    names = [slot.name for slot in run.plan.programs["step"].outputs]
    boxes = np.asarray(given[names.index("boxes")], dtype=np.float64)
    scores = None
    if "output.score" in names and choices[0].score is not None:
        scores = np.asarray(given[names.index("output.score")], dtype=np.float64).reshape(len(boxes))
    least = least_overlaps(names, expected, given)
    apart = np.stack([overlaps(choice.box, choices[0].box) <= SAME_BOX for choice in choices])
    nearest = nearest_choices(boxes, scores, choices, apart, limits)
    margins = np.where(apart, np.stack([choice.margin for choice in choices]), math.inf)
    spread = np.stack([choice.spread for choice in choices]).max(axis=0)
    return [
        Comparison(
            index,
            frame,
            target,
            float(least[target]),
            float(np.sqrt(np.mean((boxes[target] - choices[0].box[target]) ** 2))),
            int(nearest[target]),
            margins[:, target],
            float(spread[target]),
            score_error_of(scores, choices[nearest[target]], target),
        )
        for target in range(len(boxes))
    ]


def nearest_choices(
    boxes: NDArray[np.float64],
    scores: NDArray[np.float64] | None,
    choices: Sequence[Choice],
    apart: NDArray[np.bool_],
    limits: Limits,
) -> NDArray[np.int64]:
    """[N]: which choice each box is nearest to, among the own one (0) and those whose boxes are `apart` from it.

    Where errors are as large as the way to the next cell's box, the box alone would mislead: a choice whose score is
    farther from the candidate's than the own one's, by more than a near-tie, was not made.
    """
    distances = np.stack([np.abs(choice.box - boxes).sum(axis=1) for choice in choices])
    possible = apart & np.isfinite(distances)
    if scores is not None:
        off = np.stack([np.abs(choice.score - scores) for choice in choices if choice.score is not None])
        possible &= off <= off[0] + limits.tie * np.stack([choice.spread for choice in choices])
    possible[0] = True
    distances[0] = np.where(np.isfinite(distances[0]), distances[0], np.finfo(np.float64).max)
    nearest: NDArray[np.int64] = np.where(possible, distances, math.inf).argmin(axis=0)
    return nearest


def least_overlaps(
    names: Sequence[str], expected: Sequence[Array], given: Sequence[Array]
) -> NDArray[np.float64]:
    """[N]: how well boxes agree in the place where they agree least; `target` is what the next step starts from."""
    boxes, target = names.index("boxes"), names.index("target")
    found = overlaps(given[boxes], expected[boxes])
    moved = overlaps(corner_boxes(given[target]), corner_boxes(expected[target]))
    return np.nan_to_num(np.minimum(found, moved), nan=0.0)


def corner_boxes(target: Array) -> NDArray[np.float64]:
    """Centre and size as x, y, w, h."""
    table = np.asarray(target, dtype=np.float64)
    return np.concatenate((table[:, :2] - table[:, 2:] / 2, table[:, 2:]), axis=1)


def score_error_of(scores: NDArray[np.float64] | None, choice: Choice, target: int) -> float | None:
    if scores is None or choice.score is None:
        return None
    error = abs(float(scores[target]) - float(choice.score[target]))
    return error if math.isfinite(error) else math.inf


def judged(item: Comparison, score_error: float | None, limits: Limits) -> ForcedStep:
    """The step, once the output error is known."""
    most = limits.tie * item.spread
    error = most if score_error is None else min(max(2 * score_error, ROUNDING * most), most)
    margin = float(item.margins[1:].min()) if len(item.margins) > 1 else math.inf
    flip = float(item.margins[item.nearest]) if item.nearest else None
    return ForcedStep(
        item.call, item.frame, item.target, item.overlap, item.box_error, margin, flip, margin <= error
    )


def broken_by(found: Forced, limits: Limits) -> list[str]:
    """What a forced clip breaks of its limits, a sentence each."""
    wrong: list[str] = []
    if not found.steps:
        return wrong
    if found.mean <= limits.forced_mean:
        wrong.append(
            f"boxes of forced steps overlap by {found.mean:.4f} in the mean, not by {limits.forced_mean:g}"
        )
    if limits.forced_least is not None:
        clear = [step for step in found.steps if not step.near_tie]
        low = [step for step in clear if step.overlap <= limits.forced_least]
        if low:
            worst = min(low, key=lambda step: step.overlap)
            wrong.append(
                f"in {len(low)} of {len(clear)} clear steps the boxes overlap by no more than {limits.forced_least:g}: "
                f"by {worst.overlap:.4f} in frame {worst.frame}"
            )
    if not limits.allows_flips:
        bad = [step for step in found.flips if not step.near_tie]
        if bad:
            worst = max(bad, key=lambda step: step.flip_margin or 0.0)
            wrong.append(
                f"{len(bad)} steps choose another cell though its score is clearly lower: by {worst.flip_margin:.2g} "
                f"in frame {worst.frame}"
            )
    return wrong
