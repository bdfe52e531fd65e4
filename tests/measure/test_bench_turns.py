"""Turns: by a clock that only the steps move, so that every figure is known beforehand."""

from __future__ import annotations

import pytest

from sotc.measure.bench.turns import FEWEST_ROUNDS, Times, Turns


class FakeClock:
    """Time passes only when a step says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.order: list[str] = []

    def __call__(self) -> float:
        return self.now

    def step(self, name: str, *seconds: float):
        """A step that takes these times, one call after the other."""
        calls = [0]

        def run(index: int) -> None:
            self.now += seconds[calls[0] % len(seconds)]
            calls[0] += 1
            self.order.append(name)

        return run


def test_ratios_are_those_of_the_rounds() -> None:
    clock = FakeClock()
    turns = Turns({"slow": clock.step("slow", 0.2), "fast": clock.step("fast", 0.05)}, frames=10)
    turns.run(10.0, clock)
    ratio = turns.ratio("fast", "slow")
    assert ratio is not None
    assert (ratio.low, ratio.median, ratio.high) == pytest.approx((4.0, 4.0, 4.0))
    assert turns.ratio("slow", "slow").median == pytest.approx(1.0)
    assert turns.times["slow"].percentile(50) == pytest.approx(0.2)


def test_a_disturbance_that_falls_on_both_leaves_the_ratio() -> None:
    """From the middle of the run on everything takes three times as long."""
    clock = FakeClock()

    def step(seconds: float):
        def run(index: int) -> None:
            clock.now += seconds * (3 if clock.now > 30 else 1)

        return run

    turns = Turns({"one": step(0.3), "other": step(0.2)}, frames=5)
    turns.run(60.0, clock)
    assert turns.ratio("other", "one").median == pytest.approx(1.5)
    assert max(turns.times["one"].steps) == pytest.approx(0.9)


def test_whoever_is_first_changes_and_all_have_as_many_rounds() -> None:
    clock = FakeClock()
    turns = Turns({name: clock.step(name, 1.0) for name in "abc"}, frames=4)
    turns.run(9.0, clock)
    measured = "".join(clock.order)[9:]  # three steps of each warm it up
    assert measured[:9] == "abcbcacab"
    assert {len(times.rounds) for times in turns.times.values()} == {len(measured) // 3}


def test_slow_steps_have_a_few_rounds_whatever_the_time() -> None:
    clock = FakeClock()
    turns = Turns({"a": clock.step("a", 50.0)}, frames=4)
    turns.run(1.0, clock)
    assert len(turns.times["a"].steps) == FEWEST_ROUNDS


def test_frames_go_round() -> None:
    clock, seen = FakeClock(), []

    def run(index: int) -> None:
        clock.now += 0.1
        seen.append(index)

    Turns({"a": run}, frames=3).run(1.0, clock)
    assert seen[:7] == [0, 1, 2, 0, 1, 2, 0]


def test_one_that_fails_is_left_out_with_its_reason() -> None:
    clock = FakeClock()

    def broken(index: int) -> None:
        clock.now += 0.1
        if clock.now > 3:
            raise RuntimeError("the kernel is gone\nmore")

    turns = Turns({"good": clock.step("good", 0.1), "broken": broken}, frames=4)
    turns.run(8.0, clock)
    assert turns.failed == {"broken": "RuntimeError: the kernel is gone"}
    assert len(turns.times["good"].rounds) > len(turns.times["broken"].rounds)


def test_an_interrupt_keeps_what_was_timed() -> None:
    clock = FakeClock()

    def interrupted(index: int) -> None:
        clock.now += 0.5
        if clock.now > 20:
            raise KeyboardInterrupt

    turns = Turns({"a": interrupted}, frames=4)
    with pytest.raises(KeyboardInterrupt):
        turns.run(100.0, clock)
    assert turns.times["a"].percentile(50) == pytest.approx(0.5)
    assert turns.failed == {}


def test_percentiles_need_steps_enough() -> None:
    times = Times(steps=[float(number) for number in range(1, 20)])
    assert times.percentile(50) == 10.0
    assert times.percentile(95) is None
    times.steps.append(20.0)
    assert times.percentile(95) == pytest.approx(19.05)
    assert times.percentile(99) is None
    times.steps = [float(number) for number in range(101)]
    assert times.percentile(99) == pytest.approx(99.0)
