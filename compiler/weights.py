"""Put the weights of a checkpoint into a network, or say exactly why they do not fit."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from ..dsl.suggest import nearest
from .checkpoint import load_checkpoint, named_tensors, unwrapped
from .key_map import KeyMap, key_map_of, read_key_map
from .naming import Family, family_of
from .weight_errors import (
    NoWeightsError,
    Reshaped,
    WeightsError,
    WeightsMismatchError,
    WeightsNotFiniteError,
)

__all__ = [
    "KeyMap",
    "Reshaped",
    "WeightReport",
    "WeightsError",
    "key_map_of",
    "load_checkpoint",
    "load_into",
    "map_state",
    "read_key_map",
]

COUNTERS = ("num_batches_tracked",)
"""Buffers that say nothing outside training; they may be missing or in excess."""

HALF = (torch.float16, torch.bfloat16)
"""Saved to half the size; a network is built in single precision."""

SHOWN = 8
"""So many names of each kind are listed; the rest is counted."""


@dataclass(frozen=True)
class WeightReport:
    """What of a checkpoint fits a network. Names are the network's, but for `unexpected`."""

    mapped: dict[str, Tensor]
    """by the network's names, of its shapes"""
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    """the checkpoint's names; `old (as new)` where the key map renamed it"""
    reshaped: tuple[Reshaped, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    """the checkpoint's name of each that is mapped"""
    ignored: tuple[str, ...] = ()
    """the checkpoint's names of what is of no use: counters, and what the key map says to leave out"""
    prefix: str = ""
    """what all of the checkpoint's names begin with, and ours do not"""
    keymap: KeyMap | None = None
    """by which map; None where the checkpoint has our names"""

    @property
    def complete(self) -> bool:
        return not (self.missing or self.unexpected or self.reshaped)

    @property
    def found(self) -> tuple[int, int]:
        """To compare reports by: names that are known, and shapes that fit."""
        return len(self.mapped) + len(self.reshaped), len(self.mapped)


def map_state(
    checkpoint: Mapping[str, Tensor], keymap: KeyMap | None, expected_shapes: Mapping[str, tuple[int, ...]]
) -> WeightReport:
    """Rename the tensors of a checkpoint and compare them with what a network expects.

    A checkpoint that already has the network's names (one that sotc saved) needs no key map, and is not
    renamed by one. Of several maps that is taken which finds most; so is a prefix that all names have, such as the
    `model.` of a trainer, left out where more is found without it. Half precision comes out as float32.
    """
    best: WeightReport | None = None
    for prefix in prefixes_of(checkpoint):
        bare = (
            {name.removeprefix(prefix): tensor for name, tensor in checkpoint.items()}
            if prefix
            else checkpoint
        )
        own = keymap is None or has_names(bare, expected_shapes)
        maps = (None,) if own or keymap is None else (keymap, *keymap.others, None)
        for tried in maps:
            report = map_names(bare, tried, expected_shapes, prefix)
            if best is None or report.found > best.found:
                best = report
    assert best is not None, "the empty prefix is always tried"
    return best


def prefixes_of(names: Iterable[str]) -> list[str]:
    """What all names begin with, whole words: `` first, then `model.`, `model.net.` ..."""
    words = [name.split(".")[:-1] for name in names]
    found = [""]
    for shared in zip(*words, strict=False):
        if len(set(shared)) > 1:
            break
        found.append(f"{found[-1]}{shared[0]}.")
    return found


def map_names(
    checkpoint: Mapping[str, Tensor],
    keymap: KeyMap | None,
    expected_shapes: Mapping[str, tuple[int, ...]],
    prefix: str = "",
) -> WeightReport:
    """Rename by one map, and compare. `prefix` has been taken from all names, and is told with them."""
    mapped: dict[str, Tensor] = {}
    names: dict[str, str] = {}
    unexpected: list[str] = []
    ignored: list[str] = []
    reshaped: list[Reshaped] = []
    for name, tensor in checkpoint.items():
        new = name if keymap is None else keymap.rename(name)
        spare = new in mapped or new not in expected_shapes
        if new is None or (spare and is_counter(new)):
            ignored.append(prefix + name)
            continue
        if spare:
            unexpected.append(prefix + name if new == name else f"{prefix}{name} (as {new})")
            continue
        expected = tuple(expected_shapes[new])
        if tuple(tensor.shape) != expected:
            reshaped.append(Reshaped(new, tuple(tensor.shape), expected, prefix + name))
        mapped[new] = tensor.to(torch.float32) if tensor.dtype in HALF else tensor
        names[new] = prefix + name
    for item in reshaped:
        del mapped[item.name], names[item.name]
    found = {*mapped, *(item.name for item in reshaped)}
    missing = tuple(name for name in expected_shapes if name not in found and not is_counter(name))
    return WeightReport(
        mapped, missing, tuple(unexpected), tuple(reshaped), names, tuple(ignored), prefix, keymap
    )


def has_names(checkpoint: Mapping[str, Tensor], expected: Iterable[str]) -> bool:
    """Whether the checkpoint has every name that is expected."""
    return all(name in checkpoint for name in expected if not is_counter(name))


def is_counter(name: str) -> bool:
    return name.rpartition(".")[2] in COUNTERS


Weights: TypeAlias = str | os.PathLike[str] | Mapping[str, Tensor]
"""A checkpoint: the path of a file, or tensors by name."""


def load_into(module: nn.Module, weights: Weights, keymap: KeyMap | None = None) -> WeightReport:
    """Load a checkpoint into a network; all of it fits, or nothing is changed.

    Raises WeightsError (see `weight_errors`): a file that is missing, damaged or unsafe; names or shapes that
    do not fit, listed with the names nearest to them; weights that are NaN or infinite.
    """
    expected = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    if isinstance(weights, Mapping):
        checkpoint, source = as_tensors(weights), "the given tensors"
    else:
        checkpoint, source = load_checkpoint(weights), f"`{os.fspath(weights)}`"
    report = map_state(checkpoint, keymap, expected)
    if not report.complete:
        family = family_of(checkpoint)
        raise WeightsMismatchError(
            mismatch(source, report, len(expected)), remedy(report, keymap, family), report.reshaped
        )
    refuse_other_kinds(source, module, report)
    refuse_not_finite(source, report)
    module.load_state_dict(report.mapped, strict=False)
    return report


def as_tensors(weights: Mapping[str, Any]) -> dict[str, Tensor]:
    """Tensors by name; numpy arrays are taken too."""
    try:
        stored = {name: torch.as_tensor(value) for name, value in unwrapped(weights).items()}
    except (TypeError, ValueError, RuntimeError) as error:
        message = f"the given weights are not tensors by name: {error}"
        raise NoWeightsError(message, "give a state dict: names, and tensors or arrays") from error
    found = named_tensors(stored)
    unreal = [name for name, tensor in found.items() if tensor.is_meta]
    if unreal:
        raise NoWeightsError(
            f"`{unreal[0]}` is on the meta device and has no values", "load the weights first"
        )
    return found


def refuse_other_kinds(source: str, module: nn.Module, report: WeightReport) -> None:
    """Raises WeightsMismatchError where whole or complex numbers stand for real ones: they would be cut off."""
    wanted = module.state_dict()
    other = [
        f"{name} ({str(tensor.dtype).removeprefix('torch.')})"
        for name, tensor in report.mapped.items()
        if wanted[name].is_floating_point() and not tensor.is_floating_point()
    ]
    if other:
        raise WeightsMismatchError(
            f"weights in {source} are no real numbers: {listed(other)}",
            "save them as float32 (or half precision)",
        )


def refuse_not_finite(source: str, report: WeightReport) -> None:
    """Raises WeightsNotFiniteError, which tells tensors by the file's names, and how much of each is no number."""
    odd = [(name, not_finite(tensor), tensor.numel()) for name, tensor in report.mapped.items()]
    wrong = [f"`{report.names[name]}` ({count} of {size})" for name, count, size in odd if count]
    if wrong:
        rest = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        raise WeightsNotFiniteError(
            f"weights in {source} are NaN or infinite: {', '.join(wrong[:SHOWN])}{rest}",
            "the training that wrote this file diverged, or the file is damaged: take an earlier checkpoint",
        )


def not_finite(tensor: Tensor) -> int:
    """How many numbers of a tensor are NaN or infinite."""
    if not tensor.is_floating_point():
        return 0
    if tensor.dtype in (torch.float32, torch.float64) and tensor.numel():
        # One look at the two ends, which NaN goes through to; counting takes several times as long.
        least, most = torch.aminmax(tensor)
        if bool(least.isfinite() & most.isfinite()):
            return 0
    return int((~torch.isfinite(tensor)).sum())


def mismatch(source: str, report: WeightReport, expected: int) -> str:
    """What does not fit, kind by kind, with the nearest names."""
    lines = [f"the weights in {source} do not fit: {len(report.mapped)} of {expected} tensors are found"]
    if report.missing:
        lines += section("missing", "the tracker has them, the file does not", missing_lines(report))
    if report.unexpected:
        lines += section("unexpected", "the file has them, the tracker does not", report.unexpected)
    if report.reshaped:
        shapes = [
            f"{item.name}: {dimensions(item.found)}, not {dimensions(item.expected)}"
            for item in report.reshaped
        ]
        lines += section("of another shape", "file, tracker", shapes)
    return "\n".join(lines)


def missing_lines(report: WeightReport) -> list[str]:
    """Missing names, each with the unexpected ones that it may be."""
    candidates = [name.partition(" ")[0] for name in report.unexpected]
    lines = []
    for index, name in enumerate(report.missing):
        near = nearest(name, candidates) if index < SHOWN else ()
        lines.append(f"{name} (perhaps {' or '.join(near)})" if near else name)
    return lines


def section(title: str, what: str, names: Iterable[str]) -> list[str]:
    """A heading and the first names of a kind."""
    names = list(names)
    lines = [f"  {len(names)} {title} ({what}):", *(f"    {name}" for name in names[:SHOWN])]
    return lines if len(names) <= SHOWN else [*lines, f"    and {len(names) - SHOWN} more"]


def listed(names: list[str]) -> str:
    """The first names in one line."""
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(f"`{name}`" for name in names[:SHOWN]) + rest


def dimensions(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "a single number"


def remedy(report: WeightReport, keymap: KeyMap | None, family: Family | None) -> str:
    """What to do about weights that do not fit."""
    of = f"; its names are those of {family.name}" if family is not None else ""
    if not report.mapped and keymap is None:
        return (
            "no name is known: put a key map beside the spec (NAME.keys.toml) that renames the file's names, "
            f"such as `sotc weights map` proposes{of}"
        )
    if not report.mapped:
        return (
            f"no name is known: the file is of another tracker, or the spec's key map is for another file{of}"
        )
    if report.reshaped and not report.missing and not report.unexpected:
        return (
            "names fit, shapes do not: the trained network had other settings (channels, sizes) than the spec"
        )
    return (
        "check that the file belongs to this version of the tracker; a rename goes into the spec's .keys.toml"
        f"{of}"
    )
