"""The files of one sequence: boxes, times and scores, written so that a sequence is either done or not.

`SEQ.txt` has a line `x,y,w,h` for each frame, in as many digits as bring the same float64 back; `SEQ_time.txt`
seconds and `SEQ_score.txt` scores, a line for each frame. The boxes come last: where they are, all is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...runtime.writing import write_text
from .follow import Recording
from .job import Job
from .names import SCORE, TIME

LEFT_BEHIND = re.compile(r"\.(?P<stem>.+)-[0-9a-f]{8}\.txt")
"""Names of files that `written_beside` had begun when its process was killed."""


def boxes_path(folder: Path, name: str, repeat: int = 1) -> Path:
    """Where the boxes of a sequence are, of its first run or of a later one."""
    return folder / (f"repeat-{repeat}" if repeat > 1 else "") / f"{name}.txt"


def beside(path: Path, suffix: str) -> Path:
    """The file of times or scores that belongs to one of boxes."""
    return path.with_name(f"{path.stem}{suffix}.txt")


def write_recording(folder: Path, recording: Recording) -> None:
    """Write the files of a sequence. Raises WriteError; then the sequence is not done."""
    path = boxes_path(folder, recording.job.name, recording.job.repeat)
    if recording.scores is not None:
        write_text(beside(path, SCORE), lines(map(repr, recording.scores.tolist())))
    write_text(beside(path, TIME), lines(f"{seconds:.6f}" for seconds in recording.times.tolist()))
    write_text(path, box_lines(recording.boxes))


def box_lines(boxes: NDArray[np.float64]) -> str:
    """A line `x,y,w,h` for each row, which reads back as the same float64."""
    return lines(",".join(map(repr, row)) for row in boxes.tolist())


def lines(rows: Iterable[str]) -> str:
    return "".join(f"{row}\n" for row in rows)


def is_done(folder: Path, job: Job) -> bool:
    """Whether the sequence was run to its end: its files have a row for each frame, and begin with its box."""
    path = boxes_path(folder, job.name, job.repeat)
    try:
        boxes, times = path.read_text(encoding="utf-8"), beside(path, TIME).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
        return False
    first = ",".join(map(repr, job.start))
    rows = {boxes.count("\n"), times.count("\n")}
    return rows == {len(job)} and boxes.partition("\n")[0] == first


def forget(folder: Path, job: Job) -> None:
    """Remove the files of a sequence, the boxes first: a sequence without them is not done."""
    path = boxes_path(folder, job.name, job.repeat)
    for place in (path, beside(path, TIME), beside(path, SCORE)):
        place.unlink(missing_ok=True)


def sweep(folder: Path, jobs: Iterable[Job]) -> None:
    """Remove what a killed run had begun to write for these sequences; that of other sequences may be live."""
    ours: dict[Path, set[str]] = {}
    for job in jobs:
        path = boxes_path(folder, job.name, job.repeat)
        stems = ours.setdefault(path.parent, set())
        stems.update(f"{path.stem}{suffix}"[:100] for suffix in ("", TIME, SCORE))
    for parent, stems in ours.items():
        for found in parent.glob(".*-????????.txt"):
            kept = LEFT_BEHIND.fullmatch(found.name)
            if kept is not None and kept["stem"] in stems:
                found.unlink(missing_ok=True)
