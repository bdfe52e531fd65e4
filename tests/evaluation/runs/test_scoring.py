"""Scores of results: those of the metric engine, each under its profile, with what is missing refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sotc.evaluation.datasets.find import Dataset, open_dataset
from sotc.evaluation.runs.errors import IncompleteError
from sotc.evaluation.runs.results import FileTable, Results, RunFiles, open_results
from sotc.evaluation.runs.scoring import Rules, has_truth, matched, score_results, speed
from sotc.runtime.success import success_auc


@pytest.fixture(scope="module")
def dataset(data: Path) -> Dataset:
    return open_dataset(data)


@pytest.fixture
def results(tmp_path: Path, dataset: Dataset) -> Results:
    """Boxes that lie near the truth, as another toolkit would leave them."""
    random = np.random.default_rng(0)
    for sequence in dataset.sequences:
        boxes = sequence.truth.boxes + random.normal(0, 3, sequence.truth.boxes.shape)
        lines = (",".join(map(repr, row)) for row in boxes.tolist())
        (tmp_path / f"{sequence.name}.txt").write_text("\n".join(lines) + "\n")
    return open_results(tmp_path)


def test_success_is_that_of_the_plain_definition(results: Results, dataset: Dataset) -> None:
    (graded,) = score_results(results, dataset, ["pysot"])
    by_hand = {one.name: success_auc(results.boxes[one.name], one.truth.boxes) for one in dataset.sequences}
    assert {name: one.measures["success"] for name, one in graded.sequences.items()} == pytest.approx(by_hand)
    assert graded.measures["success"] == pytest.approx(np.mean(list(by_hand.values())))
    assert graded.profile == "pysot" and graded.spreads["success"] == 0


def test_each_profile_gives_its_own_numbers(results: Results, dataset: Dataset) -> None:
    graded = score_results(results, dataset, ["pysot", "otb", "got10k"])
    assert [one.profile for one in graded] == ["pysot", "otb", "got10k"]
    assert graded[0].measures["success"] != graded[1].measures["success"]
    assert set(graded[2].measures) == {"ao", "sr50", "sr75"}


def test_whole_pixels(results: Results, dataset: Dataset) -> None:
    (graded,) = score_results(results, dataset, ["pysot"], Rules(integers=True))
    cut = {
        one.name: success_auc(np.trunc(results.boxes[one.name]), one.truth.boxes) for one in dataset.sequences
    }
    assert {name: one.measures["success"] for name, one in graded.sequences.items()} == pytest.approx(cut)


def test_short_results_are_refused_unless_padded(results: Results, dataset: Dataset) -> None:
    path = results.folder / "beta.txt"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:7]))
    with pytest.raises(IncompleteError, match="`beta` has 10 frames and the results 7 boxes"):
        score_results(results, dataset, ["pysot"])
    (graded,) = score_results(results, dataset, ["pysot"], Rules(pad=True))
    padded = np.concatenate((results.boxes["beta"], np.zeros((3, 4))))
    truth = next(one.truth.boxes for one in dataset.sequences if one.name == "beta")
    assert graded.sequences["beta"].measures["success"] == pytest.approx(success_auc(padded, truth))


def test_missing_sequences_are_refused_unless_partial(results: Results, dataset: Dataset) -> None:
    (results.folder / "beta.txt").unlink()
    found = open_results(results.folder)
    with pytest.raises(IncompleteError, match="lacks 1 of 4 sequences of own: beta"):
        score_results(found, dataset, ["pysot"])
    (graded,) = score_results(found, dataset, ["pysot"], Rules(partial=True))
    assert sorted(graded.sequences) == ["alpha", "delta", "gamma"]
    other = replace(found, runs=(RunFiles(FileTable({"dog": Path("dog.txt")}, np.loadtxt), {}, {}),))
    with pytest.raises(IncompleteError, match="of none of the sequences of own"):
        score_results(other, dataset, ["pysot"], Rules(partial=True))


def test_several_runs_give_mean_and_spread(results: Results, dataset: Dataset) -> None:
    truth = {one.name: one.truth.boxes for one in dataset.sequences}
    still = {name: np.repeat(boxes[:1], len(boxes), axis=0) for name, boxes in truth.items()}
    both = replace(results, runs=(results.runs[0], RunFiles(still, {}, {})))
    (graded,) = score_results(both, dataset, ["pysot"])
    one, other = (run.measures["success"] for run in graded.runs)
    assert graded.measures["success"] == pytest.approx((one + other) / 2)
    assert graded.spreads["success"] == pytest.approx(abs(one - other) / 2)


def test_names_are_found_as_other_toolkits_write_them() -> None:
    there = {"nfs_Gymnastics": 0, "jogging_1": 0, "Skating2-2": 0, "exact": 0, "EXACT": 0}
    wanted = ["Gymnastics", "Jogging.1", "Skating2.2", "exact", "exAct", "absent"]
    assert matched(there, wanted) == {
        "Gymnastics": "nfs_Gymnastics",
        "Jogging.1": "jogging_1",
        "Skating2.2": "Skating2-2",
        "exact": "exact",
    }


def test_a_test_set_has_no_truth(dataset: Dataset) -> None:
    hidden = []
    for sequence in dataset.sequences:
        boxes = sequence.truth.boxes.copy()
        boxes[1:] = np.nan
        hidden.append(replace(sequence, truth=replace(sequence.truth, boxes=boxes)))
    assert has_truth(dataset) and not has_truth(replace(dataset, sequences=tuple(hidden)))


def test_speed_leaves_the_start_out(results: Results) -> None:
    times = {"a": np.array([9.0, 0.1, 0.1]), "b": np.array([9.0, 0.2])}
    assert speed(replace(results, runs=(RunFiles({}, {}, times),))) == pytest.approx(3 / 0.4)
    assert speed(results) is None


def test_sequences_without_a_truth_are_left_out(results: Results, dataset: Dataset) -> None:
    """A miss in every frame of them would make the mean another number."""
    hidden = [
        replace(
            one,
            truth=replace(one.truth, boxes=np.vstack((one.truth.boxes[:1], one.truth.boxes[1:] * np.nan))),
        )
        if one.name == "beta"
        else one
        for one in dataset.sequences
    ]
    (graded,) = score_results(results, replace(dataset, sequences=tuple(hidden)), ["pysot"])
    (full,) = score_results(results, dataset, ["pysot"])
    assert sorted(graded.sequences) == ["alpha", "delta", "gamma"]
    kept = [full.sequences[name].measures["success"] for name in graded.sequences]
    assert graded.measures["success"] == pytest.approx(np.mean(kept))


def test_a_run_of_several_that_is_not_whole_is_named(results: Results, dataset: Dataset) -> None:
    both = replace(results, runs=(results.runs[0], RunFiles({}, {}, {})))
    with pytest.raises(IncompleteError, match=r"\(run 2 of 2\) lacks 4 of 4"):
        score_results(both, dataset, ["pysot"])
