"""Errors of single values, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sotc.compiler.plan import Signature, Slot
from sotc.measure.limits import PLACES, limits_of
from sotc.measure.record import Call
from sotc.measure.wires import batch_inputs, bound_of, broken_wires, paired_slots, random_inputs, wire_error

FP32 = limits_of("fp32")
CACHE = Slot("cache.kernel", "cache", True)


def test_largest_relative_and_typical() -> None:
    """Values 0 2 4 6: their standard deviation is sqrt 5; errors 0 0 0 1: root mean square 1/2."""
    expected, given = np.array([[0.0, 2], [4, 6]]), np.array([[0.0, 2], [4, 7]])
    error = wire_error("init", CACHE, "clip", [(expected, given)])
    assert error.largest == 1
    assert error.relative == pytest.approx(1 / 5**0.5)
    assert error.typical == pytest.approx(0.5 / 5**0.5)


def test_errors_over_several_calls_are_of_all_of_them() -> None:
    pairs = [(np.array([0.0, 2]), np.array([0.0, 2])), (np.array([4.0, 6]), np.array([4.0, 7]))]
    assert wire_error("init", CACHE, "clip", pairs).relative == pytest.approx(1 / 5**0.5)


def test_a_value_that_hardly_changes_is_measured_against_its_size() -> None:
    error = wire_error(
        "step", Slot("output.score", "output"), "clip", [(np.array([1.0, 1.0]), np.array([1.01, 1.01]))]
    )
    assert error.relative == math.inf
    assert error.typical == pytest.approx(0.1)


def test_what_the_reference_does_not_know_is_not_asked_for() -> None:
    expected = np.array([1.0, 3.0, np.nan, np.inf])
    assert wire_error("init", CACHE, "clip", [(expected, np.array([1.0, 3.0, 7.0, 8.0]))]).largest == 0
    assert (
        wire_error("init", CACHE, "clip", [(expected, np.array([1.0, np.nan, 7.0, 8.0]))]).largest == math.inf
    )


def test_true_and_false_are_counted() -> None:
    expected, given = np.array([True, False, True, True]), np.array([True, True, True, True])
    assert wire_error("step", Slot("held", "held"), "clip", [(expected, given)]).largest == 0.25


def test_whole_numbers_are_counted_and_bounded_by_share() -> None:
    expected, given = np.arange(20), np.arange(20)
    given[3] = 90
    error = wire_error("step", Slot("output.count", "output"), "clip", [(expected, given)])
    assert (error.discrete, error.largest) == (True, 0.05)
    assert broken_wires([error], FP32) == []
    given[4] = 90
    assert broken_wires(
        [wire_error("step", Slot("output.count", "output"), "clip", [(expected, given)])], FP32
    )


def test_places_in_whole_pixels_are_measured_as_places() -> None:
    """Windows 0 0 100 100 of which one is a pixel off: 0.5 over a standard deviation of 50."""
    pair = np.array([0, 0, 100, 100]), np.array([1, 0, 100, 100])
    error = wire_error("step", Slot("search.windows", "windows"), "clip", [pair])
    assert (error.discrete, error.largest, error.typical) == (False, 1.0, 0.01)


def test_complex_numbers_are_pairs_wherever_they_are_kept() -> None:
    expected = np.array([[1 + 2j, 3 - 1j]], dtype=np.complex64)
    pairs = np.array([[[1, 2], [3, -1]]], dtype=np.float32)
    assert wire_error("init", CACHE, "clip", [(expected, pairs)]).largest == 0
    assert wire_error("init", CACHE, "clip", [(expected, expected)]).largest == 0
    assert wire_error("init", CACHE, "clip", [(expected, pairs + 1)]).largest == 1
    signature = Signature("init", (), (CACHE,))
    assert paired_slots(signature, [expected], [pairs]) == {"cache.kernel"}
    assert paired_slots(signature, [expected], [expected]) == set()


def test_another_shape_is_the_largest_error() -> None:
    assert wire_error("init", CACHE, "clip", [(np.ones(3), np.ones(4))]).typical == math.inf


def test_bounds() -> None:
    def bound(program: str, slot: Slot, inputs: str) -> float | None:
        return bound_of(wire_error(program, slot, inputs, [(np.ones(2), np.ones(2))]), FP32)

    assert bound("init", CACHE, "clip") == FP32.wire
    assert bound("init", CACHE, "batch") == FP32.wire
    assert bound("init", CACHE, "random") is None
    assert bound("step", Slot("output.score", "output"), "batch") is None
    assert bound("step", Slot("search.windows", "windows"), "clip") == PLACES
    assert bound("step", Slot("carry.x", "carry"), "clip") is None


def test_the_worst_value_of_a_program_is_told() -> None:
    wrong = [
        wire_error(
            "init",
            Slot(f"cache.{error}", "cache"),
            "clip",
            [(np.array([0.0, 2]), np.array([0.0, 2 + error]))],
        )
        for error in (0.5, 1.0, 0.0)
    ]
    (said,) = broken_wires(wrong, FP32)
    assert said.startswith("`cache.1.0` of the program `init` is off by 0.71 of its spread (1 at most")


SIGNATURE = Signature(
    "step",
    (
        Slot("target", "target", True),
        Slot("search.pixels", "pixels", True),
        Slot("frame_size", "frame_size"),
        Slot("state.seen", "state", True),
        CACHE,
    ),
    (),
)


def call(number: int) -> Call:
    values = (
        np.full((1, 4), 10.0 * number),
        np.full((1, 3, 2, 2), number, dtype=np.uint8),
        np.array([320.0, 240.0]),
        np.array([True]),
        np.full((1, 5), number, dtype=np.complex64),
    )
    return Call("step", values, ())


def test_a_batch_has_rows_of_several_calls() -> None:
    made = batch_inputs(SIGNATURE, [call(number) for number in range(1, 7)], 3)
    assert made[0][:, 0].tolist() == [10, 30, 50]
    assert made[1][:, 0, 0, 0].tolist() == [1, 3, 5]
    assert made[2].tolist() == [320, 240]
    assert made[4].shape == (3, 5)


def test_random_values_are_of_the_right_kind() -> None:
    made = random_inputs(SIGNATURE, [call(1)], 3, np.random.default_rng(0))
    assert [value.shape for value in made] == [(3, 4), (3, 3, 2, 2), (2,), (3,), (3, 5)]
    assert [value.dtype for value in made] == [value.dtype for value in call(1).inputs]
    assert (made[0] > 0).all()
    assert made[1].max() > 100
