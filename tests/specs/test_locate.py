"""How a spec is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from sotc.specs import FOLDER, UnknownSpecError, locate, names


def test_every_spec_that_ships_has_a_name() -> None:
    assert "nanotrack_v2" in names()
    assert [locate(name) for name in names()] == [str(path) for path in sorted(FOLDER.glob("*.sot"))]


@pytest.mark.parametrize("path", ["a.sot", "folder/a.sot", "./nanotrack_v2", "folder/a"])
def test_a_path_stands_for_itself_even_where_nothing_is(path: str) -> None:
    assert locate(path) == path


def test_a_file_here_comes_before_a_spec_that_ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Path(locate("nanotrack_v2")) == FOLDER / "nanotrack_v2.sot"
    (tmp_path / "nanotrack_v2").write_text("tracker A {\n}\n")
    assert locate("nanotrack_v2") == "nanotrack_v2"


def test_a_path_object_is_fine(tmp_path: Path) -> None:
    assert locate(tmp_path / "a.sot") == str(tmp_path / "a.sot")


@pytest.mark.parametrize(
    ("typed", "meant"), [("nanotrak_v2", "nanotrack_v2"), ("NanoTrack_v1", "nanotrack_v1")]
)
def test_an_unknown_name_has_a_hint(typed: str, meant: str) -> None:
    with pytest.raises(UnknownSpecError, match=f"no spec is called `{typed}`") as caught:
        locate(typed)
    assert caught.value.remedy == f"did you mean `{meant}`?"


def test_a_name_like_no_other_gets_the_list() -> None:
    with pytest.raises(UnknownSpecError, match="nanotrack_v1, nanotrack_v2"):
        locate("zzz")


def test_a_forgotten_suffix_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.sot").write_text("")
    with pytest.raises(UnknownSpecError, match=r"mine\.sot"):
        locate("mine")


def test_an_artifact_is_told_from_a_spec() -> None:
    with pytest.raises(UnknownSpecError, match="is an artifact, and a spec is wanted here") as caught:
        locate("nano.sotx")
    assert "inspect" in (caught.value.remedy or "")
