"""Server files, held to expectations written by hand."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from sotc.evaluation.runs.errors import SubmissionError
from sotc.evaluation.runs.results import FileTable, Results, RunFiles
from sotc.evaluation.runs.submission import COUNTS, GOT10K_SEQUENCES, Server, write_submission

BOXES = np.array([[1.0, 2.0, 30.0, 40.0], [1.23456, 2.0, 30.005, -0.00001]])
TIMES = np.array([0.5, 0.0123456789])
SCORES = np.array([np.nan, 0.75])


def results(names: tuple[str, ...], runs: int = 1, times: bool = True) -> Results:
    def table(value: np.ndarray) -> FileTable:
        return FileTable({name: Path(name) for name in names}, lambda path: value)

    files = tuple(
        RunFiles(
            table(BOXES + run), table(SCORES), table(TIMES + run) if times else FileTable({}, np.loadtxt)
        )
        for run in range(runs)
    )
    return Results("Tiny", None, "sotc", Path("results/Tiny/set"), files)


def members(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_got10k(tmp_path: Path) -> None:
    path = tmp_path / "upload.zip"
    written = write_submission("got10k", results(GOT10K_SEQUENCES, runs=2), path)
    found = members(path)
    assert written.sequences == 180 and not written.missing and len(found) == 180 * 3
    assert sorted({name.partition("/")[0] for name in found}) == list(GOT10K_SEQUENCES)
    name = "GOT-10k_Test_000180"
    assert found[f"{name}/{name}_001.txt"] == "1.000,2.000,30.000,40.000\n1.235,2.000,30.005,-0.000\n"
    assert found[f"{name}/{name}_002.txt"] == "2.000,3.000,31.000,41.000\n2.235,3.000,31.005,1.000\n"
    assert found[f"{name}/{name}_time.txt"] == "0.50000000,1.50000000\n0.01234568,1.01234568\n"


def test_trackingnet(tmp_path: Path) -> None:
    names = tuple(f"video{number}_0" for number in range(511))
    write_submission("trackingnet", results(names), tmp_path / "upload.zip")
    found = members(tmp_path / "upload.zip")
    assert sorted(found) == sorted(f"{name}.txt" for name in names), "flat"
    assert found["video7_0.txt"] == "1.00,2.00,30.00,40.00\n1.23,2.00,30.00,-0.00\n"


def test_vots(tmp_path: Path) -> None:
    names = tuple(f"thing{number}" for number in range(144))
    written = write_submission("vots", results(names), tmp_path / "upload.zip")
    found = members(tmp_path / "upload.zip")
    assert found["baseline/thing3/thing3_001.txt"] == "1\n1.235,2.000,30.005,-0.000\n"
    assert found["baseline/thing3/thing3_001_confidence.value"] == "\n0.750000\n"
    assert found["baseline/thing3/thing3_001_time.value"] == "0.500000\n0.012346\n"
    assert "no server was tried" in written.note


def test_vots_with_several_objects(tmp_path: Path) -> None:
    """The server counts videos; a file is an object's."""
    objects = {f"thing0.{label}": ("thing0", label) for label in ("a", "b")}
    names = (*objects, *(f"thing{number}" for number in range(1, 144)))
    written = write_submission("vots", results(names), tmp_path / "upload.zip", objects=objects)
    found = sorted(name for name in members(tmp_path / "upload.zip") if name.endswith("1.txt"))
    assert found[:3] == [
        "baseline/thing0/thing0_a_001.txt",
        "baseline/thing0/thing0_b_001.txt",
        "baseline/thing1/thing1_001.txt",
    ]
    assert written.sequences == 145


def test_equal_results_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        write_submission("got10k", results(GOT10K_SEQUENCES), tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_missing_sequences_are_named_and_let_pass_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "upload.zip"
    some = results(GOT10K_SEQUENCES[2:])
    with pytest.raises(
        SubmissionError, match=r"lacks 2 of the 180 .*GOT-10k_Test_000001, GOT-10k_Test_000002"
    ):
        write_submission("got10k", some, path)
    assert not path.exists()
    written = write_submission("got10k", some, path, partial=True)
    assert written.missing == GOT10K_SEQUENCES[:2] and written.sequences == 178
    with pytest.raises(SubmissionError, match="lacks 180 of the 180"):
        write_submission("got10k", results(("other",)), path, partial=True)


@pytest.mark.parametrize("server", ["trackingnet", "vots"])
def test_the_servers_number_of_sequences_is_asked_for(tmp_path: Path, server: Server) -> None:
    with pytest.raises(SubmissionError, match=f"wants {COUNTS[server]} sequences, and 2 are known here"):
        write_submission(server, results(("a", "b")), tmp_path / "upload.zip")
    written = write_submission(server, results(("a", "b")), tmp_path / "upload.zip", partial=True)
    assert written.sequences == 2


def test_what_a_server_cannot_take_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="is no zip"):
        write_submission("got10k", results(GOT10K_SEQUENCES), tmp_path / "upload.txt")
    with pytest.raises(SubmissionError, match="has no times"):
        write_submission("got10k", results(GOT10K_SEQUENCES, times=False), tmp_path / "upload.zip")
    broken = results(GOT10K_SEQUENCES)
    nan = FileTable({name: Path(name) for name in GOT10K_SEQUENCES}, lambda path: BOXES * np.nan)
    with pytest.raises(SubmissionError, match="no number, in frame 0"):
        write_submission(
            "got10k",
            Results("T", None, "sotc", Path("r"), (RunFiles(nan, {}, broken.times),)),
            tmp_path / "u.zip",
        )
