"""The doors of the package: a spec or an artifact, named as on the command line, opened from Python.

Nothing heavy is imported before it is used: an artifact that runs without torch is opened without it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from .view import notebook

if TYPE_CHECKING:
    import torch

    from .compiler.check import CheckResult
    from .compiler.compiled import Compiled, CropChoice, Options, Precision
    from .compiler.network import Network
    from .compiler.python_use import Allowance
    from .compiler.weights import Weights
    from .dsl.program import Constant
    from .measure.clip import Clip, Picture
    from .runtime.tracker import Tracker

Spec: TypeAlias = "str | os.PathLike[str]"
"""The path of a `.sot` file, or the name of a spec that ships: `nanotrack_v2`."""

notebook.register()  # what is given here shows itself; see docs/decisions/015

Calibration: TypeAlias = "str | os.PathLike[str] | Sequence[Picture]"
"""A video, or frames: uint8 [height, width, 3], BGR."""

Boxes: TypeAlias = "Sequence[float] | Sequence[Sequence[float]] | str | os.PathLike[str]"

Params: TypeAlias = "Mapping[str, Constant]"
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
    from .compiler.check import check as check_path
    from .specs import locate

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
    from .compiler.network import build as build_path
    from .runtime.devices import device_of
    from .specs import locate

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
    *,
    backend: str = "eager",
    precision: Precision = "fp32",
    passes: str | None = None,
    threads: int = 1,
    targets: int | None = None,
    calibrate: Calibration | None = None,
    calibrate_boxes: Boxes | None = None,
) -> Tracker:
    """Compile a spec with its weights for a device, into a tracker that can be started on a first frame.

    `crop`: where patches are cut, `host` (OpenCV) or `graph` (within the program); `auto` takes the faster.
    `params` set params of the spec, as `--set name=value` does; `allow_python` lets `use python` import modules,
    and `tracker` names one of several in the file. `backend` runs the programs; `auto` measures those that are
    installed and takes the fastest, and with `auto,my_backend:Mine` one of your own beside them. `passes` is a
    pipeline of passes, None for what suits the backend, and `targets` a fixed number of targets.

    The precision `int8` takes its ranges from `calibrate`, a video like those to be tracked or frames of one, with
    `calibrate_boxes`, the target's box x, y, w, h in its first frame (or several, or a file of boxes).

    No parity gate is run: that is for `sotc compile`, whose result `sotc.load` opens.

    Raises UnknownSpecError, SpecError for a spec with mistakes (its message is the whole report), WeightsError
    for weights that do not fit, LoweringError, DeviceError, UnknownBackendError, MissingBackendError, BackendError,
    CalibrationError for int8 without frames to calibrate on, and for such frames without int8.
    """
    from .compiler.archive import ArtifactError, is_artifact
    from .compiler.compiled import Options
    from .runtime.devices import device_of

    if is_artifact(spec):
        raise ArtifactError(
            f"`{os.fspath(spec)}` is compiled already", f'open it: sotc.load("{os.fspath(spec)}")'
        )
    checked = check(spec, params=params, allow_python=allow_python, tracker=tracker)
    options = Options(str(device_of(device)), crop, backend, precision, passes, threads, targets)
    return tracker_of(compiled_by(checked, weights, options, calibrate, calibrate_boxes))


def compiled_by(
    checked: CheckResult,
    weights: Weights | None,
    options: Options,
    calibrate: Calibration | None = None,
    boxes: Boxes | None = None,
) -> Compiled:
    """Compiled as `options` say; with the backend `auto`, by the one that is measured to be the fastest."""
    from .compiler.backends.find import is_auto

    if options.precision == "int8":
        refuse_uncalibrated(options, calibrate)
    elif calibrate is not None or boxes is not None:
        raise idle_calibration(options)
    elif not is_auto(options.backend):
        from .compiler.driver import compile_checked

        return compile_checked(checked, weights, options)
    from .measure.make import Wishes, make

    clip = clip_of(calibrate, boxes)
    wishes = Wishes(gate=False, native=True, calibrate=clip, calibrate_boxes=boxes)
    return make(checked, weights, options, wishes, lambda line: None).compiled


def refuse_uncalibrated(options: Options, calibrate: Calibration | None) -> None:
    """Raises MissingBackendError for a backend without int8, and CalibrationError where there are no frames for it."""
    from .compiler.backends.backend import BuildOptions
    from .compiler.backends.find import CalibrationError, find_backend, is_auto, refuse_missing

    if not is_auto(options.backend):
        wanted = BuildOptions(options.device, options.precision, options.threads, options.targets)
        refuse_missing(find_backend(options.backend), wanted)
    if calibrate is None:
        raise CalibrationError(
            "int8 is calibrated on frames, and there are none",
            'give a video like those to be tracked: sotc.compile(..., precision="int8", calibrate="clip.mp4", '
            "calibrate_boxes=(x, y, w, h))",
        )


def idle_calibration(options: Options) -> Exception:
    """What is said of frames to calibrate on that nothing would read."""
    from .compiler.backends.find import CalibrationError

    return CalibrationError(
        f"frames to calibrate on were given, and {options.precision} takes no ranges from them",
        'leave out calibrate and calibrate_boxes, or take precision="int8"',
    )


def clip_of(calibrate: Calibration | None, boxes: Boxes | None) -> str | os.PathLike[str] | Clip | None:
    """Frames as a clip; a video's path as it is. Raises ClipError for frames without a box, and BoxError."""
    if calibrate is None or isinstance(calibrate, (str, os.PathLike)):
        return calibrate
    from .measure.clip import Clip, ClipError
    from .runtime.boxes import boxes_array

    frames = tuple(calibrate)
    if not frames or boxes is None or isinstance(boxes, (str, os.PathLike)):
        raise ClipError(
            "frames to calibrate on need the target's box in the first one",
            "calibrate_boxes=(x, y, w, h), in pixels",
        )
    return Clip("the frames given", frames, boxes_array(boxes, (frames[0].shape[1], frames[0].shape[0])))


def load(
    path: Spec,
    device: str | torch.device | None = None,
    crop: CropChoice = "auto",
    allow_python: Allowance = False,
    *,
    trust: bool = False,
    threads: int | None = None,
) -> Tracker:
    """Open a tracker from an artifact (`sotc compile SPEC -o FILE`), on the device that it was compiled for.

    A portable artifact is data: nothing of it is executed. One with machine code (`--native`) needs `trust`. One
    that is compiled anew where it is opened (backends `eager` and `inductor`), and of which the spec imports Python
    modules, needs `allow_python`, and the modules themselves, as compiling did. `threads` are CPU threads; None for
    as many as it was compiled for.

    Raises ArtifactError for a file that is damaged, changed, newer than this sotc, or no artifact, with its kinds
    UntrustedArtifactError and UnfitArtifactError (made for another device, processor or torch, or for a backend
    that is not here); SpecError where Python is not allowed; DeviceError.
    """
    from .compiler.archive import ArtifactError, is_artifact
    from .compiler.compiled import refuse_count
    from .compiler.opening import backend_of, open_artifact, read_manifest
    from .runtime.devices import device_name, device_of

    if not is_artifact(path):
        raise ArtifactError(
            f"`{os.fspath(path)}` is no artifact (.sotx)",
            f'compile a spec: sotc.compile("{os.fspath(path)}")',
        )
    place = None if device is None else device_name(device)
    refuse_count("threads", threads)
    manifest = read_manifest(path)
    if not backend_of(os.fspath(path), manifest, allow_python).torch_free:
        place = str(device_of(device or manifest.device))
    return tracker_of(
        open_artifact(path, device=place, crop=crop, allow_python=allow_python, trust=trust, threads=threads)
    )


def tracker_of(compiled: Compiled) -> Tracker:
    from .runtime.tracker import Tracker

    return Tracker(compiled.plan, compiled.engine, compiled.warnings)


def texts(params: Params | None) -> dict[str, str] | None:
    """Params as `--set` would give them: `{"width": 64}` -> `{"width": "64"}`."""
    if params is None:
        return None
    from .compiler.annotations import describe_constant

    return {
        name: value if isinstance(value, str) else describe_constant(value) for name, value in params.items()
    }
