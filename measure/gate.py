"""The parity gate: is a compiled tracker the one that PyTorch runs in fp32, within the limits of its precision?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..compiler.compiled import Compiled, Options
from ..compiler.driver import Source, build
from ..compiler.user_error import UserError
from ..runtime.success import success_auc
from .choices import Probe, probe_of
from .clip import Clip
from .forced import Forced, broken_by, forced
from .limits import Limits
from .record import Run, free_boxes, record, shaken_boxes
from .wires import BATCH, WireError, broken_wires, clip_errors, fresh_errors, replay
from .work import frames_for, step_operations

FOLLOWS = 0.1
"""A reference whose success is not above that of a box held still by so much follows nothing: its free run says
nothing about another's."""

SHAKEN_RUNS = 4
SHAKEN_BY = 0.01
"""Pixels: larger errors are no rounding, and what they cost is a loss."""

FRAME_FOLDERS = ("img", "imgs", "images", "frames", "color")
"""Folders that every sequence has: their names alone tell no clip from another."""

DIGITS = 6
"""Significant digits of what goes into a manifest."""


class GateError(UserError):
    """A compiled tracker that is not the reference within the limits of its precision."""

    code: ClassVar[str] = "SOT617"


@dataclass(frozen=True)
class Reference:
    """The tracker run by PyTorch in fp32 without any pass, over a clip."""

    source: Source
    compiled: Compiled
    clip: Clip
    run: Run
    probe: Probe


@dataclass(frozen=True)
class FreeRun:
    """Success of the two free runs on a labelled clip."""

    reference: float
    candidate: float
    still: float
    """of the first box held still"""
    frames: int
    """with a label"""
    shaken: tuple[float, ...] = ()
    """of free runs of the reference whose boxes are moved a little in every step; looked at only where the
    candidate's success is lower than allowed"""

    @property
    def says_something(self) -> bool:
        """Whether the reference follows the target; one with random weights does not."""
        return self.reference > self.still + FOLLOWS

    @property
    def loss(self) -> float:
        """By how much the success is below the reference's, or below the least that small errors make of that."""
        return min((self.reference, *self.shaken)) - self.candidate


@dataclass(frozen=True)
class GateResult:
    """What the gate found."""

    backend: str
    precision: str
    clip: str
    frames: int
    targets: int
    limits: Limits
    wires: tuple[WireError, ...]
    forced: Forced
    free: FreeRun | None
    """None where the clip is not labelled"""
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.failures


def reference_of(source: Source, options: Options, clip: Clip, frames: int | None = None) -> Reference:
    """Run the reference over the clip, or as many of its frames as the work of a step allows (see `work`).

    `frames` sets their number; `options` give device, threads and targets.
    """
    plain = replace(options, backend="eager", precision="fp32", passes="")
    compiled = build(source, plain)
    clip = clip.with_targets(options.targets or 1) if options.targets else clip
    if frames is None:
        operations = step_operations(source, record(compiled, clip.first(2)), options.device)
        frames = frames_for(operations, len(clip.frames))
    clip = clip.first(frames)
    return Reference(source, compiled, clip, record(compiled, clip), probe_of(source.programs["step"]))


def gate(reference: Reference, candidate: Compiled, limits: Limits, targets: int | None = None) -> GateResult:
    """Compare a candidate with the reference. `targets` is the number it is built for; None for any."""
    run = reference.run
    answers = replay(run, candidate.engine)
    steps = forced(run, answers, reference.probe, reference.compiled.engine.device, limits)
    wires = (
        *clip_errors(run, answers, steps.other_choices),
        *fresh_errors(run, answers, reference.compiled.engine, candidate.engine, targets or BATCH),
    )
    free = free_run(reference, candidate, steps.box_error, limits)
    failures = [*broken_by(steps, limits), *broken_wires(wires, limits), *broken_free(free, limits)]
    return GateResult(
        candidate.engine.backend,
        candidate.engine.precision,
        reference.clip.name,
        len(reference.clip.frames),
        len(reference.clip.boxes),
        limits,
        wires,
        steps,
        free,
        tuple(failures),
    )


def free_run(reference: Reference, candidate: Compiled, error: float, limits: Limits) -> FreeRun | None:
    """Both free runs against the labels; None where there are none.

    Free runs are chaotic: two that differ by a rounding may differ in success by more than is allowed. So where the
    candidate loses too much, the reference is run again with errors of the candidate's size, `error` pixels, but
    none above `SHAKEN_BY`: what small errors do to the reference itself is no loss.
    """
    truth = reference.clip.truth
    if truth is None:
        return None
    known = np.isfinite(truth).all(axis=1) & (truth[:, 2:] > 0).all(axis=1)

    def success(boxes: NDArray[np.float64]) -> float:
        return success_auc(boxes[known], truth[known])

    found = free_boxes(candidate.plan, candidate.engine, reference.clip)
    still = np.repeat(reference.clip.boxes[:1], len(truth), axis=0)
    free = FreeRun(success(reference.run.boxes[:, 0]), success(found[:, 0]), success(still), int(known.sum()))
    if not free.says_something or free.loss <= limits.auc_loss:
        return free
    error = min(error, SHAKEN_BY)
    runs = [shaken_boxes(reference.compiled, reference.clip, error, seed) for seed in range(SHAKEN_RUNS)]
    return replace(free, shaken=tuple(success(boxes[:, 0]) for boxes in runs))


def broken_free(free: FreeRun | None, limits: Limits) -> list[str]:
    if free is None or not free.says_something or free.loss <= limits.auc_loss:
        return []
    return [
        f"a free run has a success of {free.candidate:.4f}, {free.loss:.4f} less than the reference's with a "
        f"little noise; allowed is {limits.auc_loss:g}"
    ]


def refuse(result: GateResult, culprit: Callable[[], tuple[str, str]]) -> None:
    """Raises GateError where the gate failed; `culprit` finds what broke it first, and what to do about it."""
    if result.passed:
        return
    who, remedy = culprit()
    found = "\n".join(f"  - {line}" for line in result.failures)
    raise GateError(
        f"the compiled tracker is not the one of the spec: {who} first broke the parity gate\n{found}", remedy
    )


# ---------------------------------------------------------------- for the manifest


def to_json(result: GateResult) -> dict[str, Any]:
    """The result as plain data: the same for the same inputs, so no times."""
    steps = result.forced.steps
    margins = sorted(step.margin for step in steps)
    worst = min(steps, key=lambda step: step.overlap, default=None)
    forced_part = {
        "steps": len(steps),
        "mean_overlap": result.forced.mean if steps else None,
        "least_overlap": worst.overlap if worst else None,
        "least_in_frame": worst.frame if worst else None,
        "box_error": result.forced.box_error,
        "flips": len(result.forced.flips),
        "flip_share": len(result.forced.flips) / len(steps) if steps else None,
        "flip_margins": [step.flip_margin for step in result.forced.flips],
        "near_ties": sum(step.near_tie for step in steps),
        "least_margin": margins[0] if margins else None,
        "median_margin": margins[len(margins) // 2] if margins else None,
        "score_error": result.forced.score_error,
    }
    found: dict[str, Any] = plain(
        {
            "passed": result.passed,
            "failures": list(result.failures),
            "backend": result.backend,
            "precision": result.precision,
            "clip": clip_name(result.clip),
            "frames": result.frames,
            "targets": result.targets,
            "limits": asdict(result.limits),
            "forced": forced_part,
            "free": None if result.free is None else free_part(result.free),
            "wires": [asdict(error) for error in result.wires],
        }
    )
    return found


def clip_name(clip: str) -> str:
    """The last part of its path, which tells nothing of whose machine it lay on; two of `Crossing/img`."""
    path = Path(clip)
    above = path.parent.name if path.name.lower() in FRAME_FOLDERS else ""
    return f"{above}/{path.name}" if above else path.name


def free_part(free: FreeRun) -> dict[str, Any]:
    idle = (
        "the reference does not follow the target (its weights may be random), so its success is not compared"
    )
    note = None if free.says_something else idle
    return {**asdict(free), "loss": free.loss, "compared": free.says_something, "note": note}


def plain(value: Any) -> Any:
    """Numbers to `DIGITS` digits; what is not finite as None, which JSON has a word for."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None
    return value
