"""A shipped tracker in every way to run it, beside its modules called by hand: `sotc bench` and the parity gate."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from common import DATA, Figure, weights_of

from sotc.compiler.artifact import settled_weights
from sotc.compiler.backends.find import find_backend
from sotc.compiler.check import check
from sotc.compiler.compiled import Options
from sotc.measure.bench.bench import Bench, Plan
from sotc.measure.bench.contenders import Entry, Subject, enter, parse_contender, subject_of
from sotc.measure.bench.work import work_of
from sotc.measure.clip import Clip, generated_clip, read_clip
from sotc.measure.gate import gate, reference_of
from sotc.measure.limits import limits_of
from sotc.measure.tune import by_speed, promising
from sotc.specs import locate

FRAMES = 60
SEQUENCE, CALIBRATION = "Crossing", "bag"

FP32 = ("eager", "eager+passes", "onnx", "openvino", "inductor", "aoti")
BF16 = ("eager+passes:bf16", "openvino:bf16", "inductor:bf16", "aoti:bf16")
INT8 = ("onnx:int8", "openvino:int8")
HANDS = ("by-hand", "uncut")


@dataclass(frozen=True)
class Set:
    """What is measured of a tracker, and what is wanted of it: times as fast as `against`."""

    contenders: tuple[str, ...]
    targets: tuple[int, ...]
    seconds: float
    wanted: Mapping[str, float]
    """by precision"""
    against: str = "by-hand"
    checkpoint: str | None = None
    gate: bool = True
    calibration_frames: int = 40
    opencv: bool = False


def nano(version: int) -> Set:
    ways = (*HANDS, *FP32, *BF16, *INT8, *(("opencv",) if version == 1 else ()))
    return Set(
        ways, (1, 8), 20, {"fp32": 3.5, "bf16": 5.0}, checkpoint=f"nanotrackv{version}", opencv=version == 1
    )


LARGE = (*HANDS, "eager", "onnx", "openvino", "aoti", "openvino:bf16", "aoti:bf16", *INT8)

SETS: Mapping[str, Set] = {
    **{f"nanotrack_v{version}": nano(version) for version in (1, 2, 3)},
    # the issue counts the cut into the gain here, so the baseline computes the template in every frame
    "siamrpnpp_r50": Set(
        LARGE, (1,), 45, {"fp32": 1.5, "bf16": 3.0, "int8": 4.5}, "uncut", gate=False, calibration_frames=6
    ),
    "ostrack_256": Set(
        LARGE, (1,), 45, {"fp32": 1.3, "bf16": 2.5, "int8": 3.3}, gate=False, calibration_frames=6
    ),
}

QUICK = ("by-hand", "uncut", "eager", "onnx", "openvino", "openvino:bf16")
QUICK_SECONDS = 6.0

MOST_TIMES_FOR_EIGHT = 6.0


def measure(spec: str, quick: bool = False) -> dict[str, Any]:
    """The report as JSON, with the names of the clips."""
    torch.set_num_threads(1)
    wanted = SETS[spec]
    names = tuple(name for name in wanted.contenders if not quick or name in (*QUICK, "opencv"))
    clip, examples = clips(wanted)
    began = time.perf_counter()
    checked = check(locate(spec))
    graph = checked.expect()
    path = weights_of(wanted.checkpoint) if wanted.checkpoint else None
    weights, random = settled_weights(checked, path)
    subject = subject_of(checked, weights, Options(), examples, opencv_files() if wanted.opencv else None)
    seconds = time.perf_counter() - began
    entries = []
    for name in names:
        entry = enter(parse_contender(name), subject, lambda line: None)
        print(f"{spec} {name}: {entry.error or f'built in {entry.build_seconds:.1f} s'}", flush=True)
        entries.append(entry)
    gates = dict(gated(subject, clip, entries)) if wanted.gate else {}
    plan = Plan(
        graph.program.name,
        spec,
        "random" if random else "checkpoint",
        clip,
        Options(),
        wanted.targets,
        QUICK_SECONDS if quick else wanted.seconds,
        names,
        round(seconds, 2),
        gates,
    )
    bench = Bench(
        plan, entries, lambda count: work_of(subject.source, count), lambda line: print(line, flush=True)
    )
    bench.run()
    return {**bench.report.to_json(), "calibration": f"{examples.name}, {len(examples.frames)} frames"}


def clips(wanted: Set) -> tuple[Clip, Clip]:
    """What is stepped over, and what int8 is calibrated on: real sequences where they are at hand."""
    found = [sequence(name) for name in (SEQUENCE, CALIBRATION)]
    clip = found[0] or generated_clip(FRAMES)
    examples = found[1] or generated_clip(FRAMES)
    return clip, examples.first(wanted.calibration_frames)


def sequence(name: str) -> Clip | None:
    folder = DATA / "sequences" / name
    if not (folder / "img").is_dir():
        return None
    made = read_clip(folder / "img", folder / "groundtruth.txt", FRAMES)
    return Clip(f"the sequence {name}", made.frames, made.boxes, made.truth)


def opencv_files() -> tuple[str, str] | None:
    """NanoTrack v1's networks as its authors published them for OpenCV."""
    paths = [DATA / "weights" / "nanotrackv1" / f"nanotrack_{part}_sim.onnx" for part in ("backbone", "head")]
    return (str(paths[0]), str(paths[1])) if all(path.is_file() for path in paths) else None


def gated(subject: Subject, clip: Clip, entries: list[Entry]) -> Iterator[tuple[str, str]]:
    """What the parity gate says of each, over the labelled clip: speed alone is worth nothing."""
    reference = reference_of(subject.source, subject.options, clip)
    for entry in entries:
        if entry.compiled is None:
            continue
        precision = entry.contender.precision
        result = gate(reference, entry.compiled, limits_of(precision))
        said = "passed" if result.passed else result.failures[0]
        print(f"gate, {entry.contender.name}: {said}", flush=True)
        yield entry.contender.name, said


# ---------------------------------------------------------------- figures


def figures(report: Mapping[str, Any]) -> list[Figure]:
    """The figures that are wanted of this tracker, from a report as JSON."""
    wanted = SETS[report["spec"]]
    rows = [row for row in report["rows"] if row["error"] is None]
    found = []
    for precision, least in wanted.wanted.items():
        found.append(against(rows, precision, least, wanted.against))
    if wanted.opencv:
        found.append(against_opencv(rows))
    if 8 in wanted.targets:
        found += [eight(rows, precision) for precision in wanted.wanted]
    return found


def compiled_rows(rows: list[dict[str, Any]], precision: str) -> list[dict[str, Any]]:
    """Those of a precision that sotc compiled, for one target, the fastest first."""
    found = [
        row
        for row in rows
        if row["targets"] == 1 and row["precision"] == precision and row["name"] not in (*HANDS, "opencv")
    ]
    return sorted(found, key=lambda row: -(row["ratio"] or 0.0))


def best(rows: list[dict[str, Any]], precision: str) -> dict[str, Any] | None:
    """The fastest that the gate did not refuse."""
    sound = (row for row in compiled_rows(rows, precision) if row["gate"] in (None, "passed"))
    return next(sound, None)


def against(rows: list[dict[str, Any]], precision: str, least: float, base: str) -> Figure:
    what, wanted = f"one target, {precision}, against `{base}`", f"at least {least:g}x"
    baseline = next((row for row in rows if row["name"] == base and row["targets"] == 1), None)
    found = compiled_rows(rows, precision)
    if not found or baseline is None or baseline["ratio"] is None:
        return Figure(what, "not measured", wanted)
    row = best(rows, precision)
    refused = "" if row is found[0] else f"{times(found[0], baseline)}, which the gate refuses"
    if row is None:
        return Figure(what, f"none passes the gate; the fastest: {refused}", wanted, False)
    by_hand = "" if base == "by-hand" else f"; {row['ratio']:.2f}x of `by-hand`"
    more = f" (faster: {refused})" if refused else ""
    ungated = "; random weights, so not held to the gate" if row["gate"] is None else ""
    met = row["ratio"] / baseline["ratio"] >= least
    return Figure(what, f"{times(row, baseline)}{by_hand}{more}{ungated}", wanted, met)


def times(row: Mapping[str, Any], baseline: Mapping[str, Any]) -> str:
    return f"{row['ratio'] / baseline['ratio']:.2f}x with `{row['name']}`"


def against_opencv(rows: list[dict[str, Any]]) -> Figure:
    what = "one target, fp32, against OpenCV's TrackerNano"
    opencv = next((row for row in rows if row["name"] == "opencv" and row["targets"] == 1), None)
    row = best(rows, "fp32")
    if opencv is None or row is None or opencv["ratio"] is None:
        return Figure(what, "not measured: its networks are not at hand", "faster", None)
    ratio = row["ratio"] / opencv["ratio"]
    return Figure(what, f"{ratio:.2f}x with `{row['name']}`", "faster", ratio > 1)


def eight(rows: list[dict[str, Any]], precision: str) -> Figure:
    """By processor time: of a thread that is alone it is that of the clock, and other work counts less in it."""
    what = (
        f"eight targets against one, {precision}, each with the backend that `auto` takes for so many, "
        "by processor time"
    )
    wanted = f"at most {MOST_TIMES_FOR_EIGHT:g}x"
    one, many = taken_by_auto(rows, 1, precision), taken_by_auto(rows, 8, precision)
    if one is None or many is None:
        return Figure(what, "not measured", wanted, None)
    cost = many["processor_ms"] / one["processor_ms"]
    told = (
        f"{cost:.2f}x: {many['processor_ms']:.1f} ms with `{many['name']}` over {one['processor_ms']:.2f} ms with "
        f"`{one['name']}` (by the clock {many['p50_ms'] / one['p50_ms']:.2f}x)"
    )
    return Figure(what, told, wanted, cost <= MOST_TIMES_FOR_EIGHT)


def taken_by_auto(rows: list[dict[str, Any]], targets: int, precision: str) -> dict[str, Any] | None:
    """The row that `--backend auto --targets N` chooses in a precision, without --native, by what was measured here."""
    portable = [name for name in promising("cpu") if not find_backend(name).native]
    found = {
        name: row
        for row in rows
        for name in [row["name"].removesuffix(f":{precision}")]
        if row["targets"] == targets
        and row["precision"] == precision
        and name in portable
        and row["gate"] in (None, "passed")
    }
    order = by_speed({name: found[name]["processor_ms"] for name in portable if name in found})
    return found[order[0]] if order else None


def table(report: Mapping[str, Any]) -> str:
    """All rows, for the page."""
    columns = (
        "",
        "targets",
        "p50 ms",
        "p95",
        "p99",
        "processor ms",
        "frames/s",
        "targets/s",
        "times by-hand (quartiles)",
        "of its rate",
        "of copying",
        "gate",
    )
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for row in report["rows"]:
        if row["error"] is not None:
            lines.append(f"| {row['name']} | {row['targets']} | not measured: {row['error']}" + " |" * 10)
            continue
        lines.append(
            f"| {row['name']} | {row['targets']} | {row['p50_ms']:.2f} | {shown(row['p95_ms'])} | "
            f"{shown(row['p99_ms'])} | {row['processor_ms']:.2f} | {row['frames_per_second']:.1f} | "
            f"{row['targets_per_second']:.1f} | {ratio_text(row)} | {share(row['gemm_share'])} | "
            f"{share(row['copy_share'])} | {row['gate'] or ''} |"
        )
    return "\n".join(lines)


def parts_table(report: Mapping[str, Any]) -> str:
    names = ("upload", "crop", "network", "decode", "refresh", "state", "read", "other")
    rows = [row for row in report["rows"] if row["parts_ms"]]
    used = [name for name in names if any(name in row["parts_ms"] for row in rows)]
    lines = [f"| | targets | {' | '.join(used)} |", "|---" * (len(used) + 2) + "|"]
    for row in rows:
        values = " | ".join(shown(row["parts_ms"].get(name), 3) for name in used)
        lines.append(f"| {row['name']} | {row['targets']} | {values} |")
    return "\n".join(lines)


def shown(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def ratio_text(row: Mapping[str, Any]) -> str:
    if row["ratio"] is None:
        return ""
    return f"{row['ratio']:.2f} ({row['ratio_low']:.2f} to {row['ratio_high']:.2f})"


def share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"
