"""`sotc eval` as a user meets it: runs that stop and go on, jobs, batches, shards, results of others, server files."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ..evaluation.runs import tiny

Cli = Callable[..., Any]


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.shared_artifact(tmp_path_factory)


@pytest.fixture
def here(folder: Path, artifact: Path) -> Path:
    """The working folder with a tracker and a data set."""
    shutil.copy(artifact, folder / "tiny.sotx")
    shutil.copy(artifact.with_suffix(".sot"), folder / "tiny.sot")
    tiny.write_data(folder / "data")
    return folder


ARGUMENTS = ("eval", "tiny.sotx", "--data", "data/own.csv")
LENGTHS = tiny.LENGTHS
PLACE = Path("results") / "Tiny" / "own"


def started(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """A process of its own, in a session of its own."""
    return subprocess.Popen(
        [str(Path(sys.executable).parent / "sotc"), *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def left_of(group: int) -> list[str]:
    """Processes of a group that still live after a moment: names, from the system's own files (Linux)."""
    until = time.monotonic() + 10
    while True:
        found = []
        for place in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):  # it may end meanwhile
                name, _, rest = place.read_text().rpartition(")")
                state, _, of = rest.split()[:3]
                if int(of) == group and state != "Z":
                    found.append(name)
        if not found or time.monotonic() > until:
            return found
        time.sleep(0.05)


def test_a_run_is_scored(sotc: Cli, here: Path) -> None:
    done = sotc(*ARGUMENTS, "--profile", "pysot", "--profile", "got10k", "--per-sequence")
    assert "[1/4] alpha  14 frames" in done.stderr and "results  results/Tiny/own" in done.stderr
    assert done.stdout.startswith("Tiny on own, 4 sequences\n")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["profile", "success", "precision", "norm_precision", "ao", "sr50", "sr75"] in lines
    assert {line[0] for line in lines if line} >= {"pysot", "got10k", "alpha", "gamma"}
    again = sotc("eval", "results", "--json")
    told = json.loads(again.stdout)
    assert list(told["profiles"]) == ["pysot", "got10k"] and told["tracker"] == "Tiny"
    assert told["data"] == {"name": "own", "split": None, "sequences": 4}
    assert set(told["profiles"]["pysot"]["sequences"]) == set(tiny.LENGTHS)
    whole = sotc("eval", str(PLACE), "--data", "data/own.csv", "--profile", "pysot", "--int", "--json")
    assert json.loads(whole.stdout)["integers"] is True


def test_jobs_and_batches_give_the_same_boxes(sotc: Cli, here: Path) -> None:
    sotc(*ARGUMENTS, "-q")
    sotc(*ARGUMENTS, "-q", "-j", "2", "-o", "two")
    sotc(*ARGUMENTS, "-q", "--batch", "4", "-o", "batch")
    alone, two, batch = (here / out / "Tiny" / "own" for out in ("results", "two", "batch"))
    for name in tiny.LENGTHS:
        assert (alone / f"{name}.txt").read_bytes() == (two / f"{name}.txt").read_bytes()
        first, other = (np.loadtxt(place / f"{name}.txt", delimiter=",") for place in (alone, batch))
        assert np.abs(first - other).max() < 1e-3


@pytest.mark.parametrize("jobs", ["1", pytest.param("2", marks=pytest.mark.slow)])
def test_a_killed_run_goes_on_to_the_same_end(sotc: Cli, here: Path, jobs: str) -> None:
    """kill -9 in the middle; then the same command."""
    lengths = {"one": 60, "two": 400, "three": 50}
    tiny.write_data(here / "long", lengths, seed=1)
    arguments = ("eval", "tiny.sotx", "--data", "long/own.csv")
    process = started(*arguments, "-o", "killed", "-j", jobs)
    place = here / "killed" / "Tiny" / "own"
    until = time.monotonic() + 60
    while not (place / "two.txt").exists() and time.monotonic() < until:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert left_of(process.pid) == [], "processes end with the one that started them"
    there = {name for name in lengths if (place / f"{name}.txt").exists()}
    assert "two" in there and (jobs == "2" or len(there) < 3), "it was killed in the middle"
    stamp = (place / "two.txt").stat().st_mtime_ns
    assert sotc(*arguments, "-o", "killed", "-j", jobs).stderr.count("[") == 3 - len(there)
    sotc(*arguments, "-o", "whole", "-q", "-j", jobs)
    assert tiny.files(place) == tiny.files(here / "whole" / "Tiny" / "own")
    assert (place / "two.txt").stat().st_mtime_ns == stamp


@pytest.mark.parametrize("jobs", [pytest.param("1", marks=pytest.mark.slow), "2"])
def test_ctrl_c_tells_how_to_go_on_and_leaves_nobody(here: Path, jobs: str) -> None:
    tiny.write_data(here / "long", dict.fromkeys(("s1", "s2", "s3", "s4"), 300), seed=1)
    process = started("eval", "tiny.sotx", "--data", "long/own.csv", "-j", jobs)
    assert process.stderr is not None
    assert process.stderr.readline().startswith("[1/4]")
    os.killpg(process.pid, signal.SIGINT)  # as a terminal sends it: to all of them
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert (
        "sequences are done in results/Tiny/own; the same command goes on" in said and "Traceback" not in said
    )
    assert left_of(process.pid) == [], "nobody is left"
    assert not list((here / PLACE).glob(".s*"))


def test_a_sequence_that_fails_is_told_and_the_rest_is_scored(sotc: Cli, here: Path) -> None:
    (here / "data" / "beta" / "0000.png").write_bytes(b"no picture")
    done = sotc(*ARGUMENTS, code=1)
    assert "failed   beta: frame 0: the first frame of `beta` cannot be read" in done.stderr
    assert "only 3 of 4 sequences" in done.stdout and "pysot" in done.stdout
    refused = sotc("eval", "results", code=1)
    assert "SOT852" in refused.output and "beta" in refused.output
    assert "only 3 of 4" in sotc("eval", "results", "--partial").stdout


def test_nothing_is_scored_where_everything_failed(sotc: Cli, here: Path) -> None:
    for name in tiny.LENGTHS:
        (here / "data" / name / "0000.png").write_bytes(b"no picture")
    done = sotc(*ARGUMENTS, code=1)
    assert done.stderr.count("failed   ") == 4 and "SOT852" not in done.output


def test_other_weights_are_refused(sotc: Cli, here: Path) -> None:
    sotc(*ARGUMENTS, "-q")
    text = (here / "tiny.sot").read_text().replace("16 *", "17 *")
    (here / "tiny.sot").write_text(text)
    before = tiny.files(here / "results", times=True)
    done = sotc("eval", "tiny.sot", "--data", "data/own.csv", code=1)
    assert (
        "SOT850" in done.output
        and "backend: onnx there, eager now" in done.output
        and "--fresh" in done.output
    )
    assert tiny.files(here / "results", times=True) == before


def test_shards_of_two_processes_in_one_folder(sotc: Cli, here: Path) -> None:
    """As a launcher starts them: RANK and WORLD_SIZE say whose share is whose."""
    processes = [started(*ARGUMENTS, "-o", "shared", RANK=str(rank), WORLD_SIZE="2") for rank in range(2)]
    said = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    assert any("Tiny on own, 4 sequences" in stdout for stdout, _ in said), "the last one scores"
    sotc(*ARGUMENTS, "-q")
    whole, shared = tiny.files(here / PLACE), tiny.files(here / "shared" / "Tiny" / "own")
    assert whole == shared


def test_shards_in_two_folders_are_merged(sotc: Cli, here: Path) -> None:
    for index in ("1", "2"):
        done = sotc(*ARGUMENTS, "--shard", f"{index}/2", "-o", f"out-{index}")
        assert f"(share {index}/2)" in done.stderr and done.stdout == ""
    refused = sotc("eval", "merge", "out-1", code=1)
    assert "SOT855" in refused.output and "2/2 are missing" in refused.output
    assert "merged   out-1/Tiny/own" in sotc("eval", "merge", "out-1", "out-2").stdout
    assert "4 sequences" in sotc("eval", "out-1").stdout


def test_results_of_others_are_scored(sotc: Cli, here: Path) -> None:
    folder = here / "pysot" / "OWN" / "SiamRPN"
    folder.mkdir(parents=True)
    for name in tiny.LENGTHS:
        shutil.copy(here / "data" / f"{name}.txt", folder)
    assert "--data says of what data set" in sotc("eval", "pysot/OWN/SiamRPN", code=2).output
    done = sotc("eval", "pysot/OWN/SiamRPN", "--data", "data/own.csv", "--profile", "pysot", "--json")
    measures = json.loads(done.stdout)["profiles"]["pysot"]["overall"]
    assert measures["success"] == pytest.approx(20 / 21) and measures["precision"] == 1
    (folder / "beta.txt").write_text("1,2,3,4\n")
    assert "SOT852" in sotc("eval", "pysot/OWN/SiamRPN", "--data", "data/own.csv", code=1).output
    padded = sotc("eval", "pysot/OWN/SiamRPN", "--data", "data/own.csv", "--pad", "--profile", "pysot")
    assert "SiamRPN on own" in padded.stdout


def test_a_zip_for_a_server(sotc: Cli, here: Path) -> None:
    refused = sotc(*ARGUMENTS, "--submit", "got10k", "-o", "upload.zip", code=1)
    assert "SOT853" in refused.output and "GOT-10k_Test_000001" in refused.output
    done = sotc("eval", "results", "--submit", "trackingnet", "--partial", "-o", "upload.zip")
    assert "wrote    upload.zip: 4 sequences of Tiny for trackingnet" in done.stdout
    assert (here / "upload.zip").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("tiny.sotx",), 2, "--data says on what"),
        (("tiny.sotx", "--data", "nodata"), 1, "nodata"),
        (("tiny.sotx", "--data", "otb2015", "--root", "nowhere"), 1, "nowhere"),
        (("tiny.sotx", "--data", "data/own.csv", "--profile", "pysott"), 1, "did you mean `pysot`?"),
        (("tiny.sotx", "--data", "data/own.csv", "--shard", "3/2"), 1, "SOT854"),
        (("tiny.sotx", "--data", "data/own.csv", "--set", "a=1"), 2, "an artifact holds its own"),
        (("tiny.sotx", "--data", "data/own.csv", "--backend", "eager"), 2, "an artifact has its own"),
        (("tiny.sotx", "--data", "data/own.csv", "--submit", "got10k"), 2, "--submit needs -o"),
        (("tiny.sot", "--data", "data/own.csv", "--backend", "auto"), 1, "sotc compile tiny.sot"),
        (("tinny.sotx", "--data", "data/own.csv"), 1, "tinny.sotx"),
        (("data", "--data", "data/own.csv", "--weights", "w.pth"), 2, "results are there already"),
        (("data/alpha", "--data", "data/own.csv"), 1, "SOT851"),
        (("merge", "data"), 1, "SOT855"),
        (("merge",), 2, "OUT..."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_bad_input_gets_a_message_and_leaves_nothing(
    sotc: Cli, here: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    assert said in sotc("eval", *arguments, code=code).output
    assert not (here / "results").exists()


def test_help_has_examples(sotc: Cli) -> None:
    assert "Examples:" in sotc("eval", "--help").stdout and "sotc eval merge" in sotc("eval", "--help").stdout
    assert "Examples:" in sotc("eval", "merge", "--help").stdout


def test_own_sequences_with_first_boxes_alone(sotc: Cli, here: Path) -> None:
    """No server scores those: it is said what could be, and of the others there are scores."""
    lines = (here / "data" / "own.csv").read_text().splitlines()
    box = (here / "data" / "beta.txt").read_text().splitlines()[0]
    for name, kept in (("all", LENGTHS), ("some", ("beta",))):
        rows = [
            lines[0],
            *(f'{name},{name},"{box}"' if name in kept else f"{name},{name},{name}.txt" for name in LENGTHS),
        ]
        (here / "data" / f"{name}.csv").write_text("\n".join(rows) + "\n")
    done = sotc("eval", "tiny.sotx", "--data", "data/all.csv", "-q", "--json")
    assert json.loads(done.stdout)["profiles"] == {}
    assert "nothing is scored" in done.stderr and "server" not in done.stderr
    done = sotc("eval", "tiny.sotx", "--data", "data/some.csv", "-q", "--json")
    scored = json.loads(done.stdout)["profiles"]["pysot"]["sequences"]
    assert sorted(scored) == ["alpha", "delta", "gamma"]
    assert "unscored beta: no more is known" in done.stderr


def test_what_cannot_be_is_said_before_anything_runs(sotc: Cli, here: Path) -> None:
    (here / "file").write_text("mine")
    done = sotc(*ARGUMENTS, "-o", "file", code=1)
    assert "SOT813" in done.output and (here / "file").read_text() == "mine"
    assert "SOT853" in sotc(*ARGUMENTS, "--submit", "got10k", "-o", "upload.txt", code=1).output
    assert not (here / "results").exists()
    sotc(*ARGUMENTS, "-q")
    for option in (("--repeat", "2"), ("--jobs", "2"), ("--allow-python",), ("--crop", "host")):
        assert f"{option[0]} goes with a tracker" in sotc("eval", "results", *option, code=2).output


def test_a_manifest_names_no_files_outside(sotc: Cli, here: Path) -> None:
    """Files are removed by its names where --fresh is said."""
    sotc(*ARGUMENTS, "-q")
    (here / "kept.txt").write_text("mine")
    manifest = here / PLACE / "manifest.json"
    said = json.loads(manifest.read_text())
    for change in ({"sequences": {"../../../kept": 3}}, {"repeats": 0}, {"repeats": 10**9}):
        manifest.write_text(json.dumps({**said, **change}))
        assert "SOT851" in sotc(*ARGUMENTS, code=1).output
        assert "4 sequences" in sotc(*ARGUMENTS, "--fresh").stdout, "as the message says"
        assert (here / "kept.txt").read_text() == "mine"
    for text in ("[" * 100_000, '{"kind": ' + "9" * 5000 + "}", "{"):
        manifest.write_text(text)
        assert "SOT851" in sotc("eval", str(here / PLACE), code=1).output
