"""For which machine and which torch machine code was made, and whether this is such a machine."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path

PREFIXES = (
    "adx",
    "aes",
    "amx",
    "asimd",
    "avx",
    "bmi",
    "f16c",
    "fma",
    "gfni",
    "sha",
    "sse",
    "sve",
    "vaes",
    "vpclmul",
)
"""Families of a processor's instructions that compilers make use of."""


def native_fingerprint(device: str) -> dict[str, str]:
    """What machine code built here for `device` depends on, to be written into an artifact.

    `system` and `machine` (`Linux`, `x86_64`), `torch` (`2.13.0`), `instructions` (sorted, one space between), and
    on a CUDA device `capability` (`9.0`) and `cuda` (`13.0`).
    """
    import torch

    found = {
        "system": platform.system(),
        "machine": platform.machine(),
        "torch": torch.__version__.partition("+")[0],
        "instructions": " ".join(instructions()),
    }
    if torch.device(device).type == "cuda":
        major, minor = torch.cuda.get_device_capability(device)
        found |= {"capability": f"{major}.{minor}", "cuda": str(torch.version.cuda)}
    return found


def instructions() -> list[str]:
    """Extensions of the instruction set that this processor has, sorted; empty where the system does not tell."""
    info = Path("/proc/cpuinfo")
    if not info.is_file():
        return []
    for line in info.read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("flags", "Features"):
            return sorted({flag for flag in value.split() if flag.startswith(PREFIXES)})
    return []


def differences(built: Mapping[str, str], here: Mapping[str, str]) -> list[str]:
    """Why machine code that was built for `built` cannot run on `here`, one reason each; empty where it can.

    More instructions than it was built for do no harm.
    """
    reasons = [
        f"it was built for {name} {wanted}, and here is {here.get(name, 'none')}"
        for name, wanted in built.items()
        if name != "instructions" and here.get(name) != wanted
    ]
    absent = sorted(set(built.get("instructions", "").split()) - set(here.get("instructions", "").split()))
    if absent:
        reasons.append(f"this processor lacks {', '.join(absent)}")
    return reasons
