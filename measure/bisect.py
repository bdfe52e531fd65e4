"""Which pass, precision or backend first breaks the parity gate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..compiler.backends.backend import Recordings
from ..compiler.backends.find import find_backend
from ..compiler.compiled import Options
from ..compiler.driver import build, pipeline_of
from ..compiler.own import is_own
from ..compiler.passes.base import Pass
from ..compiler.passes.find import written_name
from ..compiler.passes.pipeline import parse_pipeline, spelled
from ..compiler.user_error import UserError
from .gate import GateResult, Reference, gate
from .limits import Limits

Note = Callable[[str], None]

PRECISION = ("precision", "round-kernels")
"""The passes that make the precision; all others keep it."""


def find_culprit(
    reference: Reference, options: Options, limits: Limits, calibration: Recordings | None, note: Note
) -> tuple[str, str]:
    """What first broke the gate, in words, and what to do about it.

    The passes are tried on the eager backend, which is the reference's: first all that keep the precision, then
    the one that lowers it. Where none of them breaks the limits it is the backend: at fp32 already, or only at the
    precision that was asked for.
    """
    passes = parse_pipeline(pipeline_of(find_backend(options.backend), options))
    plain = replace(options, backend="eager", precision="fp32")

    def breaks(backend: Options) -> bool:
        note(f"looking for what broke it: {described(backend)}")
        return fails(reference, backend, limits, calibration)

    first = first_breaking(passes, lambda prefix: breaks(replace(plain, passes=prefix)))
    if first is not None:
        return of_pass(passes, first, options)
    if options.precision != "fp32" and options.backend != "eager":
        text = ",".join(spelled(made) for made in passes if made.name not in PRECISION)
        if not breaks(replace(options, precision="fp32", passes=text)):
            return (
                f"the precision {options.precision}, as the backend `{options.backend}` computes it,",
                f"compile with a higher precision or another backend; {SKIPPING}",
            )
    return (
        f"the backend `{options.backend}`",
        f"compile with another backend (eager is the reference), {blamed(options.backend)}; {SKIPPING}",
    )


SKIPPING = "--no-gate compiles without the gate and marks the artifact"


def blamed(name: str) -> str:
    """What to do about a pass or a backend: the user's own is the user's to mend."""
    return "or mend it" if is_own(name) else "and report this"


def of_pass(passes: tuple[Pass, ...], index: int, options: Options) -> tuple[str, str]:
    made = passes[index]
    if made.name in PRECISION:
        return f"the precision {options.precision}", f"compile with a higher precision; {SKIPPING}"
    rest = ",".join(spelled(other) for other in passes if other is not made)
    name = written_name(type(made))
    return (
        f"the pass `{name}`",
        f'leave it out, --passes "{rest}", {blamed(name)}: a pass must not change results; {SKIPPING}',
    )


def first_breaking(passes: tuple[Pass, ...], breaks: Callable[[str], bool]) -> int | None:
    """The index of a pass with which a prefix of the pipeline breaks, and without which it does not.

    None where the whole pipeline holds. By halving: a handful of builds.
    """

    def prefix(count: int) -> str:
        return ",".join(spelled(made) for made in passes[:count])

    if not passes or not breaks(prefix(len(passes))):
        return None
    sound, broken = 0, len(passes)
    while broken - sound > 1:
        middle = (sound + broken) // 2
        sound, broken = (sound, middle) if breaks(prefix(middle)) else (middle, broken)
    return broken - 1


def fails(reference: Reference, options: Options, limits: Limits, calibration: Recordings | None) -> bool:
    """Whether what these options give breaks the limits, or cannot be built at all."""
    try:
        result: GateResult = gate(
            reference, build(reference.source, options, calibration), limits, options.targets
        )
    except UserError:
        return True
    return not result.passed


def described(options: Options) -> str:
    return f"{options.backend}, {options.precision}, passes: {options.passes or 'none'}"
