"""ONNX Runtime's providers on a CUDA device, where it was installed with them, against the CPU."""

from __future__ import annotations

import numpy as np
import pytest

from sotc.compiler.backends.backend import BuildOptions
from sotc.compiler.backends.find import find_backend
from sotc.compiler.driver import Options, build
from sotc.runtime.tracker import Tracker

from .devices import BOX, clip, source, tracker

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("backend", ["onnx", "tensorrt"])
@pytest.mark.parametrize("name", ["nanotrack_v2", "correlation_filter"])
def test_each_step_agrees_with_the_cpu(name: str, backend: str) -> None:
    """Forced: each step starts from the box that the CPU found."""
    missing = find_backend(backend).missing(BuildOptions(device="cuda"))
    if missing is not None:
        pytest.skip(missing.reason)
    compiled = build(source(name), Options(device="cuda", crop="graph", backend=backend))
    frames = clip(8)
    on_cpu, on_cuda = tracker(name, "cpu"), Tracker(compiled.plan, compiled.engine)
    expecting, finding = (made.start(frames[0], BOX) for made in (on_cpu, on_cuda))
    for index, frame in enumerate(frames[1:]):
        expected = expecting.step(frame).numpy().boxes
        found = finding.step(frame).numpy().boxes
        np.testing.assert_allclose(found, expected, rtol=0, atol=0.05, err_msg=f"step {index}")
        finding.set_boxes(expected)
