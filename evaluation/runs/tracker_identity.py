"""The identity of a spec with its weights, or of an artifact."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from .identity import TrackerIdentity, file_sha256

if TYPE_CHECKING:
    from ...compiler.check import CheckResult


def identity_of_spec(
    checked: CheckResult,
    spec: str,
    weights: str | None,
    backend: str = "eager",
    precision: str = "fp32",
    device: str | None = None,
    crop: str = "auto",
) -> TrackerIdentity:
    """Of a checked spec. Its hash is that of the spec with extends, params and blocks worked in: comments are no part.

    Raises SpecError for a spec with mistakes, and OSError for weights that cannot be read.
    """
    from ...compiler.artifact import component_versions
    from ...dsl.show import show_program

    graph = checked.expect()
    return TrackerIdentity(
        name=graph.program.name,
        spec=spec,
        spec_sha256=hashlib.sha256(show_program(graph.program).encode()).hexdigest(),
        weights=None if weights is None else Path(weights).name,
        weights_sha256=None if weights is None else file_sha256(weights),
        backend=backend,
        precision=precision,
        device=family(device),
        crop=crop,
        components={
            name: maker
            for name, maker in component_versions(graph).items()
            if not maker.startswith("sotc ")  # which version of sotc it was is kept with the environment
        },
    )


def identity_of_artifact(
    path: str | os.PathLike[str], device: str | None = None, crop: str = "auto"
) -> TrackerIdentity:
    """Of an artifact, which says what it was made of. Raises ArtifactError, OSError."""
    from ...compiler.opening import read_manifest

    manifest = read_manifest(path)
    return TrackerIdentity(
        name=manifest.name,
        spec=os.fspath(path),
        spec_sha256=file_sha256(path),
        weights=None,
        weights_sha256=manifest.checkpoint or manifest.weights,
        backend=manifest.backend,
        precision=manifest.precision,
        device=family(device or manifest.device),
        crop=crop,
    )


def family(device: str | None) -> str:
    """`cuda:1` -> `cuda`."""
    return (device or "cpu").partition(":")[0]
