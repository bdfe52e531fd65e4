"""Each reader on a tiny tree of exactly its layout: frames, boxes, ranges, flags and attributes, by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sotc.evaluation.datasets.catalogue import DATASETS, KnownDataset, by_name, lasot_rows, otb_rows, uav_rows
from sotc.evaluation.datasets.find import Dataset, open_dataset
from sotc.evaluation.metrics.profile import PROFILES
from sotc.evaluation.metrics.vot_profile import VOT_PROFILES
from sotc.evaluation.sequence import FrameFiles, Sequence

from . import trees

Opened = Callable[[str, Callable[[Path], None]], Dataset]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """A data set of a tree that is planted once."""
    planted: dict[str, Path] = {}

    def open_tree(name: str, tree: Callable[[Path], None]) -> Dataset:
        if tree.__name__ not in planted:
            planted[tree.__name__] = tmp_path_factory.mktemp(tree.__name__)
            tree(planted[tree.__name__])
        return open_dataset(name, planted[tree.__name__])

    return open_tree


def names(dataset: Dataset) -> list[str]:
    return [sequence.name for sequence in dataset.sequences]


def one(dataset: Dataset, name: str) -> Sequence:
    return next(sequence for sequence in dataset.sequences if sequence.name == name)


def frames(sequence: Sequence) -> list[str]:
    assert isinstance(sequence.frames, FrameFiles)
    return [path.name for path in sequence.frames.paths]


def absent(sequence: Sequence) -> list[int]:
    assert sequence.truth.absent is not None
    return sequence.truth.absent.astype(int).tolist()


def test_the_lists_have_the_published_numbers_of_sequences_and_frames() -> None:
    def count(rows: tuple[object, ...]) -> int:
        return sum(row.numbers[1] - row.numbers[0] + 1 for row in rows)  # type: ignore[attr-defined]

    assert [len(otb_rows(version)) for version in ("2015", "2013", "50")] == [100, 51, 50]
    assert count(otb_rows("2015")) == 59040
    assert {row.name for row in otb_rows("2013")} < {row.name for row in otb_rows("2015")}
    assert (len(uav_rows("UAV123")), count(uav_rows("UAV123"))) == (123, 112578)
    assert (len(uav_rows("UAV20L")), count(uav_rows("UAV20L"))) == (20, 58670)
    assert len({row.name for row in lasot_rows()}) == 280


def test_names_and_aliases_are_small_and_belong_to_one() -> None:
    given = [name for known in DATASETS for name in (known.name, *known.aliases)]
    assert len(given) == len(set(given)) == len(by_name())
    assert all(name == name.casefold() for name in given)


@pytest.mark.parametrize("known", DATASETS, ids=lambda known: known.name)
def test_the_default_profiles_are_known(known: KnownDataset) -> None:
    assert known.profiles
    for name in known.profiles:
        assert name in VOT_PROFILES if known.name.startswith("vot") else name in PROFILES


def test_the_profiles_speak_of_data_sets_by_these_names() -> None:
    """A profile reads flags, or takes a variant, by the name of the data set: a slip would change numbers."""
    named = {
        name for profile in PROFILES.values() for name in (*profile.data_sets, *(profile.flags_of or ()))
    }
    assert named <= set(by_name())
    assert {known.name for known in DATASETS} >= named - {"uav"}


def test_otb_ranges_targets_and_separators(opened: Opened) -> None:
    dataset = opened("otb2015", trees.otb)
    assert names(dataset) == ["David", "Football1", "Human4.2", "Jogging.1", "Jogging.2"]
    assert len(dataset.missing) == 95
    david = one(dataset, "David")
    assert (len(david), frames(david)[0], frames(david)[-1]) == (471, "0300.jpg", "0770.jpg")
    assert david.attributes == ("IV", "OPR", "SV", "OCC", "DEF", "MB", "IPR")
    football = one(dataset, "Football1")
    assert (len(football), frames(football)[-1]) == (74, "0074.jpg")
    assert football.truth.boxes[1].tolist() == [3, 3, 4, 5], "tabs; and 1-based numbers are kept"
    assert one(dataset, "Jogging.1").start == (1, 3, 4, 5)
    assert one(dataset, "Jogging.2").start == (6, 3, 4, 5)
    # six images with six boxes are a copy of the frames in question, though the published range ends at 307
    assert frames(one(dataset, "Jogging.2")) == [f"{number:04d}.jpg" for number in range(1, 7)]
    assert one(dataset, "Human4.2").start == (5, 3, 4, 5)
    assert david.truth.absent is None


def test_otb_subsets_and_profiles(opened: Opened) -> None:
    assert names(opened("OTB2013", trees.otb)) == ["David", "Football1", "Jogging.1", "Jogging.2"]
    assert names(opened("otb50", trees.otb)) == ["David", "Human4.2"]
    assert opened("otb", trees.otb).profiles == ("pysot", "ostrack")


def test_lasot_flags_classes_and_the_cut(opened: Opened) -> None:
    dataset = opened("lasot", trees.lasot)
    assert names(dataset) == ["airplane-1", "monkey-17"]
    assert (dataset.split, len(dataset.missing), dataset.profiles) == ("test", 278, ("lasot", "ostrack"))
    airplane = one(dataset, "airplane-1")
    assert absent(airplane) == [0, 0, 1, 1, 0, 0], "hidden or out of view"
    assert airplane.attributes == ("IV", "MB", "ARC")
    assert frames(airplane)[-1] == "00000006.jpg"
    monkey = one(dataset, "monkey-17")
    assert (len(monkey), len(monkey.truth), frames(monkey)[-1]) == (5, 5, "00000005.jpg")


def test_lasot_splits(opened: Opened) -> None:
    assert names(opened("lasot:train", trees.lasot)) == ["airplane-2"]
    assert names(opened("lasot:all", trees.lasot)) == ["airplane-1", "airplane-2", "monkey-17"]


def test_lasot_extension(opened: Opened) -> None:
    dataset = opened("lasot_extension_subset", trees.lasot_extension)
    assert names(dataset) == ["atv-1", "atv-2", "umbrella-1"]
    assert absent(dataset.sequences[2]) == [0, 0, 0, 1]


def test_got10k_floats_flags_and_sizes(opened: Opened) -> None:
    dataset = opened("got10k:val", trees.got10k)
    assert names(dataset) == [f"GOT-10k_Val_{number:06d}" for number in (1, 2, 3)]
    first, second, _ = dataset.sequences
    assert first.start == (2.5, 3, 4, 5)
    assert absent(first) == [0, 0, 1, 0]
    assert first.truth.cover is not None and first.truth.cover.tolist() == [8, 7, 0, 5]
    assert first.truth.size == (1920, 1080)
    assert second.truth.size == (16, 12), "without meta_info.ini, from the first frame"
    assert first.attributes == ("animal", "walking") and second.attributes == ()


def test_got10k_test_has_one_box(opened: Opened) -> None:
    sequence = opened("got10k:test", trees.got10k).sequences[1]
    assert (len(sequence), sequence.start) == (4, (2.5, 3, 4, 5))
    assert np.isnan(sequence.truth.boxes[1:]).all()
    assert sequence.truth.absent is None and sequence.truth.cover is None
    assert len(opened("got10k:train", trees.got10k)) == 2


def test_trackingnet_counts_from_zero(opened: Opened) -> None:
    dataset = opened("trackingnet", trees.trackingnet)
    assert names(dataset) == ["aaa-1_2", "bbb_0"]
    assert frames(dataset.sequences[0]) == [f"{number}.jpg" for number in range(12)]
    assert np.isnan(dataset.sequences[0].truth.boxes[1:]).all() and len(dataset.sequences[0].truth) == 12
    train = opened("trackingnet:train", trees.trackingnet)
    assert names(train) == ["ccc_1", "ddd_2"]
    assert train.sequences[1].truth.boxes[11].tolist() == [3, 3, 4, 5]


def test_uav123_ranges_of_a_folder(opened: Opened) -> None:
    dataset = opened("uav123", trees.uav123)
    assert names(dataset) == ["car9", "truck4_1", "truck4_2"]
    _, first, second = dataset.sequences
    assert (frames(first)[0], frames(first)[-1], len(first)) == ("000001.jpg", "000577.jpg", 577)
    assert (frames(second)[0], frames(second)[-1], len(second)) == ("000577.jpg", "001261.jpg", 685)
    assert np.isnan(first.truth.boxes[3]).all() and np.isfinite(first.truth.boxes[4]).all()
    assert first.attributes == ("SV", "FM", "SOB") and second.attributes == ()
    (long,) = opened("uav20l", trees.uav123).sequences
    assert (long.name, long.start) == ("car9", (3, 3, 4, 5))


def test_nfs_30_takes_every_eighth_box(opened: Opened) -> None:
    dataset = opened("nfs30", trees.nfs)
    assert names(dataset) == ["Gymnastics", "airboard_1"]
    gymnastics, airboard = dataset.sequences
    # line n: x1 = n, y1 = 2, x2 = n + 4, y2 = 7
    assert gymnastics.truth.boxes.tolist() == [[0, 2, 4, 5], [8, 2, 4, 5], [16, 2, 4, 5], [24, 2, 4, 5]]
    assert len(airboard) == 3, "25 boxes are four of 30 a second, for three frames"
    assert airboard.truth.boxes[2].tolist() == [16, 2, 4, 5]


def test_nfs_240_takes_all(opened: Opened) -> None:
    dataset = opened("nfs240", trees.nfs)
    assert [len(sequence) for sequence in dataset.sequences] == [32, 25]
    assert dataset.sequences[1].truth.boxes[24].tolist() == [24, 2, 4, 5]


def test_nfs_rewritten_for_30(opened: Opened) -> None:
    sequence = opened("nfs", trees.nfs_rewritten).sequences[0]
    assert (sequence.name, sequence.start, len(sequence)) == ("airboard_1", (2, 3, 4, 5), 3)


def test_tnl2k(opened: Opened) -> None:
    dataset = opened("tnl2k", trees.tnl2k)
    assert names(dataset) == ["Cartoon_A", "INF_b"]
    assert absent(dataset.sequences[1]) == [0, 0, 0, 1]
    assert dataset.sequences[0].attributes == ("ROT", "AS")
    assert dataset.sequences[0].start == (0, 3, 4, 5), "touches the border: kept as it is"
    assert names(opened("tnl2k:train", trees.tnl2k)) == ["x"]


def test_tc128_range_file(opened: Opened) -> None:
    dataset = opened("tc128", trees.tc128)
    assert [len(sequence) for sequence in dataset.sequences] == [5, 4]
    assert frames(dataset.sequences[0]) == [f"{number:04d}.jpg" for number in range(3, 8)]
    assert [sequence.attributes for sequence in dataset.sequences] == [("IV", "OCC", "FM"), ()]


def test_boxes_count_from_one_or_from_zero(opened: Opened) -> None:
    """Scores take boxes as they are published; what draws them must know."""
    assert {each.first_pixel for each in opened("otb2015", trees.otb).sequences} == {1}
    assert {each.first_pixel for each in opened("trackingnet", trees.trackingnet).sequences} == {0}
    assert {each.first_pixel for each in opened("vots", trees.vots).sequences} == {0}


def test_dtb70(opened: Opened) -> None:
    dataset = opened("dtb70", trees.dtb70)
    assert names(dataset) == ["Animal1", "BMX2", "Yacht4"]
    assert dataset.sequences[2].truth.boxes[:, 0].tolist() == [2, 3, 4, 5, 6]
    assert [each.attributes for each in dataset.sequences] == [(), ("SV", "FCM", "MB"), ()]


def test_avist_flags_beside(opened: Opened) -> None:
    dataset = opened("avist", trees.avist)
    assert [absent(sequence) for sequence in dataset.sequences] == [[0, 0, 1, 0], [0, 1, 0, 0]]
    assert frames(dataset.sequences[0])[0] == "img_00001.jpg"
    assert dataset.profiles[0] == "pytracking"


def test_itb_scenes_are_attributes(opened: Opened) -> None:
    dataset = opened("itb", trees.itb)
    assert [(sequence.name, sequence.attributes) for sequence in dataset.sequences] == [
        ("car_2", ("UAV",)),
        ("hand_1", ("Human_Part",)),
    ]


def test_vot_polygons_become_bounds(opened: Opened) -> None:
    dataset = opened("vot2018", trees.vot_polygons)
    ants, bag = dataset.sequences
    # corners (3, 2), (7, 4), (6, 9), (2, 7), a pixel further to the right each frame
    assert ants.truth.boxes.tolist() == [[2 + i, 2, 5, 7] for i in range(4)]
    assert [path.name for path in ants.regions] == ["groundtruth.txt"]
    assert bag.attributes == ("camera_motion", "occlusion")
    assert ants.truth.size == (16, 12)
    assert dataset.profiles == ("vot-toolkit", "pysot-vot")


def test_vot_masks(opened: Opened) -> None:
    (sequence,) = opened("vot2020", trees.vot_masks).sequences
    boxes = sequence.truth.boxes
    # runs 1,2,2,2,5 of 4 x 3 at (3, 2): ones at (1, 0), (2, 0), (1, 1), (2, 1) of the mask
    assert boxes[0].tolist() == [4, 2, 2, 2]
    assert boxes[1].tolist() == [3, 2, 4, 3], "all ones: a run of no zeros comes first"
    assert np.isnan(boxes[2]).all() and absent(sequence) == [0, 0, 1, 0]
    assert boxes[3].tolist() == [1, 1, 1, 1]


def test_vots_objects_are_sequences(opened: Opened) -> None:
    dataset = opened("vots", trees.vots)
    assert names(dataset) == ["animal.object00", "animal.object01", "bus"]
    assert [sequence.start for sequence in dataset.sequences] == [(1, 2, 3, 3), (2, 2, 3, 3), (1, 2, 3, 3)]
    assert all(len(sequence) == len(sequence.truth) == 3 for sequence in dataset.sequences)
