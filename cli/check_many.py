"""Checking many specs: from memory where nothing has changed, the others in several processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from ..compiler.check import CheckResult
    from ..compiler.user_error import UserError
    from .verdicts import Verdict

    Said: TypeAlias = Verdict | UserError

WORTH_A_PROCESS = 4
"""Specs for each process: with fewer of them its start costs more than it saves."""


@dataclass(frozen=True)
class Asked:
    """How specs are to be read."""

    params: Mapping[str, str]
    tracker: str | None
    allow_python: bool


@dataclass(frozen=True)
class Judgement:
    """What is said of one spec, as it was named."""

    spec: str
    said: Said
    checked: CheckResult | None = None
    """what the check gave; None where it was remembered, or done by another process"""


def judge_many(specs: Sequence[str], asked: Asked, jobs: int | None) -> Iterator[Judgement]:
    """Every spec judged, in their order. `jobs` is the number of processes; None for as many as it is worth."""
    known = {spec: remembered(spec, asked) for spec in specs}
    waiting = [spec for spec in known if known[spec] is None]
    worth = len(waiting) // WORTH_A_PROCESS if jobs is None else len(waiting)
    workers = min(jobs or os.cpu_count() or 1, worth)
    if workers < 2:
        for spec in specs:
            said = known[spec]
            yield Judgement(spec, said) if said is not None else judge(spec, asked, anew=False)
        return
    with pool_of(workers) as pool:
        futures = {spec: pool.submit(judged_apart, spec, asked) for spec in waiting}
        try:
            for spec in specs:
                said = known[spec]
                yield Judgement(spec, said if said is not None else futures[spec].result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def remembered(spec: str, asked: Asked) -> Said | None:
    """What was said of an unchanged spec before, or that there is none of that name."""
    from ..specs import UnknownSpecError, locate
    from . import verdicts

    try:
        return verdicts.remembered(verdicts.key_of(locate(spec), asked.params, asked.tracker))
    except UnknownSpecError as error:
        return error


def judge(spec: str, asked: Asked, anew: bool) -> Judgement:
    """One spec judged here; `anew` even where it was remembered. Raises nothing for what is wrong with it."""
    from ..specs import UnknownSpecError, locate
    from . import verdicts

    try:
        path = locate(spec)
    except UnknownSpecError as error:
        return Judgement(spec, error)
    key = verdicts.key_of(path, asked.params, asked.tracker)
    known = None if anew else verdicts.remembered(key)
    if known is not None:
        return Judgement(spec, known)
    from ..compiler.check import check
    from .config import allowance

    found = check(
        path, params=asked.params, allow_python=allowance(asked.allow_python), tracker=asked.tracker
    )
    verdict = verdicts.verdict_of(found)
    verdicts.remember(key, found, verdict)
    return Judgement(spec, verdict, found)


def judged_apart(spec: str, asked: Asked) -> Said:
    """In a process of its own; the graph stays there."""
    return judge(spec, asked, anew=True).said


def pool_of(workers: int) -> ProcessPoolExecutor:
    """Processes that begin with the compiler imported, once for all of them where the system can fork."""
    can_fork = "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if can_fork else "spawn")
    if can_fork:
        context.set_forkserver_preload([f"{__package__.partition('.')[0]}.compiler.check"])
    return ProcessPoolExecutor(workers, mp_context=context, initializer=leave_interrupts)


def leave_interrupts() -> None:
    """Ctrl-C is for the process that was started; it ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
