"""The few names of the package: light to import, the same as those of the rooms, and clear where they are not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import sotc
from sotc.compiler.archive import ArtifactError
from sotc.compiler.backends.find import CalibrationError
from sotc.runtime.errors import DeviceError
from sotc.specs import UnknownSpecError


def test_every_name_is_there() -> None:
    for name in sotc.__all__:
        assert getattr(sotc, name) is not None
        assert name in dir(sotc)


def test_names_are_those_of_the_rooms() -> None:
    from sotc.components import registry
    from sotc.runtime.session import Session
    from sotc.runtime.tracker import Tracker

    assert sotc.BACKBONES is registry.BACKBONES
    assert sotc.Tracker is Tracker
    assert sotc.Session is Session


def test_the_version_is_that_of_the_installation() -> None:
    from importlib.metadata import version

    assert sotc.__version__ == version("sotc")


def test_another_name_is_told() -> None:
    with pytest.raises(AttributeError, match="module `sotc` has no attribute `traker`"):
        _ = sotc.traker  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("names", "brought"),
    [("__version__", "[]"), ("BACKBONES", "[]"), ("Tracker", "[]"), ("compile", "[]"), ("load", "[]")],
)
def test_no_name_brings_torch(tmp_path: Path, names: str, brought: str) -> None:
    code = f"import sys, sotc; sotc.{names}; print(sorted(set(sys.modules) & {{'torch'}}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == brought


@pytest.mark.parametrize("door", ["check", "build", "compile"])
def test_a_spec_that_is_none(door: str) -> None:
    with pytest.raises(UnknownSpecError, match="nanotrack_v9") as caught:
        getattr(sotc, door)("nanotrack_v9")
    assert "nanotrack_v" in caught.value.remedy


def test_a_spec_by_its_name_and_by_its_path() -> None:
    from sotc.specs import locate

    by_name, by_path = sotc.check("nanotrack_v2"), sotc.check(Path(locate("nanotrack_v2")))
    assert by_name.ok
    assert by_name.program == by_path.program


@pytest.mark.parametrize("device", ["geforce", "cuda:99", "cpu:x"])
def test_a_device_that_is_not_here(device: str, tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=f"`{device}` cannot be used") as caught:
        sotc.compile("nanotrack_v2", device=device)
    assert caught.value.code == "SOT815"


def test_an_artifact_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="does not exist"):
        sotc.load(tmp_path / "missing.sotx")


@pytest.mark.parametrize("given", [{"calibrate": "clip.mp4"}, {"calibrate_boxes": (1, 2, 3, 4)}])
def test_frames_to_calibrate_on_are_for_int8(given: dict[str, object]) -> None:
    """They would be read for nothing; which precision it is does not matter, nor whether the video is there."""
    with pytest.raises(CalibrationError, match="fp32 takes no ranges") as caught:
        sotc.compile("correlation_filter", **given)  # type: ignore[arg-type]
    assert caught.value.code == "SOT615"
    assert 'precision="int8"' in caught.value.remedy
