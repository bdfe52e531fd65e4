"""From an artifact to a tracker that runs: everything is held against the manifest before anything is opened.

No torch is imported on the way where the artifact's backend needs none.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from .archive import REMEDY, Archive, ArtifactError, open_archive, told_of_no_room
from .archived_sources import OF_SOTC, OWN
from .backends.backend import Backend, BuildOptions
from .backends.engine import Engine
from .backends.find import BACKENDS, find_backend
from .backends.fingerprint import differences, native_fingerprint
from .compiled import Compiled, CropChoice, refuse_count, refuse_crop
from .manifest import NAME, Manifest, parse_manifest
from .own import is_own, refuse_own
from .user_error import UserError

if TYPE_CHECKING:
    from .python_use import Allowance

WEIGHTS = "weights.safetensors"

RESOLVED = "resolved.sot"
"""The spec with all that it extends, uses and sets worked in, for a reader: nothing is made of it."""


class UntrustedArtifactError(ArtifactError):
    """Machine code that nobody said is to be trusted."""

    code: ClassVar[str] = "SOT821"


class UnfitArtifactError(ArtifactError):
    """An artifact for another machine: another device, processor or torch, or a backend that is not here."""

    code: ClassVar[str] = "SOT822"


def read_manifest(path: str | os.PathLike[str]) -> Manifest:
    """What the artifact says of itself. Raises ArtifactError."""
    with open_archive(path) as archive:
        return parse_manifest(archive.path, archive.text(NAME))


def needs_torch(manifest: Manifest) -> bool:
    """Whether torch is needed to run the artifact."""
    try:
        return manifest.backend not in BACKENDS or not find_backend(manifest.backend).torch_free
    except ImportError:  # torch itself is not there
        return True


def open_artifact(
    path: str | os.PathLike[str],
    *,
    device: str | None = None,
    crop: CropChoice = "auto",
    allow_python: Allowance = False,
    trust: bool = False,
    threads: int | None = None,
) -> Compiled:
    """A tracker from an artifact, on the device that it was compiled for unless another is named.

    Programs inside are opened as they are. An artifact without any is compiled anew from its spec and weights, with
    the passes and the precision that it was compiled with, for any device.

    Raises ArtifactError for a file that is damaged, changed, newer than this sotc, or no artifact;
    UntrustedArtifactError for machine code without `trust`; UnfitArtifactError for one that cannot run here;
    SpecError where its spec must be compiled anew and imports Python that is not allowed, or no longer fits.
    """
    with open_archive(path) as archive, members_folder(archive.path) as folder:
        manifest = parse_manifest(archive.path, archive.text(NAME))
        backend = backend_of(archive.path, manifest, allow_python)
        if backend.native and not trust:
            raise UntrustedArtifactError(
                f"`{archive.path}` holds machine code, which can do on this machine all that you can",
                "if you know who made it, say so: --trust, or sotc.load(..., trust=True)",
            )
        options = options_of(archive.path, manifest, backend, device, threads)
        programs = program_members(manifest)
        if programs:
            refuse_other_crop(archive.path, manifest, crop)
            places = checked_members(archive, manifest, Path(folder.name))
            members = {name: places[name] for name in programs}
            engine = opened(archive.path, manifest, backend, members, options)
            weakref.finalize(engine, folder.cleanup)  # a backend may read a program when it is first called
            return Compiled(manifest.plan, engine)
        from .remaking import remake

        places = checked_members(archive, manifest, Path(folder.name))
        compiled = remake(archive, manifest, places.get(WEIGHTS), options, crop, allow_python)
        folder.cleanup()
        return compiled


@contextmanager
def members_folder(path: str) -> Iterator[tempfile.TemporaryDirectory[str]]:
    """A folder that only this user reads, gone when nobody holds it any more, and at once when something fails.

    Raises ArtifactError where the artifact at `path` cannot be unpacked for want of one.
    """
    with told_of_no_room(path):
        folder = tempfile.TemporaryDirectory(prefix="sotc-")
    try:
        yield folder
    except BaseException:
        folder.cleanup()
        raise


def backend_of(path: str, manifest: Manifest, allow_python: Allowance = False) -> Backend:
    """What runs the artifact.

    Raises ArtifactError for a backend that there is not, or of another kind than the manifest says,
    UnfitArtifactError for one whose libraries are not installed, and OwnNotAllowedError for one of somebody's own
    that is not allowed.
    """
    refuse_own(path, manifest.backend, allow_python)
    if manifest.backend not in BACKENDS and not is_own(manifest.backend):
        raise ArtifactError(
            f"`{path}` is for the backend `{manifest.backend}`, which this sotc does not have",
            f"update sotc, or {REMEDY}",
        )
    try:
        backend = find_backend(manifest.backend)
    except ImportError as error:
        raise UnfitArtifactError(
            f"`{path}` is for the backend `{manifest.backend}`, which cannot be used here: {error}",
            f"install what is missing: pip install {error.name or 'torch'}",
        ) from error
    if (manifest.kind == "native") != backend.native:
        raise ArtifactError(
            f"`{path}` has a manifest that makes no sense: `{backend.name}` is not {manifest.kind}", REMEDY
        )
    return backend


def options_of(
    path: str, manifest: Manifest, backend: Backend, device: str | None, threads: int | None
) -> BuildOptions:
    """How to open it here. Raises UnfitArtifactError where that cannot be."""
    place = device or manifest.device
    refuse_count("threads", threads)
    options = BuildOptions(
        device=place,
        precision=manifest.precision,
        threads=threads or manifest.threads,
        targets=manifest.plan.max_targets,
    )
    anew = "compile the spec here: sotc compile SPEC -o FILE"
    if program_members(manifest) and family(place) != family(manifest.device):
        raise UnfitArtifactError(
            f"`{path}` was compiled for the device `{manifest.device}`, and `{place}` was asked for",
            f"leave out --device, or compile for it: sotc compile SPEC -o FILE --device {place}",
        )
    differs = differences(manifest.host, native_fingerprint(place)) if backend.native else []
    if differs:
        raise UnfitArtifactError(
            f"`{path}` holds machine code that cannot run here: {'; '.join(differs)}", anew
        )
    missing = None if backend.native else backend.missing(options)  # machine code needs no compiler any more
    if missing is not None:
        raise UnfitArtifactError(
            f"`{path}` is for the backend `{backend.name}`, which cannot be used here: {missing.reason}",
            missing.remedy,
        )
    return options


def family(device: str) -> str:
    """`cuda` of `cuda:1`."""
    return device.partition(":")[0]


def refuse_other_crop(path: str, manifest: Manifest, crop: CropChoice) -> None:
    """Raises UnfitArtifactError for another crop lowering than the programs have."""
    lowering = manifest.plan.crop_lowering
    refuse_crop(crop)
    if crop not in ("auto", lowering):
        raise UnfitArtifactError(
            f"`{path}` was compiled with its crops cut in the {lowering}, and `{crop}` was asked for",
            f"leave out --crop, or compile with it: sotc compile SPEC -o FILE --crop {crop}",
        )


def program_members(manifest: Manifest) -> tuple[str, ...]:
    """The backend's files; none where the tracker is compiled anew."""
    return tuple(
        name for name in sorted(manifest.members) if not is_spec(name) and name not in (WEIGHTS, RESOLVED)
    )


def is_spec(name: str) -> bool:
    """Whether a member is the text of a spec file."""
    return name.startswith((f"{OWN}/", f"{OF_SOTC}/"))


def verified(path: str | os.PathLike[str]) -> Manifest:
    """The manifest, all members having been held against it; nothing is opened. Raises ArtifactError."""
    with open_archive(path) as archive:
        manifest = parse_manifest(archive.path, archive.text(NAME))
        checked_members(archive, manifest, None)
        return manifest


def checked_members(archive: Archive, manifest: Manifest, folder: Path | None) -> dict[str, Path]:
    """Hold every member against the manifest; weights and programs are copied to `folder`, and their places given.

    Raises ArtifactError.
    """
    found = set(archive.names) - {NAME}
    for name in sorted(found ^ set(manifest.members)):
        what = "is missing" if name in manifest.members else "is not in its manifest"
        raise ArtifactError(f"`{archive.path}` is damaged or was changed: `{name}` {what}", REMEDY)
    wanted = () if folder is None else (*program_members(manifest), WEIGHTS)
    copied = {name: Path(folder or "", name) for name in wanted if name in found}
    for name, member in sorted(manifest.members.items()):
        place = copied.get(name)
        if place is not None:
            place.parent.mkdir(parents=True, exist_ok=True)
        if archive.digest(name, place) != member.sha256:
            raise ArtifactError(
                f"`{archive.path}` is damaged or was changed: `{name}` differs from its checksum", REMEDY
            )
    return copied


def opened(
    path: str, manifest: Manifest, backend: Backend, members: Mapping[str, Path], options: BuildOptions
) -> Engine:
    """The programs at work. Raises ArtifactError where the backend cannot open them, whatever it raises itself."""
    try:
        return backend.open(manifest.plan, members, options)
    except UserError:
        raise
    except Exception as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise ArtifactError(
            f"`{backend.name}` cannot open the programs in `{path}`: {reason}", REMEDY
        ) from error
