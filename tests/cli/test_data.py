"""`sotc data`, as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..evaluation.datasets import trees
from .conftest import Sotc


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_list_says_what_there_is(sotc: Sotc, nowhere: Path) -> None:
    text = sotc("data", "list", code=None).stdout
    assert "none is found: say where they are" in text
    trees.got10k(nowhere / "data/GOT-10k")
    trees.dtb70(nowhere / "data/DTB70")
    text = sotc("data", "list", "--root", "data", code=None).stdout
    assert "got10k:val" in text and "3 of 180" in text and "data/GOT-10k" in text
    trees.text(nowhere / "sotc.toml", '[data]\ndtb70 = "data/DTB70"\n')
    rows = json.loads(sotc("data", "list", "--json", code=None).stdout)
    by_name = {(row["name"], row["split"]): row for row in rows}
    assert by_name["dtb70", "all"]["found"] == 3 and by_name["dtb70", "all"]["expected"] == 70
    assert by_name["got10k", "val"]["root"] is None
    assert by_name["lasot", "test"]["profiles"] == ["lasot", "ostrack"]
    assert sotc("data", "list", "--root", "gone", code=None).exit_code == 2


def test_check_of_what_is_sound(sotc: Sotc, nowhere: Path) -> None:
    trees.own(nowhere / "clips")
    done = sotc("data", "check", "clips", "--deep", code=None)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "warning: left out: there is no file of boxes beside it or within",
        "  --> clips/nobody",
        "clips: 2 sequences, 9 frames in clips",
        "0 errors, 1 warning",
    ]


def test_check_tells_and_exits_with_1(sotc: Sotc, nowhere: Path) -> None:
    trees.got10k(nowhere)
    trees.text(nowhere / "val/GOT-10k_Val_000002/absence.label", "0\n0\n")
    done = sotc("data", "check", "got10k:val", "--root", ".", code=None)
    assert done.exit_code == 1
    assert "error: GOT-10k_Val_000002: `GOT-10k_Val_000002` has 4 frames and 2 flags" in done.stdout
    assert "warning: 3 sequences are there, and there should be 180" in done.stdout
    assert done.stdout.splitlines()[-2:] == ["got10k:val: 3 sequences, 8 frames in .", "1 error, 1 warning"]
    report = json.loads(sotc("data", "check", "got10k:val", "--root", ".", "--json", code=None).stdout)
    assert [finding["kind"] for finding in report["findings"]] == ["warning", "error"]
    assert report["findings"][1]["sequence"] == "GOT-10k_Val_000002"


def test_warnings_alone_are_no_failure(sotc: Sotc, nowhere: Path) -> None:
    trees.dtb70(nowhere / "DTB70")
    done = sotc("data", "check", "dtb70", "--root", ".", code=None)
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "0 errors, 1 warning")


def test_a_manifest_made_checked_and_shown(sotc: Sotc, nowhere: Path) -> None:
    trees.own(nowhere / "clips")
    done = sotc("data", "new-manifest", "clips", "-o", "data.csv", code=None)
    assert done.exit_code == 0 and "wrote data.csv: 2 sequences" in done.stdout
    assert "left out `clips/nobody`: no file of boxes" in done.stderr
    assert (nowhere / "data.csv").read_text().splitlines() == [
        "name,frames,boxes",
        "cup,clips/cup/img,clips/cup/groundtruth.txt",
        "dog,clips/dog,clips/dog.txt",
    ]
    assert sotc("data", "check", "data.csv", code=None).exit_code == 0
    assert sotc("data", "show", "data.csv", code=None).stdout.split() == ["cup", "dog"]
    shown = sotc("data", "show", "data.csv", "dog", code=None).stdout
    assert "frames       4" in shown and "first box    2.0, 3.0, 4.0, 5.0" in shown
    described = json.loads(sotc("data", "show", "data.csv", "cup", "--json", code=None).stdout)
    assert described["boxes"] == 5 and described["absent"] is None
    again = sotc("data", "new-manifest", "clips", "-o", "data.csv", code=None)
    assert again.exit_code == 2 and "--force" in again.stderr
    assert sotc("data", "new-manifest", "clips", "-o", "data.csv", "--force", code=None).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("check", "lasott"), "error[SOT845]"),
        (("check", "lasot"), "error[SOT846]"),
        (("check", "lasot", "--root", "gone"), "does not exist"),
        (("check", "lasot", "--root", "~nobody-of-this-name"), "does not exist"),
        (("check", "~nobody-of-this-name/gone.csv"), "error[SOT847]"),
        (("check", "gone.csv"), "error[SOT847]"),
        (("show", "clips", "mug"), "error[SOT849]"),
        (("check", "."), "has no sequences"),
        (("new-manifest", "clips/nobody", "-o", "x.csv"), "has frames, and no boxes"),
    ],
)
def test_mistakes(arguments: tuple[str, ...], told: str, sotc: Sotc, nowhere: Path) -> None:
    trees.own(nowhere / "clips")
    done = sotc("data", *arguments, code=None)
    assert done.exit_code == 1 and told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (nowhere / "x.csv").exists()


def test_a_manifest_is_csv(sotc: Sotc, nowhere: Path) -> None:
    trees.own(nowhere / "clips")
    done = sotc("data", "new-manifest", "clips", "-o", "data.txt", code=None)
    assert done.exit_code == 2 and "does not end in .csv" in done.stderr
