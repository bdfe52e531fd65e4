"""`sotc.toml`: found upwards, read strictly."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sotc.cli.config import Config, ConfigError, allowance, load


def test_the_nearest_file_above_counts(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "sotc.toml").write_text('[trust]\npython = ["outer.*"]\n')
    assert load(below) == Config(tmp_path / "sotc.toml", ("outer.*",))
    (tmp_path / "a" / "sotc.toml").write_text('[trust]\npython = ["inner"]\n')
    assert load(below).trusted == ("inner",)


def test_an_empty_file_trusts_nothing(tmp_path: Path) -> None:
    (tmp_path / "sotc.toml").write_text("")
    assert load(tmp_path).trusted == ()


@pytest.mark.parametrize(
    "text",
    [
        "[trust]\npyton = []\n",
        "[truts]\npython = []\n",
        "trust = 1\n",
        '[trust]\npython = "my_lab"\n',
        "[trust]\npython = [1]\n",
        "[trust",
        "\xff",
    ],
)
def test_a_slip_is_said_not_passed_over(text: str, tmp_path: Path) -> None:
    (tmp_path / "sotc.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"sotc\.toml"):
        load(tmp_path)


def test_what_may_be_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    assert allowance(False) is False
    assert str(tmp_path) not in sys.path, "what may not be imported is not looked for"
    assert allowance(True) is True
    assert sys.path[-1] == str(tmp_path), "last, so that a file here shadows nothing"
    (tmp_path / "sotc.toml").write_text('[trust]\npython = ["my_lab.*"]\n')
    assert allowance(False) == ("my_lab.*",)
    assert allowance(True) is True
