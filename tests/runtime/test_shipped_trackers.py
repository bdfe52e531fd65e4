"""The trackers that ship, at work: many targets as single runs, no wait for the host, frames of any kind."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

import sotc
from sotc.api import Params
from sotc.runtime.session import Session
from sotc.runtime.source import FrameSource
from sotc.runtime.tracker import Tracker
from sotc.runtime.video import open_source
from sotc.specs import names

QUICK = {"nanotrack_v2", "correlation_filter"}
"""of each family one; the others run with the slow tests"""

SPECS = [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in names()]

SMALLER: dict[str, Params] = {
    "asymmetric_vit": {"side": 128, "width": 48, "depth": 2},
    "mobile_fpn_centre": {"side": 128, "width": 16},
    "fear_xs_dual": {"every": 3},
    "mixformer_cvt_base": {
        "widths": [8, 12, 24],
        "depths": [1, 1, 1],
        "heads": [1, 3, 4],
        "channels": 16,
        "every": 3,
    },
    "mixformer_cvt": {
        "widths": [8, 12, 24],
        "depths": [1, 1, 1],
        "heads": [1, 3, 4],
        "channels": 16,
        "every": 3,
    },
    "mixformerv2_base": {"width": 48, "depth": 2, "heads": 4, "every": 3},
    "mixformerv2_small": {"width": 48, "depth": 2, "heads": 4, "every": 3},
    "ostrack_256": {"width": 48, "depth": 2, "heads": 4},
    "ostrack_256_ce": {"width": 48, "depth": 3, "heads": 4, "eliminate": [1, 2]},
    "ostrack_384": {"width": 48, "depth": 2, "heads": 4},
    "ostrack_384_ce": {"width": 48, "depth": 2, "heads": 4, "eliminate": [1]},
    "stark_s50": {"width": 32, "layers": 1, "heads": 4, "hidden": 32},
    "stark_st50": {"width": 32, "layers": 1, "heads": 4, "hidden": 32, "every": 3},
    "stark_st101": {"width": 32, "layers": 1, "heads": 4, "hidden": 32, "every": 3},
    "siamfc_alexnet": {"width": 0.125},
    "siamrpn_alex": {"width": 0.125},
    "siamrpnpp_mobilev2": {"levels": [3], "scale": 0.5, "width": 16},
    "siamrpnpp_r50": {"levels": [2], "width": 16},
    "siamrpnpp_r50_mm": {"levels": [2], "width": 16},
}
"""what takes half a second a frame is made small: it is not its network that is tested here"""

FRAMES = 8

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def compiled(data_folder: Path) -> Callable[..., Tracker]:
    """A tracker that ships, with its trained weights where they are at hand."""

    @functools.cache
    def compiled(name: str, crop: str, backend: str = "eager") -> Tracker:
        stored = data_folder / "weights" / name.replace("_", "") / f"{name.replace('_', '')}.pth"
        torch.manual_seed(0)
        weights = stored if stored.is_file() else None
        return sotc.compile(name, weights, crop=crop, params=SMALLER.get(name), backend=backend)

    return compiled


@pytest.fixture(scope="module")
def frames(data_folder: Path) -> list[np.ndarray]:
    source: FrameSource = open_source(data_folder / "sequences" / "Crossing" / "img")
    return [frame.pixels for frame, _ in zip(source, range(FRAMES), strict=False)]


@pytest.fixture(scope="module")
def box(data_folder: Path) -> list[float]:
    lines = (data_folder / "sequences" / "Crossing" / "groundtruth.txt").read_text().splitlines()
    return [float(number) for number in lines[0].split(",")]


@pytest.mark.parametrize("crop", ["host", "graph"])
@pytest.mark.parametrize("name", SPECS)
def test_many_targets_are_as_single_runs(compiled, frames, box, name: str, crop: str) -> None:
    """Within a thousandth of a pixel; one of them partly outside the frame."""
    starts = [box, [box[0] + 40, box[1] - 20, 30.0, 30.0], [-10.0, -5.0, 40.0, 60.0]]
    tracker = compiled(name, crop)
    together, alone = tracker.start(frames[0], starts), [tracker.start(frames[0], start) for start in starts]
    for frame in frames[1:]:
        result = together.step(frame)
        singles = torch.cat([session.step(frame).boxes for session in alone])
        torch.testing.assert_close(result.boxes, singles, rtol=0, atol=1e-3)
        assert not result.held.any()
    assert (together.boxes - torch.tensor(starts, dtype=torch.float64)).abs().max() > 0.5, "they moved"


@pytest.mark.parametrize("name", SPECS)
def test_a_step_never_waits_for_the_host(compiled, frames, box, name: str, monkeypatch) -> None:
    """With the crop in the graph: no item, cpu, numpy, tolist, no tensor as a Python number or condition."""
    session = compiled(name, "graph").start(frames[0], box)

    def forbidden(self: Tensor, *rest: object) -> None:
        raise AssertionError("a step waits for the device")

    for method in ("item", "cpu", "numpy", "tolist", "__bool__", "__float__", "__int__", "__index__"):
        monkeypatch.setattr(Tensor, method, forbidden)
    results = [session.step(frame) for frame in frames[1:4]]
    monkeypatch.undo()
    assert all(torch.isfinite(result.boxes).all() for result in results)


@pytest.mark.parametrize("name", SPECS)
def test_frames_of_any_kind(compiled, frames, box, name: str) -> None:
    """A tensor, a read-only and a flipped view give what the plain array gives; another size is followed."""
    tracker = compiled(name, "host")
    plain, others = tracker.start(frames[0], box), tracker.start(torch.from_numpy(frames[0].copy()), box)
    for index, frame in enumerate(frames[1:]):
        kind = [frame, torch.from_numpy(frame.copy()), read_only(frame), np.flip(frame[::-1].copy(), 0)][
            index % 4
        ]
        assert torch.equal(others.step(kind).boxes, plain.step(frame).boxes)
    larger = np.pad(frames[-1], ((0, 30), (0, 50), (0, 0)), mode="edge")
    assert torch.isfinite(plain.step(larger).boxes).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_the_portable_backend_runs_it(compiled, frames, box, name: str) -> None:
    """Step by step from where the plain tracker is, a template that is renewed among them."""
    pytest.importorskip("onnxruntime")
    plain, portable = (compiled(name, "host", backend).start(frames[0], box) for backend in ("eager", "onnx"))
    for frame in frames[1:5]:
        expected, found = plain.step(frame), portable.step(frame)
        np.testing.assert_allclose(found.boxes, expected.boxes, rtol=0, atol=0.02)


def read_only(frame: np.ndarray) -> np.ndarray:
    copy = frame.copy()
    copy.flags.writeable = False
    return copy


def with_borders_of(session: Session, other: Session) -> Session:
    """The other session, to which what lies beyond a frame looks as it does to this one, since its first frame."""
    other.restore(replace(other.snapshot(), borders=session.snapshot().borders))
    return other


@pytest.mark.parametrize("name", SPECS)
def test_targets_come_and_go(compiled, frames, box, name: str) -> None:
    """Each as in a session of its own; their states are those that the spec declares."""
    tracker = compiled(name, "host")
    inside = [box[0] + 20, box[1] - 20, 30.0, 40.0]
    session, alone = tracker.start(frames[0], box), {0: tracker.start(frames[0], box)}
    for index, frame in enumerate(frames[1:], start=1):
        result = session.step(frame)
        singles = {target: single.step(frame) for target, single in alone.items()}
        assert result.ids == tuple(singles)
        expected = torch.cat([single.boxes for single in singles.values()])
        torch.testing.assert_close(result.boxes, expected, rtol=0, atol=1e-3)
        states = [single.states for single in singles.values()]
        joined = None if None in states else tuple(state for each in states for state in each)
        assert result.states == joined, "a tracker without a score has no states"
        if index == 2:
            alone[session.add(inside)] = with_borders_of(session, tracker.start(frame, inside))
        if index == 5:
            session.remove(0)
            del alone[0]
    assert session.ids == (1,)


@pytest.mark.parametrize("name", SPECS)
def test_streams_are_as_single_runs(compiled, frames, box, name: str) -> None:
    tracker = compiled(name, "host")
    videos = [frames, [np.ascontiguousarray(frame[:, ::-1]) for frame in frames]]
    streams = tracker.streams()
    pairs = [(streams.open(video[0], box), tracker.start(video[0], box)) for video in videos]
    for index in range(1, 5):
        results = streams.step(
            {stream: video[index] for (stream, _), video in zip(pairs, videos, strict=True)}
        )
        for (stream, single), video in zip(pairs, videos, strict=True):
            expected = single.step(video[index]).boxes
            torch.testing.assert_close(results[stream].boxes, expected, rtol=0, atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", SPECS)
def test_memory_is_constant_over_a_long_video(compiled, frames, box, name: str) -> None:
    """2,000 frames, fewer of a heavy net; `make bench` does 10,000. The memory may waver by 4 MB."""
    session = compiled(name, "host").start(frames[0], box)
    count = 300 if name in SMALLER else 2000

    def resident() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    before = 0.0
    for index in range(count):
        session.step(frames[index % FRAMES])
        if index == count // 5:
            before, places = resident(), set(session._store)
    assert set(session._store) == places
    assert resident() - before < 4
