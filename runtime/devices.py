"""Devices by the names that users give them: `cpu`, `cuda`, `cuda:1`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..dsl.suggest import did_you_mean, nearest
from .errors import DeviceError

if TYPE_CHECKING:
    import torch

KINDS = ("cpu", "cuda")

NAME = re.compile(r"cpu(:0)?|cuda(:\d+)?")

CALLED_OTHERWISE: Mapping[str, str] = MappingProxyType(
    {"gpu": "cuda", "nvidia": "cuda", "hip": "cuda", "rocm": "cuda", "host": "cpu", "processor": "cpu"}
)
"""What others call them. PyTorch for AMD's devices calls those `cuda`, too."""


def device_name(device: str | torch.device) -> str:
    """The name of a device, if it is one; whether the device is here is not asked. Raises DeviceError."""
    name = str(device)
    if NAME.fullmatch(name):
        return name
    if name == "meta":
        raise refused(name, "it has shapes and no values")
    raise refused(name, "there is none of this name", did_you_mean(meant(name)) or "")


def device_of(device: str | torch.device) -> torch.device:
    """The device, if it can be used here. Raises DeviceError."""
    import torch

    name = device_name(device)
    found = torch.device(name)
    if found.type == "cuda" and not torch.cuda.is_available():
        has_cuda = torch.version.cuda or torch.version.hip
        raise refused(name, "no CUDA device is here" if has_cuda else "this PyTorch is without CUDA")
    if found.type == "cuda" and (found.index or 0) >= torch.cuda.device_count():
        raise refused(name, f"the CUDA devices here are {torch.cuda.device_count()}, counted from 0")
    try:
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise refused(name, str(error).partition("\n")[0]) from error
    return found


def meant(name: str) -> tuple[str, ...]:
    """What a name that there is not may be a slip of: `gpu:1` -> `cuda:1`, `0` -> `cuda:0`."""
    kind, colon, index = name.strip().lower().partition(":")
    if kind.isascii() and kind.isdecimal() and not colon:
        return (f"cuda:{int(kind)}",)
    known = CALLED_OTHERWISE.get(kind, kind if kind in KINDS else "")
    kinds = (known,) if known else nearest(kind, KINDS)
    suffix = f":{int(index)}" if index.isascii() and index.isdecimal() else ""
    return tuple(f"cuda{suffix}" if kind == "cuda" else kind for kind in kinds)


def refused(name: str, reason: str, question: str = "") -> DeviceError:
    here = devices_here()
    offer = f"here is: {', '.join(here)}" if here else "choose cpu, cuda, or one of several: cuda:1"
    remedy = f"{question} {offer[0].upper()}{offer[1:]}" if question else offer
    return DeviceError(f"the device `{name}` cannot be used: {reason}", remedy)


def devices_here() -> tuple[str, ...]:
    """The devices of this machine: `cpu`, and CUDA's with their names. None where PyTorch, which knows, is not here."""
    try:
        import torch
    except ImportError:
        return ()
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return "cpu", *(f"cuda:{index} ({torch.cuda.get_device_name(index)})" for index in range(count))
