"""Reading videos, folders and patterns: order, laziness, and what is damaged or not there."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest

from sotc.runtime.errors import SourceError
from sotc.runtime.images import ImageSource, natural_key
from sotc.runtime.source import MemorySource
from sotc.runtime.video import open_source

SIZE = (64, 48)


def picture(shade: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """RGB, the red channel telling which it is."""
    image = np.zeros((size[1], size[0], 3), np.uint8)
    image[..., 0], image[..., 2] = shade, 200
    return image


def save(path: Path, shade: int, size: tuple[int, int] = SIZE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), picture(shade, size)[..., ::-1])
    return path


def shades(source: object) -> list[int | None]:
    return [None if frame.pixels is None else int(frame.pixels[..., 0].mean() + 0.5) for frame in source]


def film(path: Path, codec: str, frames: int = 40) -> Path:
    """A textured clip; in frame k the upper left corner has the brightness 6 k."""
    random = np.random.default_rng(3)
    texture = random.integers(0, 255, (200, 300, 3), dtype=np.uint8)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), 25.0, (160, 120))
    for index in range(frames):
        image = texture[index // 2 : index // 2 + 120, index : index + 160].copy()
        image[:32, :32] = 6 * index
        writer.write(image)
    writer.release()
    return path


def stamps(source: object) -> list[int | None]:
    return [None if frame.pixels is None else round(frame.pixels[8:24, 8:24].mean() / 6) for frame in source]


def test_a_folder_in_natural_order(tmp_path: Path) -> None:
    for number in (10, 9, 1, 100):
        save(tmp_path / f"frame{number}.png", number)
    (tmp_path / "notes.txt").write_text("x")
    save(tmp_path / ".hidden.png", 250)
    source = open_source(tmp_path)
    assert (source.length, source.rate) == (4, None)
    assert [frame.name for frame in source] == ["frame1.png", "frame9.png", "frame10.png", "frame100.png"]
    assert shades(source) == [1, 9, 10, 100]
    assert [frame.index for frame in source] == [0, 1, 2, 3]


def test_natural_order_of_mixed_names() -> None:
    names = ["b2", "a10", "A9", "a", "10", "2", "a1b2", "a1b10", "02", "²"]
    ordered = sorted(map(Path, names), key=natural_key)
    assert [path.name for path in ordered] == ["02", "2", "10", "a", "a1b2", "a1b10", "A9", "a10", "b2", "²"]


@pytest.mark.parametrize("suffix", [".jpg", ".JPG", ".jpeg", ".png", ".bmp", ".webp", ".tiff", ".ppm"])
def test_formats(tmp_path: Path, suffix: str) -> None:
    save(tmp_path / f"1{suffix}", 90)
    (frame,) = open_source(tmp_path)
    assert frame.pixels is not None
    assert frame.pixels.shape == (48, 64, 3)
    assert frame.pixels.flags.c_contiguous
    assert np.abs(frame.pixels.astype(int) - picture(90)).max() <= 6  # lossy formats


def test_grey_and_16_bit_images_become_rgb(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), np.full((48, 64), 77, np.uint8))
    cv2.imwrite(str(tmp_path / "2.png"), np.full((48, 64, 3), 77 * 257, np.uint16))
    cv2.imwrite(str(tmp_path / "3.png"), np.full((48, 64, 4), 77, np.uint8))
    assert [frame.pixels.tolist() for frame in open_source(tmp_path)] == [
        np.full((48, 64, 3), 77).tolist()
    ] * 3


def test_pixels_are_those_of_imread(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    noise = cv2.resize(random.integers(0, 255, (12, 16, 3), dtype=np.uint8), SIZE)
    cv2.imwrite(str(tmp_path / "1.jpg"), noise)
    (frame,) = open_source(tmp_path)
    assert np.array_equal(frame.pixels, cv2.imread(str(tmp_path / "1.jpg"))[..., ::-1])


def test_frames_may_differ_in_size(tmp_path: Path) -> None:
    save(tmp_path / "1.png", 1)
    save(tmp_path / "2.png", 2, (80, 20))
    assert [frame.pixels.shape for frame in open_source(tmp_path)] == [(48, 64, 3), (20, 80, 3)]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("img/*.png", [1, 2, 10]),
        ("img/f?.png", [1, 2]),
        ("img/f%d.png", [1, 2, 10]),
        ("img/f%02d.png", [10]),
        ("*/f1*.png", [1, 10]),
    ],
)
@pytest.mark.parametrize("relative", [True, False])
def test_patterns(tmp_path: Path, monkeypatch, pattern: str, expected: list[int], relative: bool) -> None:
    for number in (1, 2, 10):
        save(tmp_path / "img" / f"f{number}.png", number)
    save(tmp_path / "img" / "mask1.jpg", 200)
    monkeypatch.chdir(tmp_path)
    assert shades(open_source(pattern if relative else f"{tmp_path}/{pattern}")) == expected


def test_a_padded_pattern(tmp_path: Path) -> None:
    for number in (1, 2, 10):
        save(tmp_path / f"{number:05d}.png", number)
    assert shades(open_source(tmp_path / "%05d.png")) == [1, 2, 10]


def test_a_folder_whose_name_looks_like_a_pattern(tmp_path: Path) -> None:
    save(tmp_path / "clip[1]" / "1.png", 5)
    assert shades(open_source(tmp_path / "clip[1]")) == [5]


def test_one_image_is_a_video_of_one_frame(tmp_path: Path) -> None:
    source = open_source(save(tmp_path / "one.png", 5))
    assert isinstance(source, ImageSource)
    assert len(source) == 1
    assert shades(source) == [5]


def test_damaged_images_are_marked(tmp_path: Path) -> None:
    for number in range(6):
        save(tmp_path / f"{number}.jpg", 20 * number + 20)
    whole = (tmp_path / "1.jpg").read_bytes()
    (tmp_path / "1.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "2.jpg").write_bytes(b"")
    (tmp_path / "3.jpg").write_bytes(b"this is no picture")
    (tmp_path / "4.jpg").unlink()
    (tmp_path / "4.png").write_bytes(b"\x89PNG\r\n\x1a\n" + whole)
    source = open_source(tmp_path)
    assert [value is None for value in shades(source)] == [False, True, True, True, True, False]
    problems = [frame.problem for frame in source]
    assert problems[0] is None
    assert problems[1:5] == ["it is cut off", "it is empty", *["it is no image, or a damaged one"] * 2]


def test_an_image_that_vanishes_is_marked(tmp_path: Path) -> None:
    for number in range(3):
        save(tmp_path / f"{number}.png", number)
    source = open_source(tmp_path)
    (tmp_path / "1.png").unlink()
    assert shades(source) == [0, None, 2]
    assert "No such file" in str(list(source)[1].problem)


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "mp4v"), ("a.avi", "MJPG"), ("a.webm", "VP80")])
def test_a_video(tmp_path: Path, name: str, codec: str) -> None:
    source = open_source(film(tmp_path / name, codec))
    assert source.rate == pytest.approx(25)
    assert source.length == 40
    found = stamps(source)
    assert len(found) == 40
    assert all(stamp is not None and abs(stamp - index) <= 1 for index, stamp in enumerate(found))
    assert stamps(source) == found, "it can be read again"


def test_a_video_is_rgb(tmp_path: Path) -> None:
    path = tmp_path / "red.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, SIZE)
    writer.write(np.full((48, 64, 3), (10, 20, 240), np.uint8))  # BGR: red
    writer.release()
    (frame,) = open_source(path)
    assert frame.pixels is not None
    assert np.abs(frame.pixels.reshape(-1, 3).mean(axis=0) - (240, 20, 10)).max() < 8


def damage(path: Path, start: float, end: float) -> None:
    """Zeros over a stretch of the file."""
    data = bytearray(path.read_bytes())
    first, last = int(len(data) * start), int(len(data) * end)
    data[first:last] = bytes(last - first)
    path.write_bytes(data)


def test_frames_that_cannot_be_decoded_are_marked_in_their_place(tmp_path: Path) -> None:
    """VP9 in MP4: the decoder says "no" for each damaged frame, and goes on after them."""
    path = film(tmp_path / "a.mp4", "vp09")
    damage(path, 0.40, 0.45)
    source = open_source(path)
    found = stamps(source)
    lost = [index for index, stamp in enumerate(found) if stamp is None]
    assert len(found) == 40
    assert 1 <= len(lost) <= 10
    assert lost == list(range(lost[0], lost[0] + len(lost)))
    assert all(frame.problem for frame in source if frame.pixels is None)
    assert found[-1] is not None
    assert abs(found[-1] - 39) <= 1, "frames after the damage keep their places"


def test_a_video_that_breaks_off_gives_fewer_frames(tmp_path: Path) -> None:
    path = film(tmp_path / "a.avi", "MJPG")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    source = open_source(path)
    found = shades(source)
    assert source.length == 40
    assert 10 <= len(found) <= 25
    assert None not in found


def test_nothing_to_read(tmp_path: Path) -> None:
    for source, message, remedy in nothing(tmp_path):
        with pytest.raises(SourceError, match=message) as caught:
            open_source(source)
        assert remedy in caught.value.remedy, source
        assert caught.value.code == "SOT812"


def nothing(folder: Path) -> list[tuple[Path, str, str]]:
    (folder / "empty").mkdir()
    (folder / "texts").mkdir()
    (folder / "texts" / "a.txt").write_text("x")
    save(folder / "sequence" / "img" / "1.png", 1)
    (folder / "zero.mp4").write_bytes(b"")
    (folder / "text.mp4").write_text("this is no video " * 100)
    cut = film(folder / "cut.mp4", "mp4v")
    cut.write_bytes(cut.read_bytes()[:5000])
    return [
        (folder / "missing.mp4", "no video, folder or image at", "check the path"),
        (folder / "empty", "has no images", ".jpg"),
        (folder / "texts", "has no images", ".jpg"),
        (folder / "sequence", "has no images", "sequence/img`?"),
        (folder / "zero.mp4", "is empty", "0 bytes"),
        (folder / "text.mp4", "cannot be opened", "convert it"),
        (cut, "cannot be opened", "convert it"),
        (folder / "*.png", "no image matches", "quote the pattern"),
        (folder / "missing" / "%05d.png", "no image matches", "quote the pattern"),
        (folder / "texts" / "*.txt", "no image matches", "1 other files"),
    ]


def test_a_damaged_video_prints_nothing(tmp_path: Path) -> None:
    """What the decoders say on standard error is ours to say: tried in a process of its own."""
    path = film(tmp_path / "a.mp4", "mp4v")
    damage(path, 0.4, 0.45)
    (tmp_path / "text.mp4").write_text("no video " * 100)
    (tmp_path / "img").mkdir()
    (tmp_path / "img" / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n no picture")
    script = (
        "import sys\n"
        "from sotc.runtime.video import open_source\n"
        "from sotc.runtime.errors import SourceError\n"
        "print(len(list(open_source(sys.argv[1]))), [f.problem for f in open_source(sys.argv[3])])\n"
        "try: open_source(sys.argv[2])\n"
        "except SourceError: print('refused')\n"
    )
    arguments = [str(path), str(tmp_path / "text.mp4"), str(tmp_path / "img")]
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.stdout.splitlines()[1] == "refused"
    assert "damaged one" in done.stdout
    assert done.stderr == ""


def test_frames_are_not_kept(tmp_path: Path) -> None:
    """Reading 60 frames of 0.9 MB takes no more memory than a few of them."""
    save(tmp_path / "0.png", 1, (640, 480))
    for number in range(1, 60):
        (tmp_path / f"{number}.png").hardlink_to(tmp_path / "0.png")
    source = open_source(tmp_path)
    gc.collect()
    tracemalloc.start()
    try:
        count = sum(frame.pixels is not None for frame in source)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 60
    assert peak < 6 * 640 * 480 * 3


def test_frames_in_memory() -> None:
    source = MemorySource([picture(1), None, picture(3)], length=3)
    assert shades(source) == [1, None, 3]
    assert [frame.problem for frame in source] == [None, "it was lost", None]
