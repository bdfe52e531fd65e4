"""The doors of the package: a spec or an artifact, named as on the command line, opened from Python."""

from __future__ import annotations

import os
from collections.abc import Mapping

import torch

from .compiler.annotations import describe_constant
from .compiler.archive import ArtifactError
from .compiler.artifact import is_artifact, load_artifact
from .compiler.check import CheckResult
from .compiler.check import check as check_path
from .compiler.compiled import Compiled, CropChoice, Options
from .compiler.driver import compile_checked
from .compiler.network import Network
from .compiler.network import build as build_path
from .compiler.python_use import Allowance
from .compiler.weights import Weights
from .dsl.program import Constant
from .runtime.errors import DeviceError
from .runtime.tracker import Tracker
from .specs import locate

Spec = str | os.PathLike[str]
"""The path of a `.sot` file, or the name of a spec that ships: `nanotrack_v2`."""

Params = Mapping[str, Constant]
"""Values for params of the spec by name; a text is read as `--set name=text` reads it."""


def check(
    spec: Spec,
    *,
    params: Params | None = None,
    allow_python: Allowance = False,
    tracker: str | None = None,
) -> CheckResult:
    """Check a spec and give all findings; nothing of it is executed, and its mistakes are not raised.

    Raises UnknownSpecError for a name that is neither a file nor a spec that ships.
    """
    return check_path(locate(spec), params=texts(params), allow_python=allow_python, tracker=tracker)


def build(
    spec: Spec,
    weights: Weights | None = None,
    *,
    device: str | torch.device = "cpu",
    params: Params | None = None,
    allow_python: Allowance = False,
) -> Network:
    """The network of a spec, of which any wire can be evaluated: `build(...).run({"template": ...}, fetch=[...])`.

    Raises UnknownSpecError, SpecError, WeightsError and DeviceError.
    """
    return build_path(
        locate(spec), weights, device=device_of(device), params=texts(params), allow_python=allow_python
    )


def compile(
    spec: Spec,
    weights: Weights | None = None,
    device: str | torch.device = "cpu",
    crop: CropChoice = "auto",
    params: Params | None = None,
    allow_python: Allowance = False,
    tracker: str | None = None,
) -> Tracker:
    """Compile a spec with its weights for a device, into a tracker that can be started on a first frame.

    `crop`: where patches are cut, `host` (OpenCV) or `graph` (within the program); `auto` takes the faster.
    `params` set params of the spec, as `--set name=value` does; `allow_python` lets `use python` import modules,
    and `tracker` names one of several in the file.

    Raises UnknownSpecError, SpecError for a spec with mistakes (its message is the whole report), WeightsError
    for weights that do not fit, LoweringError, and DeviceError.
    """
    if is_artifact(spec):
        raise ArtifactError(
            f"`{os.fspath(spec)}` is compiled already", f'open it: sotc.load("{os.fspath(spec)}")'
        )
    checked = check(spec, params=texts(params), allow_python=allow_python, tracker=tracker)
    options = Options(device=str(device_of(device)), crop=crop)
    return tracker_of(compile_checked(checked, weights, options))


def load(
    path: Spec,
    device: str | torch.device = "cpu",
    crop: CropChoice = "auto",
    allow_python: Allowance = False,
) -> Tracker:
    """Open a tracker from an artifact (`sotc compile SPEC -o FILE`).

    An artifact is data: nothing of it is executed. One of which the spec imports Python modules needs
    `allow_python`, and the modules themselves, as compiling did.

    Raises ArtifactError for a file that is damaged, changed, newer than this sotc, or no artifact; SpecError where
    Python is not allowed; DeviceError.
    """
    if not is_artifact(path):
        raise ArtifactError(
            f"`{os.fspath(path)}` is no artifact (.sotx)",
            f'compile a spec: sotc.compile("{os.fspath(path)}")',
        )
    return tracker_of(load_artifact(path, device=device_of(device), crop=crop, allow_python=allow_python))


def tracker_of(compiled: Compiled) -> Tracker:
    return Tracker(compiled.plan, compiled.engine, compiled.warnings)


def texts(params: Params | None) -> dict[str, str] | None:
    """Params as `--set` would give them: `{"width": 64}` -> `{"width": "64"}`."""
    if params is None:
        return None
    return {
        name: value if isinstance(value, str) else describe_constant(value) for name, value in params.items()
    }


def device_of(device: str | torch.device) -> torch.device:
    """The device, if it can be used here. Raises DeviceError."""
    try:
        found = torch.device(device)
        if found.type == "meta":
            raise RuntimeError("it has shapes and no values")
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).partition("\n")[0]
        raise DeviceError(f"the device `{device}` cannot be used: {reason}", "cpu always can") from error
    return found
