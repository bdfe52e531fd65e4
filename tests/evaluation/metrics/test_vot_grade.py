"""VOT's measures, held to what vot-toolkit, PySOT and MMTracking printed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sotc.evaluation.metrics import vot_score
from sotc.evaluation.metrics.errors import UngradableError, UnmatchedError, VotError
from sotc.evaluation.metrics.vot_files import read_vot
from sotc.evaluation.metrics.vot_grade import grade_vot
from sotc.evaluation.metrics.vot_profile import VOT_PROFILES, find_vot_profile
from sotc.evaluation.metrics.vot_score import VotScore, overlaps_of, shown

TOLERANCE = 1e-6
SUPERVISED = ("supervised", "supervised-pysot")


@pytest.fixture(scope="module")
def graded(original: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Grades the fixture's results, the first repetition or both; each case once, each pair of regions drawn once."""
    known: dict[tuple[str, bool, str], VotScore] = {}
    results = original.sequences / "vot_results" / "fix"
    first = tmp_path_factory.mktemp("first")
    for file in (results / "baseline").glob("*/*_001.txt"):
        target = first / "baseline" / file.parent.name / file.name
        target.parent.mkdir(parents=True)
        target.write_bytes(file.read_bytes())

    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr(vot_score, "region_overlap", lru_cache(maxsize=None)(vot_score.region_overlap))

    def grade(name: str, both: bool = False, truth: str = "vot") -> VotScore:
        key = (name, both, truth)
        if key not in known:
            profile = find_vot_profile(name)
            folder = results if both or profile.protocol not in SUPERVISED else first
            known[key] = grade_vot(profile, read_vot(profile, original.sequences / truth, folder)[0])
        return known[key]

    yield grade
    monkeypatch.undo()


def near(expected: Any, found: Any) -> bool:
    goal = np.array([np.nan if value is None else float(value) for value in np.ravel(expected)])
    got = np.ravel(found).astype(np.float64)
    if goal.shape != got.shape or not np.array_equal(np.isnan(goal), np.isnan(got)):
        return False
    finite = np.isfinite(goal)
    return np.array_equal(goal[~finite], got[~finite], equal_nan=True) and bool(
        (np.abs(goal[finite] - got[finite]) <= TOLERANCE).all()
    )


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("year", ["2016", "2018", "2019"])
def test_supervised_vot_toolkit(original: Any, graded: Any, year: str, both: bool) -> None:
    expected = original.expected["vot"]["vot_toolkit"]["supervised_rep1+2" if both else "supervised_rep1"]
    score = graded("vot-toolkit" if year == "2018" else f"vot-toolkit:vot{year}", both)
    assert near(expected[f"eao_VOT{year}"], score.measures["eao"])
    assert near(expected["accuracy"], score.measures["accuracy"])
    assert near(expected["robustness_failures"], score.measures["robustness"])
    assert near(expected["ar_plot"], [score.measures["reliability"], score.measures["accuracy"]])
    assert near(expected["eao_curve"], score.curves["eao"])
    for name, numbers in expected["per_sequence"].items():
        found = score.sequences[name].measures
        assert found["failures"] == numbers["failures"]
        assert near(
            [*numbers["ar_plot"], numbers["accuracy"]],
            [found["reliability"], found["accuracy"], found["accuracy"]],
        )


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("VOT2018_rep1", "pysot-vot"),
        ("VOT2018_rep1+2", "pysot-vot"),
        ("VOT2019_rep1", "pysot-vot:vot2019"),
        ("VOT2016_rep1", "pysot-vot:vot2016"),
    ],
)
def test_supervised_pysot(original: Any, graded: Any, key: str, name: str) -> None:
    expected = original.expected["vot"]["pysot"][key]
    score = graded(name, "+2" in key)
    for measure, goal in (
        ("eao", "eao"),
        ("accuracy", "accuracy"),
        ("robustness", "robustness"),
        ("failures", "lost_number"),
    ):
        assert near(expected[goal], score.measures[measure]), measure
    assert near(expected["eao_curve"], score.curves["eao"])
    for sequence, numbers in expected["per_sequence"].items():
        found = score.sequences[sequence]
        assert near(numbers["accuracy"], found.measures["accuracy"])
        assert near(numbers["lost_number"], np.mean(numbers["failures"]))
        assert near(numbers["lost_number"], found.measures["failures"])
        assert near(numbers["overlaps_burnin10"], found.curves["overlaps"])


def test_supervised_mmtracking(original: Any, graded: Any) -> None:
    expected = original.expected["vot"]["mmtracking"]
    score = graded("mmtracking-vot")
    assert near(expected["accuracy"], score.measures["accuracy"])
    assert near(expected["robustness"], score.measures["robustness"])
    assert score.measures["failures"] == expected["num_fails"]
    assert near(expected["eao_VOT2018"], score.measures["eao"])
    assert near(expected["eao_VOT2019"], graded("mmtracking-vot:vot2019").measures["eao"])
    for name, accuracy in expected["per_sequence_accuracy"].items():
        assert near(accuracy, score.sequences[name].measures["accuracy"])


def test_multistart(original: Any, graded: Any) -> None:
    expected = original.expected["vot"]["vot_toolkit"]["multistart"]
    score = graded("vot-toolkit:vot2020")
    assert near(expected["eao_VOT2020_115_755"], score.measures["eao"])
    assert near(expected["ar_plot"], [score.measures["robustness"], score.measures["accuracy"]])
    assert near(expected["eao_curve"], score.curves["eao"])
    for name, numbers in expected["per_sequence"].items():
        found = score.sequences[name]
        assert near(
            [numbers["accuracy"], numbers["robustness"]],
            [found.measures["accuracy"], found.measures["robustness"]],
        )
        assert found.counts["frames_before_failure"] == numbers["accuracy_weight"]
        assert near(expected["per_sequence_curve"][name], found.curves["eao"])


def test_longterm(original: Any, graded: Any) -> None:
    """The fixture's numbers are of the truth in which absent frames are empty regions."""
    expected = original.expected["vot"]["vot_toolkit"]["longterm"]
    score = graded("vot-toolkit:longterm", truth="vots")
    for key in ("precision", "recall", "f"):
        assert near(expected["best"][key], score.measures[key])
        assert near(expected[f"{key}_curve"], score.curves[key])
    assert score.counts["best"] == expected["best"]["index"]
    assert near(expected["thresholds"], score.curves["thresholds"])
    for name, numbers in expected["per_sequence"].items():
        for key in ("precision", "recall"):
            assert near(numbers[key], score.sequences[name].curves[key])


@pytest.mark.parametrize(("key", "truth"), [("vots_empty_gt", "vots"), ("vots_on_unknown_gt", "vot")])
def test_vots(original: Any, graded: Any, key: str, truth: str) -> None:
    expected = original.expected["vot"]["vot_toolkit"][key]
    score = graded("vot-toolkit:vots", truth=truth)
    for measure in ("quality", "accuracy", "robustness", "nre", "dre", "adq"):
        assert near(expected[measure], score.measures[measure]), measure
    for name, numbers in expected["per_sequence"].items():
        found = score.sequences[name]
        for measure in ("quality", "accuracy", "nre", "dre", "adq"):
            assert near(numbers[measure], found.measures[measure]), measure
        counts = [found.counts[kind] for kind in ("tracked", "drifted", "missed", "hallucinated", "noticed")]
        assert counts == numbers["counts_T_F_M_H_N"]
        assert near(numbers["overlaps"], found.curves["overlaps"])


@pytest.mark.parametrize("truth", ["vot", "vots"])
def test_unsupervised(original: Any, graded: Any, truth: str) -> None:
    expected = original.expected["vot"]["vot_toolkit"]["unsupervised_average_accuracy_burnin1"]
    score = graded("vot-toolkit:unsupervised", truth=truth)
    assert near(expected["average_weighted"], score.measures["accuracy"])
    for name, accuracy in expected["per_sequence"].items():
        assert near(accuracy, score.sequences[name].measures["accuracy"])


@pytest.mark.parametrize(
    ("toolkit", "key", "name"),
    [
        ("pysot", "frame_overlaps_rep1_bound_w-1_h-1", "pysot-vot"),
        ("vot_toolkit", "frame_overlaps_rep1", "vot-toolkit"),
    ],
)
def test_every_frames_overlap(original: Any, graded: Any, toolkit: str, key: str, name: str) -> None:
    """To the pixel: rectangles and turned polygons, within the frame and beyond it."""
    profile = find_vot_profile(name)
    folder = original.sequences / "vot_results" / "fix"
    for sequence in read_vot(profile, original.sequences / "vot", folder)[0]:
        expected = np.array(
            [0.0 if one is None else one for one in original.expected["vot"][toolkit][key][sequence.name]]
        )
        last = (sequence.size[0] - 1, sequence.size[1] - 1)
        found = overlaps_of(profile.drawing, sequence.truth, sequence.runs[0].regions, last)
        assert np.abs(found - expected).max() < 1e-7, sequence.name


def test_every_frames_overlap_from_anchors(original: Any, graded: Any) -> None:
    expected = original.expected["vot"]["vot_toolkit"]["multistart_overlaps"]
    profile = find_vot_profile("vot-toolkit:vot2020")
    for sequence in read_vot(profile, original.sequences / "vot", original.sequences / "vot_results" / "fix")[
        0
    ]:
        assert len(sequence.runs) == len(expected[sequence.name])
        for run, goal in zip(sequence.runs, expected[sequence.name], strict=True):
            assert (run.anchor, run.backward) == (goal["anchor"], goal["reverse"])
            found = overlaps_of(profile.drawing, shown(sequence, run), run.regions, (639, 479))
            assert np.abs(found - goal["overlaps"]).max() < 1e-12


# ---------------------------------------------------------------- small cases by hand


def workspace(folder: Path, frames: int = 12, said_size: bool = True) -> tuple[Path, Path]:
    """One sequence of a box that stands still, and a run that meets it in every frame."""
    truth, results = folder / "sequences" / "still", folder / "results" / "still"
    truth.mkdir(parents=True)
    results.mkdir(parents=True)
    (truth / "groundtruth.txt").write_text("10,10,20,20\n" * frames)
    if said_size:
        (truth / "sequence").write_text("width=64\nheight=48\n")
    (results / "still_001.txt").write_text("1\n" + "10,10,20,20\n" * (frames - 1))
    return truth.parent, results.parent


def score_of(name: str, truth: Path, results: Path) -> VotScore:
    profile = VOT_PROFILES[name]
    return grade_vot(profile, read_vot(profile, truth, results)[0])


def test_a_perfect_run(tmp_path: Path) -> None:
    truth, results = workspace(tmp_path)
    (results / "still" / "still_00000000.txt").write_text((results / "still" / "still_001.txt").read_text())
    (truth / "still" / "anchor.value").write_text("1\n" + "0\n" * 11)
    assert score_of("vot-toolkit", truth, results).measures["accuracy"] == 1.0
    assert score_of("pysot-vot", truth, results).measures["robustness"] == 0.0
    multistart = score_of("vot-toolkit:vot2020", truth, results)
    assert multistart.measures["robustness"] == 1.0
    assert multistart.measures["accuracy"] == 11 / 12  # the start counts as an overlap of 0
    assert score_of("vot-toolkit:unsupervised", truth, results).measures["accuracy"] == 1.0


def test_a_failure_and_the_start_after_it(tmp_path: Path) -> None:
    truth, results = workspace(tmp_path, frames=40)
    lines = ["1"] + ["10,10,20,20"] * 19 + ["2"] + ["0"] * 4 + ["1"] + ["10,20,20,20"] * 14
    (results / "still" / "still_001.txt").write_text("\n".join(lines) + "\n")
    score = score_of("vot-toolkit", truth, results)
    assert score.measures["failures"] == 1
    # from frame 10 to 19 all of it, from 35 on 200 of 600 pixels
    assert score.measures["accuracy"] == pytest.approx((10 * 1.0 + 5 / 3) / 15)


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    truth, results = workspace(tmp_path)
    with pytest.raises(VotError, match=r"anchor\.value"):
        score_of("vot-toolkit:vot2020", truth, results)
    with pytest.raises(VotError, match="confidence"):
        score_of("vot-toolkit:longterm", truth, results)
    with pytest.raises(UnmatchedError, match="has no sequence"):
        score_of("vot-toolkit", results, results)
    with pytest.raises(UnmatchedError, match="is no folder"):
        score_of("vot-toolkit", truth, truth / "nothing")
    (results / "still" / "still_001.txt").write_text("1\n10,10,20,20\n")
    with pytest.raises(UnmatchedError, match="still from frame 0 has 2 regions, and there are 12"):
        score_of("vot-toolkit", truth, results)
    (results / "still" / "still_001.txt").write_text("1\n10,10,20\n")
    with pytest.raises(VotError, match="line 2: `10,10,20`: 3 numbers are no region"):
        score_of("vot-toolkit", truth, results)
    (results / "still" / "still_001.txt").unlink()
    with pytest.raises(UnmatchedError, match="no run over any of still"):
        score_of("vot-toolkit", truth, results)


def test_the_size_is_needed(tmp_path: Path) -> None:
    truth, results = workspace(tmp_path, said_size=False)
    profile = VOT_PROFILES["vot-toolkit"]
    with pytest.raises(UngradableError, match="does not say its width"):
        read_vot(profile, truth, results)
    assert read_vot(profile, truth, results, (64, 48))[0][0].size == (64, 48)


def test_sequences_without_results_are_told(tmp_path: Path) -> None:
    truth, results = workspace(tmp_path)
    (truth / "other").mkdir()
    (truth / "other" / "groundtruth.txt").write_text("1,1,5,5\n")
    sequences, missing = read_vot(VOT_PROFILES["vot-toolkit"], truth, results)
    assert ([one.name for one in sequences], missing) == (["still"], ["other"])


def test_profiles_have_their_own_names() -> None:
    assert all(name == profile.name for name, profile in VOT_PROFILES.items())


def test_objects_share_their_videos_weight(tmp_path: Path) -> None:
    """Two objects of a video and one of another, in boxes whose overlaps are known: 1, 0.5, and 0 while it drifts."""
    whole, half, away = "10,10,40,20", "10,10,40,10", "80,80,40,20"
    found = {
        ("pair", "left"): [whole, whole, "0"],
        ("pair", "right"): [half, away, away],
        ("lone", ""): [half, half, half],
    }
    for (name, label), boxes in found.items():
        stem = f"{name}_{label}" if label else name
        truth = tmp_path / "truth" / name / (f"groundtruth_{label}.txt" if label else "groundtruth.txt")
        result = tmp_path / "results" / "baseline" / name / f"{stem}_001.txt"
        for path, lines in ((truth, [whole] * 4), (result, ["1", *boxes])):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"{line}\n" for line in lines))
    profile = find_vot_profile("vot-toolkit:vots")
    sequences, missing = read_vot(profile, tmp_path / "truth", tmp_path / "results", (200, 150))
    assert ([each.name for each in sequences], missing) == (["lone", "pair.left", "pair.right"], [])
    score = grade_vot(profile, sequences)
    # the start counts as a frame with an overlap of 0
    assert score.sequences["pair.left"].measures["quality"] == pytest.approx(2 / 4)
    assert score.sequences["pair.right"].measures["accuracy"] == pytest.approx(0.5 / 2, abs=0.02)
    assert score.sequences["pair.right"].measures["dre"] == pytest.approx(2 / 4)
    for measure in ("quality", "accuracy", "robustness", "nre", "dre"):
        left, right, lone = (
            score.sequences[name].measures[measure] for name in ("pair.left", "pair.right", "lone")
        )
        assert score.measures[measure] == pytest.approx((lone + (left + right) / 2) / 2), measure
    (tmp_path / "results" / "baseline" / "pair" / "pair_left_001.txt").unlink()
    assert read_vot(profile, tmp_path / "truth", tmp_path / "results", (200, 150))[1] == ["pair.left"]
