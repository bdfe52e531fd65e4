"""Options and work of `--profile`: what each node takes on this device."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from .options import as_device, decorated, weights_option

if TYPE_CHECKING:
    from ..compiler.check import CheckResult
    from ..compiler.node_times import NodeTimes

Function = TypeVar("Function", bound=Callable[..., Any])

OPTIONS = (
    click.option(
        "--profile",
        is_flag=True,
        help="Measure what each node takes on this device, and show it.",
    ),
    weights_option,
    click.option(
        "--device",
        metavar="DEVICE",
        callback=as_device,
        help="Where to run: cpu, cuda, cuda:1 (default: cpu).",
    ),
    click.option("--threads", metavar="N", type=click.IntRange(min=1), help="CPU threads (default: 1)."),
    click.option(
        "--repeat",
        metavar="N",
        type=click.IntRange(min=1),
        help="How often it is run; medians are told (default: 20).",
    ),
)


@dataclass(frozen=True)
class Profile:
    """How to measure, where it was asked for."""

    weights: str | None = None
    device: str = "cpu"
    threads: int = 1
    repeat: int | None = None


def profile_options(function: Function) -> Function:
    """`--profile`, and how (`--weights`, `--device`, `--threads`, `--repeat`), handed over together as `profile`."""

    @functools.wraps(function)
    def gathered(
        profile: bool,
        weights: str | None,
        device: str | None,
        threads: int | None,
        repeat: int | None,
        **others: Any,
    ) -> Any:
        return function(profile=profile_of(profile, weights, device, threads, repeat), **others)

    return cast(Function, decorated(gathered, OPTIONS))


def profile_of(
    profile: bool, weights: str | None, device: str | None, threads: int | None, repeat: int | None
) -> Profile | None:
    """What the options said; None where nothing is to be measured."""
    given = {"--weights": weights, "--device": device, "--threads": threads, "--repeat": repeat}
    alone = [option for option, value in given.items() if value is not None]
    if not profile and alone:
        raise click.UsageError(f"{alone[0]} goes with --profile")
    return Profile(weights, device or "cpu", threads or 1, repeat) if profile else None


def measured(checked: CheckResult, profile: Profile) -> NodeTimes:
    """Compile the tracker and measure its nodes; progress on standard error. Raises DeviceError, LoweringError,
    WeightsError."""
    from ..measure.node_times import REPEATS, WARM_UP, node_times
    from ..runtime.devices import device_of
    from .count_bar import count_bar

    checked.expect()
    device = str(device_of(profile.device))
    repeat = profile.repeat or REPEATS
    click.echo(
        f"measuring on {device}: {repeat} runs after {WARM_UP} to warm up, one operator after the other",
        err=True,
    )
    with count_bar("measuring", WARM_UP + repeat) as on_round:
        return node_times(checked, profile.weights, device, profile.threads, repeat, on_round)
