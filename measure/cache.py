"""What was measured before, by content: choosing a backend anew for the same tracker on the same machine is idle.

An entry is one small JSON file, written beside its place and renamed, so a compiler that is killed leaves it whole or
not at all. The folder is `$SOTC_CACHE`, or `sotc` below `$XDG_CACHE_HOME` or `~/.cache`; an empty `$SOTC_CACHE` turns
the cache off.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..compiler.compiled import Options
from ..compiler.writing import WriteError, write_bytes

if TYPE_CHECKING:
    from ..compiler.driver import Source

FORMAT = 1
LARGEST = 1 << 20
"""Bytes; an entry is a few thousand."""

PACKAGES = (
    "torch",
    "numpy",
    "opencv-python-headless",
    "onnx",
    "onnxruntime",
    "onnxruntime-gpu",
    "openvino",
)
"""What results depend on, beside sotc itself."""


def cache_folder() -> Path | None:
    """The folder of the cache; None where it is turned off."""
    own = os.environ.get("SOTC_CACHE")
    if own is not None:
        return Path(own) if own else None
    base = os.environ.get("XDG_CACHE_HOME")
    with suppress(RuntimeError):  # no home
        return (Path(base) if base else Path.home() / ".cache") / "sotc"
    return None


def read_entry(key: str, note: Callable[[str], None]) -> Mapping[str, Any] | None:
    """What was kept under this key; None where there is nothing, or nothing that can be read (which is noted)."""
    folder = cache_folder()
    path = None if folder is None else folder / f"{key}.json"
    if path is None or not path.is_file():
        return None
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError("it is too large")
        entry = json.loads(path.read_text(encoding="utf-8"))
        if (
            not isinstance(entry, dict)
            or entry.get("format") != FORMAT
            or not isinstance(entry.get("value"), dict)
        ):
            raise ValueError("it is of another form")
    except (OSError, ValueError, RecursionError) as error:
        note(f"the cache's `{path.name}` cannot be read and is made anew: {error}")
        return None
    value: Mapping[str, Any] = entry["value"]
    return value


def write_entry(key: str, value: Mapping[str, Any], note: Callable[[str], None]) -> None:
    """Keep a value. That it cannot be written is noted, and no error: nothing but time depends on it."""
    folder = cache_folder()
    if folder is None:
        return
    text = json.dumps({"format": FORMAT, "value": value}, sort_keys=True, indent=1)
    try:
        write_bytes(folder / f"{key}.json", text.encode())
    except WriteError as error:
        note(f"what was measured cannot be kept: {error.message}")


def key_of(source: Source, options: Options, *more: object) -> str:
    """A name made of all that a choice depends on: programs with their weights, options, versions, processor."""
    digest = hashlib.sha256()
    parts = (FORMAT, content_of(source), astuple(options), versions(), processor(), more)
    digest.update(repr(parts).encode())
    return digest.hexdigest()


def content_of(source: Source) -> str:
    """A hash of the programs: operators, signatures and every constant."""
    from ..compiler.passes.rewrite import fingerprint

    digest = hashlib.sha256(repr((source.plan.crops, source.plan.crop_lowering)).encode())
    known: dict[tuple[object, ...], str] = {}
    for name, program in source.programs.items():
        digest.update(repr((name, program.inputs, program.outputs)).encode())
        digest.update(str(program.module.graph).encode())
        for label, value in sorted(program.module.named_buffers()):
            place = (value.data_ptr(), value.dtype, tuple(value.shape), value.stride())
            if place not in known:
                known[place] = fingerprint(value)
            digest.update(f"{label}={known[place]}".encode())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """Versions of what results depend on; what is not installed is left out."""
    found = {"sotc": importlib.metadata.version("sotc"), "python": platform.python_version()}
    for name in PACKAGES:
        with suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def processor() -> str:
    """The model of the CPU, and of the first GPU."""
    import torch

    names = [model_name(), platform.machine()]
    if torch.cuda.is_available():
        names.append(torch.cuda.get_device_name(0))
    return ", ".join(name for name in names if name)


def model_name() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
