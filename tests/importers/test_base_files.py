"""Configs with the files that they build upon."""

from __future__ import annotations

from pathlib import Path

import pytest

from sotc.importers.base_files import load_config
from sotc.importers.errors import BaseConfigError
from sotc.importers.table import Place


def write(folder: Path, **texts: str) -> str:
    for name, text in texts.items():
        path = folder / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(folder / "top.py")


def test_tables_are_merged_and_the_rest_replaced(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        base="model = dict(a=1, b=dict(c=2, d=[3, 4]), e=5)\nother = 6",
        top="_base_ = 'base.py'\nmodel = dict(b=dict(d=[7]), e=dict(f=8))",
    )
    found = load_config(path)
    assert found == {"model": {"a": 1, "b": {"c": 2, "d": [7]}, "e": {"f": 8}}, "other": 6}
    assert found["model"].places["a"] == Place(str(tmp_path / "base.py"), 1)
    assert found["model"]["b"].places["d"] == Place(path, 2)


def test_delete_takes_what_stood_there_before(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        base="model = dict(a=dict(x=1, y=dict(z=2)), b=dict(x=1))",
        top="_base_ = './base.py'\nmodel = dict(a=dict(_delete_=True, y=dict(w=3)), b=dict(_delete_=False, v=4))",
    )
    assert load_config(path) == {"model": {"a": {"y": {"w": 3}}, "b": {"x": 1, "v": 4}}}


def test_delete_without_a_base_is_no_setting(tmp_path: Path) -> None:
    assert load_config(write(tmp_path, top="model = dict(a=dict(_delete_=True, b=[1]))")) == {
        "model": {"a": {"b": [1]}}
    }


def test_bases_are_followed_from_the_folder_of_the_file_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "middle.py").write_text(
        "_base_ = ['../one.py', '../two.py']\na = {{_base_.one}} + {{_base_.two}}\n"
    )
    found = load_config(
        write(tmp_path, one="one = 1", two="two = 2", top="_base_ = ['sub/middle.py']\nb = _base_.a")
    )
    assert found == {"one": 1, "two": 2, "a": 3, "b": 3}


def test_a_file_may_be_reached_twice_without_a_circle(tmp_path: Path) -> None:
    path = write(tmp_path, root="", left="_base_ = 'root.py'\na = 1", right="_base_ = 'root.py'\nb = 2",
                 top="_base_ = ['left.py', 'right.py']")  # fmt: skip
    assert load_config(path) == {"a": 1, "b": 2}


def test_a_missing_base_is_told_with_who_asks_for_it(tmp_path: Path) -> None:
    path = write(tmp_path, middle="x = 1\n_base_ = 'gone.py'", top="_base_ = 'middle.py'")
    with pytest.raises(BaseConfigError) as caught:
        load_config(path)
    assert caught.value.message == (
        f"cannot read `{tmp_path}/gone.py`: there is no such file; {tmp_path}/middle.py:2 builds on it"
    )
    assert "`_base_`" in caught.value.remedy


@pytest.mark.parametrize(
    ("texts", "told_of"),
    [
        ({"top": "_base_ = 'top.py'"}, "goes round in a circle"),
        (
            {"top": "_base_ = 'b.py'", "b": "_base_ = ['c.py']", "c": "_base_ = './b.py'"},
            "b.py -> .*c.py -> .*b.py",
        ),
        (
            {"top": "_base_ = ['a.py', 'b.py']", "a": "x = 1", "b": "\nx = 2"},
            r"hold `x`: .*a\.py:1 and .*b\.py:2",
        ),
        ({"top": "_base_ = 3"}, "a path or a list of paths"),
        ({"top": "_base_ = ['a.py', 3]"}, "a path or a list of paths"),
        ({"top": "_base_ = 'mmdet::a/b.py'"}, "installed package"),
        ({"top": "_base_ = '.'"}, "it is a folder"),
        (
            {f"f{i}": f"_base_ = 'f{i + 1}.py'" for i in range(120)} | {"top": "_base_ = 'f0.py'"},
            "more than 100 files",
        ),
    ],
)
def test_bases_that_cannot_be_are_refused(tmp_path: Path, texts: dict[str, str], told_of: str) -> None:
    with pytest.raises(BaseConfigError, match=told_of):
        load_config(write(tmp_path, **texts))


def test_files_that_build_twice_on_the_next_are_read_once_each(tmp_path: Path) -> None:
    """Otherwise forty of them would be read a million million times."""
    texts = {f"f{i}": f"_base_ = ['f{i + 1}.py', './f{i + 1}.py']" for i in range(40)}
    assert load_config(write(tmp_path, top="_base_ = 'f0.py'\na = 1", f40="", **texts)) == {"a": 1}
