"""Who is given which candidates, and what becomes of those that a process dies over."""

from __future__ import annotations

from pathlib import Path

import pytest

from sotc.compiler.check import check
from sotc.compiler.compiled import Options
from sotc.evaluation.datasets.find import open_dataset
from sotc.evaluation.search.knobs import settled
from sotc.evaluation.search.parts import Halves
from sotc.evaluation.search.pool import Processes, several
from sotc.evaluation.search.space import Space, parse_axis
from sotc.evaluation.search.trial import Setup, Task
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


@pytest.mark.slow
def test_what_a_process_dies_over_is_tried_by_another(tmp_path: Path) -> None:
    (tmp_path / "tiny.sot").write_text(tiny.SPEC)
    data = open_dataset(tiny.write_data(tmp_path / "data", {"alpha": 6}))
    checked = check(str(tmp_path / "tiny.sot"))
    _, knobs = settled(Space((parse_axis("pick.rate=0:1"),)), checked.expect())
    recipe = recipe_of(checked.expect(), checked.sources, knobs, {})
    place, halves = str(tmp_path / "new.sot"), Halves(data.sequences, ())
    setup = Setup(recipe, knobs, place, {}, False, None, Options(), halves, "own", "pysot", "success", 2, 3)
    tasks = iter([Task(number, {"pick.rate": number / 10}) for number in range(1, 7)])
    pool = Processes(setup)
    try:
        pool._workers[0].process.kill()  # before it has answered anything
        outcomes = {outcome.number: outcome for outcome in pool.run(lambda: next(tasks, None))}
    finally:
        pool.close()
    assert sorted(outcomes) == [1, 2, 3, 4, 5, 6]
    assert all(outcome.score is not None for outcome in outcomes.values())
    assert sorted(outcome.rows for outcome in outcomes.values()) == [1, 1, 1, 3, 3, 3]
