"""`sotc verify`: the table, JSON, exit codes, and wrong uses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from sotc.compiler.network import build
from sotc.runtime.demo_clip import make_clip

SPEC = """
tracker Small {
    template = SiameseCrop { size = 31 }
    search   = SiameseCrop { size = 63 }

    part features = Conv2d { out_channels = 4, kernel_size = 5, stride = 8 }
    part classify = Conv2d { out_channels = 2, kernel_size = 1 }
    part regress  = Conv2d { out_channels = 4, kernel_size = 1 }

    kernel   = template -> features
    likeness = XCorrDepthwise(search -> features, kernel)
    cls      = likeness -> classify

    pick = PointDecode { stride = 8 }(cls, 16 * (likeness -> regress -> Sigmoid), search.view)
    output box   = pick.box
    output score = pick.score
}
"""


@pytest.fixture
def small(folder: Path) -> Path:
    """`small.sot`, its weights in `small.pth`, and what it gives in `run.npz`."""
    torch.manual_seed(0)
    (folder / "small.sot").write_text(SPEC)
    (folder / "small.keys.toml").write_text('[alias]\nresponse = "likeness"\n')
    network = build("small.sot")
    torch.save(network.module.state_dict(), "small.pth")
    template, search = torch.rand(1, 3, 31, 31), torch.rand(1, 3, 63, 63)
    with torch.no_grad():
        found = network.run({"template": template, "search": search}, ["kernel", "likeness", "cls"])
    arrays = {"out_cls": found["cls"][0], "out_response": found["likeness"], "out_kernel": found["kernel"]}
    np.savez("run.npz", in_0=template, in_1=search, **arrays)  # type: ignore[arg-type]
    return folder


GIVEN = ("verify", "small.sot", "--weights", "small.pth", "--recorded", "run.npz")


def test_equal(sotc: Any, small: Path) -> None:
    said = sotc(*GIVEN).stdout
    assert "response  likeness" in said
    assert "[1, 2, 5, 5] as [2, 5, 5]" in said
    assert "equal: 3 of 3 outputs" in said
    found = json.loads(sotc(*GIVEN, "--json").stdout)["network"]
    assert found["equal"] is True
    assert [output["name"] for output in found["outputs"]] == ["kernel", "response", "cls"]


def test_different(sotc: Any, small: Path) -> None:
    """Another bias of the last layer: exit code 1, and the output behind it is named."""
    state = torch.load("small.pth")
    state["classify.bias"][1] += 0.5
    torch.save(state, "small.pth")
    said = sotc(*GIVEN, code=1).stdout
    assert "1 of 3 outputs differ by more than 0.0001" in said
    assert "the first in the order of the graph is `cls` (cls): by 0.5 at [1, " in said
    assert sotc(*GIVEN, "--tolerance", "100").stdout.count("differ") == 0
    assert json.loads(sotc(*GIVEN, "--json", code=1).stdout)["network"]["first"] == "cls"


def test_what_is_wrong_is_told(sotc: Any, small: Path) -> None:
    with np.load("run.npz") as arrays:
        np.savez("clss.npz", **{key.replace("out_cls", "out_respons"): arrays[key] for key in arrays.files})
    said = sotc("verify", "small.sot", "--weights", "small.pth", "--recorded", "clss.npz", code=1).output
    assert "error[SOT625]" in said and "did you mean `response`?" in said
    assert "error[SOT624]" in sotc(*GIVEN[:-1], "none.npz", code=1).output
    assert (
        "error[SOT702]"
        in sotc("verify", "small.sot", "--weights", "none.pth", "--recorded", "run.npz", code=1).output
    )
    assert "--weights is needed" in sotc("verify", "small.sot", "--recorded", "run.npz", code=2).output


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ((), "say what to compare with"),
        (("--clip", "frames"), "--clip and --boxes go together"),
        (("--recorded", "run.npz", "--forced"), "go with --clip"),
        (
            ("--clip", "frames", "--boxes", "boxes.txt", "--tolerance", "1"),
            "--tolerance goes with --recorded",
        ),
    ],
)
def test_wrong_uses(sotc: Any, folder: Path, more: tuple[str, ...], says: str) -> None:
    assert says in sotc("verify", "good.sot", *more, code=2).output


def test_a_clip(sotc: Any, small: Path) -> None:
    """What `sotc track` wrote is the way that is found; a box that was moved is the first beyond."""
    frames, boxes = make_clip(5)
    (small / "frames").mkdir()
    for index, frame in enumerate(frames):
        assert cv2.imwrite(f"frames/{index}.png", frame[:, :, ::-1])
    box = ",".join(str(number) for number in boxes[0])
    given = ("small.sot", "--weights", "small.pth")
    sotc("track", *given[:1], "frames", *given[1:], "--box", box, "--save", "boxes.txt", "-q")
    assert (
        "4 frames: boxes within" in sotc("verify", *given, "--clip", "frames", "--boxes", "boxes.txt").stdout
    )
    lines = Path("boxes.txt").read_text().splitlines()
    lines[3] = "1,1,5,5"
    Path("moved.txt").write_text("\n".join(lines))
    moved = ("verify", *given, "--clip", "frames", "--boxes", "moved.txt")
    assert "the first beyond 0.5 px is frame 3" in sotc(*moved, code=1).stdout
    found = json.loads(sotc(*moved, "--forced", "--within", "500", "--json").stdout)["clip"]
    assert found["forced"] and found["equal"] and found["compared"] == 4
