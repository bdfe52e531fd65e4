"""Real weights on a real sequence: what each precision does to boxes is within the limits, and errors are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from sotc.compiler.backends.find import find_backend
from sotc.compiler.check import check
from sotc.compiler.compiled import Options, Precision
from sotc.compiler.driver import build, build_options, source_of
from sotc.measure.clip import read_clip
from sotc.measure.gate import Reference, gate, reference_of
from sotc.measure.limits import limits_of
from sotc.specs import locate

pytestmark = pytest.mark.slow

FRAMES = 60


@pytest.fixture(scope="module")
def reference(data_folder: Path) -> Reference:
    return reference_over(data_folder, 2, "Crossing", FRAMES)


def reference_over(data_folder: Path, version: int, sequence: str, frames: int) -> Reference:
    """NanoTrack of this version over the beginning of a sequence."""
    folder = data_folder / "sequences" / sequence
    clip = read_clip(folder / "img", folder / "groundtruth.txt", frames)
    weights = data_folder / "weights" / f"nanotrackv{version}" / f"nanotrackv{version}.pth"
    source = source_of(check(locate(f"nanotrack_v{version}")), weights, "cpu", "auto")
    return reference_of(source, Options(), clip, frames)


@pytest.mark.parametrize(
    ("backend", "precision"), [("eager", "bf16"), ("onnx", "fp32"), ("openvino", "fp32")]
)
def test_a_compile_is_the_original_within_its_limits(
    reference: Reference, backend: str, precision: Precision
) -> None:
    options = Options(backend=backend, precision=precision)
    result = gate(reference, build(reference.source, options), limits_of(precision))
    assert result.failures == ()
    assert result.free is not None
    assert result.free.says_something
    if precision == "fp32":
        assert result.forced.mean > 0.99999
        assert not result.forced.flips
    else:
        assert 0 < len(result.forced.flips) < 0.25 * len(result.forced.steps)
        assert all(flip.flip_margin is not None and flip.flip_margin < 0.05 for flip in result.forced.flips)


def test_bf16_is_not_fp32(reference: Reference) -> None:
    """The limits of single precision tell a lower one."""
    result = gate(reference, build(reference.source, Options(precision="bf16")), limits_of("fp32"))
    assert any("clear steps" in line for line in result.failures)


@pytest.mark.parametrize("backend", ["openvino", "eager"])
@pytest.mark.parametrize("version", [1, 3])
def test_kernels_that_keep_their_sums_let_bf16_pass(data_folder: Path, version: int, backend: str) -> None:
    """v1 has a depthwise layer whose weights, each rounded to the nearest, cost 0.02 of the overlap alone."""
    options = Options(backend=backend, precision="bf16")
    why = find_backend(backend).missing(build_options(options))
    if why is not None:
        pytest.skip(why.reason)
    reference = reference_over(data_folder, version, "Crossing", FRAMES)
    result = gate(reference, build(reference.source, options), limits_of("bf16"))
    assert result.failures == ()
    assert result.forced.mean > 0.986
