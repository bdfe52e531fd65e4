"""Read a checkpoint as named tensors, without ever running code from it."""

from __future__ import annotations

import argparse
import os
import re
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .weight_errors import NoWeightsError, UnsafeWeightsError, WeightsNotFoundError, WeightsUnreadableError

WRAPPERS = (
    "state_dict",
    "model_state_dict",
    "net",
    "network",
    "model",
    "module",
    "ema",
    "model_ema",
    "state_dict_ema",
    "weights",
)
"""Entries under which trainers put the weights, beside their epoch and optimiser."""

UNSAFE_NAME = re.compile(r"GLOBAL\s+([\w.]+)", re.IGNORECASE)
"""Where torch's refusal names what the file wanted to call."""

MOST_TABLES = 100
"""So many wrappers are looked into: a file can be made so that they have no end."""

LEGACY_MAGIC = bytes.fromhex("6cfc9c46f9206aa85019")
"""0x1950a86a20f9469cfc6c, as a pickle holds it: the start of a checkpoint before torch 1.6"""

DOWNLOAD = "download it again, and compare its size with the one it has at its source"


def load_checkpoint(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """The tensors of a checkpoint (`.pth`, `.pt`, `.ckpt`, `.safetensors`) by their own names, on the CPU.

    The weights are found under `state_dict`, `model`, `net` and the like, and lose the prefix `module.` of
    `DataParallel`. What is not a tensor is left out.
    Raises WeightsNotFoundError, WeightsUnreadableError, UnsafeWeightsError, NoWeightsError.
    """
    path = Path(path)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise WeightsNotFoundError(
            f"the weights file `{path}` {what}", "give the path of a .pth or .safetensors file"
        )
    try:
        empty = path.stat().st_size == 0
        stored = (
            None if empty else read_safetensors(path) if path.suffix == ".safetensors" else read_pickled(path)
        )
    except OSError as error:
        raise WeightsUnreadableError(
            f"the weights file `{path}` cannot be read: {error.strerror or error}"
        ) from error
    if stored is None:
        raise WeightsUnreadableError(f"the weights file `{path}` is empty", DOWNLOAD)
    tensors = named_tensors(stored)
    if not tensors:
        raise NoWeightsError(
            f"there are no weights in `{path}`: {describe(stored)}",
            "give a checkpoint that holds a state dict: names and tensors, bare or under `state_dict`",
        )
    return tensors


def read_safetensors(path: Path) -> Any:
    """The tensors of a `.safetensors` file."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError as error:
        raise WeightsUnreadableError(
            f"`{path}` is damaged or no safetensors file: {error}", DOWNLOAD
        ) from error


def read_pickled(path: Path) -> Any:
    """What a torch checkpoint holds, read by torch's restricted unpickler alone."""
    if zipfile.is_zipfile(path):
        check_sums(path)
    try:
        with torch.serialization.safe_globals(harmless()), warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # of the pickle's protocol: what is wrong with the file is told below
            return torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:
        raise refusal(path, error) from error


def check_sums(path: Path) -> None:
    """Hold the parts of a zip against their checksums, which torch does not do."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (zipfile.BadZipFile, EOFError) as error:
        raise WeightsUnreadableError(f"the weights file `{path}` is damaged: {error}", DOWNLOAD) from error
    if damaged is not None:
        raise WeightsUnreadableError(
            f"the weights file `{path}` is damaged: `{damaged}` within it differs from its checksum", DOWNLOAD
        )


def harmless() -> list[Any]:
    """What trackers' checkpoints name beside tensors, and what does nothing when it is built: numpy's scalars
    and dtypes (the best score so far), and argparse's Namespace (the options of the training run)."""
    import numpy as np
    from numpy._core import multiarray

    dtypes = [type(np.dtype(code)) for code in "efdbBhHiIlLqQ?"]
    scalar = (multiarray.scalar, "numpy.core.multiarray.scalar")
    return [scalar, multiarray.scalar, np.dtype, *dict.fromkeys(dtypes), argparse.Namespace]


def is_plain_pickle(path: Path) -> bool:
    """A pickle that torch did not write: those begin as a zip, or (before torch 1.6) with a magic number."""
    with path.open("rb") as file:
        start = file.read(16)
    return start[:1] == b"\x80" and LEGACY_MAGIC not in start


def refusal(path: Path, error: Exception) -> UnsafeWeightsError | WeightsUnreadableError:
    """Why a checkpoint could not be read: it would have run code, or it is damaged."""
    if is_plain_pickle(path):
        return UnsafeWeightsError(
            f"`{path}` is refused: it is a plain pickle and no checkpoint, and opening one can run any program",
            "where you trust it, open it in its own code and save its state dict: torch.save(...) or safetensors",
        )
    unsafe = UNSAFE_NAME.search(str(error))
    if unsafe is not None:
        return UnsafeWeightsError(
            f"`{path}` is refused: opening it would call `{unsafe[1]}`, which a file of weights need not do",
            "such a file can run any program on this machine; where you trust it, open it in its own code "
            "and save its state dict alone: torch.save(model.state_dict(), ...) or safetensors",
        )
    reason = str(error).strip().partition("\n")[0] or type(error).__name__
    if reason.startswith("Weights only load failed") or reason.isdecimal():
        reason = "its contents make no sense"  # of a file of text, torch says the first byte alone
    reason = reason.partition(". This is an internal")[0]
    return WeightsUnreadableError(
        f"the weights file `{path}` is damaged or no checkpoint: {reason}", DOWNLOAD
    )


def unwrapped(stored: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """What lies under `state_dict`, `model` and the like, where something does."""
    for _ in range(MOST_TABLES):
        inner = next((stored[name] for name in WRAPPERS if isinstance(stored.get(name), Mapping)), None)
        if inner is None:
            break
        stored = inner
    return stored


def named_tensors(stored: Any, seen: set[int] | None = None) -> dict[str, Tensor]:
    """The state dict within whatever a trainer saved, or nothing. `seen` are tables that were looked into."""
    seen = set() if seen is None else seen
    if not isinstance(stored, Mapping) or id(stored) in seen or len(seen) >= MOST_TABLES:
        return {}
    seen.add(id(stored))
    for wrapper in WRAPPERS:
        inner = named_tensors(stored.get(wrapper), seen)
        if inner:
            return inner
    tensors = {str(name): tensor for name, tensor in stored.items() if isinstance(tensor, Tensor)}
    if tensors and all(name.startswith("module.") for name in tensors):
        return {name.removeprefix("module."): tensor for name, tensor in tensors.items()}
    return tensors


def describe(stored: Any) -> str:
    """What a checkpoint holds instead of weights, in words."""
    if isinstance(stored, Mapping):
        names = ", ".join(f"`{name}`" for name in list(stored)[:6])
        return f"it holds {names}" if names else "it holds nothing"
    return f"it holds a {type(stored).__name__}"
