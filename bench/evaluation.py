"""`sotc eval` against the bare runtime, in turns in one process; and two processes against one.

    python bench/evaluation.py [--rounds N] [--jobs-rounds N]

Both decode the frames and read the boxes of every step; one thread. The processor's time is given beside the clock's:
on a machine with other work it is the one that means something.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from common import DATA, Figure, median, show, weights_of

import sotc
from sotc.cli.eval_request import Request
from sotc.cli.eval_run import open_tracker, plan_of
from sotc.evaluation.runs.job import Job, frames_of
from sotc.evaluation.runs.news import News, Ready
from sotc.evaluation.runs.run import RunPlan, execute, prepare
from sotc.runtime.threads import use_threads

SPEC, WEIGHTS = "nanotrack_v2", "nanotrackv2"
SEQUENCES = ("Crossing", "bag", "Human3", "Basketball")
ROUNDS, JOBS_ROUNDS = 3, 2
COPIES = 3
"""of each sequence where processes are compared: four sequences alone would end unevenly"""


def measure(rounds: int = ROUNDS, jobs_rounds: int = JOBS_ROUNDS) -> list[Figure]:
    if not (DATA / "sequences").is_dir():
        return [Figure("`sotc eval` over the bare runtime", "the real sequences are not at hand")]
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        plan, choices = plan_of(request(work))
        opens = partial(open_tracker, SPEC, choices)
        return [*overhead(plan, opens(), rounds), *processes(plan, opens, jobs_rounds)]


def request(work: Path) -> Request:
    """The four sequences, as a user names them."""
    folders = [DATA.resolve() / "sequences" / name for name in SEQUENCES]
    rows = [f"{folder.name},{folder / 'img'},{folder / 'groundtruth.txt'}" for folder in folders]
    manifest = work / "four.csv"
    manifest.write_text("\n".join(["name,frames,boxes", *rows]) + "\n")
    return Request(SPEC, str(manifest), weights=weights_of(WEIGHTS), output=str(work / "results"))


# ---------------------------------------------------------------- against the bare runtime


def overhead(plan: RunPlan, tracker: sotc.Tracker, rounds: int) -> list[Figure]:
    """Sequence by sequence in turns: the loop that one would write by hand, and a run."""
    use_threads(1)
    clock: dict[str, list[float]] = {"bare": [], "eval": []}
    busy: dict[str, list[float]] = {"bare": [], "eval": []}
    apart = 0.0
    with tempfile.TemporaryDirectory() as place:
        for turn in range(rounds + 1):
            for job in plan.sequences:
                one = alone(plan, job, Path(place) / f"{turn}-{job.name}")
                ways = {"bare": partial(bare, tracker, job), "eval": partial(evaluated, tracker, one)}
                found = {}
                for name in sorted(ways, reverse=bool(turn % 2)):
                    began = time.perf_counter(), time.process_time()
                    found[name] = ways[name]()
                    if turn > 0:
                        clock[name].append(time.perf_counter() - began[0])
                        busy[name].append(time.process_time() - began[1])
                written = np.loadtxt(one.folder / f"{job.name}.txt", delimiter=",")
                apart = max(apart, float(np.abs(written - found["bare"]).max()))
    ratio = sum(busy["eval"]) / sum(busy["bare"])
    by_clock = median([a / b for a, b in zip(clock["eval"], clock["bare"], strict=True)])
    frames = rounds * sum(map(len, plan.sequences))
    return [
        Figure(
            "`sotc eval` over the bare runtime, NanoTrack v2, four real sequences, processor time",
            f"{100 * (ratio - 1):+.1f} % of {1000 * sum(busy['bare']) / frames:.2f} ms a frame",
            "below 5 %",
            ratio < 1.05,
        ),
        Figure("the same by the clock, median of sequences in turns", f"{100 * (by_clock - 1):+.1f} %"),
        Figure("boxes of the two differ by at most", f"{apart:.1e} px", "none", apart == 0),
    ]


def alone(plan: RunPlan, job: Job, folder: Path) -> RunPlan:
    """A run of one sequence into a folder of its own."""
    return replace(
        plan, folder=folder, sequences=(job,), manifest=replace(plan.manifest, sequences={job.name: len(job)})
    )


def bare(tracker: sotc.Tracker, job: Job) -> np.ndarray:
    """Frames decoded one by one and stepped over; the boxes read after each."""
    frames = frames_of(job)
    session = tracker.start(next(frames).pixels, job.start)
    boxes = [job.start, *(tuple(session.step(frame.pixels).numpy().boxes[0].tolist()) for frame in frames)]
    return np.array(boxes)


def evaluated(tracker: sotc.Tracker, plan: RunPlan) -> None:
    """All that `sotc eval` does between opening the tracker and scoring: manifest, files and bookkeeping."""
    report = execute(prepare(plan), lambda: tracker, lambda news: None)
    assert report.ran == 1, report.failed


# ---------------------------------------------------------------- processes


def processes(plan: RunPlan, opens: partial, rounds: int) -> list[Figure]:
    """Frames a second of two processes against one, from where all have opened the tracker."""
    copies = tuple(
        replace(job, name=f"{job.name}-{copy}") for copy in range(COPIES) for job in plan.sequences
    )
    manifest = replace(plan.manifest, sequences={job.name: len(job) for job in copies})
    seconds: dict[int, list[float]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as place:
        for turn in range(rounds):
            for count in (1, 2) if turn % 2 == 0 else (2, 1):
                folder = Path(place) / f"{turn}-{count}"
                many = replace(plan, folder=folder, sequences=copies, manifest=manifest, processes=count)
                seconds[count].append(timed(many, opens, count))
    ratios = [one / two for one, two in zip(seconds[1], seconds[2], strict=True)]
    frames = sum(map(len, copies))
    return [
        Figure(
            f"two processes against one, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} (once they are open)",
            f"{median(ratios):.2f}x of {frames / median(seconds[1]):.0f} frames/s",
            "at least 1.8x",
            median(ratios) >= 1.8,
        )
    ]


def timed(plan: RunPlan, opens: partial, count: int) -> float:
    """Seconds from where the last process is ready to the end, for the frames that were left then."""
    ready: list[float] = []

    def hear(news: News) -> None:
        if isinstance(news, Ready):
            ready.append(time.perf_counter())

    report = execute(prepare(plan), opens, hear)
    assert not report.failed
    return time.perf_counter() - sum(ready) / count


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--jobs-rounds", type=int, default=JOBS_ROUNDS)
    arguments = parser.parse_args()
    show(measure(arguments.rounds, arguments.jobs_rounds))
