"""What a tracker without torch runs on imports none, and a run of it brings none in."""

from __future__ import annotations

import subprocess
import sys

import pytest

ROOM = (
    "result",
    "rows",
    "snapshot",
    "targets",
    "session",
    "streams",
    "read_ahead",
    "steps",
    "track",
    "tracker",
    "video",
)


@pytest.mark.parametrize("module", ROOM)
def test_the_module_alone_imports_no_torch(module: str) -> None:
    code = f"import sys, sotc.runtime.{module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


RUN = """
import sys
import numpy as np
from sotc.compiler.backends.numpy_engine import NumpyEngine
from sotc.compiler.plan import CropInput, Plan, Signature, Slot
from sotc.components.crops.cut_rule import CutRule
from sotc.runtime.tracker import Tracker

def rows(name, kind):
    return Slot(name, kind, True)

target, boxes, windows = rows("target", "target"), rows("boxes", "boxes"), rows("search.windows", "windows")
pixels, score, state = rows("search.pixels", "pixels"), rows("output.score", "output"), rows("output.state", "output")
count = rows("state.count", "state")
signatures = {
    "begin": ((boxes,), (target,)),
    "border": ((Slot("frame", "frame"),), (Slot("search.border", "border"),)),
    "aim": ((target,), (windows,)),
    "init": ((target,), (count,)),
    "step": ((pixels, target, count), (score, state, target, boxes, rows("held", "held"), windows, count)),
}

def aim(table):
    return np.concatenate((table[:, :2] - 8, np.full((len(table), 1), 16)), 1).astype(np.int64)

def step(values):
    patch, table, seen = values
    mean = patch.reshape(len(patch), -1).mean(1).astype(np.float32)
    moved = table + [1, 0, 0, 0]
    held = np.zeros(len(table), bool)
    grade = 2 - (mean >= 50).astype(np.int64) - (mean >= 20)
    corners = np.concatenate((moved[:, :2] - moved[:, 2:] / 2, moved[:, 2:]), 1)
    return mean, grade, moved, corners, held, aim(moved), seen + 1

programs = {
    "begin": lambda values: [np.concatenate((values[0][:, :2] + values[0][:, 2:] / 2, values[0][:, 2:]), 1)],
    "border": lambda values: [np.zeros(3, np.uint8)],
    "aim": lambda values: [aim(values[0])],
    "init": lambda values: [np.zeros(len(values[0]), np.int64)],
    "step": step,
}
plan = Plan(
    "Drift",
    (CropInput("search", "search", CutRule("squares", 16), None),),
    "host",
    {name: Signature(name, *places) for name, places in signatures.items()},
    ("score", "state"),
)
tracker = Tracker(plan, NumpyEngine("numpy", "cpu", "fp32", programs))
frame = np.zeros((60, 100, 3), np.uint8)
frame[:, 50:] = 200
session = tracker.start(frame, [(10, 10, 10, 10), (70, 10, 10, 10)])
first = next(session.step_many([frame]))
assert (first.states, first.ids) == (("lost", "tracked"), (0, 1)), first
added = session.add((46, 20, 10, 10))
snapshot = session.snapshot()
second = session.step(frame)
assert second.ids == (0, 1, 2) and second.boxes[:, 0].tolist() == [12, 72, 47], second
assert session.state["count"].tolist() == [2, 2, 1]
session.remove(0)
session.restore(snapshot)
assert session.step(frame).boxes.tolist() == second.boxes.tolist()
streams = tracker.streams()
left, right = streams.open(frame, (10, 10, 10, 10)), streams.open(255 - frame, (10, 10, 10, 10))
results = streams.step({left: frame, right: 255 - frame})
assert [results[stream].numpy().states for stream in (left, right)] == [("lost",), ("tracked",)]
assert "torch" not in sys.modules
"""


def test_a_run_brings_no_torch_in() -> None:
    """Sessions, streams, snapshots and reading ahead over an engine of numpy arrays."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
