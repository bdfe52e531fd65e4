"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])


def as_params(context: click.Context, option: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    """`("width=128",)` -> `{"width": "128"}`."""
    params = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise click.BadParameter(f"`{pair}` is not NAME=VALUE", ctx=context, param=option)
        params[name.strip()] = value.strip()
    return params


params_option = click.option(
    "--set",
    "params",
    metavar="NAME=VALUE",
    multiple=True,
    callback=as_params,
    help="Set a param of the spec; may be given again.",
)

tracker_option = click.option(
    "--tracker", metavar="NAME", help="Which tracker of the file (default: its last)."
)

python_option = click.option(
    "--allow-python",
    is_flag=True,
    help="Let `use python` import modules: this runs their code. (Or name them in sotc.toml.)",
)

weights_option = click.option(
    "--weights",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="The checkpoint: .pth of the original, or .safetensors.",
)

device_option = click.option(
    "--device", metavar="DEVICE", default="cpu", show_default=True, help="Where to run: cpu, cuda, cuda:1."
)

threads_option = click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="CPU threads. Small trackers are fastest with one, and results repeat to the last digit.",
)

crop_option = click.option(
    "--crop",
    type=click.Choice(("auto", "host", "graph")),
    default="auto",
    show_default=True,
    help="Where patches are cut: by OpenCV on the host, or inside the program.",
)


def spec_options(function: Function) -> Function:
    """How a spec is read: `--set`, `--tracker`, `--allow-python`."""
    return params_option(tracker_option(python_option(function)))


def format_option(*formats: str) -> Callable[[Function], Function]:
    return click.option(
        "--format",
        "layout",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="How to print it; json prints JSON and nothing else.",
    )
