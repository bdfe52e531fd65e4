"""Results without a tracker: boxes that are right or gone, so that every number can be had by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from sotc.evaluation.runs.identity import DataIdentity, TrackerIdentity
from sotc.evaluation.runs.manifest import RunManifest, write_manifest

TRUTH = "60,40,40,30"
GONE = "0,0,0,0"
LENGTHS = {"alpha": 10, "beta": 4, "gamma": 5}
ATTRIBUTES = {"alpha": "fast motion", "beta": "occlusion;fast motion", "gamma": ""}

RIGHT = {"Steady": {"alpha": 8, "beta": 4, "gamma": 5}, "Brief": {"alpha": 10, "beta": 1, "gamma": 3}}
"""In so many frames from the first a tracker is right; in the others it has no box."""

SPEEDS = {"Steady": 100.0, "Brief": 12.5}


def write_data(folder: Path, lengths: Mapping[str, int] = LENGTHS, frames: bool = True) -> Path:
    """`own.csv`: the target stands still at TRUTH, on noise."""
    random = np.random.default_rng(0)
    rows = ["name,frames,boxes,attributes"]
    (folder / "truth").mkdir(parents=True)
    for place, (name, length) in enumerate(lengths.items()):
        images = folder / "frames" / str(place)
        images.mkdir(parents=True)
        picture = cv2.resize(random.integers(0, 255, (12, 16, 3), dtype=np.uint8), (160, 120))
        for index in range(length if frames else 0):
            cv2.imwrite(str(images / f"{index:04d}.jpg"), picture)
        (folder / "truth" / f"{place}.txt").write_text(f"{TRUTH}\n" * length)
        quoted = '"' + name.replace('"', '""') + '"'
        rows.append(f"{quoted},frames/{place},truth/{place}.txt,{ATTRIBUTES.get(name, '')}")
    (folder / "own.csv").write_text("\n".join(rows) + "\n")
    return folder / "own.csv"


def write_results(
    out: Path,
    tracker: str,
    right: Mapping[str, int],
    lengths: Mapping[str, int] = LENGTHS,
    data: str = "own.csv",
    speed: float | None = None,
) -> Path:
    """OUT/TRACKER/own, as `sotc eval` leaves it."""
    folder = out / tracker / Path(data).stem
    folder.mkdir(parents=True)
    for name, count in right.items():
        length = lengths[name]
        lines = [TRUTH] * count + [GONE] * (length - count)
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")
        if speed is not None:
            (folder / f"{name}_time.txt").write_text("9\n" + f"{1 / speed}\n" * (length - 1))
    identity = TrackerIdentity(
        tracker, f"{tracker}.sot", "a" * 64, None, None, "eager", "fp32", "cpu", "auto"
    )
    where = {"machine": {"processor": "A Processor"}}
    write_manifest(
        folder,
        RunManifest(
            identity,
            DataIdentity(Path(data).stem, None, data, None, "b" * 64),
            dict(lengths),
            profiles=("pysot",),
            complete=True,
            environments=(where,),
        ),
    )
    return folder


def write_all(folder: Path) -> Path:
    """`own.csv`, and `results` of both trackers."""
    manifest = write_data(folder)
    for name, right in RIGHT.items():
        write_results(folder / "results", name, right, speed=SPEEDS[name])
    return manifest
