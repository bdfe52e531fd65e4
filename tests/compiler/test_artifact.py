"""One file holds a tracker: it comes back as it went in, and is the same for the same inputs."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load

import sotc
from sotc.compiler.archive import ArtifactError
from sotc.compiler.compiled import Options
from sotc.compiler.manifest import FORMAT
from sotc.compiler.opening import open_artifact, read_manifest
from sotc.compiler.writing import WriteError
from sotc.dsl.diagnostics import SpecError
from sotc.runtime.errors import TooManyTargetsError
from sotc.specs import locate

from .small_artifact import FEATURES, MAIN, boxes_of, frames, saved

SPEC_MEMBERS = [
    "resolved.sot",
    "shipped/blocks/nanotrack.sot",
    "spec/parts/features.sot",
    "spec/small.sot",
]


@pytest.fixture(scope="module")
def boxes(small_spec: str, small_weights: str) -> np.ndarray:
    """What the spec gives without an artifact."""
    found = boxes_of(sotc.compile(small_spec, small_weights))
    assert found.std(axis=0).max() > 0, "boxes move, so that equality says something"
    return found


def test_it_comes_back_as_it_went_in(eager_artifact: Path, boxes: np.ndarray) -> None:
    """Box for box and bit for bit, where it is compiled anew."""
    loaded = sotc.load(eager_artifact)
    assert (loaded.name, loaded.outputs, loaded.plan.crop_lowering) == ("Small", ("box", "score"), "host")
    assert np.array_equal(boxes_of(loaded), boxes)


def test_programs_come_back_as_they_went_in(
    onnx_artifact: Path, small_spec: str, small_weights: str, boxes: np.ndarray
) -> None:
    """Bit for bit what the same backend gives without an artifact, and the reference within its rounding."""
    found = boxes_of(sotc.load(onnx_artifact))
    assert np.array_equal(found, boxes_of(sotc.compile(small_spec, small_weights, backend="onnx")))
    assert np.abs(found - boxes).max() < 1e-3


@pytest.mark.parametrize("backend", [pytest.param("eager", marks=pytest.mark.slow), "onnx"])
def test_the_same_inputs_give_the_same_bytes(
    small_project: Path, small_weights: str, backend: str, request: pytest.FixtureRequest
) -> None:
    """In another process, by the command, with another hash seed and umask, and by another way to write the path."""
    artifact = request.getfixturevalue(f"{backend}_artifact")
    other = small_project / "other.sotx"
    script = "import os, sys\nos.umask(0o077)\nfrom sotc.cli import main\nmain(sys.argv[1:])\n"
    command = ["compile", "trackers/parts/../small.sot", "--weights", small_weights, "-o", str(other)]
    subprocess.run(
        [sys.executable, "-c", script, *command, "--backend", backend, "--no-gate"],
        check=True,
        cwd=small_project,
        env={**os.environ, "PYTHONHASHSEED": "77"},
    )
    assert other.read_bytes() == artifact.read_bytes()
    other.unlink()


def test_what_is_in_it(eager_artifact: Path, small_weights: str) -> None:
    with zipfile.ZipFile(eager_artifact) as archive:
        assert archive.namelist() == ["manifest.json", *SPEC_MEMBERS, "weights.safetensors"]
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.read("spec/small.sot").decode() == MAIN
        assert "PointDecode { stride = 8, rate = 0.3 }" in archive.read("resolved.sot").decode()
        contents = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(contents["manifest.json"])
    assert manifest["format"] == FORMAT
    assert (manifest["name"], manifest["spec"]) == ("Small", "spec/small.sot")
    assert (manifest["kind"], manifest["host"]) == ("portable", {})
    assert (manifest["backend"], manifest["precision"], manifest["device"]) == ("eager", "fp32", "cpu")
    assert set(manifest["versions"]) == {"sotc", "torch"}
    assert manifest["components"]["SiameseCrop"] == f"sotc {sotc.__version__}"
    assert manifest["checkpoint"] == hashlib.sha256(Path(small_weights).read_bytes()).hexdigest()
    assert manifest["weights"] == hashlib.sha256(contents["weights.safetensors"]).hexdigest()
    assert [(crop["name"], crop["settings"]["size"]) for crop in manifest["crops"]] == [
        ("template", 31),
        ("search", 63),
    ]
    assert manifest["crops"][1]["settings"]["color"] == "bgr"
    assert "RGB" in manifest["conventions"]["frames"]
    assert "licence" in manifest["licence"]
    assert (manifest["gate"], manifest["tuning"]) == (None, None)
    assert manifest["programs"]["step"]["operators"] > manifest["programs"]["begin"]["operators"] > 0
    assert set(manifest["members"]) == set(contents) - {"manifest.json"}
    for name, member in manifest["members"].items():
        assert member["sha256"] == hashlib.sha256(contents[name]).hexdigest()
        assert member["size"] == len(contents[name])
    stored = load(contents["weights.safetensors"])
    kept = torch.load(small_weights, weights_only=True)
    assert {name: tensor.tolist() for name, tensor in stored.items()} == {
        name: tensor.tolist() for name, tensor in kept.items()
    }


def test_programs_take_the_place_of_weights(onnx_artifact: Path, eager_artifact: Path) -> None:
    """The spec is inside as before; the weights are known by their hash, and lie where the programs have them."""
    manifest, other = read_manifest(onnx_artifact), read_manifest(eager_artifact)
    names = set(manifest.members)
    assert {name for name in names if not name.startswith("programs/")} == set(SPEC_MEMBERS)
    assert {f"programs/{name}.onnx" for name in manifest.plan.programs} <= names
    assert manifest.weights == other.weights
    assert manifest.plan == other.plan
    assert manifest.passes != ""
    assert manifest.versions["onnxruntime"] != ""


def test_it_names_no_place_of_the_machine(
    small_project: Path, eager_artifact: Path, onnx_artifact: Path
) -> None:
    for artifact in (eager_artifact, onnx_artifact):
        assert str(small_project).encode() not in artifact.read_bytes()
        assert small_project.name.encode() not in artifact.read_bytes()


def test_it_needs_none_of_its_files(
    eager_artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is read but the artifact: no spec file of the machine, though they lie where they lay."""
    from sotc.dsl import sources

    def forbidden(path: str) -> str:
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr(sources, "read_file", forbidden)
    monkeypatch.chdir(tmp_path)
    assert open_artifact(eager_artifact).plan.name == "Small"


def test_params_are_kept(small_project: Path, small_spec: str, small_weights: str, boxes: np.ndarray) -> None:
    place = small_project / "faster.sotx"
    made = saved(place, small_spec, small_weights, params={"rate": "0.9"}, licence="CC0")
    assert made.manifest == read_manifest(place)
    assert made.manifest.params == {"rate": "0.9"}
    assert made.manifest.licence == "CC0"
    found = boxes_of(sotc.load(place))
    assert np.array_equal(found, boxes_of(sotc.compile(small_spec, small_weights, params={"rate": 0.9})))
    assert not np.array_equal(found, boxes)
    place.unlink()


def test_passes_and_targets_are_kept(small_project: Path, small_spec: str, small_weights: str) -> None:
    """They are those that an artifact is compiled with again."""
    options = Options(passes="fold-batchnorm", targets=2)
    made = saved(small_project / "two.sotx", small_spec, small_weights, options)
    assert (made.manifest.passes, made.manifest.plan.max_targets) == ("fold-batchnorm", 2)
    loaded = open_artifact(made.path)
    assert {report.name for report in loaded.report} == {"fold-batchnorm"}
    assert loaded.plan.max_targets == 2
    three = [(60, 40, 30, 24), (50, 30, 20, 20), (20, 20, 10, 10)]
    with pytest.raises(TooManyTargetsError) as caught:
        sotc.load(made.path).start(frames()[0], three)
    assert caught.value.code == "SOT823" and "--targets 3" in caught.value.remedy
    Path(made.path).unlink()


def test_gate_and_tuning_are_kept(small_project: Path, small_spec: str, small_weights: str) -> None:
    found = {"passed": True, "wires": [{"error": 1e-6}], "limits": None}
    made = saved(
        small_project / "gated.sotx", small_spec, small_weights, gate=found, tuning={"trials": ("a", 1)}
    )
    manifest = read_manifest(made.path)
    assert manifest.gate == found
    assert manifest.tuning == {"trials": ["a", 1]}
    Path(made.path).unlink()


def test_random_weights_are_saved_as_they_were_compiled(small_project: Path, small_spec: str) -> None:
    """And they are the same each time, though nobody seeds them."""
    first, second = (saved(small_project / f"random{index}.sotx", small_spec, None) for index in (1, 2))
    assert first.manifest.checkpoint is None
    assert first.manifest.weights is not None
    assert Path(first.path).read_bytes() == Path(second.path).read_bytes()
    for made in (first, second):
        Path(made.path).unlink()


def test_a_tracker_without_weights(tmp_path: Path) -> None:
    made = saved(tmp_path / "filter.sotx", locate("correlation_filter"), None)
    assert (made.manifest.parameters, made.manifest.weights) == (0, None)
    assert "weights.safetensors" not in made.manifest.members


def test_a_lowering_can_be_chosen(eager_artifact: Path) -> None:
    assert sotc.load(eager_artifact, crop="graph").plan.crop_lowering == "graph"


# ---------------------------------------------------------------- Python, and where it is written


HEADS = """
from sotc import HEADS
from torch import Tensor, nn


@HEADS.register_module()
class ArtifactTestHead(nn.Module):
    def __init__(self, in_channels: int, out_channels: int = 2) -> None:
        super().__init__()
        self.layer = nn.Conv2d(in_channels, out_channels, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        return self.layer(features)
"""

ATTEMPTS = """
import sys
import sotc
from sotc.cli import main
from sotc.dsl.diagnostics import SpecError
from sotc.runtime.errors import TooManyTargetsError
from sotc.specs import locate
def attempt(what, *arguments, **options):
    try:
        what(*arguments, **options)
        print("done")
    except SpecError as error:
        print([found.code for found in error.diagnostics], "artifact_test_heads" in sys.modules)
def compiled(*more):
    try:
        main(["compile", "mine.sot", "-o", "mine.sotx", "--backend", "eager", "--no-gate", *more])
    except SystemExit as end:
        print("exit", end.code, "artifact_test_heads" in sys.modules)
compiled()
compiled("--allow-python")
for module in [name for name in sys.modules if name == "artifact_test_heads"]:
    del sys.modules[module]
attempt(sotc.load, "mine.sotx")
attempt(sotc.load, "mine.sotx", allow_python=("other.*",))
attempt(sotc.load, "mine.sotx", allow_python=("artifact_test_*",))
"""


def test_python_needs_to_be_allowed(tmp_path: Path) -> None:
    """In saving and in loading; and an artifact does not bring the module. A process of its own imports it."""
    (tmp_path / "artifact_test_heads.py").write_text(HEADS)
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "features.sot").write_text(FEATURES)
    spec = MAIN.replace(
        "part classify = Conv2d { out_channels = 2, kernel_size = 3 }", "head classify = ArtifactTestHead"
    )
    (tmp_path / "mine.sot").write_text(f"use python artifact_test_heads {{ ArtifactTestHead }}\n{spec}")
    done = subprocess.run(
        [sys.executable, "-c", ATTEMPTS], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith(("exit", "done", "["))]
    refused, saved_one, refused_1, refused_2, loaded = lines
    assert (refused, saved_one) == ("exit 1 False", "exit 0 True")
    assert loaded == "done"
    assert refused_1.endswith("False") and refused_2.endswith("False")
    manifest = read_manifest(tmp_path / "mine.sotx")
    assert manifest.python == ("artifact_test_heads",)
    digest = hashlib.sha256(HEADS.encode()).hexdigest()
    assert manifest.components["ArtifactTestHead"] == f"artifact_test_heads sha256:{digest}"


def test_another_suffix(tmp_path: Path, small_spec: str, small_weights: str) -> None:
    with pytest.raises(ArtifactError, match="does not name an artifact"):
        saved(tmp_path / "small.zip", small_spec, small_weights)
    with pytest.raises(ArtifactError, match=r"is no artifact \(\.sotx\)"):
        sotc.load(small_spec)
    with pytest.raises(ArtifactError, match="is compiled already"):
        sotc.compile("small.sotx")


def test_a_spec_with_mistakes_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.sot").write_text("tracker A { output box = nothing }\n")
    with pytest.raises(SpecError):
        saved(tmp_path / "a.sotx", str(tmp_path / "bad.sot"), None)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.sot"]


def test_a_folder_in_its_place_keeps_it(tmp_path: Path, small_spec: str, small_weights: str) -> None:
    (tmp_path / "a.sotx").mkdir()
    with pytest.raises(WriteError, match="is a folder"):
        saved(tmp_path / "a.sotx", small_spec, small_weights)
    assert list((tmp_path / "a.sotx").iterdir()) == []


def test_no_room_leaves_nothing(tmp_path: Path) -> None:
    script = (
        "import resource, sys\n"
        "from sotc.compiler.archive import write_archive\n"
        "from sotc.compiler.writing import WriteError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "try: write_archive('a.sotx', {'weights': bytes(200_000)})\n"
        "except WriteError as error: print(error.message)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout == "`a.sotx` cannot be written: the disk is full\n"
    assert list(tmp_path.iterdir()) == []


def test_its_members_are_plain_files(eager_artifact: Path) -> None:
    with zipfile.ZipFile(eager_artifact) as archive:
        modes = {stat.S_IFMT(entry.external_attr >> 16) for entry in archive.infolist()}
    assert modes == {stat.S_IFREG}
