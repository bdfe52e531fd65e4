"""`[data]` of `sotc.toml`; the rest is held by tests/cli/test_config.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from sotc.evaluation.settings import Config, ConfigError, at_home, load


def test_folders_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    path = tmp_path / "sotc.toml"
    path.write_text('[data]\nroot = "/data"\nLaSOT = "inner/LaSOT"\notb100 = "~/OTB"\n')
    assert load(tmp_path) == Config(
        path,
        (),
        (("root", Path("/data")), ("lasot", tmp_path / "inner/LaSOT"), ("otb100", tmp_path / "me/OTB")),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[data]\nlassot = "/data"\n', "did you mean `lasot`"),
        ("[data]\nlasot = 1\n", "not a folder in quotes"),
        ('[data]\nlasot = ""\n', "not a folder in quotes"),
        ('[date]\nlasot = "x"\n', "not known, below `date`"),
        ('data = "x"\n', "not known, below `data`"),
        ("[data]\nlasot = " + "[" * 5000, "is not TOML"),
        ("[data]\nlasot = " + "9" * 5000, "is not TOML"),
    ],
)
def test_slips(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "sotc.toml").write_text(text)
    with pytest.raises(ConfigError, match=told):
        load(tmp_path)


def test_the_home_of_nobody_is_a_folder_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert at_home("~/OTB") == tmp_path / "OTB"
    assert at_home("~nobody-of-this-name/OTB") == Path("~nobody-of-this-name/OTB")
