"""The ways to run a tracker that are compared: by name, as on the command line."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from ...compiler.archive import is_artifact
from ...compiler.backends.backend import Recordings
from ...compiler.backends.find import BACKENDS, find_backend, is_auto
from ...compiler.check import CheckResult
from ...compiler.compiled import PRECISIONS, Compiled, Options, Precision
from ...compiler.driver import Source, build, source_of
from ...compiler.opening import open_artifact
from ...compiler.own import is_own
from ...compiler.passes.defaults import CONVOLUTIONS
from ...compiler.weights import Weights
from ...dsl.suggest import did_you_mean, nearest
from ...runtime.session import Session
from ..clip import Clip
from ..make import Wishes, make, recordings_of
from ..tune import unusable
from .by_hand import ByHand, Modules, modules_of
from .clock import Clock, PartClock, no_clock
from .errors import BenchError
from .parts import timed
from .turns import reason

BY_HAND, UNCUT, OPENCV = "by-hand", "uncut", "opencv"
KNOWN = (*BACKENDS, "auto", BY_HAND, UNCUT, OPENCV)
PASSES = "+passes"
"""`eager+passes`: with the passes that suit operators called one by one, where `eager` alone is the reference."""

WARM_UP = 4
"""Steps; on a CUDA device the second one captures a graph."""

Boxes = NDArray[np.float64]
Step = Callable[[int], Boxes]
"""The boxes [N, 4] in the clip's frame of this index, on the host."""


@dataclass(frozen=True)
class Contender:
    """What is asked for."""

    name: str
    backend: str
    precision: Precision = "fp32"
    passes: str | None = None


class Ready(Protocol):
    """A way to run the tracker that was built."""

    def start(self, clip: Clip, clock: PartClock | None = None) -> Step:
        """Begin with the clip's boxes in its first frame."""


@dataclass(frozen=True)
class Entry:
    """A contender that is ready, or why it is not."""

    contender: Contender
    ready: Ready | None = None
    compiled: Compiled | None = None
    build_seconds: float | None = None
    notes: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True)
class Subject:
    """What all contenders are made of."""

    checked: CheckResult
    weights: Weights | None
    options: Options
    """device, crop, threads; backend and precision are the contender's"""
    source: Source
    calibration: Clip | None = None
    opencv: tuple[str, str] | None = None
    """the backbone and the head for OpenCV's own TrackerNano"""


def parse_contender(text: str) -> Contender:
    """`openvino:bf16`, `eager+passes`, `by-hand`, `other.sotx`, `my_backend:Mine`.

    Raises BenchError for one that there is not, and OwnClassError.
    """
    if is_artifact(text.strip()):
        return Contender(text.strip(), text.strip())
    name, wanted = name_and_precision(text.strip())
    precision = next((known for known in get_args(Precision) if known == (wanted or "fp32")), None)
    if precision is None:
        meant = did_you_mean(nearest(wanted, list(PRECISIONS)))
        raise BenchError(
            f"`{text.strip()}`: there is no precision `{wanted}`",
            meant or f"there are: {', '.join(PRECISIONS)}",
        )
    backend = name.removesuffix(PASSES)
    if is_own(backend):
        find_backend(backend)  # a slip is told before anything is built
    elif backend not in KNOWN:
        meant = did_you_mean(nearest(backend, list(KNOWN)))
        raise BenchError(
            f"there is nothing called `{backend}` to measure against",
            meant or f"there are: {', '.join(KNOWN)}; with `:bf16` a precision, with `{PASSES}` passes",
        )
    if backend in (BY_HAND, UNCUT, OPENCV) and text.strip() != backend:
        raise BenchError(
            f"`{text.strip()}`: `{backend}` is what it is", f"leave out what stands behind `{backend}`"
        )
    return Contender(text.strip(), backend, precision, CONVOLUTIONS if name.endswith(PASSES) else None)


def name_and_precision(text: str) -> tuple[str, str]:
    """`openvino`, `bf16`. A backend of the user's own, `my_backend:Mine`, has a colon in its name."""
    name, _, wanted = text.rpartition(":")
    if name and (wanted in PRECISIONS or name.removesuffix(PASSES) in KNOWN):
        return name, wanted
    return text, ""


def enter(contender: Contender, subject: Subject, note: Callable[[str], None]) -> Entry:
    """Make a contender ready. Whatever it raises is told as the reason why it is not."""
    began = time.perf_counter()
    try:
        entry = made(contender, subject, note)
    except Exception as error:  # foreign code; one that cannot be built must not end the others
        return Entry(contender, error=reason(error))
    return replace(entry, build_seconds=round(time.perf_counter() - began, 2))


def made(contender: Contender, subject: Subject, note: Callable[[str], None]) -> Entry:
    if contender.backend in (BY_HAND, UNCUT):
        modules = modules_of(subject.checked, subject.weights, subject.options.device)
        return Entry(contender, Hands(modules, contender.backend == BY_HAND))
    if contender.backend == OPENCV:
        return Entry(contender, opencv_tracker(subject))
    options = replace(
        subject.options, backend=contender.backend, precision=contender.precision, passes=contender.passes
    )
    if is_auto(contender.backend):
        wishes = Wishes(gate=False, native=True, calibrate=subject.calibration)
        found = make(subject.checked, subject.weights, options, wishes, note)
        chosen = replace(contender, backend=found.options.backend)
        return Entry(chosen, Engines(found.compiled), found.compiled, notes=(f"auto took {chosen.backend}",))
    low = options.precision == "int8"
    recordings: Recordings | None = None
    if low:
        if subject.calibration is None:
            raise BenchError("int8 is calibrated on frames, and there are none: --calibrate VIDEO")
        recordings = recordings_of(subject.source, options, subject.calibration)
    why = unusable(options, recordings)
    if why is not None:
        raise BenchError(why)
    compiled = build(subject.source, options, recordings)
    return Entry(contender, Engines(compiled), compiled)


def subject_of(
    checked: CheckResult,
    weights: Weights | None,
    options: Options,
    calibration: Clip | None = None,
    opencv: tuple[str, str] | None = None,
) -> Subject:
    source = source_of(checked, weights, options.device, options.crop)
    return Subject(checked, weights, options, source, calibration, opencv)


def enter_artifact(path: str, trust: bool, options: Options) -> Entry:
    """An artifact. Raises what `open_artifact` raises."""
    began = time.perf_counter()
    compiled = open_artifact(path, trust=trust, threads=options.threads)
    engine = compiled.engine
    contender = Contender(path, engine.backend, cast(Precision, engine.precision))
    return Entry(contender, Engines(compiled), compiled, round(time.perf_counter() - began, 2))


# ---------------------------------------------------------------- ready to run


@dataclass(frozen=True)
class Engines:
    """A compiled tracker."""

    compiled: Compiled

    def start(self, clip: Clip, clock: PartClock | None = None) -> Step:
        plan, engine = self.compiled.plan, self.compiled.engine
        used = engine if clock is None else timed(engine, clock)
        session = Session(plan, used, clip.frames[0], clip.boxes)
        frames = clip.frames

        def step(index: int) -> Boxes:
            boxes: Boxes = session.step(frames[index]).numpy().boxes
            return boxes

        return step

    def streamed(self, clip: Clip, seconds: float) -> float:
        """Frames a second where the boxes of each frame are read after the next one was begun."""
        session = Session(self.compiled.plan, self.compiled.engine, clip.frames[0], clip.boxes)
        frames, done = clip.frames, 0
        waiting = session.step(frames[0]).read_later()
        for index in range(WARM_UP):
            session.step(frames[index % len(frames)]).numpy()
        began = time.perf_counter()
        while time.perf_counter() - began < seconds or done < 2:
            reading = session.step(frames[done % len(frames)]).read_later()
            waiting()
            waiting, done = reading, done + 1
        waiting()
        return done / (time.perf_counter() - began)


@dataclass(frozen=True)
class Hands:
    """The modules, called by hand."""

    modules: Modules
    keep: bool

    def start(self, clip: Clip, clock: PartClock | None = None) -> Step:
        used: Clock = no_clock if clock is None else clock
        tracker = ByHand(self.modules, clip.frames[0], clip.boxes, self.keep, used)
        frames = clip.frames
        return lambda index: tracker.step(frames[index])


def opencv_tracker(subject: Subject) -> Ready:
    if subject.opencv is None:
        raise BenchError("OpenCV's TrackerNano needs its two networks: --opencv BACKBONE.onnx HEAD.onnx")
    return NanoOfOpenCV(*subject.opencv)


@dataclass(frozen=True)
class NanoOfOpenCV:
    """OpenCV's own TrackerNano, from the two ONNX files of NanoTrack's authors: a tracker for each target."""

    backbone: str
    head: str

    def start(self, clip: Clip, clock: PartClock | None = None) -> Step:
        pictures = [np.ascontiguousarray(frame[..., ::-1]) for frame in clip.frames]  # BGR, not timed
        opencv: Any = cv2  # its stubs do not have the tracker
        params = opencv.TrackerNano_Params()
        params.backbone, params.neckhead = self.backbone, self.head
        level = opencv.utils.logging.setLogLevel(
            opencv.utils.logging.LOG_LEVEL_ERROR
        )  # it warns of its own engine
        trackers = []
        for box in clip.boxes:
            tracker = opencv.TrackerNano_create(params)
            tracker.init(pictures[0], tuple(round(number) for number in box))
            trackers.append(tracker)
        opencv.utils.logging.setLogLevel(level)

        def step(index: int) -> Boxes:
            return np.array([tracker.update(pictures[index])[1] for tracker in trackers], dtype=np.float64)

        return step
