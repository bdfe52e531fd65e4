"""Options that several commands share."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

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


class FiniteRange(click.FloatRange):
    """A range of numbers. NaN is refused, which is neither below a bound nor above, and what has no end."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        if not math.isfinite(found):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return found


def as_limits(context: click.Context, option: click.Parameter, pairs: tuple[str, ...]) -> dict[str, float]:
    """`("overlap=0.98",)` -> `{"overlap": 0.98}`."""
    limits = {}
    for name, text in as_params(context, option, pairs).items():
        try:
            limits[name] = float(text)
        except ValueError:
            raise click.BadParameter(f"`{text}` is not a number", ctx=context, param=option) from None
    return limits


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


def as_device(context: click.Context, option: click.Parameter, name: str | None) -> str | None:
    """A device by its name; whether it is here is asked where it is used. Raises DeviceError."""
    if name is None:
        return None
    from ..runtime.devices import device_name

    return device_name(name)


device_option = click.option(
    "--device",
    metavar="DEVICE",
    default="cpu",
    show_default=True,
    callback=as_device,
    help="Where to run: cpu, cuda, cuda:1.",
)

run_device_option = click.option(
    "--device",
    metavar="DEVICE",
    callback=as_device,
    help="Where to run: cpu, cuda, cuda:1 (default: cpu, or what an artifact was compiled for).",
)

trust_option = click.option(
    "--trust",
    is_flag=True,
    help="Run an artifact's machine code (`sotc compile --native`): only if you know who made it.",
)

threads_option = click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="CPU threads. Small trackers are fastest with one, and results repeat to the last digit.",
)

run_threads_option = click.option(
    "--threads",
    type=click.IntRange(min=1),
    help="CPU threads (default: 1, or what an artifact was compiled for).",
)

crop_option = click.option(
    "--crop",
    type=click.Choice(("auto", "host", "graph")),
    default="auto",
    show_default=True,
    help="Where patches are cut: by OpenCV on the host, or inside the program.",
)


def decorated(function: Any, options: Sequence[Callable[[Any], Any]]) -> Any:
    """A command with these options, which `--help` lists in this order."""
    for option in reversed(options):
        function = option(function)
    return function


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


def drawing_option(told: str, *suffixes: str) -> Callable[[Function], Function]:
    """`-o`: a picture to write, or a page, in one of the forms that these suffixes name."""

    def refused(context: click.Context, option: click.Parameter, output: Path | None) -> Path | None:
        if output is not None and output.suffix not in suffixes:
            wanted = suffixes[0] if len(suffixes) == 1 else f"one of {', '.join(suffixes)}"
            raise click.BadParameter(f"`{output}` should end in {wanted}", ctx=context, param=option)
        return output

    return click.option(
        "-o",
        "--output",
        metavar="FILE" if len(suffixes) > 1 else f"FILE{suffixes[0]}",
        type=click.Path(dir_okay=False, path_type=Path),
        callback=refused,
        help=told,
    )


def as_boxes(
    context: click.Context, option: click.Parameter, text: str | None
) -> tuple[float, float, float, float] | None:
    """A box as four numbers."""
    if text is None:
        return None
    from ..runtime.boxes import parse_box

    return parse_box(text)


def one_of(box: str, file: str) -> Callable[[Function], Function]:
    """A box, or a file of them, under one name: that of the file's option."""

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def merged(*arguments: Any, **options: Any) -> Any:
            given = options.pop(box)
            if given is not None and options[file] is not None:
                raise click.UsageError(
                    f"--{box.replace('_', '-')} and --{file.replace('_', '-')} exclude each other"
                )
            options[file] = given if given is not None else options[file]
            return function(*arguments, **options)

        return cast(Function, merged)

    return decorate


def backend_options(function: Function) -> Function:
    """What the programs become: `--backend`, `--precision`, `--passes`, `--targets`, `--native`."""
    return cast(Function, decorated(function, BACKEND_OPTIONS))


backend_option = click.option(
    "--backend",
    metavar="NAME",
    default="auto",
    show_default=True,
    help="What runs the programs: eager, inductor, aoti, onnx, openvino, tensorrt; auto measures those that are here; "
    "my_backend:Mine is one of your own; auto,my_backend:Mine measures it beside them.",
)

precision_option = click.option(
    "--precision",
    type=click.Choice(("fp32", "bf16", "fp16", "int8")),
    default="fp32",
    show_default=True,
    help="Of the network; boxes are computed as before. int8 needs --calibrate.",
)

passes_option = click.option(
    "--passes",
    metavar="PIPELINE",
    help="The passes to run, such as fold-batchnorm,channels-last (default: what suits the backend); "
    "my_passes:Halve is one of your own.",
)

BACKEND_OPTIONS = (
    backend_option,
    precision_option,
    passes_option,
    click.option(
        "--targets",
        metavar="N",
        type=click.IntRange(min=1),
        help="Compile for N targets at most (default: any number).",
    ),
    click.option(
        "--native", is_flag=True, help="Machine code for this machine; to be run, it must be trusted."
    ),
)

MEASURE_OPTIONS = (
    click.option(
        "--tune-seconds",
        metavar="S",
        type=FiniteRange(min=0, min_open=True),
        help="How long --backend auto may compile and measure (default: 60).",
    ),
    click.option(
        "--gate/--no-gate", default=True, help="Hold the result to the plain tracker (default), or not."
    ),
    click.option(
        "--gate-clip", metavar="VIDEO", help="Compare on this clip, instead of one that sotc makes."
    ),
    click.option("--gate-box", metavar="X,Y,W,H", callback=as_boxes, help="The target in its first frame."),
    click.option(
        "--gate-boxes",
        metavar="FILE",
        help="Its boxes, a line a frame: success on them is compared, too.",
    ),
    click.option(
        "--gate-limit",
        "gate_limits",
        metavar="NAME=X",
        multiple=True,
        callback=as_limits,
        help="Another limit than the precision's: overlap=0.98, least-overlap=0.9, auc-loss=0.02.",
    ),
    click.option(
        "--calibrate", metavar="VIDEO", help="A clip like those to be tracked: int8 takes its ranges from it."
    ),
    click.option(
        "--calibrate-box",
        "calibrate_boxes",
        metavar="X,Y,W,H",
        callback=as_boxes,
        help="The target in its first frame.",
    ),
)


def measure_options(function: Function) -> Function:
    """How it is tried and measured: the gate's clip, calibration frames, time for tuning."""
    return cast(Function, decorated(one_of("gate_box", "gate_boxes")(function), MEASURE_OPTIONS))
