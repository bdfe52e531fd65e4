"""What makes results those of one tracker on one data set: what must be equal for a run to go on with them."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .job import Job

LIBRARIES = ("sotc", "torch", "numpy", "opencv-python-headless", "onnxruntime", "openvino")
"""What boxes can depend on in the last digits."""


@dataclass(frozen=True)
class TrackerIdentity:
    """A tracker, down to all that its boxes depend on beyond the last digits."""

    name: str
    spec: str
    """as the user named it; not compared"""
    spec_sha256: str
    """of the spec with all that it extends, uses and sets worked in; of an artifact: of the artifact"""
    weights: str | None
    """the file, without its folder; not compared"""
    weights_sha256: str | None
    """of the checkpoint; None for a tracker without weights, or with random ones"""
    backend: str
    precision: str
    device: str
    """`cpu` or `cuda`"""
    crop: str
    """`auto`, `host` or `graph`, as asked for"""
    components: Mapping[str, str] = field(default_factory=dict)
    """component -> the package and version that brings it, or the hash of its file, for those of the user's own"""


@dataclass(frozen=True)
class DataIdentity:
    """A data set: which sequences, how long, and which box begins each."""

    name: str
    split: str | None
    given: str
    """what the user named it by; not compared"""
    root: str | None
    """as the user said it; not compared"""
    sha256: str
    """of the sequences' names, lengths and first boxes"""


NOT_COMPARED = ("spec", "weights", "given", "root")

WORDS = {
    "name": "name",
    "split": "split",
    "spec_sha256": "spec",
    "weights_sha256": "weights",
    "backend": "backend",
    "precision": "precision",
    "device": "device",
    "crop": "crop",
    "components": "components of your own",
    "sha256": "sequences, lengths or first boxes",
}
"""What a user calls the fields that are compared."""


def data_digest(jobs: Iterable[Job]) -> str:
    """SHA-256 of names, lengths and first boxes, in the order of the names."""
    rows = sorted([job.name, len(job), *map(repr, job.start)] for job in jobs)
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def differences(
    stored: TrackerIdentity | DataIdentity, wanted: TrackerIdentity | DataIdentity
) -> tuple[str, ...]:
    """What differs, in words: `weights: 3f2a.. there, 81bc.. now`."""
    one, other = asdict(stored), asdict(wanted)
    return tuple(
        f"{WORDS[name]}: {shortened(one[name])} there, {shortened(other[name])} now"
        for name in one
        if name not in NOT_COMPARED and one[name] != other[name]
    )


def shortened(value: Any) -> str:
    """A hash by its first letters; none as `none`."""
    if value is None:
        return "none"
    text = str(value)
    return f"{text[:12]}…" if len(text) == 64 else text


def file_sha256(path: str | os.PathLike[str]) -> str:
    """Raises OSError."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# ---------------------------------------------------------------- where it ran


def environment(threads: int | None, jobs: int, batch: int) -> dict[str, Any]:
    """Where and how: it is kept beside results, and not compared."""
    return {
        "machine": {
            "processor": processor(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "versions": {name: found for name in LIBRARIES if (found := installed(name)) is not None},
        "options": {"threads": threads, "jobs": jobs, "batch": batch},
    }


def installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
