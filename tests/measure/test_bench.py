"""The benchmark over a small tracker: rows for all, reasons for those that cannot be measured, and what is kept."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from sotc.compiler.compiled import Options
from sotc.compiler.own import OwnClassError
from sotc.measure.bench import machine
from sotc.measure.bench.bench import Bench, Plan
from sotc.measure.bench.contenders import (
    Contender,
    Entry,
    Subject,
    enter,
    parse_contender,
    subject_of,
)
from sotc.measure.bench.errors import BenchError
from sotc.measure.bench.work import work_of
from sotc.measure.clip import Clip

from . import small


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "SECONDS", 0.01)
    monkeypatch.setattr(machine, "SIDES", {"cpu": (64,)})
    monkeypatch.setitem(machine.COPY_BYTES, "cpu", 2**20)
    monkeypatch.setattr("sotc.measure.bench.turns.BLOCK_SECONDS", 0.01)
    monkeypatch.setattr("sotc.measure.bench.turns.WARM_UP_SECONDS", 0.0)


def subject() -> Subject:
    return subject_of(small.checked(), small.lively(small.PLAIN), Options(), small.clip())


def bench(names: Sequence[str], targets: tuple[int, ...] = (1,), entries: Sequence[Entry] = ()) -> Bench:
    made = subject()
    found = [*entries, *(enter(parse_contender(name), made, lambda line: None) for name in names)]
    plan = Plan("Plain", "plain.sot", "checkpoint", small.clip(), Options(), targets, 0.05, tuple(names))
    return Bench(plan, found, lambda count: work_of(made.source, count), lambda line: None)


@pytest.mark.slow
def test_rows_for_all_and_for_each_number_of_targets() -> None:
    run = bench(["by-hand", "eager", "eager:bf16"], (1, 3))
    run.run()
    report = run.report
    assert report.finished and report.baseline == "by-hand"
    assert [(row.targets, row.name, row.error) for row in report.rows] == [
        (count, name, None) for count in (1, 3) for name in ("by-hand", "eager", "eager:bf16")
    ]
    assert report.machine.gemm_gflops.keys() == {"bf16", "fp32"}
    one = work_of(subject().source, 1).operations
    for row in report.rows:
        assert row.p50_ms is not None and row.ratio is not None
        assert row.targets_per_second == pytest.approx(row.targets * 1e3 / row.p50_ms, rel=1e-3)
        assert row.step_gflop == pytest.approx(row.targets * one / 1e9, abs=1e-4)
        rate = report.machine.gemm_gflops[row.precision]
        assert row.gemm_share == pytest.approx(row.step_gflop * 1e3 / row.p50_ms / rate, rel=0.1, abs=2e-3)
        assert "network" in row.parts_ms
    assert all(row.ratio == 1.0 for row in report.rows if row.name == "by-hand")
    json.dumps(report.to_json())


def test_one_that_cannot_be_built_is_a_row_with_its_reason() -> None:
    run = bench(["opencv", "eager:int8", "eager"])
    run.run()
    rows = {row.name: row for row in run.report.rows}
    assert "needs its two networks" in (rows["opencv"].error or "")
    assert rows["eager:int8"].error == "it has no int8"
    assert rows["eager"].p50_ms is not None
    assert run.report.baseline == "eager", "the first that can be measured"


class Interrupting:
    """A way to run the tracker at which the user loses patience."""

    def start(self, clip: Clip, clock: object = None):
        def step(index: int):
            if index == 5:
                raise KeyboardInterrupt
            return clip.boxes

        return step


def test_an_interrupted_run_tells_what_it_has() -> None:
    impatient = Entry(Contender("impatient", "eager"), Interrupting())
    run = bench(["eager"], (1, 3), [impatient])
    with pytest.raises(KeyboardInterrupt):
        run.run()
    report = run.report
    assert not report.finished
    assert [(row.name, row.targets) for row in report.rows] == [("impatient", 1), ("eager", 1)]


def test_nothing_to_measure() -> None:
    with pytest.raises(BenchError, match="eager:int8: it has no int8"):
        bench(["eager:int8"])


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("opnevino", "openvino"),
        ("onnx:bf61", "bf16"),
        ("opnevino:bf16", "openvino"),
        ("by-hand:bf16", "leave out"),
        ("", "there are"),
    ],
)
def test_names_that_there_are_not(text: str, meant: str) -> None:
    with pytest.raises(BenchError) as caught:
        parse_contender(text)
    assert meant in caught.value.remedy


def test_names_that_there_are() -> None:
    assert parse_contender("openvino:bf16") == Contender("openvino:bf16", "openvino", "bf16")
    assert parse_contender("by-hand") == Contender("by-hand", "by-hand")
    assert "fold-batchnorm" in (parse_contender("eager+passes").passes or "")
    assert parse_contender("a/b.sotx").backend == "a/b.sotx"


def test_a_backend_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name has a colon as a precision has; a slip in it is told before anything is built."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "bench_lab.py").write_text("from sotc.compiler.backends.eager import Eager as Mine\n")
    for text, precision in (("bench_lab:Mine", "fp32"), ("bench_lab:Mine:bf16", "bf16")):
        assert parse_contender(text) == Contender(text, "bench_lab:Mine", precision)  # type: ignore[arg-type]
    assert parse_contender("bench_lab:Mine+passes").backend == "bench_lab:Mine"
    assert enter(parse_contender("bench_lab:Mine"), subject(), lambda line: None).error is None
    with pytest.raises(OwnClassError, match="did you mean `Mine`"):
        parse_contender("bench_lab:Mine_")
    sys.modules.pop("bench_lab")
