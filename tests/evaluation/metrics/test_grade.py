"""Boxes graded under every profile, held to what the original toolkits printed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays

from sotc.evaluation.metrics.errors import UngradableError, UnmatchedError
from sotc.evaluation.metrics.grade import by_attribute, grade, overall
from sotc.evaluation.metrics.profile import PROFILES, find_profile
from sotc.evaluation.metrics.score import Score, SequenceScore
from sotc.evaluation.sequence import Truth

CASES = {
    ("pysot", "otb"): ("pysot", False),
    ("pysot", "lasot_absent"): ("pysot", True),
    ("pysot", "nan_pred"): ("pysot", False),
    ("got10k", "otb"): ("got10k:otb", False),
    ("got10k", "otb_no_nan_seq"): ("got10k:otb", False),
    ("got10k", "otb_short_pred"): ("got10k:otb", False),
    ("got10k", "otb_nan_pred"): ("got10k:otb", False),
    ("got10k", "uav123"): ("got10k-uav", False),
    ("got10k", "lasot"): ("got10k-uav", False),
    ("got10k", "got10k_val"): ("got10k", False),
    ("pytracking", "otb"): ("pytracking", False),
    ("pytracking", "uav"): ("pytracking:uav", False),
    ("pytracking", "lasot_visible"): ("pytracking:lasot", True),
    ("pytracking", "lasot_extension_visible"): ("pytracking", True),
    ("pytracking", "nfs_exclude_invalid"): ("pytracking:exclude-invalid", False),
    ("pytracking", "otb_short_pred"): ("pytracking", False),
    ("ostrack", "otb"): ("ostrack", False),
    ("ostrack", "uav"): ("ostrack:uav", False),
    ("ostrack", "lasot_visible"): ("ostrack:lasot", True),
    ("ostrack", "lasot_extension_visible"): ("ostrack", True),
    ("ostrack", "tnl2k"): ("ostrack", False),
    ("mmtracking", "ope"): ("mmtracking", False),
    ("mmtracking", "ope_only_visible"): ("mmtracking", True),
    ("trackingnet_devkit", "main"): ("trackingnet", False),
    ("trackingnet_devkit", "no_nan_seq"): ("trackingnet", False),
    ("lasot_toolkit", "lasot"): ("lasot", True),
    ("otb_toolkit", "otb"): ("otb", False),
}
"""What expected.json has, by toolkit and its key: the profile, and whether the toolkit was given flags."""

SINGLE = ("pytracking", "ostrack")
"""These average in float32 and print percent."""

MEASURES = {
    "AUC": "success",
    "success_score": "success",
    "precision_score": "precision",
    "Precision": "precision",
    "precision20": "precision",
    "NormPrecision": "norm_precision",
    "norm_precision20": "norm_precision",
    "normalized_precision_score": "norm_precision",
    "success_rate": "op50",
    "OP50": "op50",
    "OP75": "op75",
    "sr": "sr50",
    "avg_overlap": "mean_overlap",
    "ave_coverage": "mean_overlap",
    "ave_center_error": "mean_distance",
}
CURVES = {
    "success_curve": "success",
    "succ_curve": "success",
    "precision_curve": "precision",
    "norm_precision_curve": "norm_precision",
    "normalized_precision_curve": "norm_precision",
}
OF_FRAMES = ("length", "n_frames_used")
NOT_PERCENT = ("mean_overlap", "mean_distance")


def same(expected: dict[str, Any], got: SequenceScore | Score, toolkit: str, percent: bool) -> int:
    """Every number of the toolkit is there and equal; how many those are."""
    compared = 0
    for key, value in expected.items():
        if key in OF_FRAMES:
            continue
        if key in CURVES:
            scale = 100.0 if toolkit in SINGLE else 1.0  # the others print curves as fractions
            goal, found = np.array(value, dtype=np.float64), got.curves[CURVES[key]] * scale
            tolerance = 1e-5 if scale == 100.0 else 1e-6
        else:
            name = MEASURES.get(key, key)
            scale = 100.0 if percent and name not in NOT_PERCENT else 1.0
            goal = np.array(np.nan if value is None else value, dtype=np.float64)
            found = np.array(got.measures[name] * scale)
            tolerance = 1e-5 if toolkit in SINGLE else 1e-6
        assert goal.shape == found.shape, key
        assert np.array_equal(np.isnan(goal), np.isnan(found)), key
        error = np.abs(goal - found)[~np.isnan(goal)]
        assert error.size == 0 or error.max() <= tolerance, key
        compared += 1
    return compared


@pytest.mark.parametrize(("toolkit", "key"), CASES)
def test_every_number_is_the_toolkits(original: Any, toolkit: str, key: str) -> None:
    """Per sequence, in the mean, and at each threshold."""
    expected = original.expected["ope"][toolkit][key]
    name, flags = CASES[toolkit, key]
    profile = find_profile(name)
    percent = expected.get("scale") == "percent"
    scores = {
        sequence: grade(profile, original.truth(sequence, flags), original.read(sequence, "pred"))
        for sequence in expected["sequences"]
    }
    compared = sum(
        same(numbers, scores[sequence], toolkit, percent)
        for sequence, numbers in expected["per_sequence"].items()
    )
    compared += same(expected["average"], overall(profile, scores), toolkit, percent)
    assert compared >= 4 * len(scores)


def test_no_number_of_the_toolkits_is_left_out(original: Any) -> None:
    keys = {(toolkit, key) for toolkit, profiles in original.expected["ope"].items() for key in profiles} - {
        ("pytracking", "errors")
    }
    assert keys == set(CASES)


@pytest.mark.parametrize(("toolkit", "key"), CASES)
def test_counts_are_exact(original: Any, toolkit: str, key: str) -> None:
    """The toolkit's shares times its frames are whole numbers, and those are the counts."""
    expected = original.expected["ope"][toolkit][key]
    name, flags = CASES[toolkit, key]
    for sequence, numbers in expected["per_sequence"].items():
        score = grade(find_profile(name), original.truth(sequence, flags), original.read(sequence, "pred"))
        for curve in CURVES.keys() & numbers.keys():
            counted = score.totals.counted[CURVES[curve]]
            counts = np.array(numbers[curve]) * counted / (100 if toolkit in SINGLE else 1)
            assert np.abs(counts - np.rint(counts)).max() < 1e-3
            assert np.array_equal(np.rint(counts).astype(int), score.counts[CURVES[curve]])
        if "n_frames_used" in numbers:
            assert score.totals.counted["success"] == numbers["n_frames_used"]


@pytest.mark.parametrize("name", ["pytracking", "ostrack"])
def test_what_pytracking_refuses_is_refused(original: Any, name: str) -> None:
    lasot = find_profile(f"{name}:lasot")
    with pytest.raises(UngradableError, match=r"frame .* of s03 has NaN in its truth"):
        grade(
            find_profile(name),
            original.truth("s03_nan_gt", False),
            original.read("s03_nan_gt", "pred"),
            "s03",
        )
    with pytest.raises(UngradableError, match="frame 31 of x14 was given the box nan,nan,nan,nan"):
        grade(
            find_profile(name),
            original.truth("x14_nan_pred", False),
            original.read("x14_nan_pred", "pred"),
            "x14",
        )
    with pytest.raises(UnmatchedError, match="x13 has 90 frames, and there are 75 boxes"):
        grade(lasot, original.truth("x13_short_pred", True), original.read("x13_short_pred", "pred"), "x13")


def moving(frames: int = 40, seed: int = 0) -> np.ndarray[Any, Any]:
    """Boxes of whole numbers inside a frame of 640 x 480."""
    generator = np.random.default_rng(seed)
    return np.concatenate(
        [generator.integers(50, 200, (frames, 2)), generator.integers(20, 90, (frames, 2))], axis=1
    ).astype(np.float64)


def graded(name: str, truth: Any, boxes: Any, **known: Any) -> SequenceScore:
    return grade(
        PROFILES[name],
        Truth(np.asarray(truth, dtype=float), size=(640, 480), **known),
        np.asarray(boxes, dtype=float),
    )


PERFECT = {
    "success": dict.fromkeys(PROFILES, 20 / 21) | {"trackingnet": 1.0},
    "precision": dict.fromkeys(PROFILES, 1.0),
    "op50": dict.fromkeys(PROFILES, 1.0),
    "op75": dict.fromkeys(PROFILES, 1.0),
    "ao": dict.fromkeys(PROFILES, 1.0),
    "sr50": dict.fromkeys(PROFILES, 1.0),
    "sr75": dict.fromkeys(PROFILES, 1.0),
    "coverage": dict.fromkeys(PROFILES, 1.0),
}


@pytest.mark.parametrize("name", PROFILES)
def test_a_perfect_tracker(name: str) -> None:
    """20 of 21 thresholds, since no overlap is larger than 1; TrackingNet counts those that reach it."""
    truth = moving()
    score = graded(name, truth, truth)
    for measure, value in score.measures.items():
        if measure in PERFECT:
            assert value == pytest.approx(PERFECT[measure][name], abs=1e-12), measure


@pytest.mark.parametrize("name", PROFILES)
def test_a_tracker_that_is_nowhere(name: str) -> None:
    """Only the first frame counts for it, where a profile replaces that by the truth."""
    truth = moving()
    first = 1 / len(truth) if PROFILES[name].first == "truth" else 0.0
    score = graded(name, truth, np.full_like(truth, 5000.0))
    key = "ao" if "ao" in score.measures else "success"
    full = 1.0 if name == "trackingnet" else 20 / 21
    # TrackingNet counts overlaps of 0 for the threshold 0, which is half a step of 20 there
    other = (1 - first) / 40 if name == "trackingnet" else 0.0
    assert score.measures[key] == pytest.approx(first * full + other, abs=1e-7)


@pytest.mark.parametrize("seed", range(3))
def test_curves_by_hand(seed: int) -> None:
    """PySOT's curves in plain loops, in the words of the table."""
    truth, generator = moving(seed=seed), np.random.default_rng(seed + 10)
    boxes = truth + generator.normal(0, 8, truth.shape)
    score = graded("pysot", truth, boxes)
    overlaps, errors = [], []
    for (x, y, w, h), (a, b, c, d) in zip(truth.tolist(), boxes.tolist(), strict=True):
        across = max(0.0, min(x + w, a + c) - max(x, a))
        down = max(0.0, min(y + h, b + d) - max(y, b))
        overlaps.append(across * down / (w * h + c * d - across * down))
        errors.append(((x + w / 2 - a - c / 2) ** 2 + (y + h / 2 - b - d / 2) ** 2) ** 0.5)
    assert score.counts["success"].tolist() == [sum(o > k / 20 for o in overlaps) for k in range(21)]
    assert score.counts["precision"].tolist() == [sum(e <= k for e in errors) for k in range(51)]
    assert score.measures["precision"] == sum(e <= 20 for e in errors) / len(errors)


def test_ties_tell_toolkits_apart() -> None:
    """Overlap exactly 0.5, centre exactly 20 pixels away."""
    truth = [[100, 100, 40, 20]] * 2
    half, away = [[100, 100, 20, 20]] * 2, [[120, 100, 40, 20]] * 2
    assert graded("pysot", truth, half).counts["success"][10] == 0
    assert graded("trackingnet", truth, half).counts["success"][10] == 2
    assert graded("pysot", truth, away).measures["precision"] == 1.0


def test_frames_without_a_target_are_what_each_toolkit_makes_of_them() -> None:
    """Half of the frames have no truth; the others are met exactly."""
    truth = moving(40)
    boxes = truth.copy()
    truth[20:] = np.nan
    precision = {
        "otb": 1.0,
        "lasot": 1.0,
        "pysot": 1.0,
        "mmtracking": 1.0,
        "pytracking:uav": 1.0,
        "got10k:otb": 0.5,
    }
    for name, value in precision.items():
        score = graded(name, truth, boxes)
        assert score.measures["precision"] == value, name
        assert score.measures["success"] == pytest.approx(10 / 21, abs=1e-12), name
    dropped = graded("got10k-uav", truth, boxes)
    assert (dropped.measures["precision"], dropped.totals.counted["success"]) == (1.0, 20)


def test_flags_are_misses_hits_or_nothing() -> None:
    truth = moving(40)
    absent = np.arange(40) >= 30
    for name in ("lasot", "pysot", "mmtracking", "pytracking:lasot"):
        assert graded(name, truth, truth, absent=absent).measures["norm_precision"] == 0.75, name
    assert graded("pytracking", truth, truth, absent=absent).measures["norm_precision"] == 1.0
    for name in ("otb", "got10k-uav", "trackingnet", "pytracking:uav"):
        assert graded(name, truth, truth, absent=absent).measures["precision"] == pytest.approx(1.0), name


def test_a_lost_box_is_repeated_or_not() -> None:
    truth = np.tile([100.0, 100, 40, 40], (10, 1))
    boxes = truth.copy()
    boxes[5:] = 0
    perfect = 20 / 21
    assert graded("otb", truth, boxes).measures["success"] == pytest.approx(perfect)
    assert graded("pytracking", truth, boxes).measures["success"] == pytest.approx(perfect)
    assert graded("pysot", truth, boxes).measures["success"] == pytest.approx(perfect / 2)
    boxes[5:] = np.nan
    boxes[5:, 0] = 3.0  # NaN in part
    assert graded("lasot", truth, boxes).measures["success"] == pytest.approx(perfect)
    assert graded("otb", truth, boxes).measures["success"] == pytest.approx(perfect / 2)


def test_lengths() -> None:
    truth = moving(40)
    assert graded("got10k:otb", truth, truth[:10]).measures["precision"] == 1.0
    assert graded("pytracking", truth, truth[:10]).measures["success"] == pytest.approx(20 / 21 / 4)
    longer = np.concatenate([truth, truth])
    assert graded("lasot", truth, longer).measures["precision"] == 1.0
    for name, boxes in (("pysot", longer), ("pysot", truth[:10]), ("otb", truth[:39]), ("pysot", truth[:0])):
        with pytest.raises(UnmatchedError, match=f"40 frames, and there are {len(boxes)} boxes"):
            graded(name, truth, boxes)


def test_what_is_missing_is_named() -> None:
    truth = Truth(moving(10))
    with pytest.raises(UngradableError, match="--size"):
        grade(PROFILES["got10k"], truth, truth.boxes)
    with pytest.raises(UnmatchedError, match="10 frames and 4 flags"):
        graded("lasot", truth.boxes, truth.boxes, absent=np.zeros(4, dtype=bool))
    unknown = moving(10)
    unknown[4] = np.nan
    with pytest.raises(UngradableError, match=r"(?s)frame 5 .* --cover"):
        graded("got10k", unknown, truth.boxes)
    assert (
        graded("got10k", unknown, truth.boxes, cover=(np.arange(10) != 4).astype(int)).measures["ao"] == 1.0
    )
    with pytest.raises(UngradableError, match="no frame"):
        graded("pysot", np.empty((0, 4)), np.empty((0, 4)))


def test_the_whole_set_weighs_sequences_or_frames() -> None:
    """A perfect one of 11 frames and a lost one of 31: half and half, or by the frames after the first."""
    short, long = moving(11), moving(31)
    nowhere = np.full_like(long, 5000.0)
    for name, measure, value in (
        ("pysot", "precision", 0.5),
        ("got10k", "ao", 10 / 40),
        ("got10k", "sr50", 10 / 40),
    ):
        scores = {"short": graded(name, short, short), "long": graded(name, long, nowhere)}
        whole = overall(PROFILES[name], scores)
        assert whole.measures[measure] == pytest.approx(value)
        assert (whole.profile, whole.sequences, whole.frames) == (name, 2, 42)
        assert np.array_equal(
            whole.counts["success"], sum(score.counts["success"] for score in scores.values())
        )


def test_a_set_needs_sequences_that_have_a_number() -> None:
    profile = PROFILES["got10k-uav"]
    blank = graded("got10k-uav", np.full((5, 4), np.nan), moving(5))
    assert np.isnan(blank.measures["success"])
    with pytest.raises(UngradableError, match="no frame of dark counts under got10k-uav"):
        overall(profile, {"light": graded("got10k-uav", moving(5), moving(5)), "dark": blank})
    with pytest.raises(UnmatchedError):
        overall(profile, {})
    with pytest.raises(ValueError, match="got10k-uav"):
        overall(PROFILES["pysot"], {"dark": blank})


def test_attributes() -> None:
    profile = PROFILES["pysot"]
    truth = moving(20)
    scores = {"met": graded("pysot", truth, truth), "lost": graded("pysot", truth, truth + 400)}
    found = by_attribute(profile, scores, {"met": ("fast", "dark"), "lost": ("fast",), "other": ("rain",)})
    assert {name: (score.sequences, score.measures["precision"]) for name, score in found.items()} == {
        "dark": (1, 1.0),
        "fast": (2, 0.5),
    }


boxes_within = arrays(
    np.float64, (12, 4), elements=some.floats(1.0, 500.0, allow_nan=False).map(lambda value: round(value, 2))
)


@settings(max_examples=6, deadline=None)
@given(truth=boxes_within, boxes=boxes_within)
@pytest.mark.parametrize("name", PROFILES)
def test_curves_rise_or_fall_and_measures_are_fractions(name: str, truth: Any, boxes: Any) -> None:
    score = graded(name, truth, boxes)
    assert (np.diff(score.counts["success"]) <= 0).all()
    for distance in score.counts.keys() - {"success"}:
        assert (np.diff(score.counts[distance]) >= 0).all()
    for measure, value in score.measures.items():
        if measure != "mean_distance":
            assert np.isnan(value) or -1e-9 <= value <= 1 + 1e-9, measure


@settings(max_examples=20, deadline=None)
@given(truth=boxes_within, boxes=boxes_within, factor=some.sampled_from([0.25, 0.5, 2.0, 8.0]))
def test_overlaps_do_not_depend_on_the_scale(truth: Any, boxes: Any, factor: float) -> None:
    """Powers of two, which change no rounding."""
    one, other = graded("pysot", truth, boxes), graded("pysot", truth * factor, boxes * factor)
    assert np.array_equal(one.counts["success"], other.counts["success"])
