"""Compiling as users ask for it: a backend chosen, calibrated where the precision needs it, and proved by the gate."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..compiler.backends.backend import Recordings
from ..compiler.backends.find import (
    BackendError,
    CalibrationError,
    MissingBackendError,
    is_auto,
    own_beside_auto,
)
from ..compiler.check import CheckResult
from ..compiler.compiled import Compiled, Options
from ..compiler.driver import Source, build, source_of
from ..compiler.own import own_source
from ..compiler.user_error import UserError
from ..compiler.weights import Weights
from .bisect import find_culprit
from .cache import key_of, read_entry, write_entry
from .clip import Clip, ClipError, generated_clip, read_clip
from .gate import GateResult, Reference, gate, reference_of, refuse, to_json
from .limits import Limits, limits_of
from .memory import out_of_memory, told_of_memory
from .record import calibration, record
from .tune import ALIKE, Candidate, Trial, Tuning, first_line, tune, unusable
from .tune import to_json as trials_to_json

Note = Callable[[str], None]
Boxes = Sequence[float] | Sequence[Sequence[float]] | str | os.PathLike[str]
"""A first box, several, or a file with a line a frame."""

TUNE_SECONDS = 60.0
CALIBRATION_FRAMES = 64


@dataclass(frozen=True)
class Wishes:
    """What compiling shall do beside compiling."""

    gate: bool = True
    gate_clip: str | os.PathLike[str] | Clip | None = None
    """a video to compare over; None for the bundled generated clip"""
    gate_boxes: Boxes | None = None
    gate_frames: int | None = None
    """over so many frames; None for as many as the work of a step allows"""
    gate_limits: Mapping[str, float] = field(default_factory=dict)
    """in place of the precision's own, by the names of `limits.NAMES`"""
    tune_seconds: float = TUNE_SECONDS
    """for the backend `auto`: building and measuring, in all"""
    native: bool = False
    """whether `auto` may choose a backend that gives machine code"""
    calibrate: str | os.PathLike[str] | Clip | None = None
    """a video that int8 is calibrated on"""
    calibrate_boxes: Boxes | None = None


@dataclass(frozen=True)
class Made:
    """A compiled tracker, and what was found out while compiling it."""

    compiled: Compiled
    options: Options
    """with the backend that was chosen"""
    gate: Mapping[str, Any] | None
    """plain data; None where the gate did not run"""
    tuning: Mapping[str, Any] | None
    """plain data; None where no backend had to be chosen"""


def make(checked: CheckResult, weights: Weights | None, options: Options, wishes: Wishes, note: Note) -> Made:
    """Compile a checked spec; `note` takes lines on what is being done.

    Raises what `driver.source_of` and `driver.build` raise, GateError for a tracker that is not the reference,
    ClipError for clips that cannot be used, CalibrationError for int8 without one, LimitError; and BackendError where
    memory does not suffice.
    """
    limits = limits_of(options.precision, wishes.gate_limits)
    clip = clip_for(wishes)
    examples = calibration_clip(options, wishes)
    source = source_of(checked, weights, options.device, options.crop)
    with told_of_memory(options):
        recordings = recordings_of(source, options, examples)
        if is_auto(options.backend):
            return chosen(source, options, wishes, limits, clip, recordings, note)
        compiled = built(source, options, recordings)
        if not wishes.gate:
            return Made(compiled, options, None, None)
        reference = reference_of(source, options, clip, wishes.gate_frames)
        result = checked_against(reference, compiled, options, limits, note)
        refuse(result, lambda: find_culprit(reference, options, limits, recordings, note))
        return Made(compiled, options, to_json(result), None)


def clip_for(wishes: Wishes) -> Clip:
    """The clip to compare over. Raises ClipError."""
    if isinstance(wishes.gate_clip, Clip):
        return wishes.gate_clip
    if wishes.gate_clip is None:
        if wishes.gate_boxes is not None:
            raise ClipError(
                "boxes were given for the gate, and no clip", "give the video too: --gate-clip VIDEO"
            )
        return generated_clip()
    return read_clip(wishes.gate_clip, wishes.gate_boxes)


def calibration_clip(options: Options, wishes: Wishes) -> Clip | None:
    """The clip to calibrate on; None where the precision needs none. Raises ClipError."""
    if options.precision != "int8":
        return None
    if isinstance(wishes.calibrate, Clip):
        return wishes.calibrate
    if wishes.calibrate is None:
        raise CalibrationError(
            "int8 is calibrated on frames, and there are none",
            "give a video like those to be tracked: --calibrate VIDEO --calibrate-box X,Y,W,H",
        )
    return read_clip(wishes.calibrate, wishes.calibrate_boxes, CALIBRATION_FRAMES)


def recordings_of(source: Source, options: Options, examples: Clip | None) -> Recordings | None:
    """What the reference's programs read over the calibration clip."""
    if examples is None:
        return None
    clip = examples.with_targets(options.targets) if options.targets else examples
    plain = replace(options, backend="eager", precision="fp32", passes="")
    return calibration(record(build(source, plain), clip.first(CALIBRATION_FRAMES)))


def built(source: Source, options: Options, recordings: Recordings | None) -> Compiled:
    """Compiled by the backend that the user named. Raises BackendError with its message where it fails at that."""
    try:
        return build(source, options, recordings)
    except Exception as error:  # a backend is foreign code
        if is_known(error, options):
            raise
        raise BackendError(
            f"`{options.backend}` cannot build the programs: {first_line(error)}",
            "compile with another backend, and report this",
        ) from error


def is_known(error: Exception, options: Options) -> bool:
    """Whether an error tells its own story, or is one of ours: the reference's backend is no foreign code."""
    return options.backend == "eager" or isinstance(error, UserError) or out_of_memory(error)


def checked_against(
    reference: Reference, compiled: Compiled, options: Options, limits: Limits, note: Note
) -> GateResult:
    """The gate's findings. Raises BackendError where the backend's programs fail to run at all."""
    note(f"comparing {options.backend} with the reference over {len(reference.clip.frames)} frames")
    try:
        return gate(reference, compiled, limits, options.targets)
    except Exception as error:  # a backend is foreign code
        if is_known(error, options):
            raise
        raise BackendError(
            f"the programs that `{options.backend}` built fail to run: {first_line(error)}",
            "compile with another backend, and report this",
        ) from error


# ---------------------------------------------------------------- the backend `auto`


def chosen(
    source: Source,
    options: Options,
    wishes: Wishes,
    limits: Limits,
    clip: Clip,
    recordings: Recordings | None,
    note: Note,
) -> Made:
    """The fastest backend that passes the gate, measured now or remembered from an equal compile."""
    reference = reference_of(source, options, clip, wishes.gate_frames) if wishes.gate else None
    timing = clip.with_targets(options.targets) if options.targets else clip
    own = {name: own_source(name) for name in own_beside_auto(options.backend)}
    key = key_of(
        source,
        options,
        wishes.gate,
        wishes.tune_seconds,
        wishes.native,
        [frame.shape for frame in clip.frames[:1]],
        limits,
        own,
    )
    kept = read_entry(key, note)
    made = (
        None
        if kept is None
        else remembered(kept, source, options, recordings, reference, limits, wishes.native, note)
    )
    if made is not None:
        return made
    tuning = tune(source, options, timing.first(40), recordings, wishes.tune_seconds, note, wishes.native)
    made = fastest_sound(tuning, reference, limits, recordings, note)
    assert made.tuning is not None
    write_entry(key, made.tuning, note)
    return made


def remembered(
    kept: Mapping[str, Any],
    source: Source,
    options: Options,
    recordings: Recordings | None,
    reference: Reference | None,
    limits: Limits,
    native: bool,
    note: Note,
) -> Made | None:
    """The choice of an earlier compile, built and checked anew; None where it does not hold any more."""
    backend = kept.get("chosen")
    if not isinstance(backend, str) or not isinstance(kept.get("trials"), list):
        return None
    options = replace(options, backend=backend)
    try:
        if unusable(options, recordings, native) is not None:
            return None
        note(f"{backend} was the fastest when this was compiled before")
        compiled = build(source, options, recordings)
    except Exception as error:  # whatever is wrong with it now is told when it is tried anew
        note(f"{backend} cannot be built now: {error}")
        return None
    result = checked_against(reference, compiled, options, limits, note) if reference is not None else None
    if result is not None and not result.passed:
        return None
    return Made(compiled, options, to_json(result) if result is not None else None, kept)


def fastest_sound(
    tuning: Tuning, reference: Reference | None, limits: Limits, recordings: Recordings | None, note: Note
) -> Made:
    """The first of the candidates, from the fastest on, that passes the gate.

    Raises GateError, that of the fastest, where none does, and MissingBackendError where there is no candidate.
    """
    if not tuning.order:
        raise no_backend(tuning.trials)
    trials = {trial.backend: trial for trial in tuning.trials}
    failed: list[tuple[Candidate, GateResult]] = []
    for name in tuning.order:
        candidate = tuning.candidates[name]
        found = verdict(reference, candidate, limits, note)
        if not isinstance(found, str) and (found is None or found.passed):
            trials |= {other.backend: other for other in told_alike(trials, name)}
            told = {"chosen": name, "trials": trials_to_json(tuple(trials.values()))}
            return Made(candidate.compiled, candidate.options, to_json(found) if found else None, told)
        said = found if isinstance(found, str) else f"it fails the gate: {found.failures[0]}"
        note(f"{name}: {said}")
        trials[name] = replace(trials[name], note=said)
        if not isinstance(found, str):
            failed.append((candidate, found))
    if not failed or reference is None:
        raise no_backend(tuple(trials.values()))
    first, result = failed[0]
    refuse(result, lambda: find_culprit(reference, first.options, limits, recordings, note))
    raise AssertionError("the gate failed and was not refused")


def told_alike(trials: Mapping[str, Trial], chosen: str) -> Iterator[Trial]:
    """Those measured a little faster than the one that was chosen, with the reason why they were not."""
    taken = trials[chosen].seconds
    for trial in trials.values():
        if trial.note is None and trial.seconds is not None and taken is not None and trial.seconds < taken:
            why = f"within {100 * (ALIKE - 1):.0f} % of {chosen}, which comes first where times are alike"
            yield replace(trial, note=why)


def verdict(
    reference: Reference | None, candidate: Candidate, limits: Limits, note: Note
) -> GateResult | str | None:
    """What the gate says of a candidate; None where it does not run; a text where the candidate does not."""
    if reference is None:
        return None
    try:
        return checked_against(reference, candidate.compiled, candidate.options, limits, note)
    except BackendError as error:
        return error.message


def no_backend(trials: Sequence[Trial]) -> MissingBackendError:
    reasons = "\n".join(f"  - {trial.backend}: {trial.note}" for trial in trials)
    return MissingBackendError(
        f"no backend can be used for this:\n{reasons}",
        "choose another precision or device, or install a backend",
    )
