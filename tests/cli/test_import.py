"""`sotc import`: what it writes, what it tells, and that it overwrites nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sotc.cli.app import main

CONFIG = """
BACKBONE: {TYPE: alexnet, KWARGS: {width_mult: 0.5}}
ADJUST: {ADJUST: false}
RPN: {TYPE: DepthwiseRPN, KWARGS: {anchor_num: 5}}
TRACK: {TYPE: SiamRPNTracker, PENALTY: 0.16, WINDOW_INFLUENCE: 0.4, LR: 0.3, INSTANCE_SIZE: 287}
"""


@pytest.fixture
def config(folder: Path) -> Path:
    path = folder / "config.yaml"
    path.write_text(CONFIG)
    return path


def test_a_spec_and_its_key_map_are_written_and_check_clean(sotc: Any, folder: Path, config: Path) -> None:
    done = sotc("import", "pysot", "config.yaml", "-o", "sub/my_alex")
    assert done.stdout.splitlines()[:2] == [
        "wrote sub/my_alex.sot; next: sotc check sub/my_alex.sot",
        "wrote sub/my_alex.keys.toml, the key map of siamrpn_alex, for checkpoints of",
    ]
    assert done.stderr.splitlines()[0] == (
        "note: config.yaml:5: `TRACK.PENALTY = 0.16`: PySOT's TRACK has no setting of this name;"
        " did you mean `PENALTY_K`?"
    )
    text = (folder / "sub" / "my_alex.sot").read_text()
    assert "tracker MyAlex {" in text
    assert sotc("check", "sub/my_alex.sot").output == "sub/my_alex.sot: no errors\n", "nor warnings"
    sotc("fmt", "--check", "sub/my_alex.sot")


def test_without_o_the_spec_goes_to_standard_output_and_nothing_is_written(
    sotc: Any, folder: Path, config: Path
) -> None:
    before = sorted(folder.iterdir())
    done = sotc("import", "pysot", "config.yaml")
    assert done.stdout.startswith("# Not in this spec, or not as in config.yaml:\n")
    assert "note: " in done.stderr and "note: " not in done.stdout
    assert sorted(folder.iterdir()) == before


def test_nothing_is_overwritten(sotc: Any, folder: Path, config: Path) -> None:
    before = (folder / "good.sot").read_text()
    assert (
        "good.sot is there already" in sotc("import", "pysot", "config.yaml", "-o", "good.sot", code=1).output
    )
    assert (folder / "good.sot").read_text() == before
    (folder / "new.keys.toml").write_text("[rename]\n")
    assert "new.keys.toml is there already" in sotc("import", "pysot", "config.yaml", "-o", "new").output
    assert (folder / "new.keys.toml").read_text() == "[rename]\n"


@pytest.mark.parametrize(
    ("toolbox", "text", "code"),
    [
        ("pysot", "a: [", "SOT630"),
        ("mmtracking", "model = dict(", "SOT630"),
        ("mmtracking", "model = make()", "SOT631"),
        ("mmtracking", "_base_ = 'gone.py'", "SOT632"),
        ("mmtracking", "model = dict(type='YOLOX')", "SOT633"),
        ("pysot", "TRACK: {LR: x}", "SOT634"),
        ("pysot", "TRACK: {TYPE: x}", "SOT634"),
    ],
)
def test_what_cannot_be_imported_is_told_and_leaves_nothing(
    sotc: Any, folder: Path, toolbox: str, text: str, code: str
) -> None:
    (folder / "config").write_text(text)
    before = sorted(folder.iterdir())
    done = sotc("import", toolbox, "config", "-o", "out.sot", code=1)
    assert done.stderr.startswith(f"error[{code}]: ") and "= help: " in done.stderr
    assert sorted(folder.iterdir()) == before


def test_an_import_of_own_components_says_how_to_check_it(sotc: Any, folder: Path) -> None:
    (folder / "mine.py").write_text(
        "custom_imports = dict(imports=['my_net'])\n"
        "model = dict(type='SiamRPN', backbone=dict(type='MyNet'), head=dict(type='SiameseRPNHead'))\n"
    )
    done = sotc("import", "mmtracking", "mine.py", "-o", "mine.sot")
    assert "next: sotc check mine.sot --allow-python" in done.stdout
    assert not (folder / "mine.keys.toml").exists()


def test_the_help_shows_examples(sotc: Any) -> None:
    assert "sotc import mmtracking" in sotc("import", "--help").output
    assert "Examples:" in sotc("import", "pysot", "--help").output
    assert "import" in main.list_commands(None)  # type: ignore[arg-type]
