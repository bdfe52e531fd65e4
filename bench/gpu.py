"""Trackers on a CUDA device, end to end: a frame in pinned memory goes in, boxes on the host come out.

    python bench/gpu.py [--seconds 420] [--json PATH] [--trackers nanotrack_v2,ostrack_256]

Every row is a tracker, a number of targets, a way to run it and a precision. `by hand` is what trackers do without a
compiler: OpenCV cuts the crops on the host, PyTorch calls operator by operator. `*`: cuDNN tries out its convolutions.
The device's own limits (a large bf16 matrix product, a large copy) are measured in the same run, and rows are told as
shares of them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "4")

import numpy as np
import torch
from common import median, weights_of

TRACKERS = ("nanotrack_v2", "ostrack_256", "siamrpnpp_r50", "nanotrack_v1", "nanotrack_v3")
CHECKPOINTS = {f"nanotrack_v{version}": f"nanotrackv{version}" for version in (1, 2, 3)}
WIDTH, HEIGHT = 1280, 720
FRAMES = 24
WARM_UP = 12
TURN = 1.0
"""seconds that a row is measured for"""
COMPILE_SECONDS = 240


@dataclass(frozen=True)
class Way:
    """How a tracker is run."""

    name: str
    backend: str
    precision: str
    graphs: bool
    crop: str = "graph"


BY_HAND = Way("by hand", "eager", "fp32", graphs=False, crop="host")
WAYS = (
    BY_HAND,
    Way("eager", "eager", "fp32", graphs=False),
    Way("eager + graph", "eager", "fp32", graphs=True),
    Way("eager + graph", "eager", "bf16", graphs=True),
    Way("inductor + graph", "inductor", "bf16", graphs=True),
    Way("inductor + graph", "inductor", "fp32", graphs=True),
)
COUNTS = (1, 64)
SHORT = ("nanotrack_v1", "nanotrack_v3")
"""trackers that are much like another one: fewer ways are measured"""


@dataclass(frozen=True)
class Row:
    tracker: str
    targets: int
    way: str
    precision: str
    frames_per_second: float = 0.0
    boxes_per_second: float = 0.0
    latency_ms: float = 0.0
    """median from the frame to its boxes on the host, one frame at a time"""
    step_gflop: float = 0.0
    share_of_gemm: float = 0.0
    """of the measured bf16 matrix rate"""
    against_by_hand: float = 0.0
    """boxes per second over those of `by hand` with as many targets"""
    build_seconds: float = 0.0
    notes: tuple[str, ...] = ()
    error: str = ""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=420, help="rows that would begin later are left out")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    parser.add_argument("--trackers", default=",".join(TRACKERS))
    parser.add_argument("--only-compile", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only_compile:
        compile_once(*arguments.only_compile.split(","))
        return 0
    if not torch.cuda.is_available():
        print("there is no CUDA device here", file=sys.stderr)
        return 1
    end = time.monotonic() + arguments.seconds
    names = [name for name in arguments.trackers.split(",") if has_spec(name)]
    machine = limits()
    print(json.dumps(machine), flush=True)
    compile_ahead(names, min(COMPILE_SECONDS, arguments.seconds / 2))
    rows: list[Row] = []
    for row in measured(names, machine["gemm_tflops"], end):
        rows.append(row)
        print(line(row), flush=True)
        if arguments.json:
            arguments.json.parent.mkdir(parents=True, exist_ok=True)
            arguments.json.write_text(
                json.dumps({"machine": machine, "rows": [asdict(row) for row in rows]}, indent=1)
            )
    print(f"\n{json.dumps(machine)}\n{HEADER}")
    for row in rows:
        print(line(row))
    return 0


# ---------------------------------------------------------------- the device


def limits() -> dict[str, Any]:
    """The device's rate in a large bf16 matrix product, and its bandwidth in a large copy (read plus written)."""
    size = 8192
    left, right = (torch.randn(size, size, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    product = timed(lambda: left @ right, 20)
    source = torch.randn(2**28, device="cuda")
    target = torch.empty_like(source)
    copy = timed(lambda: target.copy_(source), 20)
    host = torch.empty(2**26, dtype=torch.uint8, pin_memory=True)
    place = torch.empty_like(host, device="cuda")
    upload = timed(lambda: place.copy_(host, non_blocking=True), 20)
    return {
        "device": torch.cuda.get_device_name(),
        "torch": torch.__version__,
        "gemm_tflops": round(2 * size**3 / product / 1e12, 1),
        "copy_gbs": round(2 * source.nbytes / copy / 1e9, 1),
        "upload_gbs": round(host.nbytes / upload / 1e9, 1),
    }


def timed(work: Callable[[], Any], turns: int) -> float:
    """Median seconds by the device's clock."""
    seconds = []
    for turn in range(turns + 3):
        begin, finish = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        work()
        finish.record()
        finish.synchronize()
        if turn >= 3:
            seconds.append(begin.elapsed_time(finish) / 1e3)
    return median(seconds)


# ---------------------------------------------------------------- rows


def measured(names: Sequence[str], rate: float, end: float) -> Iterator[Row]:
    """Rows in the order of what matters most, so that a run that is cut short has told that."""
    sources: dict[tuple[str, str], Any] = {}
    by_hand: dict[tuple[str, int], float] = {}
    work: dict[tuple[str, int], float] = {}
    for name in names:
        for way in ways_of(name):
            built, seconds, error = None, 0.0, ""
            for count in COUNTS:
                if time.monotonic() > end:
                    yield Row(name, count, way.name, way.precision, error="no time was left")
                    continue
                try:
                    if built is None:
                        if error:
                            raise RuntimeError(error)
                        begin = time.perf_counter()
                        built = tracker(name, way, sources)
                        seconds = time.perf_counter() - begin
                    if way is BY_HAND:
                        work[name, count] = flops(sources[name, "host"], count)
                    row = follow(built, name, way, count, work.get((name, count), 0.0), rate)
                    if way is BY_HAND:
                        by_hand[name, count] = row.boxes_per_second
                    base = by_hand.get((name, count), 0.0)
                    rows = [row]
                    if way.graphs and way.precision == "bf16":
                        rows.append(tuned(built, name, way, count, work.get((name, count), 0.0), rate))
                    for row in rows:
                        yield replace(
                            row,
                            build_seconds=round(seconds, 1),
                            against_by_hand=round(row.boxes_per_second / base, 2) if base else 0.0,
                            notes=tuple(built.engine.notes),
                        )
                except Exception as problem:
                    error = f"{type(problem).__name__}: {problem}".partition("\n")[0][:200]
                    yield Row(name, count, way.name, way.precision, error=error)
            built = None
            torch.cuda.empty_cache()


def ways_of(name: str) -> tuple[Way, ...]:
    """The ways to measure a tracker in."""
    few = (BY_HAND, *(way for way in WAYS if way.graphs and way.precision == "bf16"))
    return few if name in SHORT else WAYS


def tuned(built: Any, name: str, way: Way, count: int, work: float, rate: float) -> Row:
    """The same with the convolutions that cuDNN finds fastest by trying."""
    torch.backends.cudnn.benchmark = True
    try:
        return follow(built, name, replace(way, name=f"{way.name} *"), count, work, rate)
    finally:
        torch.backends.cudnn.benchmark = False


def follow(built: Any, name: str, way: Way, count: int, work: float, rate: float) -> Row:
    frames = pictures()
    random = np.random.default_rng(1)
    boxes = np.stack([random.uniform(300, 800, count), random.uniform(200, 500, count)], 1)
    session = built.start(frames[0], np.concatenate((boxes, np.full((count, 2), 60.0)), 1))
    for index in range(WARM_UP):
        session.step(frames[index % FRAMES]).numpy()
    done, waiting = 0, None
    begin = time.perf_counter()
    while time.perf_counter() - begin < TURN:
        result = session.step(frames[done % FRAMES]).read_later()
        if waiting is not None:
            waiting()  # boxes of the frame before, on the host
        waiting = result
        done += 1
    assert waiting is not None
    found = waiting().boxes
    rates = done / (time.perf_counter() - begin)
    if not np.isfinite(found).all():
        raise RuntimeError("the boxes are not finite")
    delays = []
    for index in range(40):
        start = time.perf_counter()
        session.step(frames[index % FRAMES]).numpy()
        delays.append(time.perf_counter() - start)
    return Row(
        name,
        count,
        way.name,
        way.precision,
        frames_per_second=round(rates, 1),
        boxes_per_second=round(rates * count, 1),
        latency_ms=round(median(delays) * 1e3, 3),
        step_gflop=round(work / 1e9, 3),
        share_of_gemm=round(work * rates / (rate * 1e12), 4),
    )


def pictures() -> list[torch.Tensor]:
    """Frames in pinned memory: soft noise that moves."""
    import cv2

    random = np.random.default_rng(0)
    ground = cv2.resize(random.integers(0, 255, (90, 200, 3), dtype=np.uint8), (WIDTH + 200, HEIGHT))
    views = [np.ascontiguousarray(ground[:, 4 * index : 4 * index + WIDTH]) for index in range(FRAMES)]
    return [torch.from_numpy(view).pin_memory() for view in views]


def tracker(name: str, way: Way, sources: dict[tuple[str, str], Any]) -> Any:
    from sotc.compiler.check import check
    from sotc.compiler.driver import Options, build, source_of
    from sotc.runtime.tracker import Tracker
    from sotc.specs import locate

    if (name, way.crop) not in sources:
        torch.manual_seed(0)
        weights = weights_of(CHECKPOINTS[name]) if name in CHECKPOINTS else None
        sources[name, way.crop] = source_of(check(locate(name)), weights, "cuda", way.crop)
    options = Options(device="cuda", crop=way.crop, backend=way.backend, precision=way.precision)
    compiled = build(sources[name, way.crop], options)
    if way.precision != "fp32" and not has_low_precision(compiled):
        raise RuntimeError(f"the programs are not in {way.precision}")
    return Tracker(compiled.plan, replace(compiled.engine, graphs=way.graphs))


def has_low_precision(compiled: Any) -> bool:
    """Whether the pass found something to lower: a row must not tell of single precision under another name."""
    return any(report.name.startswith("precision") and report.result.fired for report in compiled.report)


def flops(source: Any, count: int) -> float:
    """Floating-point operations of matrix products, convolutions and attention in one step."""
    from torch.utils.flop_counter import FlopCounterMode

    from sotc.compiler.backends.examples import examples

    program = source.programs["step"]
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        program.module.to("cuda")(*examples(program, "cuda", count))
    return float(counter.get_total_flops())


def has_spec(name: str) -> bool:
    from sotc.specs import names

    if name not in names():
        print(f"there is no spec {name}", file=sys.stderr)
    return name in names()


# ---------------------------------------------------------------- compiling ahead


def compile_ahead(names: Sequence[str], seconds: float) -> None:
    """Fill inductor's cache from several processes at once: nothing is measured meanwhile."""
    begin = time.monotonic()
    wanted = [(name, way) for name in names for way in ways_of(name) if way.backend == "inductor"]
    children = [
        subprocess.Popen(
            [sys.executable, __file__, "--only-compile", f"{name},{way.precision}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, way in wanted
    ]
    for child, (name, way) in zip(children, wanted, strict=True):
        try:
            _, told = child.communicate(timeout=max(1.0, begin + seconds - time.monotonic()))
            if child.returncode:
                print(f"{name} {way.precision}: {told.strip().splitlines()[-1:]}", file=sys.stderr)
        except subprocess.TimeoutExpired:
            child.kill()
            print(f"{name} {way.precision}: not compiled in time", file=sys.stderr)
    print(f"compiled ahead in {time.monotonic() - begin:.0f} s", flush=True)


def compile_once(name: str, precision: str) -> None:
    way = next(way for way in WAYS if way.backend == "inductor" and way.precision == precision)
    built, frames = tracker(name, way, {}), pictures()
    for count in COUNTS:
        session = built.start(frames[0], [[300.0 + index, 200.0, 60.0, 60.0] for index in range(count)])
        session.step(frames[1]).numpy()


HEADER = (
    f"{'tracker':14} {'N':>3} {'way':17} {'type':5} {'frames/s':>9} {'boxes/s':>9} {'ms':>7} {'of GEMM':>8} "
    f"{'by hand x':>9} {'build s':>8}"
)


def line(row: Row) -> str:
    head = f"{row.tracker:14} {row.targets:3} {row.way:17} {row.precision:5}"
    if row.error:
        return f"{head} {row.error}"
    notes = f"  {'; '.join(row.notes)}" if row.notes else ""
    return (
        f"{head} {row.frames_per_second:9.1f} {row.boxes_per_second:9.1f} {row.latency_ms:7.3f} "
        f"{row.share_of_gemm:8.2%} {row.against_by_hand:9.2f} {row.build_seconds:8.1f}{notes}"
    )


if __name__ == "__main__":
    sys.exit(main())
