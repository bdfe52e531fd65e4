"""Opening by name: aliases, splits, roots, and what is said where nothing is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from sotc.compiler.user_error import UserError
from sotc.evaluation.datasets.errors import (
    DataRootError,
    ManifestError,
    SequenceError,
    UnknownDatasetError,
    UnknownSequenceError,
)
from sotc.evaluation.datasets.find import find_dataset, open_dataset

from . import trees


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds several data sets under usual names."""
    root = tmp_path_factory.mktemp("data")
    trees.lasot_extension(root / "LaSOT_extension_subset")
    trees.got10k(root / "GOT-10k")
    trees.dtb70(root / "DTB70")
    trees.nfs(root / "NfS")
    trees.own(root / "own")
    return root


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No settings of the machine are found."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_that_holds_all(everything: Path) -> None:
    for name, folder in (("dtb70", "DTB70"), ("GOT-10k:VAL", "GOT-10k"), ("nfs", "NfS"), ("nfs240", "NfS")):
        assert find_dataset(name, everything).root == everything / folder
        assert find_dataset(name, everything / folder).root == everything / folder


def test_settings_say_where(everything: Path, nowhere: Path) -> None:
    (nowhere / "sotc.toml").write_text(f'[data]\nroot = "{everything}"\ngot = "gone"\n')
    assert find_dataset("dtb70").root == everything / "DTB70"
    assert find_dataset("got10k").root == everything / "GOT-10k", "an entry that leads nowhere hides nothing"
    (nowhere / "sotc.toml").write_text(f'[data]\nnfs = "{everything / "NfS"}"\n')
    assert find_dataset("nfs240").root == everything / "NfS", "one folder for both rates"
    with pytest.raises(DataRootError, match=r"sotc\.toml has no \[data\] dtb70"):
        find_dataset("dtb70")


def test_relative_to_the_settings(everything: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = everything / "sotc.toml"
    settings.write_text('[data]\ndtb70 = "DTB70"\n')
    try:
        monkeypatch.chdir(everything / "own")
        assert len(open_dataset("dtb")) == 3
    finally:
        settings.unlink()


def test_a_root_is_for_what_is_known(everything: Path, nowhere: Path) -> None:
    trees.text(nowhere / "data.csv", 'name,frames,boxes\na,img,"1,2,3,4"\n')
    with pytest.raises(DataRootError, match="relative to it"):
        open_dataset("data.csv", everything)


def test_a_known_name_goes_before_a_file_of_that_name(everything: Path, nowhere: Path) -> None:
    trees.text(nowhere / "dtb70", "")
    assert find_dataset("dtb70", everything).root == everything / "DTB70"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("lasott", "did you mean `lasot`"),
        ("got10k:vall", r"`got10k` has no split `vall`[\s\S]*did you mean `val`"),
        ("dtb70:test", "it has all"),
        ("qqqq", "`sotc data list` names"),
        ("", "there is no data set"),
    ],
)
def test_names_that_are_not_known(name: str, told: str) -> None:
    with pytest.raises(UnknownDatasetError, match=told):
        open_dataset(name)


def test_a_root_that_is_wrong(everything: Path, nowhere: Path) -> None:
    with pytest.raises(DataRootError) as told:
        open_dataset("lasot", everything / "own")
    text = str(told.value)
    assert "GROUP/NAME/groundtruth.txt" in text, "what was looked for"
    assert f"{everything / 'own'}: has cup/, dog.txt, dog/, nobody/" in text, (
        "where, and what is there instead"
    )
    assert "--root DIR" in text and '[data] lasot = "DIR"' in text, "how to say it"
    with pytest.raises(DataRootError, match=r"was looked for in `.*gone`, which does not exist"):
        open_dataset("lasot", nowhere / "gone")
    with pytest.raises(DataRootError, match=r"which is a file, not a folder"):
        open_dataset("lasot", everything / "own/dog.txt")
    with pytest.raises(DataRootError, match=r"there is no sotc\.toml that says it"):
        open_dataset("lasot")
    (nowhere / "empty").mkdir()
    with pytest.raises(DataRootError, match="an empty folder"):
        open_dataset("lasot", nowhere / "empty")


def test_only_some_sequences(everything: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    dataset = open_dataset(
        "dtb70", everything, ["Yacht4", "Animal1"], lambda *progress: seen.append(progress)
    )
    assert [sequence.name for sequence in dataset.sequences] == ["Animal1", "Yacht4"]
    assert seen == [(0, 2, "Animal1"), (1, 2, "Yacht4")]
    with pytest.raises(UnknownSequenceError, match="did you mean `Yacht4`"):
        open_dataset("dtb70", everything, ["Yacht"])


def test_what_is_missing_is_known(everything: Path) -> None:
    found = find_dataset("got10k", everything)
    assert (found.expected, len(found.files), found.missing) == (180, 3, ())


def test_a_listed_sequence_that_is_not_there(nowhere: Path) -> None:
    trees.got10k(nowhere / "got")
    trees.text(nowhere / "got/val/list.txt", "GOT-10k_Val_000002\nGOT-10k_Val_000009\n")
    dataset = open_dataset("got10k", nowhere / "got")
    assert [sequence.name for sequence in dataset.sequences] == ["GOT-10k_Val_000002"]
    assert dataset.missing == ("GOT-10k_Val_000009",)


def test_a_folder_of_own_sequences(everything: Path) -> None:
    dataset = open_dataset(everything / "own")
    assert [(sequence.name, len(sequence)) for sequence in dataset.sequences] == [("cup", 5), ("dog", 4)]


def test_the_folder_of_a_data_set_by_its_name(everything: Path, nowhere: Path) -> None:
    found = find_dataset(everything / "DTB70")
    assert (found.name, found.expected, len(found.files)) == ("dtb70", 70, 3)
    trees.own(nowhere / "ITB")
    found = find_dataset(nowhere / "ITB")
    assert (found.name, found.known, len(found.files)) == ("ITB", None, 2), "the name alone says nothing"
    assert found.without_boxes == (nowhere / "ITB/nobody",)


def test_manifests_that_are_none(nowhere: Path) -> None:
    with pytest.raises(ManifestError, match=r"there is no manifest `gone\.csv`[\s\S]*new-manifest"):
        open_dataset("gone.csv")
    trees.text(nowhere / "data.txt", "name,frames,boxes")
    with pytest.raises(ManifestError, match="is no manifest"):
        open_dataset("data.txt")


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (
            lambda root: (root / "Animal1/groundtruth_rect.txt").write_text("1,2,3,4\n" * 3),
            "5 frames and 3 boxes",
        ),
        (
            lambda root: (root / "Animal1/groundtruth_rect.txt").write_text(""),
            r"Animal1.*empty|empty.*Animal1|no box",
        ),
        (lambda root: (root / "BMX2/img/00002.jpg").unlink(), "4 frames and 5 boxes"),
        (lambda root: [path.unlink() for path in (root / "BMX2/img").iterdir()], "no image in"),
        (
            lambda root: (root / "Animal1/groundtruth_rect.txt").write_text(
                "nan,nan,nan,nan\n" + "1,2,3,4\n" * 4
            ),
            "no box in its first frame",
        ),
    ],
)
def test_harm(harm: object, told: str, nowhere: Path) -> None:
    trees.dtb70(nowhere)
    harm(nowhere)  # type: ignore[operator]
    with pytest.raises(Exception, match=told) as error:
        open_dataset("dtb70", nowhere)
    assert getattr(error.value, "code", "").startswith("SOT")


def test_a_range_with_a_frame_lost(nowhere: Path) -> None:
    trees.tc128(nowhere)
    for number in (4, 5):
        (nowhere / f"Airport_ce/img/{number:04d}.jpg").unlink()
    with pytest.raises(SequenceError, match=r"is frames 3 to 7 of .*, and 4 to 5 are not there"):
        open_dataset("tc128", nowhere)


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("0,0,2,0", r"full_occlusion\.txt`, number 3: 2 is no such number"),
        ("0,0,0", "4 frames and 3 flags"),
        ("0,x,0,0", "`x` is no number"),
    ],
)
def test_flags_that_are_wrong(flags: str, told: str, nowhere: Path) -> None:
    trees.lasot_extension(nowhere)
    trees.text(nowhere / "atv/atv-1/full_occlusion.txt", flags)
    with pytest.raises(UserError, match=told):
        open_dataset("lasot-ext", nowhere)


def test_one_of_two_flag_files_lost(nowhere: Path) -> None:
    trees.lasot_extension(nowhere)
    (nowhere / "atv/atv-1/out_of_view.txt").unlink()
    with pytest.raises(SequenceError, match=r"no file of flags .*out_of_view\.txt"):
        open_dataset("lasot-ext", nowhere)


def test_twins(nowhere: Path) -> None:
    trees.itb(nowhere)
    trees.images(nowhere / "UAV/hand_1", "%05d.jpg", range(1, 4))
    trees.text(nowhere / "UAV/hand_1/groundtruth.txt", trees.lines(trees.boxes(3)))
    with pytest.raises(SequenceError, match="two sequences `hand_1`"):
        open_dataset("itb", nowhere)
