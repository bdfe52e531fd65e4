"""Machine code gives what the operators give, for one target too, and refuses what it was not built for."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from sotc.compiler.backends.backend import BuildOptions, Built
from sotc.compiler.backends.find import BackendError, find_backend

from .small_program import boxes, grow, plan_of

torch.set_num_threads(1)

BEGIN, STEP = grow("begin"), grow()
PLAN = plan_of(BEGIN, STEP)


@pytest.fixture(scope="module")
def built() -> Built:
    return find_backend("aoti").build({"begin": BEGIN, "step": STEP}, PLAN, BuildOptions(), lambda line: None)


def files(built: Built, folder: Path) -> dict[str, Path]:
    paths = {}
    for name, content in built.members.items():
        paths[name] = folder / name.replace("/", "_")
        paths[name].write_bytes(content)
    return paths


@pytest.mark.slow
def test_what_runs_once_is_not_compiled(built: Built) -> None:
    assert sorted(built.members) == [
        "programs/begin.data.pt2",
        "programs/step.one.pt2",
        "programs/step.several.pt2",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 5])
def test_any_number_of_targets(built: Built, tmp_path: Path, count: int) -> None:
    opened = find_backend("aoti").open(PLAN, files(built, tmp_path), BuildOptions())
    for engine in (built.engine, opened):
        for program in ("begin", "step"):
            moved, score = engine.runner().run(program, (boxes(count),))
            torch.testing.assert_close(
                moved, boxes(count) * torch.tensor([1, 1, 1.5, 1.5], dtype=torch.float64)
            )
            torch.testing.assert_close(score, (boxes(count)[:, 2] * boxes(count)[:, 3]).sqrt().float())


@pytest.mark.slow
def test_no_target_at_all_is_refused(built: Built) -> None:
    with pytest.raises(BackendError, match="called with 0"):
        built.engine.runner().run("step", (boxes(0),))


def test_a_fixed_number_of_targets() -> None:
    built = find_backend("aoti").build(
        {"step": STEP}, plan_of(STEP), BuildOptions(targets=3), lambda line: None
    )
    assert sorted(built.members) == ["programs/step.fixed.pt2"]
    moved, _ = built.engine.runner().run("step", (boxes(3),))
    torch.testing.assert_close(moved[:, 2:], boxes(3)[:, 2:] * 1.5)
    laid_out_otherwise = boxes(3).t().contiguous().t()
    assert not laid_out_otherwise.is_contiguous()
    torch.testing.assert_close(built.engine.runner().run("step", (laid_out_otherwise,))[0], moved)
    for count in (0, 1, 4):
        with pytest.raises(BackendError, match=f"compiled for 3 targets, and is called with {count}"):
            built.engine.runner().run("step", (boxes(count),))


@pytest.mark.slow
def test_a_member_that_is_not_there(built: Built, tmp_path: Path) -> None:
    paths = {name: path for name, path in files(built, tmp_path).items() if "step" not in name}
    with pytest.raises(BackendError, match="`step` is not among the members"):
        find_backend("aoti").open(PLAN, paths, BuildOptions())
