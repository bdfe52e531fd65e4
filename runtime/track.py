"""A whole video tracked: frames in, boxes out, with what could not be read or found told in a summary."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .boxes import BoxesLike, boxes_array, format_box
from .drawing import draw
from .errors import WriteError
from .images import SUFFIXES as IMAGE_SUFFIXES
from .render import video_beside
from .source import FrameSource
from .steps import Finding, Steps
from .summary import HeldFrame, Progress, TrackSummary
from .tracker import Tracker
from .video import open_source
from .writing import text_beside

__all__ = ["HeldFrame", "Progress", "TrackSummary", "track_sequence"]


def track_sequence(
    tracker: Tracker,
    source: str | os.PathLike[str] | FrameSource,
    boxes: BoxesLike,
    *,
    save: str | os.PathLike[str] | None = None,
    render: str | os.PathLike[str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    decoder: str = "opencv",
) -> TrackSummary:
    """Follow targets, given as x, y, w, h in the first frame ([4] or [N, 4]), through a video.

    `source` is what `open_source` takes with `decoder`, or a FrameSource. `save` gets a line `x,y,w,h` a frame, the
    first being the box as given; N targets stand side by side, 4 N numbers a line. `render` gets the video with the
    boxes drawn in. Both are written beside and renamed at the end: after an error or Ctrl-C neither is there.

    A frame that cannot be read, and a step without a usable box, keep the last box; the summary tells them.

    Raises SourceError (nothing to read), FrameError, BoxError, WriteError, and TrackingError where the
    tracker never gives a usable box.
    """
    began = time.perf_counter()
    frames = open_source(source, decoder) if isinstance(source, (str, os.PathLike)) else source
    keep_apart(source, save, render)
    given = boxes_array(boxes)
    with ExitStack() as outputs:
        lines = outputs.enter_context(text_beside(save)) if save is not None else None
        video = outputs.enter_context(video_beside(render, frames.rate)) if render is not None else None
        steps = Steps(tracker)
        findings: list[Finding] = []
        held: list[HeldFrame] = []
        for item, finding in steps.over(frames, given.tolist()):
            findings.append(finding)
            if finding.problem is not None:
                held.append(HeldFrame(item.index, item.name, finding.problem, finding.held))
            if lines is not None:
                lines.write(",".join(map(format_box, finding.boxes)) + "\n")
            if video is not None and steps.picture is not None:
                note = f"{item.name}: box held" if len(finding.held) == len(finding.boxes) else ""
                video.write(draw(steps.picture, finding.boxes, finding.scores, note))
            if on_progress is not None:
                on_progress(progress(len(findings), frames.length, steps, finding))
    return TrackSummary(
        source=frames.name,
        frames=len(findings),
        stepped=steps.count,
        targets=len(given),
        boxes=np.array([finding.boxes for finding in findings], dtype=np.float64),
        scores=all_scores(findings),
        held=tuple(held),
        missing=max(0, (frames.length or 0) - len(findings)),
        tracking_seconds=steps.seconds,
        total_seconds=time.perf_counter() - began,
        states=all_states(findings),
    )


def all_states(findings: list[Finding]) -> tuple[tuple[str, ...], ...] | None:
    """Of all frames that have any; None where none has."""
    known = tuple(finding.states for finding in findings if finding.states is not None)
    return known or None


def all_scores(findings: list[Finding]) -> NDArray[np.float64] | None:
    """[frames, N], NaN where a frame has none; None where no frame has any."""
    if all(finding.scores is None for finding in findings):
        return None
    return np.array(
        [finding.scores or [math.nan] * len(finding.boxes) for finding in findings], dtype=np.float64
    )


def progress(done: int, length: int | None, steps: Steps, finding: Finding) -> Progress:
    return Progress(
        frame=done,
        length=length,
        frames_per_second=steps.count / steps.seconds if steps.seconds > 0 else math.nan,
        boxes=np.array(finding.boxes, dtype=np.float64),
        scores=None if finding.scores is None else np.array(finding.scores, dtype=np.float64),
        problem=finding.problem,
    )


PRECIOUS = frozenset((*IMAGE_SUFFIXES, ".sot", ".sotx", ".pth", ".pt", ".ckpt", ".safetensors", ".toml"))
"""Files of these kinds are what tracking reads; it never writes over one."""


def keep_apart(
    source: str | os.PathLike[str] | FrameSource,
    save: str | os.PathLike[str] | None,
    render: str | os.PathLike[str] | None,
) -> None:
    """Raises WriteError where an output would replace the video, a picture or a spec, or the other output."""
    taken = [os.path.realpath(source)] if isinstance(source, (str, os.PathLike)) else []
    for output in (save, render):
        if output is None:
            continue
        if Path(output).is_file() and Path(output).suffix.lower() in PRECIOUS:
            raise WriteError(
                f"`{os.fspath(output)}` is there already, and is no output of tracking: it is not replaced",
                "name another file, such as boxes.txt or tracked.mp4",
            )
        if os.path.realpath(output) in taken:
            raise WriteError(f"`{os.fspath(output)}` is named twice", "give each output a file of its own")
        taken.append(os.path.realpath(output))
