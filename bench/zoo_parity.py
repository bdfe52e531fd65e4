"""How near a spec is to its original: network, crops and boxes beside the outputs of the original's own code."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from common import ROOT
from numpy.typing import NDArray

import sotc
from sotc.compiler.backends.wrapped import WrappedEngine
from sotc.compiler.network import Network
from sotc.measure.record import Call, RecordingRunner
from sotc.measure.recorded import Recorded, read_recorded
from sotc.measure.recorded_values import Value, evaluate, find_place
from sotc.measure.verify import TOLERANCE, aliases_of, compare
from sotc.runtime.session import Session
from sotc.runtime.tracker import Tracker

sys.path.append(str(ROOT))
from tests.parity.fixtures import checkpoint_of, clip_frames, meta_of, stored_of
from tests.parity.recorded import SAMPLED, SPECS, write_masked, write_recorded

OWN = 10.0
"""An output may differ by so many times what the original itself loses by single precision."""

GREY_LEVELS, SAME_PIXELS = 1, 0.999
"""Crops: so far apart at the most, in such a share of their numbers at the least."""

PIXELS = 0.5
"""of the frame, that a number of a box may be off by"""

Array = NDArray[Any]


@dataclass(frozen=True)
class Course:
    """How the original was run over the fixtures' clip."""

    color: str = "rgb"
    """the order in which its channels were given"""
    params: Mapping[str, str] | None = None
    first: float = 0.0
    """what boxes are counted from"""


OFTEN = {"every": "10"}

COURSES = {
    **{name: Course("bgr") for name in ("nanotrack_v1", "nanotrack_v2", "nanotrack_v3", "siamrpnpp_r50")},
    "stark_st50": Course(params=OFTEN),
    "mixformerv2_small": Course(params=OFTEN),
    "siamfc_alexnet": Course(first=1.0),
}


def fixture_of(spec: str) -> str | None:
    """The fixture of a spec; None where there is none."""
    names = {own: name for name, own in SPECS.items()}
    name = names.get(spec, spec)
    return name if (ROOT.parent / "shared" / "parity" / f"{name}.json").is_file() else None


def measure(spec: str, fixture: str, folder: Path) -> dict[str, Any]:
    """All of it as JSON."""
    meta = meta_of(fixture, folder)
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        outputs = list(network_outputs(spec, fixture, folder, work))
        course = COURSES.get(fixture, Course())
        weights = str(checkpoint_of(fixture, folder, work, tracking=True))
        tracker = sotc.compile(spec, weights, crop="host", params=course.params)
    return {
        "fixture": fixture,
        "original": meta["repo"],
        "commit": meta["commit"],
        "operations": meta["flops"],
        "parameters": meta["params"],
        "outputs": outputs,
        "left_out": left_out(outputs, fixture, folder),
        **followed(tracker, fixture, folder, course),
    }


# ---------------------------------------------------------------- the network


def network_outputs(spec: str, fixture: str, folder: Path, work: Path) -> list[dict[str, Any]]:
    """Every output that was stored: in our single precision, as it runs, and in double, beside the original's."""
    network = sotc.build(spec, str(checkpoint_of(fixture, folder, work)))
    stored, own = stored_of(fixture, folder), meta_of(fixture, folder)["fp32_vs_fp64"]
    runs = {"": write_recorded(fixture, folder, work / "run.npz")}
    if any(key.startswith("masked_") for key in stored):
        runs["masked_"] = write_masked(folder, work / "masked.npz")
    rows = []
    for prefix, path in runs.items():
        recorded = read_recorded(path)
        in_part = {} if prefix else {key: array for key, array in stored.items() if key in SAMPLED}
        single, double = (
            errors(network, recorded, in_part, dtype) for dtype in (torch.float32, torch.float64)
        )
        for name, found in single.items():
            known = own.get(prefix + name, {}).get("max_abs")
            rows.append({"name": prefix + name, **found, "double": double[name]["largest"], "own": known})
    return sorted(rows, key=lambda row: (row["own"] is None, row["summary"], row["name"]))


def left_out(outputs: list[dict[str, Any]], fixture: str, folder: Path) -> list[str]:
    """What is stored of the original and not compared here: what it makes of its outputs, and blocks' insides."""
    compared = {row["name"] for row in outputs}
    return [key for key in stored_of(fixture, folder) if key not in compared]


def errors(
    network: Network, recorded: Recorded, in_part: Mapping[str, Array], dtype: torch.dtype
) -> dict[str, dict[str, Any]]:
    """The largest error of each output, and the deviation that it is held against."""
    aliases = aliases_of(network)
    arrays = {**recorded.outputs, **recorded.summaries, **in_part}
    whole = {name: SAMPLED[name][0] if name in in_part else name for name in arrays}
    places = {name: find_place(network, aliases, name) for name in dict.fromkeys(whole.values())}
    values = evaluate(network, recorded, places, dtype)
    found = {}
    for name, array in arrays.items():
        place, value = places[whole[name]], values[whole[name]]
        if name in in_part:
            value = Value(value.tensor[SAMPLED[name][1]], value.order)
        one = compare(name, place, value, array, name in recorded.summaries, TOLERANCE)
        found[name] = {
            "place": one.place,
            "summary": one.summary,
            "shape": list(one.recorded),
            "largest": one.largest,
            "deviation": one.deviation,
        }
    return found


# ---------------------------------------------------------------- the run


def followed(tracker: Tracker, fixture: str, folder: Path, course: Course) -> dict[str, Any]:
    """The tracker over the fixtures' clip: forced steps where the original was forced, and a free run."""
    stored, frames = stored_of(f"{fixture}_track", folder), clip_frames(folder, course.color)
    boxes = stored["boxes"] - (course.first, course.first, 0, 0)
    calls: list[Call] = []
    engine = WrappedEngine(tracker.engine, lambda runner: RecordingRunner(runner, tracker.plan, calls))
    session = Session(tracker.plan, engine, frames[0], boxes[0])
    free = np.stack([np.asarray(session.step(frame).numpy().boxes)[0] for frame in frames[1:]])
    found: dict[str, Any] = {
        "crops": list(crops_of(tracker, calls, stored, course.color == "bgr")),
        "free": deviation(free, boxes[1:], stored.get("perturbed_abs_diff")),
    }
    if "margin" in stored:
        found["margin"] = float(stored["margin"][1:].min())
    if "forced_boxes" in stored:
        session, forced = tracker.start(frames[0], boxes[0]), []
        for index, frame in enumerate(frames[1:], start=1):
            session.set_boxes(stored["gt"][index - 1])
            forced.append(np.asarray(session.step(frame).numpy().boxes)[0])
        wanted, shaken = stored["forced_boxes"][1:], stored.get("forced_perturbed_abs_diff")
        found["forced"] = deviation(np.stack(forced), wanted, shaken)
    return found


def deviation(ours: Array, theirs: Array, shaken: Array | None) -> dict[str, Any]:
    """Largest difference of a box's number in pixels; `own`: what inputs changed by 1e-6 did to the original's."""
    away = np.abs(ours - theirs).max(axis=1)
    own = None if shaken is None else float(shaken.max())
    return {"frames": len(away), "largest": float(away.max()), "frame": int(away.argmax()) + 1, "own": own}


def crops_of(
    tracker: Tracker, calls: list[Call], stored: Mapping[str, Array], bgr: bool
) -> list[dict[str, Any]]:
    """The pixels that the programs were given in the free run, beside those that the original's network was given."""
    steps = [call for call in calls if call.program == "step"]
    renewed = [call for call in calls if call.program.startswith("refresh.")]
    sources = {
        "template_crop": [call for call in calls if call.program == "init"],
        "search_crop_1": steps[:1],
        "search_crop_last": steps[-1:],
        "template_crop_last": renewed,
    }
    rows = []
    for name, candidates in sources.items():
        if name not in stored or not candidates:
            continue
        pairs = [pixels_beside(tracker, call, stored[name], bgr) for call in candidates]
        shares = [float((difference <= GREY_LEVELS).mean()) for difference in pairs]
        best = int(np.argmax(shares))  # of several renewals the stored crop is one
        rows.append({"name": name, "share": shares[best], "largest": int(pairs[best].max())})
    return rows


def pixels_beside(tracker: Tracker, call: Call, stored: Array, bgr: bool) -> Array:
    """Differences in grey levels; the middle of several patches stands for all where one is stored."""
    slots = tracker.plan.programs[call.program].inputs
    pixels = next(array for slot, array in zip(slots, call.inputs, strict=True) if slot.kind == "pixels")
    ours = pixels.reshape(-1, *pixels.shape[-3:])[:, :: -1 if bgr else 1].astype(int)
    if stored.shape[-1] == 3:
        stored = np.moveaxis(stored, -1, -3)
    theirs = stored.reshape(-1, *stored.shape[-3:]).astype(int)
    if len(theirs) < len(ours):
        ours = ours[len(ours) // 2 :][:1]
    return np.abs(ours - theirs)


# ---------------------------------------------------------------- what is wanted


def beyond(found: Mapping[str, Any]) -> list[str]:
    """In words, what is not within what is wanted."""
    said = []
    for row in found["outputs"]:
        limit = OWN * row["own"] if row["own"] is not None else np.inf
        if row["largest"] > limit:
            said.append(
                f"{row['name']} is off by {row['largest'] / row['own']:.1f} times the original's rounding"
            )
        if row["largest"] > TOLERANCE * row["deviation"]:
            said.append(f"{row['name']} is off by {row['largest'] / row['deviation']:.1e} of its deviation")
    said += [
        f"{row['name']}: {100 * row['share']:.2f} % of its numbers are the original's"
        for row in found["crops"]
        if row["share"] < SAME_PIXELS
    ]
    said += [
        f"{name} run: off by {found[name]['largest']:.2f} px in frame {found[name]['frame']}"
        for name in ("forced", "free")
        if name in found and found[name]["largest"] > PIXELS
    ]
    return said
