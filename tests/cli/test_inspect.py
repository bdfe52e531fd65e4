"""`sotc inspect`: what an artifact says of itself, held against its checksums, and nothing more of it opened."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sotc.cli.inspect import speed_line
from sotc.compiler.archive import write_archive
from sotc.compiler.opening import read_manifest

from ..compiler.small_artifact import changed_manifest, saved, tampered, write_project

GATE = {
    "passed": True,
    "clip": "a clip",
    "forced": {"steps": 59, "mean_overlap": 0.99999, "least_overlap": 0.9998},
    "wires": [{"program": "step", "slot": "output.box", "error": 1.5e-7}],
}
TUNING: dict[str, Any] = {
    "chosen": "eager",
    "trials": [
        {"backend": "eager", "seconds": 0.004, "build_seconds": 1.5, "note": None},
        {"backend": "onnx", "seconds": 0.005, "build_seconds": 2.0, "note": None},
        {"backend": "aoti", "seconds": None, "build_seconds": None, "note": "no compiler"},
    ],
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inspected")
    write_project(folder)
    spec, weights = str(folder / "trackers" / "small.sot"), str(folder / "weights.pth")
    saved(folder / "small.sotx", spec, weights, gate=GATE, tuning=TUNING, params={"rate": "0.4"})
    return folder


@pytest.fixture
def artifact(project: Path) -> Path:
    return project / "small.sotx"


def test_what_a_reader_is_told(sotc: Any, artifact: Path) -> None:
    lines = sotc("inspect", str(artifact)).stdout.splitlines()
    assert lines[0] == f"{artifact}: Small"
    titles = [line for line in lines[1:] if line and not line.startswith(" ")]
    assert titles == [
        "compiled",
        "spec",
        "weights",
        "programs",
        "gate",
        "tuning",
        "conventions",
        "members, which match their checksums",
    ]
    text = " ".join(" ".join(lines).split())
    assert (
        "eager, fp32, on cpu with 1 thread, crops cut by OpenCV; torch is needed, compiled when it is opened"
        in text
    )
    assert "search search SiameseCrop { color = bgr, context = 0.5, size = 63 }" in text
    assert "set rate = 0.4" in text
    assert (
        "passed: 59 steps of a clip; overlap with the plain tracker 0.99999 in the mean, 0.99980 at least"
        in text
    )
    assert "wires program slot error step output.box 1.5e-07" in text
    assert "eager 4.00 ms a step, 250 steps/s; built in 1.5 s" in text
    assert "aoti not measured; no compiler" in text
    assert "boxes --> target" in text


def test_why_a_faster_one_was_not_taken(artifact: Path) -> None:
    manifest = read_manifest(artifact)
    assert speed_line(manifest) == "eager 250 steps/s (onnx 200), one after the other on this machine"
    faster = {"backend": "onnx", "seconds": 0.0039, "build_seconds": 2.0, "note": "within 10 % of eager"}
    tuned = replace(manifest, tuning={"chosen": "eager", "trials": [TUNING["trials"][0], faster]})
    assert speed_line(tuned).endswith(
        "(onnx 256), one after the other on this machine; not onnx: within 10 % of eager"
    )


def test_programs_stand_in_their_order(sotc: Any, artifact: Path) -> None:
    """With the operators that each has, and when it runs."""
    lines = sotc("inspect", str(artifact)).stdout.splitlines()
    rows = [line.split() for line in lines if line.startswith(("  first frame  ", "  every frame  "))]
    manifest = read_manifest(artifact)
    assert [row[2] for row in rows] == list(manifest.plan.programs)
    assert [int(row[3]) for row in rows] == [manifest.programs[row[2]].operators for row in rows]


def test_json_is_the_manifest(sotc: Any, artifact: Path) -> None:
    table = json.loads(sotc("inspect", str(artifact), "--format", "json").stdout)
    assert table["gate"] == GATE and table["tuning"] == TUNING
    assert table == json.loads(read_manifest(artifact).to_json())


def test_what_was_not_tried_is_said(sotc: Any, artifact: Path, tmp_path: Path) -> None:
    text = sotc("inspect", str(changed_manifest(artifact, tmp_path, gate=None, tuning=None))).stdout
    assert "not run (--no-gate)" in text
    assert "named by the user: nothing was measured" in text


ODD_RESULTS: tuple[Any, ...] = (
    [],
    "x",
    3,
    {"trials": 1},
    {"trials": [1, {}]},
    {"trials": [{"backend": "eager", "seconds": "x", "build_seconds": []}]},
    {"trials": [{"backend": "eager", "seconds": 10**400}]},
    {"forced": []},
    {"forced": 7},
    {"forced": {"mean_overlap": "x", "least_overlap": 0.5}},
    {"forced": {"mean_overlap": 0.5, "least_overlap": None}},
    {"a": [{"b": {}}, {}]},
)


@pytest.mark.parametrize("odd", ODD_RESULTS)
def test_results_of_another_form_are_no_crash(sotc: Any, artifact: Path, tmp_path: Path, odd: Any) -> None:
    assert "Small" in sotc("inspect", str(changed_manifest(artifact, tmp_path, gate=odd, tuning=odd))).stdout


def test_what_it_says_does_not_steer_the_terminal(sotc: Any, artifact: Path, tmp_path: Path) -> None:
    text = sotc("inspect", str(changed_manifest(artifact, tmp_path, licence="\x1b[2Jfree"))).stdout
    assert "\x1b" not in text and "[2Jfree" in text


def test_what_is_damaged(sotc: Any, artifact: Path, tmp_path: Path) -> None:
    change = lambda members: members.update({"resolved.sot": b"x"})  # noqa: E731
    done = sotc("inspect", str(tampered(artifact, tmp_path, change)), code=1)
    assert "SOT820" in done.stderr and "differs from its checksum" in done.stderr
    write_archive(tmp_path / "other.sotx", {"a": b""})
    assert "is no sotc artifact" in sotc("inspect", str(tmp_path / "other.sotx"), code=1).stderr
    assert "does not exist" in sotc("inspect", "nothing.sotx", code=1).stderr


def test_its_graph_is_drawn(sotc: Any, artifact: Path, tmp_path: Path) -> None:
    """The picture of the spec inside is that of the spec outside, with the params that it was compiled with."""
    sotc("graph", str(artifact), "-o", "inside.svg")
    spec = artifact.parent / "trackers" / "small.sot"
    sotc("graph", str(spec), "-o", "outside.svg", "--set", "rate=0.4")
    assert Path("inside.svg").read_text() == Path("outside.svg").read_text()
    assert "an artifact holds its own" in sotc("graph", str(artifact), "--set", "rate=0.4", code=2).stderr
