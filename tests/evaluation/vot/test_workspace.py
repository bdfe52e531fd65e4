"""A folder made a workspace of the toolkit."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from sotc.evaluation.vot.change import make
from sotc.evaluation.vot.errors import RegistrationError
from sotc.evaluation.vot.workspace import configure


def write_workspace(folder: Path, stack: str, *, replace: bool) -> str:
    """What was done with the file."""
    change = configure(folder, stack, replace)
    make(change)
    return change.done


def test_a_stack_of_the_toolkit(tmp_path: Path) -> None:
    assert write_workspace(tmp_path / "new", "vot2022/shorttermbox", replace=False) == "wrote"
    said = yaml.safe_load((tmp_path / "new" / "config.yaml").read_text())
    assert said == {
        "registry": ["./trackers.ini"],
        "sequences": "sequences",
        "stack": "vot2022/shorttermbox",
    }


@pytest.mark.parametrize("name", ["own.yaml", 'with "quotes": # and more.yaml'])
def test_a_stack_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Beside the workspace, or from where the command runs; written as a whole path."""
    workspace, here = tmp_path / "workspace", tmp_path / "here"
    workspace.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    for folder in (here, workspace):
        (folder / name).write_text("title: own\n")
        write_workspace(workspace, name, replace=True)
        said = yaml.safe_load((workspace / "config.yaml").read_text())
        assert said["stack"] == str(folder / name)


def test_a_stack_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RegistrationError, match=r"there is no stack `own\.yaml`"):
        write_workspace(tmp_path, "own.yaml", replace=False)
    assert list(tmp_path.iterdir()) == []


def test_another_workspace_is_left_alone(tmp_path: Path) -> None:
    write_workspace(tmp_path, "vot2018/shortterm", replace=False)
    assert write_workspace(tmp_path, "vot2018/shortterm", replace=False) == "unchanged"
    with pytest.raises(RegistrationError, match="is there already"):
        write_workspace(tmp_path, "vot2020/shortterm", replace=False)
    assert "vot2018/shortterm" in (tmp_path / "config.yaml").read_text()
    assert write_workspace(tmp_path, "vot2020/shortterm", replace=True) == "replaced"
    assert "vot2020/shortterm" in (tmp_path / "config.yaml").read_text()
