"""`sotc fmt`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

UNTIDY = "tracker A{\n  # kept\n  x=1\n}\n"
TIDY = "tracker A {\n    # kept\n    x = 1\n}\n"


def test_a_file_is_laid_out_in_place(sotc: Any, folder: Path) -> None:
    (folder / "a.sot").write_text(UNTIDY)
    assert "a.sot changed" in sotc("fmt", "a.sot").output
    assert (folder / "a.sot").read_text() == TIDY
    assert "changed\n" not in sotc("fmt", "a.sot").stdout
    assert sorted(path.name for path in folder.iterdir()) == ["a.sot", "bad.sot", "good.sot"], (
        "nothing is left beside"
    )


def test_check_changes_nothing_and_fails(sotc: Any, folder: Path) -> None:
    (folder / "a.sot").write_text(UNTIDY)
    assert "a.sot would change" in sotc("fmt", "--check", "a.sot", code=1).output
    assert (folder / "a.sot").read_text() == UNTIDY
    sotc("fmt", "--check", "good.sot")


def test_diff_shows_what_would_change(sotc: Any, folder: Path) -> None:
    (folder / "a.sot").write_text(UNTIDY)
    lines = sotc("fmt", "--diff", "a.sot").stdout.splitlines()
    assert "-  x=1" in lines and "+    x = 1" in lines
    assert (folder / "a.sot").read_text() == UNTIDY
    sotc("fmt", "--diff", "--check", "a.sot", code=1)


def test_standard_input_goes_to_standard_output(sotc: Any) -> None:
    result = sotc("fmt", "-", input=UNTIDY)
    assert (result.stdout, result.stderr) == (TIDY, "")


def test_standard_input_with_an_error_gives_nothing(sotc: Any) -> None:
    result = sotc("fmt", "-", input="tracker {", code=1)
    assert result.stdout == ""
    assert "<standard input>:1" in result.stderr


def test_a_file_with_an_error_stays_and_the_others_are_done(sotc: Any, folder: Path) -> None:
    (folder / "a.sot").write_text("tracker A {\n  x = = 1\n}\n")
    (folder / "b.sot").write_text(UNTIDY)
    result = sotc("fmt", "a.sot", "b.sot", code=1)
    assert "error[SOT1" in result.stderr
    assert (folder / "a.sot").read_text() == "tracker A {\n  x = = 1\n}\n"
    assert (folder / "b.sot").read_text() == TIDY


def test_a_folder_stands_for_all_specs_in_it(sotc: Any, folder: Path) -> None:
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "a.sot").write_text(UNTIDY)
    (folder / "deep" / "notes.txt").write_text("x=1")
    assert "1 file, 1 changed" in sotc("fmt", "deep").stderr
    assert (folder / "deep" / "notes.txt").read_text() == "x=1"


def test_a_missing_file_is_said(sotc: Any) -> None:
    assert "nowhere.sot" in sotc("fmt", "nowhere.sot", code=1).output


def test_a_file_that_cannot_be_written_stays_whole(sotc: Any, folder: Path) -> None:
    """A folder that refuses new files; root may write anywhere, so a file system that may not be written is used."""
    (folder / "a.sot").write_text(UNTIDY)
    assert sotc("fmt", "/proc/version", code=1).exit_code == 1
    assert (folder / "a.sot").read_text() == UNTIDY
