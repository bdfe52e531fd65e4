"""The VOT toolkit itself runs our tracker, and its analysis is held against our measures.

The toolkit is a program of its own, in an environment of its own: `$SOTC_VOT_TOOLKIT`, or a folder in pytest's cache,
which is made once (a minute, and the network). Where it cannot be made, these tests are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from sotc.cli import main
from sotc.cli.vot_init import TOOLKIT
from sotc.evaluation.box_files import read_numbers
from sotc.evaluation.metrics.vot_files import read_vot
from sotc.evaluation.metrics.vot_grade import grade_vot
from sotc.evaluation.metrics.vot_profile import find_vot_profile
from sotc.evaluation.metrics.vot_score import VotScore

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="the program that counts is a shell's"),
]

ROOT = Path(__file__).resolve().parents[3]

WIDTH, HEIGHT = 240, 180
LENGTHS = {"easy": 60, "jump": 70}
JUMP = 35
"""the frame in which the target of `jump` is suddenly elsewhere: every tracker loses it"""

LOW, HIGH = 10, 50
"""lengths over which the expected average overlap is taken: the challenges' are longer than these sequences"""

REPETITIONS = 2

STACK = f"""\
title: tiny
experiments:
  baseline:
    type: supervised
    repetitions: {REPETITIONS}
    skip_initialize: 5
    analyses:
      - {{type: supervised_average_ar, burnin: 10}}
      - {{type: supervised_eao_score, low: {LOW}, high: {HIGH}}}
  multistart:
    type: multistart
    analyses:
      - {{type: multistart_average_ar}}
      - {{type: multistart_eao_score, low: {LOW}, high: {HIGH}}}
  unsupervised:
    type: unsupervised
    repetitions: 1
    analyses:
      - {{type: average_accuracy, burnin: 1}}
      - {{type: average_accuracy, burnin: 10}}
"""

NAME = "Corr-1"


@dataclass(frozen=True)
class Run:
    """What the toolkit left."""

    workspace: Path
    starts: list[str]
    """a line for each time that it started the tracker to evaluate it"""
    tested: str
    """what `vot test` printed"""
    analysis: Mapping[str, Any]

    @property
    def results(self) -> Path:
        return self.workspace / "results" / NAME


# ---------------------------------------------------------------- the toolkit


@pytest.fixture(scope="module")
def toolkit() -> Path:
    """The toolkit's program."""
    place = Path(os.environ.get("SOTC_VOT_TOOLKIT", ROOT / ".pytest_cache" / "vot-toolkit")).absolute()
    program = place / "bin" / "vot"
    if not (place / "complete").is_file():
        shutil.rmtree(place, ignore_errors=True)
        for command in (
            [sys.executable, "-m", "venv", str(place)],
            [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", *TOOLKIT.split()],
            [str(program), "--help"],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(
                    f"the VOT toolkit cannot be installed here: {(done.stderr or done.stdout)[-300:]}"
                )
        (place / "complete").touch()
    return program


def write_sequence(folder: Path, length: int, jump: int | None, seed: int) -> None:
    """A patch that moves over a smooth ground, in the toolkit's layout; runs start at three anchors, one backward."""
    random = np.random.default_rng(seed)
    ground = cv2.GaussianBlur(random.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8), (0, 0), 3)
    patch = random.integers(0, 255, (6, 8, 3), dtype=np.uint8)
    patch = np.asarray(cv2.resize(patch, (40, 30), interpolation=cv2.INTER_CUBIC))
    (folder / "color").mkdir(parents=True)
    truth = []
    for index in range(length):
        left, top = 60 + int(40 * np.sin(index / 12)), 70 + int(25 * np.cos(index / 17))
        if jump is not None and index >= jump:
            left, top = left + 90, top - 40
        frame = np.array(ground)
        frame[top : top + 30, left : left + 40] = patch
        assert cv2.imwrite(str(folder / "color" / f"{index + 1:08d}.jpg"), frame)
        truth.append(f"{left},{top},40,30\n")
    anchors = {0: 1, length // 3: 1, length - 5: -1}
    (folder / "groundtruth.txt").write_text("".join(truth))
    (folder / "anchor.value").write_text("".join(f"{anchors.get(index, 0)}\n" for index in range(length)))
    (folder / "sequence").write_text(
        f"name={folder.name}\nfps=30\nformat=default\nchannels.color=color/%08d.jpg\n"
        f"width={WIDTH}\nheight={HEIGHT}\nlength={length}\n"
    )


@pytest.fixture(scope="module")
def run(toolkit: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A workspace and a tracker by `sotc vot init`, tested, evaluated and analysed by the toolkit."""
    base = tmp_path_factory.mktemp("vot")
    workspace, home = base / "workspace", base / "home"
    home.mkdir()
    artifact = base / "50% of it" / "corr.sotx"  # what an ini and a shell might stumble over
    sequences = workspace / "sequences"
    for seed, (name, length) in enumerate(LENGTHS.items()):
        write_sequence(sequences / name, length, JUMP if name == "jump" else None, seed)
    (sequences / "list.txt").write_text("".join(f"{name}\n" for name in LENGTHS))
    (workspace / "stack.yaml").write_text(STACK)
    sotc("compile", "correlation_filter", "--backend", "onnx", "--no-gate", "-o", str(artifact))
    sotc("vot", "init", str(workspace), str(artifact), "--name", NAME, "--stack", "stack.yaml")

    environment = {**os.environ, "HOME": str(home)}  # regions are written in the binary form, then
    tested = shell(toolkit, "test", NAME, folder=workspace, environment=environment)
    starts = counted(workspace / "trackers.ini", base)
    shell(toolkit, "evaluate", "--workspace", str(workspace), NAME, folder=base, environment=environment)
    shell(
        toolkit,
        *("analysis", "--workspace", str(workspace), "--format", "json", NAME),
        folder=base,
        environment=environment,
    )
    analysis = json.loads(next((workspace / "analysis").glob("*.json")).read_text())
    return Run(workspace, starts.read_text().splitlines(), tested, analysis["results"])


def counted(registry: Path, folder: Path) -> Path:
    """Have the tracker started by a program that writes a line each time."""
    starts, counter = folder / "starts.txt", folder / "count.sh"
    counter.write_text(f'#!/bin/sh\necho "$$" >> "{starts}"\nexec "$@"\n')
    counter.chmod(0o755)
    registry.write_text(registry.read_text().replace("command = ", f"command = {counter} "))
    return starts


def sotc(*arguments: str) -> str:
    done = CliRunner().invoke(main, arguments, prog_name="sotc")
    assert done.exit_code == 0, done.output
    return done.output


def shell(program: Path, *arguments: str, folder: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        [str(program), *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0 and "Traceback" not in done.stdout, done.stdout[-2000:]
    return done.stdout


# ---------------------------------------------------------------- what came of it


def ours(run: Run, profile: str) -> VotScore:
    """Our measures of what the toolkit wrote, over the lengths that its analysis was told to take."""
    found = replace(find_vot_profile(profile), interval=(LOW, HIGH))
    sequences, missing = read_vot(found, run.workspace / "sequences", run.results)
    assert [each.name for each in sequences] == list(LENGTHS) and missing == []
    return grade_vot(found, sequences)


def theirs(run: Run, experiment: str, analysis: int) -> list[Any]:
    """The values of one analysis for our tracker."""
    return run.analysis[experiment]["results"][analysis][0]


def test_the_toolkits_own_test_passes(run: Run) -> None:
    assert "Test concluded successfuly" in run.tested  # its spelling
    assert "confidence=" in run.tested


def test_one_process_a_sequence_is_begun_again_for_each_run(run: Run) -> None:
    """Three experiments, two sequences; there are three runs from anchors a sequence, and a failure in `jump`."""
    assert len(run.starts) == 3 * len(LENGTHS)
    assert len(set(run.starts)) == len(run.starts)


def test_supervised_measures_are_the_toolkits(run: Run) -> None:
    score = ours(run, "vot-toolkit")
    accuracy, failures, _, frames = theirs(run, "baseline", 0)
    assert score.measures["accuracy"] == pytest.approx(accuracy, abs=1e-6)
    assert score.measures["robustness"] == pytest.approx(failures, abs=1e-6)
    assert frames == np.mean(list(LENGTHS.values()))
    assert score.measures["eao"] == pytest.approx(theirs(run, "baseline", 1)[0], abs=1e-6)
    assert score.sequences["jump"].measures["failures"] == 1
    assert score.sequences["easy"].measures["failures"] == 0
    assert 0.5 < score.measures["eao"] < 1


def test_multistart_measures_are_the_toolkits(run: Run) -> None:
    score = ours(run, "vot-toolkit:vot2020")
    accuracy, robustness, *_ = theirs(run, "multistart", 0)
    assert score.measures["accuracy"] == pytest.approx(accuracy, abs=1e-6)
    assert score.measures["robustness"] == pytest.approx(robustness, abs=1e-6)
    assert score.measures["eao"] == pytest.approx(theirs(run, "multistart", 1)[0], abs=1e-6)
    assert 0.5 < score.measures["eao"] < 1


def test_the_unsupervised_measure_is_the_toolkits(run: Run) -> None:
    score = ours(run, "vot-toolkit:unsupervised")
    assert score.measures["accuracy"] == pytest.approx(theirs(run, "unsupervised", 0)[0], abs=1e-6)
    of_2018 = ours(run, "vot-toolkit:unsupervised-vot2018").measures["accuracy"]
    assert of_2018 == pytest.approx(theirs(run, "unsupervised", 1)[0], abs=1e-6)
    assert of_2018 != pytest.approx(score.measures["accuracy"], abs=1e-6)
    assert score.sequences["easy"].measures["accuracy"] > 0.5
    assert score.sequences["jump"].measures["accuracy"] < score.sequences["easy"].measures["accuracy"]


def test_confidences_are_written(run: Run) -> None:
    """One a frame but in the first, lower once the target is lost."""
    values = {
        name: read_numbers(run.results / "unsupervised" / name / f"{name}_001_confidence.value")
        for name in LENGTHS
    }
    for name, length in LENGTHS.items():
        assert len(values[name]) == length and np.isfinite(values[name][1:]).all()
    assert np.median(values["jump"][JUMP:]) < np.median(values["jump"][1:JUMP])


def test_the_command_line_scores_what_the_toolkit_wrote(run: Run) -> None:
    arguments = (str(run.workspace / "sequences"), str(run.results), "--profile", "vot-toolkit", "--json")
    told = json.loads(sotc("metrics", *arguments))
    assert told["overall"]["accuracy"] == pytest.approx(theirs(run, "baseline", 0)[0], abs=1e-6)


# ---------------------------------------------------------------- several objects

OBJECTS = {"one": ("a",), "two": ("a", "b"), "three": ("01", "02", "03")}

VOTS = """\
title: vots
experiments:
  baseline:
    type: unsupervised
    repetitions: 1
    multiobject: True
    analyses:
      - {type: average_accuracy, burnin: 0, ignore_unknown: False, weighted: False}
      - {type: longterm_ar}
      - {type: average_quality_auxiliary}
"""


def write_objects(folder: Path, labels: tuple[str, ...], seed: int) -> None:
    """Patches that move, the second of which is suddenly elsewhere, so that its tracker drifts."""
    random = np.random.default_rng(seed)
    ground = cv2.GaussianBlur(random.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8), (0, 0), 3)
    small = random.integers(0, 255, (len(labels), 6, 8, 3), dtype=np.uint8)
    patches = [np.asarray(cv2.resize(one, (40, 30), interpolation=cv2.INTER_CUBIC)) for one in small]
    (folder / "color").mkdir(parents=True)
    truth: dict[str, list[str]] = {label: [] for label in labels}
    length = 30 + 5 * seed
    for index in range(length):
        frame = np.array(ground)
        for order, (label, patch) in enumerate(zip(labels, patches, strict=True)):
            left = 20 + 60 * order + int(12 * np.sin(index / 12)) + (70 if order == 1 and index >= 22 else 0)
            top = 30 + 35 * order + int(10 * np.cos(index / 17))
            frame[top : top + 30, left : left + 40] = patch
            truth[label].append(f"{left},{top},40,30\n")
        assert cv2.imwrite(str(folder / "color" / f"{index + 1:08d}.jpg"), frame)
    for label, lines in truth.items():
        name = "groundtruth.txt" if len(labels) == 1 else f"groundtruth_{label}.txt"
        (folder / name).write_text("".join(lines))
    (folder / "sequence").write_text(
        f"name={folder.name}\nfps=30\nformat=default\nchannels.color=color/%08d.jpg\n"
        f"width={WIDTH}\nheight={HEIGHT}\nlength={length}\n"
    )


def test_measures_of_several_objects_are_the_toolkits(toolkit: Path, run: Run, tmp_path: Path) -> None:
    """Objects weigh equally in their video, and videos in the set; the command line finds them by both ways."""
    workspace, home = tmp_path / "workspace", tmp_path / "home"
    home.mkdir()
    for seed, (name, labels) in enumerate(OBJECTS.items()):
        write_objects(workspace / "sequences" / name, labels, seed)
    (workspace / "sequences" / "list.txt").write_text("".join(f"{name}\n" for name in OBJECTS))
    (workspace / "stack.yaml").write_text(VOTS)
    artifact = run.workspace.parent / "50% of it" / "corr.sotx"
    sotc("vot", "init", str(workspace), str(artifact), "--name", NAME, "--stack", "stack.yaml")
    environment = {**os.environ, "HOME": str(home)}
    for command in (["evaluate"], ["analysis", "--format", "json"]):
        arguments = (*command, "--workspace", str(workspace), NAME)
        shell(toolkit, *arguments, folder=tmp_path, environment=environment)
    (report,) = (workspace / "analysis").glob("*.json")
    ((quality,),), ((accuracy, robustness, _),), ((nre, dre, adq),) = (
        each for each in json.loads(report.read_text())["results"]["baseline"]["results"]
    )
    assert dre > 0, "one drifts"
    assert adq is None, "none is ever absent"
    theirs = {"quality": quality[0] if isinstance(quality, list) else quality, "accuracy": accuracy}
    theirs |= {"robustness": robustness, "nre": nre, "dre": dre}
    arguments = ("--profile", "vot-toolkit:vots", "--json")
    pair = (str(workspace / "sequences"), str(workspace / "results" / NAME))
    by_folders = json.loads(sotc("metrics", *pair, *arguments))["overall"]
    root = ("--data", "vots", "--root", str(workspace))
    by_data = json.loads(sotc("eval", pair[1], *root, *arguments))["overall"]
    for found in (by_folders, by_data):
        assert {key: found[key] for key in theirs} == pytest.approx(theirs, abs=1e-9)
