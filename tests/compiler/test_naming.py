"""Whose names a checkpoint has: of every key map that ships, of real checkpoints, and of none."""

from __future__ import annotations

from pathlib import Path

import pytest

from sotc.compiler.checkpoint import load_checkpoint
from sotc.compiler.key_map import read_key_map
from sotc.compiler.naming import family_of

FAMILIES = {
    "nanotrack": "SiamTrackers",
    "siamrpn": "PySOT",
    "siamrpnpp_r50_mm": "MMTracking",
    "stark": "STARK, OSTrack and MixFormer",
    "ostrack": "STARK, OSTrack and MixFormer",
    "mixformerv2": "STARK, OSTrack and MixFormer",
    "lighttrack": "LightTrack",
    "fear": "FEAR",
    "siamfc": "SiamFC",
}


@pytest.mark.parametrize(
    "spec", sorted(path.name[:-10] for path in Path(__file__).parents[2].glob("specs/*.keys.toml"))
)
def test_the_maps_that_ship(spec: str, root: Path) -> None:
    """The names that a map renames are of the code base that it is for."""
    known = [name for name in FAMILIES if spec.startswith(name)]
    if not known:
        pytest.skip(f"{spec} is of a code base without names of its own")
    names = [
        rename.pattern.replace("*", "0") for rename in read_key_map(root / f"specs/{spec}.keys.toml").renames
    ]
    found = family_of(names)
    assert found is not None and found.name == FAMILIES[max(known, key=len)]
    wrapped = family_of(f"module.{name}" for name in names)
    assert wrapped is found


@pytest.mark.parametrize("spec", ["stark_st50", "siamrpnpp_r50"])
def test_second_maps_are_mmtrackings(spec: str, root: Path) -> None:
    (other,) = read_key_map(root / f"specs/{spec}.keys.toml").others
    found = family_of(rename.pattern for rename in other.renames)
    assert found is not None and found.name == "MMTracking"


def test_real_checkpoints(data_folder: Path) -> None:
    found = family_of(load_checkpoint(data_folder / "weights/nanotrackv1/nanotrackv1.pth"))
    assert found is not None and found.name == "SiamTrackers"


def test_names_that_tell_nothing() -> None:
    assert family_of(["backbone.layer1.0.conv1.weight", "a.b"]) is None
    assert family_of([]) is None
