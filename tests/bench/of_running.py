"""What the tracker's own work costs beside its network, and whether a session grows."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from .figures import Figure, milliseconds, seconds

ROUNDS = 60
FRAMES = 10_000


def clip(frames: int) -> Any:
    """Noise with a target in it; what is in the frames changes no time."""
    import numpy as np

    return np.random.default_rng(0).integers(0, 255, (frames, 360, 480, 3), dtype=np.uint8)


def by_hand(frame: Any) -> Callable[[Any], object]:
    """The step of NanoTrack v2 as one would write it in plain PyTorch, from the same modules."""
    import torch

    from sotc.compiler.check import check
    from sotc.compiler.modules import build_modules
    from sotc.specs import locate

    modules: Any = build_modules(check(locate("nanotrack_v2")).expect(), None, torch.device("cpu"))[0]
    target = modules["search"].start(torch.tensor([[200.0, 150.0, 60.0, 40.0]], dtype=torch.float64))
    border = modules["search"].border(torch.from_numpy(frame))
    size = torch.tensor([480.0, 360.0], dtype=torch.float64)
    correlation = modules["cls.match_cls.XCorrPixelwise"]

    def cut(crop: Any, picture: Any) -> Any:
        pixels = crop.sample_host(picture, target.numpy(), border.numpy())
        return crop(torch.from_numpy(pixels))

    def match(name: str, field: Any) -> Any:
        projected = modules[f"{name}.project_field"](field)
        return modules[f"{name}.attention"](correlation(projected, kernels[name]))

    with torch.no_grad():
        template = modules["backbone"](cut(modules["template"], frame))
        kernels = {name: modules[f"{name}.project_kernel"](template) for name in ("match_cls", "match_loc")}

    def step(picture: Any) -> object:
        with torch.no_grad():
            field = modules["backbone"](cut(modules["search"], picture))
            cls = modules["classify"](match("match_cls", field))
            loc = modules["regress"](match("match_loc", field)).exp()
            return modules["pick.PointDecode"](cls, loc, modules["search"].view(target, size))

    return step


def step_overhead() -> list[Figure]:
    """In turns, so that a busy machine slows both alike."""
    import sotc

    frames = clip(8)
    session = sotc.compile("nanotrack_v2").start(frames[0], (200, 150, 60, 40))
    plain = by_hand(frames[0])
    for frame in frames:
        session.step(frame)
        plain(frame)
    ours, theirs = [], []
    for number in range(ROUNDS):
        frame = frames[number % len(frames)]
        ours.append(seconds(partial(session.step, frame)))
        theirs.append(seconds(partial(plain, frame)))
    ratio = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
    return [
        Figure("NanoTrack v2, a step", milliseconds(statistics.median(ours))),
        Figure("the same modules called by hand", milliseconds(statistics.median(theirs))),
        Figure("ratio", f"{ratio:.2f} x", "< 1.1 x"),
    ]


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def memory() -> list[Figure]:
    """Memory after a thousand frames, and after ten thousand."""
    import sotc

    frames = clip(8)
    session = sotc.compile("nanotrack_v2").start(frames[0], (200, 150, 60, 40))
    seen = []
    for number in range(FRAMES):
        session.step(frames[number % len(frames)])
        if number + 1 in (1000, FRAMES):
            gc.collect()
            seen.append(resident_bytes())
    grown = (seen[1] - seen[0]) / 2**20
    return [
        Figure("memory after 1,000 frames", f"{seen[0] / 2**20:.0f} MB"),
        Figure(f"growth to {FRAMES:,} frames", f"{grown:+.1f} MB", "0 MB"),
    ]
