"""Tiny trees of exactly the layouts of the published data sets: a few sequences, a few frames of 16 x 12."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT = 16, 12

Box = Sequence[float]


@lru_cache
def encoded(suffix: str, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """An image with a gradient, as the bytes of a file."""
    ramp = np.arange(width * height * 3, dtype=np.uint32) % 251
    done, data = cv2.imencode(suffix, ramp.astype(np.uint8).reshape(height, width, 3))
    assert done
    return data.tobytes()


def images(folder: Path, pattern: str, numbers: Iterable[int]) -> None:
    """An image for each number."""
    folder.mkdir(parents=True, exist_ok=True)
    data = encoded(Path(pattern).suffix)
    for number in numbers:
        (folder / (pattern % number)).write_bytes(data)


def text(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def boxes(count: int, x: float = 2, y: float = 3) -> list[Box]:
    """A target of 4 x 5 that moves by a pixel a frame, and back after the fifth."""
    return [(x + index % 5, y, 4, 5) for index in range(count)]


def lines(rows: Iterable[Box], separator: str = ",") -> str:
    return "".join(separator.join(f"{number:g}" for number in row) + "\n" for row in rows)


def otb(root: Path) -> None:
    """Ranges (David, Football1), two targets (Jogging), a second target alone (Human4), three separators."""
    images(root / "David/img", "%04d.jpg", range(1, 771))
    text(root / "David/groundtruth_rect.txt", lines(boxes(471)))
    images(root / "Football1/img", "%04d.jpg", range(1, 82))
    text(root / "Football1/groundtruth_rect.txt", lines(boxes(74), "\t"))
    images(root / "Jogging/img", "%04d.jpg", range(1, 7))
    text(root / "Jogging/groundtruth_rect.1.txt", lines(boxes(6, x=1), " "))
    text(root / "Jogging/groundtruth_rect.2.txt", lines(boxes(6, x=6)))
    images(root / "Human4/img", "%04d.jpg", range(1, 5))
    text(root / "Human4/groundtruth_rect.1.txt", "")
    text(root / "Human4/groundtruth_rect.2.txt", lines(boxes(4, x=5)))


def lasot(root: Path) -> None:
    """Classes; one flag file a line of commas; monkey-17 with more frames than boxes; a training sequence."""
    for name, frames, given, hidden, out in (
        ("airplane-1", 6, 6, "0,0,1,0,0,0", "0,0,0,1,0,0"),
        ("monkey-17", 7, 5, "0,0,0,0,0", "0,0,0,0,0"),
        ("airplane-2", 4, 4, "0,0,0,0", "0,1,0,0"),
    ):
        folder = root / name.rpartition("-")[0] / name
        images(folder / "img", "%08d.jpg", range(1, frames + 1))
        text(folder / "groundtruth.txt", lines(boxes(given)))
        text(folder / "full_occlusion.txt", hidden + "\n")
        text(folder / "out_of_view.txt", out + "\n")
        text(folder / "nlp.txt", "a target\n")
    text(root / "annos/att/airplane-1.txt", "1,0,0,1,0,0,0,0,0,0,0,0,0,1\n")


def lasot_extension(root: Path) -> None:
    for name in ("atv-1", "atv-2", "umbrella-1"):
        folder = root / name.rpartition("-")[0] / name
        images(folder / "img", "%08d.jpg", range(1, 5))
        text(folder / "groundtruth.txt", lines(boxes(4)))
        text(folder / "full_occlusion.txt", "0,0,0,1")
        text(folder / "out_of_view.txt", "0,0,0,0")


META = """\
[METAINFO]
url: https://a.place/watch?v=1
object_class: giant panda
motion_class: walking
major_class: bear
root_class: animal
motion_adverb: slowly
resolution: (1920, 1080)
"""


def got10k(root: Path) -> None:
    """Floats, flags a line each, the size of the frames in meta_info.ini, a test split with one box."""
    for split, title, count in (("val", "Val", 3), ("train", "Train", 2), ("test", "Test", 2)):
        names = [f"GOT-10k_{title}_{number:06d}" for number in range(1, count + 1)]
        text(root / split / "list.txt", "\n".join(names) + "\n")
        for name in names:
            folder = root / split / name
            images(folder, "%08d.jpg", range(1, 5))
            rows = boxes(4, x=2.5)
            text(
                folder / "groundtruth.txt", "".join(",".join(f"{n:.4f}" for n in row) + "\n" for row in rows)
            )
            text(folder / "meta_info.ini", META)
            text(folder / "absence.label", "0\n0\n1\n0\n")
            text(folder / "cover.label", "8\n7\n0\n5\n")
            text(folder / "cut_by_image.label", "0\n0\n0\n1\n")
            if split == "test":
                text(folder / "groundtruth.txt", "2.5000,3.0000,4.0000,5.0000\n")
                for name_of_flags in ("absence", "cover", "cut_by_image"):
                    (folder / f"{name_of_flags}.label").unlink()
    (root / "val/GOT-10k_Val_000002/meta_info.ini").unlink()


def trackingnet(root: Path) -> None:
    """Frames from 0, not padded, so that 10.jpg comes after 9.jpg; a test split with one box."""
    for folder, names in (("TEST", ("aaa-1_2", "bbb_0")), ("TRAIN_0", ("ccc_1",)), ("TRAIN_3", ("ddd_2",))):
        for name in names:
            images(root / folder / "frames" / name, "%d.jpg", range(12))
            rows = boxes(1 if folder == "TEST" else 12)
            text(root / folder / "anno" / f"{name}.txt", lines(rows))


def uav123(root: Path) -> None:
    """Two ranges of one folder that share a frame; NaN where the target is absent; attributes."""
    images(root / "data_seq/UAV123/truck4", "%06d.jpg", range(1, 1262))
    rows: list[Box] = boxes(577)
    rows[3] = (np.nan,) * 4
    text(root / "anno/UAV123/truck4_1.txt", lines(rows).replace("nan", "NaN"))
    text(root / "anno/UAV123/truck4_2.txt", lines(boxes(685, x=5)))
    text(root / "anno/UAV123/att/truck4_1.txt", "1,0,0,1,0,0,0,0,0,0,0,1\n")
    images(root / "data_seq/UAV123/car9", "%06d.jpg", range(1, 6))
    text(root / "anno/UAV123/car9.txt", lines(boxes(5)))
    text(root / "anno/UAV20L/car9.txt", lines(boxes(5, x=3)))


def nfs(root: Path) -> None:
    """Boxes at 240 frames a second as corners, with further columns; frames at 30 and at 240."""
    for name, frames, given in (("Gymnastics", 4, 32), ("airboard_1", 3, 25)):
        rows = "".join(f'0 {index} 2 {index + 4} 7 {index} 0 0 0 "person"\n' for index in range(given))
        for rate, count in ((30, frames), (240, given)):
            images(root / name / str(rate) / name, "%05d.jpg", range(1, count + 1))
            text(root / name / str(rate) / f"{name}.txt", rows)


def nfs_rewritten(root: Path) -> None:
    images(root / "sequences/airboard_1", "%05d.jpg", range(1, 4))
    text(root / "anno/nfs_airboard_1.txt", lines(boxes(3), "\t"))


def tnl2k(root: Path) -> None:
    for name in ("Cartoon_A", "INF_b"):
        images(root / "TNL2K_test_subset" / name / "imgs", "%05d.png", range(1, 5))
        text(root / "TNL2K_test_subset" / name / "groundtruth.txt", lines(boxes(4, x=0)))
        text(root / "TNL2K_test_subset" / name / "language.txt", "the target")
        text(root / "annos/absent" / f"{name}.txt", "0\n0\n0\n1\n")
        text(root / "annos/att" / f"{name}_attribute.txt", "0,1,0,0,0,0,0,0,0,0,0,0,0,0,1,0,0\n")
    images(root / "TNL2K_train_subset/x/imgs", "%05d.jpg", range(1, 3))
    text(root / "TNL2K_train_subset/x/groundtruth.txt", lines(boxes(2)))


def tc128(root: Path) -> None:
    """A range that begins at frame 3."""
    images(root / "Airport_ce/img", "%04d.jpg", range(1, 9))
    text(root / "Airport_ce/Airport_ce_frames.txt", "3,7\n")
    text(root / "Airport_ce/Airport_ce_gt.txt", lines(boxes(5)))
    text(root / "Airport_ce/Airport_ce_att.txt", "IV\nOCC FM\n")
    images(root / "Ball_ce1/img", "%04d.jpg", range(1, 5))
    text(root / "Ball_ce1/Ball_ce1_frames.txt", "1,4\n")
    text(root / "Ball_ce1/Ball_ce1_gt.txt", lines(boxes(4)))


def dtb70(root: Path) -> None:
    for name in ("Animal1", "BMX2", "Yacht4"):
        images(root / name / "img", "%05d.jpg", range(1, 6))
        text(root / name / "groundtruth_rect.txt", lines(boxes(5)))
    text(root / "experiments/anno/att/BMX2.txt", "1,0,0,0,1,0,0,0,0,0,1\n")


def avist(root: Path) -> None:
    for name, hidden, out in (("archery", "0 0 1 0", "0 0 0 0"), ("bat", "0 0 0 0", "0 1 0 0")):
        images(root / "sequences" / name, "img_%05d.jpg", range(1, 5))
        text(root / "anno" / f"{name}.txt", lines(boxes(4), " "))
        text(root / f"full_occlusion/{name}_full_occlusion.txt", hidden.replace(" ", "\n") + "\n")
        text(root / f"out_of_view/{name}_out_of_view.txt", out.replace(" ", "\n") + "\n")


def itb(root: Path) -> None:
    for scene, name in (("Human_Part", "hand_1"), ("UAV", "car_2")):
        images(root / scene / name, "%05d.jpg", range(1, 4))
        text(root / scene / name / "groundtruth.txt", lines(boxes(3)))


def vot_polygons(root: Path) -> None:
    """Corners of eight numbers, tags, a `sequence` file; as a folder of sequences."""
    text(root / "list.txt", "ants1\nbag\n")
    for name in ("ants1", "bag"):
        images(root / name / "color", "%08d.jpg", range(1, 5))
        rows = [(3 + i, 2, 7 + i, 4, 6 + i, 9, 2 + i, 7) for i in range(4)]
        text(root / name / "groundtruth.txt", lines(rows))
        text(root / name / "sequence", f"name={name}\nfps=30\nwidth=16\nheight=12\nlength=4\n")
    text(root / "bag/occlusion.tag", "0\n1\n0\n0\n")
    text(root / "bag/camera_motion.tag", "1\n1\n1\n1\n")
    text(root / "bag/size_change.tag", "0\n0\n0\n0\n")


def vot_masks(root: Path) -> None:
    """A workspace with masks and anchors; the third region is empty."""
    text(root / "config.yaml", "registry: [./trackers.ini]\n")
    text(root / "sequences/list.txt", "agility\n")
    folder = root / "sequences/agility"
    images(folder / "color", "%08d.jpg", range(1, 5))
    rows = ("m3,2,4,3,1,2,2,2,5", "m3,2,4,3,0,12", "m0,0,1,1,1", "m0,0,16,12,17,1")
    text(folder / "groundtruth.txt", "\n".join(rows) + "\n")
    text(folder / "anchor.value", "1\n0\n0\n-1\n")
    text(folder / "sequence", "name=agility\nfps=30\nwidth=16\nheight=12\n")


def vots(root: Path) -> None:
    """Several objects, each with a mask in the first frame alone."""
    text(root / "sequences/list.txt", "animal\nbus\n")
    for name, objects in (("animal", ("00", "01")), ("bus", ("00",))):
        folder = root / "sequences" / name
        images(folder / "color", "%08d.jpg", range(1, 4))
        for index, number in enumerate(objects):
            text(folder / f"groundtruth_object{number}.txt", f"m{index + 1},2,3,3,0,9\n")


def own(root: Path) -> None:
    """Folders of images as people have them: boxes within, beside, and not at all."""
    images(root / "cup/img", "%03d.png", range(1, 6))
    text(root / "cup/groundtruth.txt", lines(boxes(5)))
    images(root / "dog", "frame%d.jpg", range(8, 12))
    text(root / "dog.txt", lines(boxes(1)))
    images(root / "nobody", "%d.jpg", range(3))


def video(path: Path, count: int) -> None:
    """A clip of `count` frames of 64 x 48."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    for index in range(count):
        writer.write(np.full((48, 64, 3), index * 10, np.uint8))
    writer.release()
