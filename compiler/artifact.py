"""One file that holds a compiled tracker: `NAME.sotx`, what it was made of, its programs and what is to be known of it.

Where the backend gives files for its programs the artifact holds these; for a backend that compiles wherever it runs
(`eager`, `inductor`) it holds the weights, with the passes and the precision that are to be compiled with. The spec is
in both. A portable artifact is data only, and the same inputs give the same bytes: no time is in it, and a measured
speed only where the user had the backend chosen by measuring.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor, nn

from ..dsl.diagnostics import Diagnostic
from ..dsl.program import Input
from ..dsl.show import show_program
from .archive import SUFFIX, ArtifactError, is_artifact, write_archive
from .archived_sources import RecordingSources, member_names
from .backends.backend import Backend
from .backends.find import find_backend
from .backends.fingerprint import native_fingerprint
from .check import CheckResult
from .compiled import Compiled, Options
from .driver import pipeline_of
from .graph import ComponentGraph
from .key_map import key_map_of
from .manifest import CONVENTIONS, FORMAT, LICENCE, NAME, CropNote, Manifest, Member, ProgramNote
from .modules import Parts, build_modules
from .opening import RESOLVED, WEIGHTS, family
from .weights import Weights
from .writing import check_place

PROGRAMS = "programs/"
"""The folder of the backend's files."""

LIBRARIES: Mapping[str, tuple[str, ...]] = {"onnx": ("onnx", "onnxruntime"), "openvino": ("openvino",)}
"""What a backend's programs are made with, beside torch."""

SEED = 0
"""Weights that nobody gave are drawn from it, so that they are the same each time."""


@dataclass(frozen=True)
class Saved:
    """An artifact that was written."""

    path: str
    manifest: Manifest
    size: int
    """bytes"""


@dataclass(frozen=True)
class Origin:
    """What a tracker was compiled from, beside its weights."""

    checked: CheckResult
    sources: RecordingSources
    """what the spec was read through"""
    params: Mapping[str, str] | None = None
    tracker: str | None = None


def check_name(path: str | os.PathLike[str]) -> None:
    """Whether an artifact could stand there, to be known before the work. Raises ArtifactError and WriteError."""
    if not is_artifact(path):
        raise ArtifactError(f"`{os.fspath(path)}` does not name an artifact", f"end it in {SUFFIX}")
    check_place(path)


def settled_weights(
    checked: CheckResult, weights: Weights | None
) -> tuple[Weights | None, tuple[Diagnostic, ...]]:
    """The weights to compile and to save with: those given, or random ones for a tracker that needs some.

    What is to be said of random ones comes with them.
    """
    if weights is not None:
        return weights, ()
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(SEED)
        modules, notes = build_modules(checked.expect(), None, torch.device("cpu"))
    return (state_of(modules) if notes else None), notes


def kind_of_weights(weights: Weights | None, random: tuple[Diagnostic, ...]) -> str:
    """Of `settled_weights`: `checkpoint`, `random`, or `none` for a tracker that has none."""
    return "random" if random else "none" if weights is None else "checkpoint"


def save_artifact(
    path: str | os.PathLike[str],
    origin: Origin,
    weights: Weights | None,
    compiled: Compiled,
    options: Options,
    *,
    gate: Any = None,
    tuning: Any = None,
    licence: str | None = None,
) -> Saved:
    """Write a compiled tracker as one file. The same inputs give the same bytes.

    `weights` are those that it was compiled with, `options` say how (the backend being the one that was taken);
    `gate` and `tuning` are what was found and measured, as JSON. Raises WriteError; then nothing is left, and what
    stood at `path` stands there still.
    """
    check_name(path)
    graph = origin.checked.expect()
    backend = find_backend(options.backend)
    modules, _ = build_modules(graph, weights, torch.device("cpu"))
    state = state_of(modules)
    packed = save(state) if state else None
    places = member_names(sorted(origin.sources.seen))
    members = {places[seen]: text.encode() for seen, text in origin.sources.seen.items()}
    members[RESOLVED] = show_program(graph.program).encode()
    members |= program_files(backend, compiled, packed)
    key_map = key_map_of(graph.program.path)
    manifest = Manifest(
        format=FORMAT,
        kind="native" if backend.native else "portable",
        name=graph.program.name,
        spec=places[graph.program.path],
        tracker=origin.tracker,
        params=dict(origin.params or {}),
        backend=options.backend,
        precision=options.precision,
        device=family(options.device),
        crop=options.crop,
        threads=options.threads,
        passes=pipeline_of(backend, options),
        plan=compiled.plan,
        programs={name: ProgramNote(compiled.operators.get(name)) for name in compiled.plan.programs},
        crops=crop_notes(graph),
        components=component_versions(graph),
        python=tuple(sorted({use.module for use in graph.program.python_uses})),
        parameters=sum(parameter.numel() for parameter in Parts(modules).parameters()),
        checkpoint=file_digest(weights) if isinstance(weights, str | os.PathLike) else None,
        weights=None if packed is None else hashlib.sha256(packed).hexdigest(),
        weights_source=key_map.source if key_map is not None else "",
        licence=licence or LICENCE,
        conventions=dict(CONVENTIONS),
        gate=as_json(gate),
        tuning=as_json(tuning),
        host=native_fingerprint(options.device) if backend.native else {},
        versions={name: installed(name) for name in ("sotc", "torch", *LIBRARIES.get(backend.name, ()))},
        members={name: Member(hashlib.sha256(data).hexdigest(), len(data)) for name, data in members.items()},
    )
    write_archive(path, {NAME: manifest.to_json(), **members})
    return Saved(os.fspath(path), manifest, Path(path).stat().st_size)


def program_files(backend: Backend, compiled: Compiled, weights: bytes | None) -> dict[str, bytes]:
    """The backend's files, or the weights (if the tracker has any) where it compiles anew from them."""
    if not compiled.members:
        return {} if weights is None else {WEIGHTS: weights}
    odd = [name for name in compiled.members if not name.startswith(PROGRAMS)]
    assert not odd, f"the backend `{backend.name}` gives `{odd[0]}`, which is not below {PROGRAMS}"
    return dict(compiled.members)


def state_of(modules: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """All weights and buffers by name, each in memory of its own."""
    state = Parts(dict(modules)).state_dict()
    return {name: tensor.detach().contiguous().clone() for name, tensor in state.items()}


def crop_notes(graph: ComponentGraph) -> tuple[CropNote, ...]:
    """The templates and searches, with the settings that their crops settled on."""
    notes = []
    for node in graph.program.nodes:
        if isinstance(node, Input):
            part = graph.parts[node.part]
            every = node.refresh.every if node.refresh else None
            settings = {name: part.settings[name] for name in sorted(part.settings)}
            notes.append(CropNote(node.name, node.keyword, part.bound.component.name, settings, every))
    return tuple(notes)


def component_versions(graph: ComponentGraph) -> dict[str, str]:
    """Component -> `sotc 0.1.0`, the package and version that brings it, or `module sha256:...` of a lone file."""
    found = {part.bound.component.name: part.bound.component.cls for part in graph.parts.values()}
    packages = packages_distributions()
    return {name: version_of(cls, packages) for name, cls in sorted(found.items())}


def version_of(cls: type, packages: Mapping[str, list[str]]) -> str:
    top = cls.__module__.partition(".")[0]
    package = "sotc" if top == "sotc" else next(iter(packages.get(top, ())), None)
    if package is not None:
        return f"{package} {installed(package)}"
    try:
        file = inspect.getsourcefile(cls)
    except TypeError:  # made at a prompt
        file = None
    if file is None or not Path(file).is_file():
        return cls.__module__
    return f"{cls.__module__} sha256:{file_digest(file)}"


def installed(package: str) -> str:
    """The version of an installed package; empty where there is none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def file_digest(path: str | os.PathLike[str]) -> str:
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def as_json(value: Any) -> Any:
    """The value as it will be read again: tuples as lists, keys as texts."""
    return json.loads(json.dumps(value))
