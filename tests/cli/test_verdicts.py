"""An unchanged spec is not checked again; a changed one, or one of which a part changed, is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from sotc.cli.app import main
from sotc.specs import FOLDER

COUNTED = """
import sys
from sotc.cli.app import main
try:
    main(sys.argv[1:], standalone_mode=False)
finally:
    print("torch imported:", "torch" in sys.modules)
"""


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spec with a block in a file of its own, and an empty cache."""
    monkeypatch.setenv("SOTC_CACHE", str(tmp_path / "cache"))
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks" / "nanotrack.sot").write_text((FOLDER / "blocks" / "nanotrack.sot").read_text())
    path = tmp_path / "mine.sot"
    path.write_text((FOLDER / "nanotrack_v2.sot").read_text())
    return path


def checked(*arguments: str) -> tuple[str, bool]:
    """What `sotc check` prints, and whether it had to import torch for that."""
    done = subprocess.run(
        [sys.executable, "-c", COUNTED, "check", *arguments], capture_output=True, text=True
    )
    said, _, last = done.stdout.rstrip("\n").rpartition("\n")
    return said, last == "torch imported: True"


def test_an_unchanged_spec_is_remembered(spec: Path) -> None:
    first, again = checked(str(spec)), checked(str(spec))
    assert first == (f"{spec}: no errors", True)
    assert again == (f"{spec}: no errors", False)
    assert checked(str(spec), "--format", "json") == ("[]", False)


def test_a_change_of_a_block_is_seen(spec: Path) -> None:
    checked(str(spec))
    block = spec.parent / "blocks" / "nanotrack.sot"
    block.write_text(block.read_text().replace("block PixelMatch", "block PixelMatches"))
    said, anew = checked(str(spec))
    assert anew
    assert "PixelMatch" in said and "1 error" in said


def test_errors_and_warnings_are_told_each_time(spec: Path) -> None:
    text = spec.read_text()
    spec.write_text(text.replace("    truth gt: Box\n", "    truth gt: Box\n    param idle: int = 3\n"))
    runner = CliRunner()
    first, again = (runner.invoke(main, ["check", str(spec)]) for _ in range(2))
    assert "SOT902" in first.output and "(1 warning)" in first.output
    assert again.output == first.output
    spec.write_text(text.replace("blocks = 8", "blocks = 99"))
    broken = [runner.invoke(main, ["check", str(spec)]) for _ in range(2)]
    assert [one.exit_code for one in broken] == [1, 1]
    assert broken[0].output == broken[1].output


def test_what_is_set_is_asked_for_itself(spec: Path) -> None:
    text = spec.read_text().replace(
        "    truth gt: Box\n", "    truth gt: Box\n    param depth: int = 8 where depth < 9\n"
    )
    spec.write_text(text.replace("blocks = 8", "blocks = depth"))
    runner = CliRunner()
    assert runner.invoke(main, ["check", str(spec)]).exit_code == 0
    assert runner.invoke(main, ["check", str(spec), "--set", "depth=9"]).exit_code == 1
    assert runner.invoke(main, ["check", str(spec)]).exit_code == 0


def test_a_damaged_memory_is_passed_over(spec: Path) -> None:
    runner = CliRunner()
    runner.invoke(main, ["check", str(spec)])
    for entry in (spec.parent / "cache").glob("*.json"):
        entry.write_text(entry.read_text().replace("verdict", "verdikt"))
    assert runner.invoke(main, ["check", str(spec)]).output == f"{spec}: no errors\n"
