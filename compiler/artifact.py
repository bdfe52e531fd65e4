"""One file that holds a tracker: `NAME.sotx`, its spec, its weights and what is to be known of them.

It is data only. Loading resolves the spec from the artifact's own texts, checks it, and puts the weights in: as
compiling does, with nothing executed that the artifact brings.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import torch
from safetensors.torch import save

from ..dsl.diagnostics import Diagnostic
from ..dsl.program import Input
from .archive import REMEDY, Archive, ArtifactError, open_archive, write_archive
from .archived_sources import OF_SOTC, OWN, ArchivedSources, RecordingSources, member_names
from .check import CheckResult, check
from .compiled import Compiled, CropChoice, Options
from .driver import compile_checked, source_of
from .graph import ComponentGraph
from .key_map import key_map_of
from .manifest import CONVENTIONS, FORMAT, LICENCE, NAME, CropNote, Manifest, Member, parse_manifest
from .modules import Parts, build_modules
from .python_use import Allowance
from .weight_errors import WeightsError
from .writing import check_place

SUFFIX = ".sotx"

WEIGHTS = "weights.safetensors"

BACKEND = "eager"

__all__ = [
    "SUFFIX",
    "ArtifactError",
    "Saved",
    "is_artifact",
    "load_artifact",
    "read_manifest",
    "save_artifact",
]


@dataclass(frozen=True)
class Saved:
    """An artifact that was written."""

    path: str
    manifest: Manifest
    warnings: tuple[Diagnostic, ...]


def is_artifact(path: str | os.PathLike[str]) -> bool:
    """Whether a path names an artifact, by its suffix."""
    return Path(path).suffix.lower() == SUFFIX


def save_artifact(
    path: str | os.PathLike[str],
    spec: str,
    weights: str | None = None,
    *,
    params: Mapping[str, str] | None = None,
    tracker: str | None = None,
    allow_python: Allowance = False,
    licence: str | None = None,
) -> Saved:
    """Compile the spec at path `spec` and write it as one file. The same inputs give the same bytes.

    Everything is tried before anything is written: the programs are made, too. Raises SpecError, WeightsError,
    LoweringError, WriteError, and ArtifactError where `path` has another suffix.
    """
    if not is_artifact(path):
        raise ArtifactError(f"`{os.fspath(path)}` does not name an artifact", f"end it in {SUFFIX}")
    check_place(path)
    sources = RecordingSources()
    checked = check(spec, params=params, tracker=tracker, allow_python=allow_python, sources=sources)
    graph = checked.expect()
    source = source_of(checked, weights, "cpu", "auto")
    modules, _ = build_modules(graph, weights, torch.device("cpu"))
    container = Parts(modules)
    state = {name: tensor.detach().contiguous().clone() for name, tensor in container.state_dict().items()}
    places = member_names(sorted(sources.seen))
    members = {places[seen]: text.encode() for seen, text in sources.seen.items()}
    if state:
        members[WEIGHTS] = save(state)
    key_map = key_map_of(graph.program.path)
    manifest = Manifest(
        format=FORMAT,
        name=graph.program.name,
        spec=places[graph.program.path],
        tracker=tracker,
        params=dict(params or {}),
        backend=BACKEND,
        outputs=source.plan.outputs,
        crops=crop_notes(graph),
        python=tuple(sorted({use.module for use in graph.program.python_uses})),
        parameters=sum(parameter.numel() for parameter in container.parameters()),
        checkpoint=None if weights is None else file_digest(weights),
        weights_source=key_map.source if key_map is not None else "",
        licence=licence or LICENCE,
        conventions=dict(CONVENTIONS),
        versions={"sotc": version("sotc"), "torch": torch.__version__},
        members={name: Member(hashlib.sha256(data).hexdigest(), len(data)) for name, data in members.items()},
    )
    write_archive(path, {NAME: manifest.to_json(), **members})
    return Saved(os.fspath(path), manifest, source.warnings)


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


def file_digest(path: str) -> str:
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_manifest(path: str | os.PathLike[str]) -> Manifest:
    """What the artifact says of itself. Raises ArtifactError."""
    with open_archive(path) as archive:
        return parse_manifest(archive.path, archive.text(NAME))


def load_artifact(
    path: str | os.PathLike[str],
    *,
    device: str | torch.device = "cpu",
    crop: CropChoice = "auto",
    allow_python: Allowance = False,
) -> Compiled:
    """Compile what an artifact holds, for one device.

    Raises ArtifactError for a file that is damaged, changed, newer than this sotc, or no artifact; SpecError where
    its spec imports Python that is not allowed, or no longer fits the components that are here.
    """
    with open_archive(path) as archive, tempfile.TemporaryDirectory() as folder:
        manifest = parse_manifest(archive.path, archive.text(NAME))
        weights = Path(folder) / WEIGHTS
        check_members(archive, manifest, weights)
        checked = check_archived(archive, manifest, allow_python)
        try:
            has_weights = WEIGHTS in manifest.members
            options = Options(device=str(device), crop=crop)
            return compile_checked(checked, str(weights) if has_weights else None, options)
        except WeightsError as error:
            raise ArtifactError(
                f"the weights in `{archive.path}` do not fit the components that are here: it was made by sotc "
                f"{manifest.versions.get('sotc')}, this is {version('sotc')}",
                REMEDY,
            ) from error


def check_members(archive: Archive, manifest: Manifest, weights: Path) -> None:
    """Hold every member against the manifest, copying the weights out. Raises ArtifactError."""
    if manifest.backend != BACKEND:
        raise ArtifactError(
            f"`{archive.path}` is for the backend `{manifest.backend}`, which is not here", REMEDY
        )
    found = set(archive.names) - {NAME}
    for name in sorted(found ^ set(manifest.members)):
        what = "is missing" if name in manifest.members else "is not in its manifest"
        raise ArtifactError(f"`{archive.path}` is damaged or was changed: `{name}` {what}", REMEDY)
    for name, member in sorted(manifest.members.items()):
        if archive.digest(name, weights if name == WEIGHTS else None) != member.sha256:
            raise ArtifactError(
                f"`{archive.path}` is damaged or was changed: `{name}` differs from its checksum", REMEDY
            )


def check_archived(archive: Archive, manifest: Manifest, allow_python: Allowance) -> CheckResult:
    """Check the artifact's spec, from its own texts alone."""
    names = [name for name in manifest.members if name.startswith((f"{OWN}/", f"{OF_SOTC}/"))]
    if manifest.spec not in names:
        raise ArtifactError(f"`{archive.path}` has no spec `{manifest.spec}`", REMEDY)
    try:
        texts = {name: archive.text(name).decode("utf-8") for name in names}
    except UnicodeDecodeError as error:
        raise ArtifactError(f"a spec in `{archive.path}` is no text", REMEDY) from error
    return check(
        f"{archive.path}/{manifest.spec}",
        params=manifest.params,
        tracker=manifest.tracker,
        allow_python=allow_python,
        sources=ArchivedSources(archive.path, texts),
    )
