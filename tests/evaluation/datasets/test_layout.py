"""Patterns: what they find, which of several counts, and what is missing."""

from __future__ import annotations

from pathlib import Path

from sotc.evaluation.datasets.layout import Layout, Row, list_sequences

from . import trees

FLAT = Layout(frames=("{name}/img", "{name}"), boxes=("{name}/a.txt", "{name}/b_{target}.txt"))


def plant(root: Path, *paths: str) -> Path:
    for path in paths:
        trees.text(root / path, "")
    return root


def test_the_first_pattern_that_finds_anything_counts(tmp_path: Path) -> None:
    plant(tmp_path, "x/a.txt", "y/a.txt", "y/b_1.txt", "z/b_1.txt", ".hidden/a.txt")
    assert [files.name for files in list_sequences(FLAT, tmp_path).found] == ["x", "y"]


def test_several_targets_are_sequences_and_one_keeps_its_name(tmp_path: Path) -> None:
    plant(tmp_path, "x/b_1.txt", "x/b_2.txt", "y/b_left.txt", "x/img/1.jpg")
    found = list_sequences(FLAT, tmp_path).found
    assert [files.name for files in found] == ["x.1", "x.2", "y"]
    assert [files.frames.relative_to(tmp_path).as_posix() for files in found] == ["x/img", "x/img", "y"]


def test_what_is_known_by_name_is_missing_or_there_in_part(tmp_path: Path) -> None:
    plant(tmp_path, "x/a.txt", "y/img/1.jpg")
    known = Layout(FLAT.frames, FLAT.boxes, names=lambda: (Row("x"), Row("y"), Row("z")))
    listing = list_sequences(known, tmp_path)
    assert [files.name for files in listing.found] == ["x", "y"], "frames without boxes are to be told about"
    assert listing.missing == ("z",)


def test_a_list_counts_before_what_lies_there(tmp_path: Path) -> None:
    plant(tmp_path, "x/a.txt", "y/a.txt")
    trees.text(tmp_path / "list.txt", "y\n\ny\ngone\n")
    listing = list_sequences(Layout(FLAT.frames, FLAT.boxes, listed="list.txt"), tmp_path)
    assert ([files.name for files in listing.found], listing.missing) == (["y"], ("gone",))


def test_names_with_signs_of_patterns(tmp_path: Path) -> None:
    plant(tmp_path, "a[1]/b_1.txt", "a[1]/b_2.txt", "a1/b_3.txt")
    trees.text(tmp_path / "list.txt", "a[1]\n")
    listing = list_sequences(Layout(FLAT.frames, FLAT.boxes, listed="list.txt"), tmp_path)
    assert [files.name for files in listing.found] == ["a[1].1", "a[1].2"]


def test_the_first_group_of_flags_that_is_there(tmp_path: Path) -> None:
    layout = Layout(
        FLAT.frames, ("{name}/a.txt",), absent=(("{name}/c.txt", "{name}/d.txt"), ("absent/{name}.txt",))
    )
    plant(tmp_path, "x/a.txt", "x/d.txt", "absent/x.txt", "y/a.txt", "absent/y.txt", "z/a.txt")
    found = list_sequences(layout, tmp_path).found
    assert [[path.relative_to(tmp_path).as_posix() for path in files.absent] for files in found] == [
        ["x/c.txt", "x/d.txt"],
        ["absent/y.txt"],
        [],
    ]
