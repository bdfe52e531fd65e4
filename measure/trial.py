"""Programs tried in a process of their own, so that foreign machine code that crashes takes no other candidate along.

`python -m sotc.measure.trial FOLDER` opens what lies in the folder and makes a few steps. It needs no torch where the
backend needs none. What it finds wrong in any other way than by crashing is found again, and told, in the process that
asked.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..compiler.backends.backend import BuildOptions
from ..compiler.backends.find import BackendError, find_backend
from ..compiler.plan import Plan
from ..compiler.plan_json import plan_from_json, plan_to_json

if TYPE_CHECKING:
    from .clip import Clip

STEPS = 2
SECONDS = 120.0
"""A trial that does not end within these hangs."""

REQUEST, FRAMES = "request.json", "frames.npz"


class CrashError(BackendError):
    """A backend whose programs bring the process down."""


def tried_apart(
    plan: Plan, options: BuildOptions, backend: str, clip: Clip
) -> Callable[[Mapping[str, bytes]], None]:
    """What tries the members of an artifact on the first frames of a clip. Raises CrashError where that crashes."""

    def tried(members: Mapping[str, bytes]) -> None:
        with tempfile.TemporaryDirectory(prefix="sotc-") as name:
            folder = Path(name)
            write_request(folder, plan, options, backend, members)
            frames = np.stack(clip.frames[: STEPS + 1])
            np.savez(folder / FRAMES, frames=frames, boxes=clip.boxes)
            refuse_crash(backend, folder)

    return tried


def write_request(
    folder: Path, plan: Plan, options: BuildOptions, backend: str, members: Mapping[str, bytes]
) -> None:
    for name, content in members.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    request = {
        "backend": backend,
        "plan": plan_to_json(plan),
        "members": sorted(members),
        "device": options.device,
        "precision": options.precision,
        "threads": options.threads,
        "targets": options.targets,
    }
    (folder / REQUEST).write_text(json.dumps(request), encoding="utf-8")


def refuse_crash(backend: str, folder: Path) -> None:
    """Run the trial in `folder`. Raises CrashError where the process ends by a signal, or not at all."""
    command = [sys.executable, "-P", "-m", __name__, str(folder)]
    remedy = "compile with another backend, and report this"
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        raise CrashError(f"it did not end a few steps within {SECONDS:g} seconds", remedy) from None
    if done.returncode < 0:
        raise CrashError(f"it crashed (signal {-done.returncode}{named(-done.returncode)})", remedy)


def named(number: int) -> str:
    """`, SIGSEGV`; nothing for a signal without a name."""
    try:
        return f", {signal.Signals(number).name}"
    except ValueError:
        return ""


def run(folder: Path) -> None:
    """Open the programs that lie in a folder, and make a few steps."""
    from ..runtime.session import Session

    request: Any = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    options = BuildOptions(request["device"], request["precision"], request["threads"], request["targets"])
    plan = plan_from_json(request["plan"])
    members = {name: folder / name for name in request["members"]}
    engine = find_backend(request["backend"]).open(plan, members, options)
    with np.load(folder / FRAMES) as arrays:
        first, *rest = arrays["frames"]
        session = Session(plan, engine, first, arrays["boxes"])
    for frame in rest:
        session.step(frame).numpy()


if __name__ == "__main__":
    run(Path(sys.argv[1]))
