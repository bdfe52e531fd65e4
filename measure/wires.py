"""Errors of single values: a candidate's programs against the reference's on the same inputs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compiler.backends.engine import Engine, Runner, Value
from ..compiler.plan import Signature, Slot
from .limits import LEAST_SPREAD, PLACES, Limits
from .record import Array, Call, Run

SEED = 20260
BATCH = 3
"""Fresh inputs are of so many targets where any number is allowed: a program must run for several as for one."""

VALUE_KINDS = ("cache", "state", "border", "output")
PLACE_KINDS = ("target", "boxes", "windows")
"""What has a bound. Carries have none: what becomes of them has, and among them are places that were chosen."""


@dataclass(frozen=True)
class WireError:
    """How far one result of one program is from the reference's, over all its calls."""

    program: str
    slot: str
    kind: str
    inputs: str
    """`clip`: inputs of a real run; `batch`: several targets at once with values of a real run; `random`"""
    discrete: bool
    """whether it is whole numbers (but no place), or true and false: then errors are the share that differs"""
    largest: float
    """the largest absolute difference"""
    relative: float
    """`largest` in units of the reference's standard deviation"""
    typical: float
    """root mean square of the difference, in units of the standard deviation or `LEAST_SPREAD` of the magnitude"""


def clip_errors(
    run: Run, answers: Sequence[Sequence[Array]], left_out: frozenset[int]
) -> tuple[WireError, ...]:
    """Errors over a replayed run. `left_out` are calls in which another cell was chosen: their results differ."""
    found = []
    for name, program in run.plan.programs.items():
        places = [index for index, call in enumerate(run.calls) if call.program == name]
        kept = [index for index in places if index not in left_out]
        for row, slot in enumerate(program.outputs):
            pairs = [(run.calls[index].outputs[row], answers[index][row]) for index in kept]
            if pairs:
                found.append(wire_error(name, slot, "clip", pairs))
    return tuple(found)


def fresh_errors(
    run: Run, answers: Sequence[Sequence[Array]], reference: Engine, candidate: Engine, count: int
) -> tuple[WireError, ...]:
    """Errors on inputs that are made here: rows of a real run as one batch, and random values of the same kind.

    Both are of `count` targets. `answers` are the candidate's over the run.
    """
    first, second = reference.runner(), candidate.runner()
    random = np.random.default_rng(SEED)
    pairs: set[str] = set()
    for call, answer in zip(run.calls, answers, strict=True):
        pairs |= paired_slots(run.plan.programs[call.program], call.outputs, answer)
    found = []
    for name, program in run.plan.programs.items():
        calls = run.of(name)
        if not calls:
            continue
        made = {"random": random_inputs(program, calls, count, random)}
        if name not in ("begin", "border"):
            made = {"batch": batch_inputs(program, calls, count), **made}
        for kind, inputs in made.items():
            expected = [first.get(value) for value in run_on(first, program, inputs)]
            given = [second.get(value) for value in run_on(second, program, inputs, pairs)]
            found += [
                wire_error(name, slot, kind, [pair])
                for slot, *pair in zip(program.outputs, expected, given, strict=True)
            ]
    return tuple(found)


def run_on(
    runner: Runner, program: Signature, inputs: Sequence[Array], pairs: Set[str] = frozenset()
) -> Sequence[Value]:
    values = [put(runner, slot, value, pairs) for slot, value in zip(program.inputs, inputs, strict=True)]
    return runner.run(program.name, values)


def put(runner: Runner, slot: Slot, value: Array, pairs: Set[str]) -> Value:
    """A value for a runner; `pairs` names the places whose complex numbers it wants as pairs of real ones."""
    if slot.kind == "frame":
        return runner.put_frame(value)
    if slot.name in pairs:
        return runner.put(np.stack((value.real, value.imag), axis=-1))
    return runner.put(value)


def replay(run: Run, candidate: Engine) -> list[list[Array]]:
    """What the candidate's programs give for the inputs of a recorded run, call by call.

    So each step starts from the state of the reference and errors do not compound. The cache alone is the
    candidate's own, made by its `init` and its refreshes of the reference's inputs, as it would be at work.
    """
    runner = candidate.runner()
    cache: dict[str, Value] = {}
    pairs: set[str] = set()
    answers = []
    for call in run.calls:
        program = run.plan.programs[call.program]
        values = [
            cache[slot.name] if slot.name in cache else put(runner, slot, value, pairs)
            for slot, value in zip(program.inputs, call.inputs, strict=True)
        ]
        results = runner.run(call.program, values)
        cache |= {
            slot.name: value
            for slot, value in zip(program.outputs, results, strict=True)
            if slot.kind == "cache"
        }
        answers.append([runner.get(value) for value in results])
        pairs |= paired_slots(program, call.outputs, answers[-1])
    return answers


def paired_slots(program: Signature, expected: Sequence[Array], given: Sequence[Array]) -> set[str]:
    """Places of complex numbers that the candidate holds as pairs of real ones, along a last axis."""
    return {
        slot.name
        for slot, wanted, found in zip(program.outputs, expected, given, strict=True)
        if np.iscomplexobj(wanted) and not np.iscomplexobj(found)
    }


# ---------------------------------------------------------------- inputs


def batch_inputs(program: Signature, calls: Sequence[Call], count: int) -> list[Array]:
    """One row of each of several calls, as a batch; what is no target's own is the first call's."""
    chosen = [calls[index * len(calls) // count] for index in range(count)]
    return [
        np.concatenate(
            [call.inputs[place][index % len(call.inputs[place])][None] for index, call in enumerate(chosen)]
        )
        if slot.per_target
        else chosen[0].inputs[place]
        for place, slot in enumerate(program.inputs)
    ]


def random_inputs(
    program: Signature, calls: Sequence[Call], count: int, random: np.random.Generator
) -> list[Array]:
    """Random values with the shapes, types and, where they are numbers of a network, the spread of a real call."""
    like = calls[-1].inputs
    return [
        random_value(slot, value, count, random) for slot, value in zip(program.inputs, like, strict=True)
    ]


def random_value(slot: Slot, like: Array, count: int, random: np.random.Generator) -> Array:
    shape = (count, *like.shape[1:]) if slot.per_target else like.shape
    if slot.kind in ("frame_size", "border"):
        return like
    if slot.kind in ("boxes", "target"):
        row = like[random.integers(0, len(like), count)]
        return np.asarray(row * random.uniform(0.8, 1.25, (count, 4)), dtype=like.dtype)
    if like.dtype == np.bool_:
        return random.integers(0, 2, shape).astype(np.bool_)
    if like.dtype == np.uint8:
        return random.integers(0, 256, shape, dtype=np.uint8)
    if np.iscomplexobj(like):
        parts = random.normal(0, np.abs(like).std() + np.abs(like).mean(), (2, *shape))
        return np.asarray(parts[0] + 1j * parts[1], dtype=like.dtype)
    if not np.issubdtype(like.dtype, np.floating):
        return random.choice(like.reshape(-1), shape).astype(like.dtype)
    return random.normal(like.mean(dtype=np.float64), like.std(dtype=np.float64), shape).astype(like.dtype)


# ---------------------------------------------------------------- errors


def wire_error(program: str, slot: Slot, inputs: str, pairs: Iterable[Sequence[Array]]) -> WireError:
    """The error of one slot over pairs of the reference's and the candidate's value."""
    expected, given = both_flat(list(pairs))
    if expected.size != given.size:
        return WireError(program, slot.name, slot.kind, inputs, False, math.inf, math.inf, math.inf)
    if not np.issubdtype(expected.dtype, np.floating) and slot.kind not in PLACE_KINDS:
        share = float((expected != given).mean()) if expected.size else 0.0
        return WireError(program, slot.name, slot.kind, inputs, True, share, share, share)
    sound = np.isfinite(expected)
    wanted = expected[sound].astype(np.float64)
    difference = np.abs(given[sound].astype(np.float64) - wanted)
    difference = np.where(np.isfinite(difference), difference, math.inf)
    largest = float(difference.max(initial=0))
    if largest == 0:
        return WireError(program, slot.name, slot.kind, inputs, False, 0.0, 0.0, 0.0)
    spread, magnitude = float(wanted.std()), float(np.sqrt((wanted**2).mean()))
    typical = float(np.sqrt((difference**2).mean()))
    floor = max(spread, LEAST_SPREAD * magnitude)
    relative = ratio(largest, spread), ratio(typical, floor)
    return WireError(program, slot.name, slot.kind, inputs, False, largest, *relative)


def both_flat(pairs: Sequence[Sequence[Array]]) -> tuple[NDArray[Any], NDArray[Any]]:
    return tuple(np.concatenate([real_numbers(pair[side]) for pair in pairs]) for side in (0, 1))  # type: ignore[return-value]


def real_numbers(value: Array) -> Array:
    """Flat; a complex number as two real ones."""
    flat = np.ascontiguousarray(value).reshape(-1)
    return flat.view(flat.real.dtype) if np.iscomplexobj(flat) else flat


def ratio(error: float, scale: float) -> float:
    return error / scale if scale > 0 else math.inf


def bound_of(error: WireError, limits: Limits) -> float | None:
    """The bound of an error's typical size: for numbers that outlive a step, on inputs of a real run; else None.

    In a batch nobody looks which cell was chosen, so what a step gives has no bound there.
    """
    if error.inputs == "random" or (error.inputs == "batch" and error.program == "step"):
        return None
    if error.slot == "output.state":
        return None  # it follows from the score, which has a bound; near a threshold either state is right
    if (
        error.kind in PLACE_KINDS
        or error.slot == "output.box"
        or (error.discrete and error.kind in VALUE_KINDS)
    ):
        return max(limits.wire, PLACES)
    return limits.wire if error.kind in VALUE_KINDS else None


def broken_wires(errors: Iterable[WireError], limits: Limits) -> list[str]:
    """What breaks the limits, a sentence for the worst of each program."""
    over: dict[str, WireError] = {}
    for error in errors:
        bound = bound_of(error, limits)
        if bound is None or error.typical <= bound:
            continue
        if error.program not in over or error.typical > over[error.program].typical:
            over[error.program] = error
    return [
        f"`{error.slot}` of the program `{error.program}` is off by {error.typical:.2g} of its spread "
        f"({error.largest:.2g} at most; allowed is {bound_of(error, limits):g})"
        for error in over.values()
    ]
