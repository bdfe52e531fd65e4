"""How long compiling takes: the check and the passes, and all of it for the backend `onnx`, in a fresh process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence

from common import ROOT, Figure

SPECS = ("nanotrack_v1", "nanotrack_v2", "nanotrack_v3", "siamrpnpp_r50", "ostrack_256")
PASSES_SECONDS, ONNX_SECONDS = 5.0, 30.0
BEFORE = ("check", "programs", "passes")
"""What is done before a backend starts."""

ONE = """
import json, sys, time
import torch
from sotc.compiler.artifact import settled_weights
from sotc.compiler.backends.find import find_backend
from sotc.compiler.check import check
from sotc.compiler.compiled import Options
from sotc.compiler.driver import build, pipeline_of, source_of
from sotc.compiler.passes.pipeline import run_pipeline
from sotc.specs import locate

torch.set_num_threads(1)
times = {}
began = time.perf_counter(), time.process_time()
def mark(name):
    global began
    now = time.perf_counter(), time.process_time()
    times[name], began = [one - other for one, other in zip(now, began)], now
checked = check(locate(sys.argv[1]))
checked.expect()
mark("check")
weights, _ = settled_weights(checked, None)
mark("weights")
source = source_of(checked, weights, "cpu", "auto")
mark("programs")
options = Options(backend="onnx")
run_pipeline(pipeline_of(find_backend("onnx"), options), source.programs)
mark("passes")
build(source, options)
mark("onnx")
print(json.dumps(times))
"""


def measure(specs: Sequence[str] = SPECS) -> list[Figure]:
    return [figure for spec in specs for figure in figures(spec)]


def figures(spec: str) -> list[Figure]:
    done = subprocess.run(
        [sys.executable, "-c", ONE, spec],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=True,
    )
    times = json.loads(done.stdout.strip().splitlines()[-1])
    before, busy = (sum(times[name][place] for name in BEFORE) for place in (0, 1))
    whole, whole_busy = before + times["onnx"][0], busy + times["onnx"][1]
    steps = " + ".join(f"{times[name][0]:.1f}" for name in BEFORE)
    return [
        Figure(
            f"{spec}: check, programs and passes (torch imported and random weights made beforehand)",
            f"{before:.1f} s ({steps}), of processor time {busy:.1f} s",
            f"below {PASSES_SECONDS:g} s",
            before < PASSES_SECONDS,
        ),
        Figure(
            f"{spec}: all of it for the backend onnx, its gate left out",
            f"{whole:.1f} s, of processor time {whole_busy:.1f} s",
            f"below {ONNX_SECONDS:g} s",
            whole < ONNX_SECONDS,
        ),
    ]
