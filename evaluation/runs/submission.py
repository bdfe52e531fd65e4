"""The zips that servers take: GOT-10k, TrackingNet, VOTS.

What is written is what their toolkits write. GOT-10k: a folder a sequence, with a file a run and one of times.
TrackingNet: a file a sequence. VOTS: the folders of a workspace's results.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...runtime.writing import write_bytes
from .errors import SubmissionError
from .results import Results
from .scoring import matched

Server: TypeAlias = Literal["got10k", "trackingnet", "vots"]

GOT10K_SEQUENCES = tuple(f"GOT-10k_Test_{number:06d}" for number in range(1, 181))
MOST_REPEATS = 3
"""GOT-10k's server takes so many runs."""

Objects: TypeAlias = Mapping[str, tuple[str, str]]
"""The video and the object's label of each sequence that is one of several in a video."""

COUNTS: Mapping[Server, int] = {"got10k": 180, "trackingnet": 511, "vots": 144}

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every member, the first that a zip can say: equal results give equal bytes."""

SHOWN = 5

NOTES: Mapping[Server, str] = {
    "got10k": "",
    "trackingnet": "",
    "vots": "the form is that of a workspace's `results` folder, with a file an object; what `vot pack` adds for "
    "a registered tracker (its description) is not in it, and no server was tried",
}
"""What is not sure about a form."""


@dataclass(frozen=True)
class Submission:
    """What was written."""

    path: Path
    sequences: int
    missing: tuple[str, ...]
    note: str


def write_submission(
    server: Server,
    results: Results,
    path: Path,
    names: Sequence[str] = (),
    partial: bool = False,
    objects: Objects = MappingProxyType({}),
) -> Submission:
    """Write results as the server takes them. `names` are the data set's sequences, where they are known, and `objects`
    those of them that are one of several objects of a video.

    Raises SubmissionError for sequences that are missing, unless `partial`, and for boxes that are no numbers;
    WriteError.
    """
    refuse_name(path)
    wanted = expected(server, results, names, partial, objects)
    known = matched(results.boxes, wanted)
    missing = tuple(name for name in wanted if name not in known)
    if missing and not (partial and known):
        few = ", ".join(missing[:SHOWN])
        more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
        raise SubmissionError(
            f"`{results.folder}` lacks {len(missing)} of the {len(wanted)} sequences that the server wants: "
            f"{few}{more}",
            "run them: the command that made the results goes on; --partial writes the zip without them",
        )
    members: dict[str, str] = {}
    for name in wanted:
        if name in known:
            members |= members_of(server, results, name, known[name], objects)
    write_bytes(path, zipped(members))
    return Submission(path, len(known), missing, NOTES[server])


def members_of(server: Server, results: Results, name: str, there: str, objects: Objects) -> dict[str, str]:
    """The files of one sequence, whose results are under the name `there`."""
    if server == "vots":
        return vots_members(results, name, there, objects)
    return (got10k_members if server == "got10k" else trackingnet_members)(results, name, there)


def refuse_name(path: Path) -> None:
    """Raises SubmissionError where it is not the name of a zip."""
    if path.suffix.lower() != ".zip":
        raise SubmissionError(f"`{path}` is no zip", "end it in .zip: -o upload.zip")


def expected(
    server: Server, results: Results, names: Sequence[str], partial: bool, objects: Objects
) -> tuple[str, ...]:
    """The sequences that the server wants. Raises SubmissionError where they are not all known."""
    if server == "got10k":
        return GOT10K_SEQUENCES
    known = tuple(names) or (tuple(results.manifest.sequences) if results.manifest else tuple(results.boxes))
    videos = {objects.get(name, (name, ""))[0] for name in known}
    if len(videos) != COUNTS[server] and not partial:
        raise SubmissionError(
            f"the server wants {COUNTS[server]} sequences, and {len(videos)} are known here",
            "--data and --root say which they are; --partial writes those that there are",
        )
    return known


def got10k_members(results: Results, name: str, there: str) -> dict[str, str]:
    """`NAME/NAME_001.txt` for each run, and `NAME/NAME_time.txt` with a column for each."""
    members = {}
    columns = []
    for number, run in enumerate(results.runs[:MOST_REPEATS], start=1):
        if there not in run.boxes:
            continue
        members[f"{name}/{name}_{number:03d}.txt"] = box_rows(finite(name, run.boxes[there]), "%.3f")
        if there not in run.times:
            raise SubmissionError(
                f"`{name}` has no times, which GOT-10k's server wants", "run the tracker with sotc eval"
            )
        columns.append(run.times[there])
    rows = zip(*(column.tolist() for column in columns), strict=True)
    members[f"{name}/{name}_time.txt"] = "".join(",".join(f"{one:.8f}" for one in row) + "\n" for row in rows)
    return members


def trackingnet_members(results: Results, name: str, there: str) -> dict[str, str]:
    """`NAME.txt`"""
    return {f"{name}.txt": box_rows(finite(name, results.boxes[there]), "%.2f")}


def vots_members(results: Results, name: str, there: str, objects: Objects) -> dict[str, str]:
    """`baseline/NAME/NAME_001.txt`, or `NAME_OBJECT_001.txt`: `1` for the start, then a box a frame; confidences beside
    it."""
    boxes = finite(name, results.boxes[there])
    video, label = objects.get(name, (name, ""))
    base = f"baseline/{video}/{video}_{label}_001" if label else f"baseline/{video}/{video}_001"
    members = {f"{base}.txt": "1\n" + box_rows(boxes[1:], "%.3f")}
    if there in results.scores:
        scores = ("" if np.isnan(score) else f"{score:.6f}" for score in results.scores[there].tolist())
        members[f"{base}_confidence.value"] = "".join(f"{score}\n" for score in scores)
    if there in results.times:
        members[f"{base}_time.value"] = "".join(f"{one:.6f}\n" for one in results.times[there].tolist())
    return members


def finite(name: str, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Raises SubmissionError for NaN and infinite numbers."""
    wrong = ~np.isfinite(boxes).all(axis=1)
    if wrong.any():
        raise SubmissionError(
            f"`{name}` has a box that is no number, in frame {int(wrong.argmax())}", "run the sequence again"
        )
    return boxes


def box_rows(boxes: NDArray[np.float64], form: str) -> str:
    return "".join(",".join(form % number for number in row) + "\n" for row in boxes.tolist())


def zipped(members: Mapping[str, str]) -> bytes:
    """A zip of texts; equal texts give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, members[name])
    return buffer.getvalue()
