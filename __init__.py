"""sotc: a declarative language and compiler for single-object trackers.

>>> tracker = sotc.compile("nanotrack_v2", weights="nanotrackv2.pth")
>>> session = tracker.start(frame, (198, 214, 34, 81))
>>> session.step(next_frame).boxes

Names are imported when they are first used: `import sotc` alone brings no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import build, check, compile, load
    from .components.registry import BACKBONES, CROPS, DECODERS, HEADS, LOSSES, NECKS, PARTS
    from .runtime.result import Result
    from .runtime.session import Session
    from .runtime.snapshot import Snapshot
    from .runtime.streams import Streams
    from .runtime.tracker import Tracker

    __version__: str

__all__ = [
    "BACKBONES",
    "CROPS",
    "DECODERS",
    "HEADS",
    "LOSSES",
    "NECKS",
    "PARTS",
    "Result",
    "Session",
    "Snapshot",
    "Streams",
    "Tracker",
    "__version__",
    "build",
    "check",
    "compile",
    "load",
]

_PLACES = {
    ".components.registry": ("BACKBONES", "CROPS", "DECODERS", "HEADS", "LOSSES", "NECKS", "PARTS"),
    ".api": ("build", "check", "compile", "load"),
    ".runtime.result": ("Result",),
    ".runtime.session": ("Session",),
    ".runtime.snapshot": ("Snapshot",),
    ".runtime.streams": ("Streams",),
    ".runtime.tracker": ("Tracker",),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module, metadata

    if name == "__version__":
        return metadata.version("sotc")
    for module, names in _PLACES.items():
        if name in names:
            return getattr(import_module(module, __name__), name)
    raise AttributeError(f"module `sotc` has no attribute `{name}`; it has: {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
