"""`sotc vot init`: what it writes, and what it refuses."""

from __future__ import annotations

import configparser
import os
import shlex
from pathlib import Path

import pytest

from .conftest import Sotc


def command_of(registry: Path, name: str) -> list[str]:
    parser = configparser.ConfigParser()
    parser.read(registry)
    return shlex.split(parser[name]["command"])


def test_the_command_starts_anywhere(sotc: Sotc, folder: Path) -> None:
    """Its program and files have whole paths, and every option that the tracker was given is in it."""
    (folder / "good.pth").write_bytes(b"weights")
    told = sotc(
        *("vot", "init", "work", "good.sot", "--name", "Good", "--weights", "good.pth"),
        *("--set", "width=32", "--threads", "2", "--crop", "graph", "--tracker", "Good", "--device", "cpu"),
    ).output
    program, *arguments = command_of(folder / "work" / "trackers.ini", "Good")
    assert Path(program).is_absolute() and os.access(program, os.X_OK)
    assert arguments[:2] == ["vot", str(folder / "good.sot")]
    assert arguments[2:] == [
        *("--weights", str(folder / "good.pth"), "--device", "cpu", "--crop", "graph", "--threads", "2"),
        *("--tracker", "Good", "--set", "width=32"),
    ]
    assert "vot evaluate --workspace work Good" in told and not (folder / "work" / "config.yaml").exists()


def test_a_spec_that_ships_is_named(sotc: Sotc, folder: Path) -> None:
    sotc("vot", "init", "--name", "Corr", "correlation_filter", "--stack", "vot2018/shortterm")
    assert command_of(folder / "trackers.ini", "Corr")[1:] == ["vot", "correlation_filter"]
    assert "vot2018/shortterm" in (folder / "config.yaml").read_text()


def test_nothing_is_replaced_without_force(sotc: Sotc, folder: Path) -> None:
    sotc("vot", "init", "--name", "Mine", "good.sot")
    before = (folder / "trackers.ini").read_text()
    assert "unchanged" in sotc("vot", "init", "--name", "Mine", "good.sot").output
    refused = sotc("vot", "init", "--name", "Mine", "good.sot", "--timeout", "30", code=1).output
    assert "SOT862" in refused and (folder / "trackers.ini").read_text() == before
    sotc("vot", "init", "--name", "Mine", "good.sot", "--timeout", "30", "--force")
    assert (folder / "trackers.ini").read_text() == before.replace("timeout = 120", "timeout = 30")


def test_a_workspace_that_is_another_leaves_the_registry_alone(sotc: Sotc, folder: Path) -> None:
    (folder / "config.yaml").write_text("stack: vot2022/shortterm\n")
    refused = sotc("vot", "init", "--name", "A", "good.sot", "--stack", "vot2018/shortterm", code=1).output
    assert "SOT862" in refused and "--force" in refused
    assert not (folder / "trackers.ini").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("bad.sot", "--name", "Bad"), "SOT401"),
        (("none.sot", "--name", "None"), "none.sot"),
        (("good.sot", "--name", "two words"), "SOT862"),
        (("good.sot", "--name", "A", "--weights", "none.pth"), "none.pth"),
    ],
)
def test_mistakes_are_told_here_and_not_in_the_toolkit(
    sotc: Sotc, folder: Path, arguments: tuple[str, ...], told: str
) -> None:
    assert told in sotc("vot", "init", *arguments, code=1).output
    assert not (folder / "trackers.ini").exists()


def test_too_many_arguments(sotc: Sotc) -> None:
    assert "one too many" in sotc("vot", "init", "a", "b", "c", "--name", "A", code=2).output


def test_python_is_found_where_it_is_allowed(sotc: Sotc, folder: Path) -> None:
    """The toolkit starts trackers in folders of its own."""
    sotc("vot", "init", "work", "good.sot", "--name", "Good", "--allow-python")
    assert command_of(folder / "work" / "trackers.ini", "Good")[-1] == "--allow-python"
    assert f"env_PYTHONPATH = {folder}\n" in (folder / "work" / "trackers.ini").read_text()


def test_what_the_toolkit_will_not_see_is_said(sotc: Sotc, folder: Path) -> None:
    (folder / "sotc.toml").write_text('[trust]\npython = ["lab.*"]\n')
    assert "give --allow-python" in sotc("vot", "init", "good.sot", "--name", "Good").output


@pytest.mark.parametrize(
    ("stack", "profile"),
    [
        ("vot2018/shortterm", "vot-toolkit"),
        ("vot2022/shorttermbox", "vot-toolkit:vot2020"),
        ("vot2022/longterm", "vot-toolkit:longterm"),
    ],
)
def test_the_profile_is_that_of_the_stack(sotc: Sotc, stack: str, profile: str) -> None:
    told = sotc("vot", "init", "good.sot", "--name", "Good", "--stack", stack).output
    assert told.endswith(f"--profile {profile}\n")
