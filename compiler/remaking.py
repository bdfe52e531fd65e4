"""An artifact without programs: its spec is checked and compiled again, from the texts and weights inside alone."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path

from .archive import REMEDY, Archive, ArtifactError, open_archive
from .archived_sources import ArchivedSources
from .backends.backend import BuildOptions
from .check import CheckResult, check
from .compiled import Compiled, CropChoice, Options
from .driver import compile_checked
from .manifest import NAME, Manifest, parse_manifest
from .opening import checked_members, family, is_spec
from .own import refuse_own
from .python_use import Allowance
from .weight_errors import WeightsError


def remake(
    archive: Archive,
    manifest: Manifest,
    weights: Path | None,
    options: BuildOptions,
    crop: CropChoice,
    allow_python: Allowance,
) -> Compiled:
    """Compile what the artifact holds as it was compiled, for the device in `options`.

    Raises SpecError where its spec imports Python that is not allowed, or no longer fits the components that are
    here, OwnNotAllowedError where a pass does, and ArtifactError where the weights do not fit.
    """
    refuse_own(archive.path, manifest.passes, allow_python)
    checked = check_archived(archive, manifest, allow_python)
    wanted = Options(
        device=options.device,
        crop=crop_as_made(manifest, options.device) if crop == "auto" else crop,
        backend=manifest.backend,
        precision=options.precision,
        passes=manifest.passes,
        threads=options.threads,
        targets=options.targets,
    )
    try:
        return compile_checked(checked, None if weights is None else str(weights), wanted)
    except WeightsError as error:
        raise ArtifactError(
            f"the weights in `{archive.path}` do not fit the components that are here: it was made by sotc "
            f"{manifest.versions.get('sotc')}, this is {version('sotc')}",
            REMEDY,
        ) from error


def crop_as_made(manifest: Manifest, device: str) -> CropChoice:
    """What the user chose when the artifact was made; another device takes what is faster there."""
    return manifest.crop if family(device) == family(manifest.device) else "auto"


def check_artifact(path: str | os.PathLike[str], allow_python: Allowance) -> CheckResult:
    """Check the spec in the artifact at `path`, whatever it is compiled to. Raises ArtifactError."""
    with open_archive(path) as archive:
        manifest = parse_manifest(archive.path, archive.text(NAME))
        checked_members(archive, manifest, None)
        return check_archived(archive, manifest, allow_python)


def check_archived(archive: Archive, manifest: Manifest, allow_python: Allowance) -> CheckResult:
    """Check the artifact's spec, from its own texts alone."""
    names = [name for name in manifest.members if is_spec(name)]
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
