"""An imported spec reads the original's checkpoint through the key map that is written beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

import sotc
from sotc.cli import main

from ..parity.fixtures import fill_module, meta_of
from ..parity.test_siamrpnpp_mm import renamed


@pytest.mark.slow
def test_mmtrackings_weights_give_what_the_shipped_spec_gives(
    parity_folder: Path, configs: Path, tmp_path: Path
) -> None:
    spec, checkpoint = tmp_path / "mine.sot", tmp_path / "mm.pth"
    arguments = ["import", "mmtracking", str(configs / "siamrpn" / "siamrpn.py"), "-o", str(spec)]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    fill, meta = fill_module(parity_folder), meta_of("siamrpnpp_r50", parity_folder)
    weights = fill.filled_state_dict(meta["state_dict"], meta["fill"]["overrides"])
    torch.save({renamed(name): torch.from_numpy(array) for name, array in weights.items()}, checkpoint)
    template, search = fill.images((1, 3, 127, 127), (1, 3, 255, 255))
    images = {"template": template * np.float32(255), "search": search * np.float32(255)}
    tensors = {name: torch.from_numpy(image) for name, image in images.items()}
    with torch.no_grad():
        mine, theirs = (
            sotc.build(which, checkpoint).run(tensors, ["cls", "loc", "anchors"])
            for which in (spec, "siamrpnpp_r50_mm")
        )
    for name, expected in theirs.items():
        torch.testing.assert_close(mine[name], expected, rtol=0, atol=0)
