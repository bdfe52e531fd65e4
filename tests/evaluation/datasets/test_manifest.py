"""Manifests of own sequences: what they may say, and what is said of slips."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sotc.evaluation.datasets.errors import ManifestError, SequenceError
from sotc.evaluation.datasets.find import open_dataset
from sotc.evaluation.datasets.manifest import read_manifest
from sotc.evaluation.sequence import FrameFiles, VideoRange

from . import trees


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Own frames and a video, with boxes."""
    root = tmp_path_factory.mktemp("own")
    trees.own(root)
    trees.video(root / "clip.avi", 6)
    trees.text(root / "clip.txt", trees.lines(trees.boxes(6), ";"))
    trees.text(root / "part.txt", trees.lines(trees.boxes(3)))
    trees.text(root / "absent.txt", "0 0 1")
    return root


def written(folder: Path, content: str, name: str = "data.csv") -> Path:
    return trees.text(folder / name, content)


def test_frames_by_folder_pattern_and_video(data: Path) -> None:
    manifest = written(
        data,
        "name,frames,boxes,attributes\n"
        "# a remark\n"
        "cup,cup/img,cup/groundtruth.txt,fast motion; occlusion\n"
        "\n"
        'dog,dog/frame%d.jpg,"2,3,4,5",\n'
        "glob,cup/img/*.png,cup/groundtruth.txt,\n"
        "clip,clip.avi,clip.txt,\n",
    )
    dataset = open_dataset(manifest)
    cup, dog, glob, clip = dataset.sequences
    assert (dataset.name, dataset.split, dataset.profiles[0]) == ("data", "", "pysot")
    assert cup.attributes == ("fast motion", "occlusion") and cup.truth.absent is None
    assert isinstance(dog.frames, FrameFiles)
    assert [path.name for path in dog.frames.paths] == [f"frame{n}.jpg" for n in (8, 9, 10, 11)]
    assert dog.start == (2, 3, 4, 5) and np.isnan(dog.truth.boxes[1:]).all() and len(dog.truth) == 4
    assert len(glob) == 5
    assert (cup.truth.size, clip.truth.size) == ((16, 12), (64, 48))
    assert clip.frames == VideoRange(data / "clip.avi", 0, 6)
    assert clip.truth.boxes[2].tolist() == [4, 3, 4, 5]


def test_a_part_with_flags_in_json(data: Path) -> None:
    rows = [
        {
            "name": "part",
            "frames": "clip.avi",
            "boxes": "part.txt",
            "start": 2,
            "length": 3,
            "absent": "absent.txt",
        },
        {"name": "tail", "frames": "cup/img", "boxes": [1, 2, 3.5, 4], "start": 3, "attributes": ["a", "b"]},
    ]
    manifest = written(data, "\n".join(map(json.dumps, rows)), "data.jsonl")
    part, tail = open_dataset(manifest).sequences
    assert part.frames == VideoRange(data / "clip.avi", 2, 3)
    assert part.truth.absent is not None and part.truth.absent.tolist() == [False, False, True]
    assert isinstance(tail.frames, FrameFiles)
    assert [path.name for path in tail.frames.paths] == ["004.png", "005.png"]
    assert tail.start == (1, 2, 3.5, 4) and tail.attributes == ("a", "b")


def test_only_some(data: Path) -> None:
    manifest = written(data, 'name,frames,boxes\na,cup/img,"1,1,2,2"\nb,nowhere,"1,1,2,2"\n')
    assert [sequence.name for sequence in open_dataset(manifest, only=["a"]).sequences] == ["a"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("name,frame,boxes\na,b,c\n", r"data\.csv:1 has a field that is not known: `frame`[\s\S]*`frames`"),
        ("name,frames\na,b\n", r"data\.csv:1 does not give `boxes`"),
        ("name,frames,boxes,name\na,b,c,d\n", r"data\.csv:1 has the field `name` twice"),
        ("name,frames,boxes\na,b\n", r"data\.csv:2 has 2 fields, and the head line names 3"),
        ("name,frames,boxes\na,b,1,2,3,4\n", r"data\.csv:2 has 6 fields[\s\S]*quotes"),
        ("name,frames,boxes\na,,c\n", r"data\.csv:2 has no frames"),
        ("name,frames,boxes\n,b,c\n", r"data\.csv:2 has no name"),
        ("name,frames,boxes\na,b,\n", r"data\.csv:2: `boxes` is no file and no box"),
        ('name,frames,boxes\na,b,"1,2,3"\n', r"no file and no box: `1,2,3`"),
        ('name,frames,boxes\na,b,"1,2,0,4"\n', r"no file and no box: `1,2,0,4`"),
        ('name,frames,boxes\na,b,"1,2,nan,4"\n', r"no file and no box"),
        ("name,frames,boxes\na,b,c\na,d,e\n", r"data\.csv:3 has a second sequence `a`; the first is at .*:2"),
        ("name,frames,boxes\n../a,b,c\n", r"`\.\./a` cannot be the name of a file"),
        ("name,frames,boxes,start\na,b,c,-1\n", r"data\.csv:2: `start` is no whole number from 0"),
        ("name,frames,boxes,length\na,b,c,0\n", r"data\.csv:2 has a length of 0"),
        ("name,frames,boxes\n", r"names no sequence"),
        ("", r"names no sequence"),
    ],
)
def test_slips_in_csv(content: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=told):
        read_manifest(written(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", r"data\.jsonl:1 is not JSON"),
        ('\n["a"]', r"data\.jsonl:2 is no object"),
        ('{"name": 3, "frames": "b", "boxes": "c"}', r"`name` is no text: 3"),
        ('{"name": "a", "frames": "b", "boxes": [1, 2, 3]}', r"no file and no box"),
        ('{"name": "a", "frames": "b", "boxes": ["x", 2, 3, 4]}', r"no file and no box"),
        ('{"name": "a", "frames": "b", "boxes": []}', r"no file and no box"),
        ('{"name": "a", "frames": "b", "boxes": "c", "start": true}', r"`start` is no whole number"),
        ('{"name": "a", "frames": "b", "boxes": "c", "start": 1.5}', r"`start` is no whole number"),
        ('{"name": "a", "frames": "b", "boxes": "c", "attributes": [1]}', r"`attributes` is no text"),
    ],
)
def test_slips_in_json(content: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=told):
        read_manifest(written(tmp_path, content, "data.jsonl"))


def test_a_manifest_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(ManifestError, match="UTF-8"):
        read_manifest(path)


def test_spreadsheets_write_semicolons_and_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("name;frames;boxes\na;img;1,2,3,4\n", encoding="utf-8-sig")
    (files,) = read_manifest(path)
    assert (files.name, files.box, files.frames) == ("a", (1, 2, 3, 4), tmp_path / "img")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ('a,nowhere,"1,1,2,2"', r"no folder, video or pattern of images at .*nowhere"),
        ('a,.,"1,1,2,2"', r"there is no image in"),
        ("a,cup/img,nowhere.txt", r"no boxes: there is no file .*nowhere\.txt"),
        ("a,cup/img,part.txt", r"`a` has 5 frames and 3 boxes[\s\S]*start"),
        ("a,clip.avi,part.txt", r"`a` has 6 frames and 3 boxes"),
    ],
)
def test_files_that_do_not_fit(row: str, told: str, data: Path) -> None:
    with pytest.raises(SequenceError, match=told):
        open_dataset(written(data, f"name,frames,boxes\n{row}\n", "wrong.csv"))


def test_ranges_beyond_the_end(data: Path) -> None:
    for frames, start, length in (("clip.avi", 4, "5"), ("cup/img", 9, ""), ("cup/img", 3, "3")):
        manifest = written(
            data, f'name,frames,boxes,start,length\na,{frames},"1,1,2,2",{start},{length}\n', "wrong.csv"
        )
        with pytest.raises(SequenceError, match=rf"from frame {start} on, and .* has \d"):
            open_dataset(manifest)


def test_flags_of_another_length(data: Path) -> None:
    manifest = written(
        data, "name,frames,boxes,absent\na,cup/img,cup/groundtruth.txt,absent.txt\n", "wrong.csv"
    )
    with pytest.raises(SequenceError, match="5 frames and 3 flags"):
        open_dataset(manifest)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters='/\\:"*?<>|', exclude_categories=["C", "Z"]), min_size=1
)
PATHS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r\n", exclude_categories=["C", "Z"]), min_size=1
).filter(lambda text: not text.startswith(("~", "/")))
NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)
SIZES = st.floats(1e-3, 1e6)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(NAMES, PATHS, st.tuples(NUMBERS, NUMBERS, SIZES, SIZES), st.integers(0, 99)),
        min_size=1,
        max_size=4,
        unique_by=lambda row: row[0],
    ).filter(lambda rows: not any(row[0].startswith("#") or row[0] in (".", "..") for row in rows))
)
def test_csv_and_json_say_the_same(
    rows: list[tuple[str, str, tuple[float, ...], int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("name", "frames", "boxes", "start"))
    for name, frames, box, start in rows:
        writer.writerow((name, frames, ",".join(map(repr, box)), start))
    objects = [
        json.dumps({"name": name, "frames": frames, "boxes": list(box), "start": start})
        for name, frames, box, start in rows
    ]
    (folder / "same.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    (folder / "same.jsonl").write_text("\n".join(objects), encoding="utf-8")
    by_csv, by_json = read_manifest(folder / "same.csv"), read_manifest(folder / "same.jsonl")
    for one, other, row in zip(by_csv, by_json, rows, strict=True):
        assert (one.name, one.frames, one.box, one.start) == (
            other.name,
            other.frames,
            other.box,
            other.start,
        )
        assert (one.name, one.box, one.start) == (row[0], row[2], row[3])


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=60), name=st.sampled_from(["data.csv", "data.jsonl"]))
def test_any_text_is_read_or_told_about(
    text: str, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_text("name,frames,boxes\n" * name.endswith("csv") + text, encoding="utf-8", newline="")
    try:
        found = read_manifest(path)
    except ManifestError as error:
        assert str(path) in error.message
    else:
        assert all(files.name and files.origin.startswith(str(path)) for files in found)
