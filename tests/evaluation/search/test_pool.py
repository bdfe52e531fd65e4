"""Who is given which candidates, and what becomes of those that a process dies over."""

from __future__ import annotations

from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from sotc.compiler.check import check
from sotc.compiler.compiled import Options
from sotc.evaluation.datasets.find import open_dataset
from sotc.evaluation.search.knobs import settled
from sotc.evaluation.search.parts import Halves
from sotc.evaluation.search.pool import Processes, several
from sotc.evaluation.search.space import Space, parse_axis
from sotc.evaluation.search.trial import Outcome, Setup, Task
from sotc.evaluation.search.variant import recipe_of

from ..runs import tiny


@pytest.mark.parametrize(
    ("most", "taken"), [(1, [[1], [2], [3], [4], [5]]), (2, [[1, 2], [3], [4, 5]]), (9, [[1, 2, 3], [4, 5]])]
)
def test_tasks_are_taken_together_up_to_one_that_is_to_be_alone(most: int, taken: list[list[int]]) -> None:
    tasks = iter([Task(number, {"x": 0.1}, alone=number == 3) for number in range(1, 6)])
    found = []
    while some := several(lambda: next(tasks, None), most):
        found.append([task.number for task in some])
    assert found == taken


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    """Two processes with one candidate at a time."""
    (tmp_path / "tiny.sot").write_text(tiny.SPEC)
    data = open_dataset(tiny.write_data(tmp_path / "data", {"alpha": 6}))
    checked = check(str(tmp_path / "tiny.sot"))
    _, knobs = settled(Space((parse_axis("pick.rate=0:1"),)), checked.expect())
    recipe = recipe_of(checked.expect(), checked.sources, knobs, {})
    place, halves = str(tmp_path / "new.sot"), Halves(data.sequences, ())
    return Setup(recipe, knobs, place, {}, False, None, Options(), halves, "own", "pysot", "success", 2)


def tried(setup: Setup, dies_at: int) -> dict[int, Outcome]:
    """Six candidates; the first process dies when this one is asked for, or before all with 0."""
    pool = Processes(setup)
    numbers = iter(range(1, 7))

    def next_task() -> Task | None:
        number = next(numbers, None)
        if number == dies_at:
            kill()
        return None if number is None else Task(number, {"pick.rate": number / 10})

    def kill(process: BaseProcess = pool._workers[0].process) -> None:
        process.kill()
        process.join()

    try:
        if not dies_at:
            kill()
        return {outcome.number: outcome for outcome in pool.run(next_task)}
    finally:
        pool.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("batch", "dies_at", "lost"),
    [(3, 4, []), (1, 2, [1]), (1, 0, [])],
    ids=["over several", "over one", "over none"],
)
def test_what_a_process_dies_over_is_tried_by_another(
    setup: Setup, batch: int, dies_at: int, lost: list[int]
) -> None:
    """But for a single one, which is likely to be to blame. A process has answered nothing while it starts."""
    outcomes = tried(replace(setup, batch=batch), dies_at)
    assert sorted(outcomes) == [1, 2, 3, 4, 5, 6]
    assert [number for number in sorted(outcomes) if outcomes[number].score is None] == lost
    assert all("its process died" in str(outcomes[number].error) for number in lost)
