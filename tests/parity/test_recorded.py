"""Every fixture through the door that anyone uses who ports a tracker: `sotc verify`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from sotc.cli import main

from .fixtures import checkpoint_of, clip_frames, meta_of, stored_of
from .recorded import spec_of, write_boxes, write_masked, write_recorded

LIGHT = ("nanotrack_v2", "siamfc_alexnet", "mixformerv2_small")

HEAVY = (
    "nanotrack_v1",
    "nanotrack_v3",
    "lighttrack_mobile",
    "siamrpnpp_r50",
    "stark_st50",
    "ostrack_vitb256",
    "ostrack_vitb256_ce",
)

FIXTURES = [*LIGHT, *(pytest.param(name, marks=pytest.mark.slow) for name in HEAVY)]

OWN_ROUNDING = 2.0
"""What is found may be so many times what the original itself loses by single precision; it is as much, computed in
double."""


def verify(*arguments: object, code: int = 0) -> Result:
    """Runs `sotc verify ARGUMENTS`."""
    result = CliRunner().invoke(main, ["verify", *map(str, arguments)], prog_name="sotc")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def report_of(result: Result, part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)[part]
    return found


@pytest.mark.parametrize("name", FIXTURES)
def test_the_network_is_the_originals(name: str, parity_folder: Path, tmp_path: Path) -> None:
    """All outputs within the default tolerance, and each as near as the original is to itself in double precision."""
    weights = checkpoint_of(name, parity_folder, tmp_path)
    recorded = write_recorded(name, parity_folder, tmp_path / "run.npz")
    found = report_of(
        verify(spec_of(name), "--weights", weights, "--recorded", recorded, "--json"), "network"
    )
    assert found["equal"] and found["first"] is None and found["dtype"] == "float64"
    bounds = meta_of(name, parity_folder)["fp32_vs_fp64"]
    compared = {output["name"]: output for output in found["outputs"]}
    with np.load(recorded) as arrays:
        assert len(compared) == sum(not key.startswith("in_") for key in arrays.files)
    for output in set(compared) & set(bounds):
        assert compared[output]["largest"] <= OWN_ROUNDING * bounds[output]["max_abs"], output


def test_one_wrong_weight_is_found_where_it_is(parity_folder: Path, tmp_path: Path) -> None:
    """Of all outputs that differ, that is named which is computed first; what does not depend on it is equal."""
    weights = checkpoint_of("nanotrack_v2", parity_folder, tmp_path)
    stored = torch.load(weights)
    stored["ban_head.bbox_pw_tower.0.weight"][0, 0, 0, 0] += 0.5
    torch.save(stored, weights)
    recorded = write_recorded("nanotrack_v2", parity_folder, tmp_path / "run.npz")
    result = verify("nanotrack_v2", "--weights", weights, "--recorded", recorded, "--json", code=1)
    found = report_of(result, "network")
    assert found["first"] == "loc"
    assert [output["name"] for output in found["outputs"] if not output["equal"]] == ["loc"]
    stored["backbone.features.3.conv.0.weight"][0] += 0.1
    torch.save(stored, weights)
    said = verify("nanotrack_v2", "--weights", weights, "--recorded", recorded, code=1).stdout
    assert "the first in the order of the graph is `feat_backbone_z` (kernel)" in said
    assert "6 of 6 outputs differ by more than 0.0001 of their deviation" in said


@pytest.mark.slow
def test_stark_with_its_masks(parity_folder: Path, tmp_path: Path) -> None:
    weights = checkpoint_of("stark_st50", parity_folder, tmp_path)
    for with_masks in (True, False):
        recorded = write_masked(parity_folder, tmp_path / "masked.npz", with_masks)
        verify("stark_st50", "--weights", weights, "--recorded", recorded, code=0 if with_masks else 1)


def frames_folder(parity_folder: Path, folder: Path) -> Path:
    """The fixtures' clip as the original was given it: BGR."""
    folder.mkdir()
    for index, frame in enumerate(clip_frames(parity_folder)):
        assert cv2.imwrite(str(folder / f"{index:04d}.png"), frame[:, :, ::-1])
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nanotrack_v2", "siamrpnpp_r50"])
def test_the_way_through_a_clip(name: str, parity_folder: Path, tmp_path: Path) -> None:
    """A free run and forced steps are the original's; of another target's boxes the first frame is named."""
    frames = frames_folder(parity_folder, tmp_path / "frames")
    boxes = stored_of(f"{name}_track", parity_folder)["boxes"]
    weights = checkpoint_of(name, parity_folder, tmp_path, tracking=True)
    given = (spec_of(name), "--weights", weights, "--clip", frames, "--boxes")
    right = write_boxes(boxes, tmp_path / "right.txt")
    for more in ((), ("--forced",)):
        found = report_of(verify(*given, right, *more, "--within", "0.01", "--json"), "clip")
        assert found["compared"] == 19 and found["first_beyond"] is None
        assert found["largest"] < 0.01 and found["mean_overlap"] > 0.999
    boxes[7:, 0] += 1.5
    wrong = write_boxes(boxes, tmp_path / "wrong.txt")
    said = verify(*given, wrong, code=1).stdout
    assert "the first beyond 0.5 px is frame 7: off by 1.5 px" in said
