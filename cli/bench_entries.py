"""What `sotc bench` measures, made ready: a spec in several ways, or artifacts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import click

if TYPE_CHECKING:
    from ..compiler.compiled import CropChoice, Options, Precision
    from ..measure.bench.bench import Bench
    from ..measure.bench.contenders import Contender
    from ..measure.bench.work import Work
    from ..measure.clip import Clip
    from .tracker import Choices


@dataclass(frozen=True)
class Wanted:
    """What is measured, as the options said."""

    spec: str
    choices: Choices
    backend: str
    precision: Precision
    passes: str | None
    targets: tuple[int, ...]
    against: tuple[str, ...]
    seconds: float
    opencv: tuple[str, str] | None


def bench_of_spec(wanted: Wanted, clip: Clip, examples: Clip, note: Callable[[str], None]) -> Bench:
    """Everything checked, compiled and ready to be timed."""
    from ..compiler.artifact import kind_of_weights, settled_weights
    from ..compiler.check import check
    from ..measure.bench.bench import Bench, Plan
    from ..measure.bench.contenders import Contender, enter, parse_contender, subject_of
    from ..measure.bench.work import work_of
    from ..runtime.threads import use_threads
    from ..specs import locate
    from .config import allowance
    from .tracker import warn

    if wanted.choices.trust:
        raise click.UsageError("--trust goes with an artifact: a spec holds no machine code")
    own = Contender(own_name(wanted), wanted.backend, wanted.precision, wanted.passes)
    others = [parse_contender(name) for name in wanted.against if name != own.name]
    refuse_unknown(own)
    options = options_of(wanted)
    note("reading and checking the spec")
    began = time.perf_counter()
    use_threads(options.threads)
    checked = check(
        locate(wanted.spec),
        params=wanted.choices.params,
        tracker=wanted.choices.tracker,
        allow_python=allowance(wanted.choices.allow_python),
    )
    graph = checked.expect()
    weights, random = settled_weights(checked, wanted.choices.weights)
    subject = subject_of(checked, weights, options, examples, wanted.opencv)
    seconds = time.perf_counter() - began
    warn((*random, *subject.source.warnings))
    entries = []
    for contender in (own, *others):
        note(f"building {contender.name}")
        entries.append(enter(contender, subject, note))
    kind = kind_of_weights(weights, random)
    plan = Plan(
        graph.program.name,
        wanted.spec,
        kind,
        clip,
        options,
        wanted.targets,
        wanted.seconds,
        wanted.against,
        round(seconds, 2),
    )
    return Bench(plan, entries, lambda count: work_of(subject.source, count, options.device), note)


def bench_of_artifact(wanted: Wanted, clip: Clip, examples: Clip, note: Callable[[str], None]) -> Bench:
    """The artifact and others to compare it with, in the threads that it was compiled for unless told otherwise."""
    from ..measure.bench.bench import Bench, Plan
    from ..measure.bench.contenders import Entry, enter_artifact, parse_contender
    from .tracker import refuse_for_artifact, threads_of

    refuse_for_artifact(wanted.choices)
    note(f"opening {wanted.spec}")
    threads = wanted.choices.threads or threads_of(wanted.spec)
    options = replace(options_of(wanted), threads=threads)
    first = enter_artifact(wanted.spec, wanted.choices.trust, options)
    entries = [first]
    for contender in (parse_contender(name) for name in wanted.against):
        if contender.name == wanted.spec:
            continue
        if contender.name.endswith(".sotx"):
            note(f"opening {contender.name}")
            entries.append(enter_artifact(contender.name, wanted.choices.trust, options))
        else:
            entries.append(
                Entry(contender, error="an artifact is not compiled anew: give the spec to compare it")
            )
    assert first.compiled is not None
    plan = Plan(
        first.compiled.plan.name,
        wanted.spec,
        "artifact",
        clip,
        options,
        wanted.targets,
        wanted.seconds,
        wanted.against,
    )
    paths = [entry.contender.name for entry in entries if entry.compiled is not None]
    work = work_inside(paths, first.compiled.plan.crop_lowering, wanted, note)
    return Bench(plan, entries, work, note)


def work_inside(
    paths: list[str], crop: str, wanted: Wanted, note: Callable[[str], None]
) -> Callable[[int], Work] | None:
    """What a step of the tracker in these artifacts does, counted on the spec inside.

    None where they hold different ones, and where the spec cannot be built here, which is told.
    """
    from ..compiler.driver import source_of
    from ..compiler.opening import RESOLVED, verified
    from ..compiler.remaking import check_artifact
    from ..compiler.user_error import UserError
    from ..measure.bench.work import work_of
    from .config import allowance

    if len({verified(path).members.get(RESOLVED) for path in paths}) > 1:
        note("the artifacts hold different trackers: what a step does is not counted")
        return None
    note("counting what a step does")
    try:
        checked = check_artifact(paths[0], allowance(wanted.choices.allow_python))
        source = source_of(checked, None, "cpu", cast("CropChoice", crop))
    except UserError as error:
        note(f"what a step does is not counted: {error.message.splitlines()[0]}")
        return None
    return lambda count: work_of(source, count)


def own_name(wanted: Wanted) -> str:
    """The tracker's row, as --against would name it."""
    precision = "" if wanted.precision == "fp32" else f":{wanted.precision}"
    return f"{wanted.backend}{precision}" + (
        "" if wanted.passes is None else f" ({wanted.passes or 'no passes'})"
    )


def refuse_unknown(own: Contender) -> None:
    """Raises UnknownBackendError."""
    from ..compiler.backends.find import find_backend, is_auto, own_beside_auto

    if is_auto(own.backend):
        own_beside_auto(own.backend)
    else:
        find_backend(own.backend)


def options_of(wanted: Wanted) -> Options:
    from ..compiler.compiled import Options
    from ..runtime.devices import device_of

    choices = wanted.choices
    return Options(str(device_of(choices.device or "cpu")), choices.crop, threads=choices.threads or 1)
