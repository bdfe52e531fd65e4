"""MMTracking's tutorial in our terms: the four components of docs/guide/customize.md, through `sotc` itself.

`test_snippets` runs the page from top to bottom. Here its files are written into an empty folder and used in the ways
that the page speaks of: refused and allowed, checked, compiled, tracked with, trained, and mistyped.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from sotc.runtime.demo_clip import make_clip

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "guide" / "customize.md"
FILE = re.compile(r"^```\w+ file=(?P<name>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)

COMPONENTS = {"mobilenet": "MobileNet", "my_fpn": "MyFPN", "my_head": "MyHead", "my_loss": "MyLoss"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of the page, but for the one that allows Python."""
    for found in FILE.finditer(PAGE.read_text(encoding="utf-8")):
        if found["name"] != "sotc.toml":
            (tmp_path / found["name"]).write_text(found["text"], encoding="utf-8")
    return tmp_path


def sotc(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "sotc"), *arguments]
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=environment, timeout=300
    )


def python(folder: Path, text: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_page_has_one_file_for_each_component(folder: Path) -> None:
    for module, component in COMPONENTS.items():
        text = (folder / f"{module}.py").read_text()
        assert f"class {component}(nn.Module)" in text
        assert text.count("register_module()") == 1
    assert not (folder / "sotc.toml").exists()


def test_nothing_is_imported_that_was_not_allowed(folder: Path) -> None:
    (folder / "mobilenet.py").write_text("open('imported', 'w').close()\n")
    done = sotc(folder, "check", "mobile.sot")
    assert done.returncode == 1
    assert "--allow-python" in done.stdout + done.stderr
    assert not (folder / "imported").exists()


def test_each_spec_is_right_where_python_is_allowed(folder: Path) -> None:
    """And shows what was inferred: stages 3 and 4 of a MobileNet of width 8 have 32 and 64 channels.

    A module that may be absent (MMTracking's `allow_failed_imports=True`) is named and let pass.
    """
    text = (folder / "my_tracker.sot").read_text()
    (folder / "absent.sot").write_text(f"use python? my_absent {{ Absent }}\n{text}")
    specs = ("mobile.sot", "pyramid.sot", "my_tracker.sot", "my_training.sot", "absent.sot")
    done = sotc(folder, "check", *specs, "--allow-python", "-v")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"in_channels\s*=\s*\[32, 64\]", done.stdout), done.stdout
    assert "my_absent" in done.stdout + done.stderr


def test_it_is_compiled_and_tracks_a_clip(folder: Path) -> None:
    frames, truth = make_clip(frames=6)
    (folder / "clip").mkdir()
    for index, frame in enumerate(frames):
        cv2.imwrite(str(folder / "clip" / f"{index:04}.png"), cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    box = ",".join(f"{value:.2f}" for value in truth[0])
    plain = (
        "--backend",
        "eager",
        "--no-gate",
    )  # compiled anew where it is opened, which needs the modules again
    made = sotc(folder, "compile", "my_tracker.sot", "--allow-python", *plain, "-o", "my_tracker.sotx")
    assert made.returncode == 0, made.stdout + made.stderr
    done = sotc(
        folder, "track", "my_tracker.sotx", "clip", "--box", box, "--allow-python", "--save", "boxes.txt"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    boxes = np.loadtxt(folder / "boxes.txt", delimiter=",")
    assert boxes.shape == (6, 4)
    np.testing.assert_allclose(boxes[0], truth[0], atol=0.01)
    assert np.isfinite(boxes).all() and (boxes[:, 2:] > 0).all()


TRAINING = """
import torch, sotc
torch.manual_seed(0)
network = sotc.build("my_training.sot", allow_python=True)
images = {"template": torch.rand(2, 3, 127, 127), "search": torch.rand(2, 3, 255, 255)}
gt = torch.tensor([[90.0, 80.0, 70.0, 90.0], [60.0, 100.0, 80.0, 50.0]])
inputs = {**images, "gt": gt}
losses = network.losses(inputs)
assert set(losses) == {"classify", "regress", "total"}, losses
wires = network.run(inputs, fetch=["found.loc", "wanted.distances", "wanted.box_weight"])
loc, distances, weight = wires.values()
element = ((loc - distances).square() + 4).sqrt() - 2
expected = 1.2 * (element * weight[:, None]).mean()
assert torch.allclose(losses["regress"], expected), (losses["regress"], expected)
losses["total"].backward()
for name, parameter in network.module.named_parameters():
    assert parameter.grad is not None and torch.isfinite(parameter.grad).all(), name
print("learned")
"""


def test_its_loss_is_weighted_and_reaches_every_part(folder: Path) -> None:
    """The value in the spec is the one worked out element by element, and no part is left without a gradient."""
    assert python(folder, TRAINING).strip() == "learned"


REDUCTION = """
import torch
from my_loss import MyLoss
pred, target, weight = torch.tensor([0.0, 3.0]), torch.tensor([0.0, 7.0]), torch.tensor([1.0, 2.0])
for reduction, expected in (("none", [0.0, 4.0]), ("mean", 2.0), ("sum", 4.0)):
    found = MyLoss(3.0, reduction)(pred, target, weight).tolist()
    assert found == expected, (reduction, found)
    assert MyLoss(3.0, "none", loss_weight=0.5)(pred, target, weight, None, reduction).tolist() == (
        [value / 2 for value in expected] if reduction == "none" else expected / 2
    )
try:
    MyLoss(3.0, "sum")(pred, target, weight, 8)
except ValueError as error:
    print(error)
"""


def test_my_loss_reduces_as_the_convention_says(folder: Path) -> None:
    assert "avg_factor" in python(folder, REDUCTION)


MISTAKES = {
    "setting": ("my_tracker.sot", "channels = 48", "chanels = 48", "channels"),
    "category": ("my_tracker.sot", "backbone = MobileNet {", "neck = MobileNet {", "backbone"),
    "component": ("my_training.sot", "MyLoss { softness", "MyLos { softness", "MyLoss"),
    "module": ("my_tracker.sot", "use python my_head {", "use python my_hed {", "my_hed"),
    "output": ("my_tracker.sot", "found.cls, found.loc", "found.clss, found.loc", "cls"),
}
"""What is mistyped in which file, and what the message has to name."""


def test_mistakes_are_told(folder: Path) -> None:
    for name, (spec, right, wrong, _) in MISTAKES.items():
        text = (folder / spec).read_text()
        assert right in text, name
        (folder / f"wrong_{name}.sot").write_text(text.replace(right, wrong))
    done = sotc(
        folder, "check", *(f"wrong_{name}.sot" for name in MISTAKES), "--allow-python", "--format", "json"
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    found = json.loads(done.stdout)
    for name, (*_, said) in MISTAKES.items():
        told = [json.dumps(one) for one in found if f"wrong_{name}.sot" in json.dumps(one)]
        assert any(f"`{said}`" in one for one in told), (name, told)
