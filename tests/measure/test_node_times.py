"""Times by node: with a clock that counts, what is timed is counted, too, by another way."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import count, groupby

import pytest
import torch
from torch import fx

from sotc.compiler.artifact import settled_weights
from sotc.compiler.compiled import Options
from sotc.compiler.driver import build
from sotc.compiler.node_programs import node_programs
from sotc.compiler.node_times import NodeTimes, ProgramTimes
from sotc.measure import node_times as module
from sotc.measure.node_times import marked, node_times, owner_of, programs_in_frame, shown_program

from .small import PLAIN, checked, source

RARELY = PLAIN.replace("SiameseCrop { size = 63 }", "SiameseCrop { size = 63 } refresh every 7")


@pytest.fixture(scope="module")
def counted() -> dict[str, NodeTimes]:
    """Each measured by a clock that goes on by a second whenever it is read."""
    found = {}
    for name, text in (("plain", PLAIN), ("rarely", RARELY)):
        with pytest.MonkeyPatch.context() as patch:
            ticks = count()
            patch.setattr(module.time, "perf_counter", lambda ticks=ticks: float(next(ticks)))
            found[name] = node_times(checked(text), repeats=2)
    return found


def rows_by_owner(programs: list[str], text: str) -> Counter[str]:
    """How many rows of operators of one module a node has in these programs, by their flat graphs."""
    built = build(source(text), Options())
    parts = {
        name: data["part"] for name, data in checked(text).expect().graph.nodes(data=True) if data["part"]
    }
    found: Counter[str] = Counter()
    for name in programs:
        calls = [node for node in built.engine.programs[name].graph.nodes if node.op == "call_function"]

        def called_by(node: fx.Node) -> tuple[str, tuple[str, ...]]:
            origin = str(node.meta.get("origin") or "")
            stack = [path for path, _ in node.meta.get("nn_module_stack", {}).values()]
            return origin, tuple(path for path in stack if path.startswith(f"{parts.get(origin)}."))

        found.update(owner for (owner, _), _ in groupby(calls, called_by))
    return found


def test_every_row_of_operators_is_timed_once(counted: dict[str, NodeTimes]) -> None:
    times = counted["plain"]
    for program, names in {"init": ["begin", "border", "aim", "init"], "step": ["step"]}.items():
        rows = rows_by_owner([name for name in names if name in source().plan.programs], PLAIN)
        found = times.programs[program]
        assert found.rest == 1e3 * rows.pop("")
        crop = "template" if program == "init" else "search"
        assert found.nodes[crop] == 1e3 * (rows.pop(crop, 0) + 1), "and the crop, which OpenCV cuts"
        assert {name: took for name, took in found.nodes.items() if name != crop} == {
            name: 1e3 * number for name, number in rows.items()
        }


def test_nodes_are_told_in_the_programs_that_compute_them(counted: dict[str, NodeTimes]) -> None:
    for name, text in (("plain", PLAIN), ("rarely", RARELY)):
        members = node_programs(checked(text).expect())
        for program, times in counted[name].programs.items():
            beyond = set(times.nodes) - members[program]
            assert beyond <= (members["step"] if program != "step" else set()), (
                "what a component makes of the template alone moves to init"
            )
    step = counted["plain"].programs["step"].nodes
    assert {"search", "field", "likeness", "pick"} <= set(step) and "template" not in step


def test_modules_within_a_component_add_up(counted: dict[str, NodeTimes]) -> None:
    times = counted["plain"].programs["step"]
    (head,) = (name for name in times.modules if "regress" in name)
    inner = times.modules[head]
    outer = [path for path in inner if "." not in path]
    assert sum(inner[path] for path in outer) <= times.nodes[head]
    for path in inner:
        children = [other for other in inner if other.rpartition(".")[0] == path]
        assert sum(inner[child] for child in children) <= inner[path]
    paths = {path for path, _ in checked().expect().parts["regress"].module.named_modules()}
    assert set(inner) <= paths


def test_a_refresh_is_made_to_happen(counted: dict[str, NodeTimes]) -> None:
    assert "refresh" not in counted["plain"].programs
    times = counted["rarely"]
    assert {"template", "kernel"} <= set(times.programs["refresh"].nodes)
    assert times.in_frame == ("step",)
    crops = source().plan.crops
    for periods, expected in (
        ((1, None), ("step", "refresh")),
        ((1, 7), ("step",)),
        ((None, None), ("step",)),
    ):
        timed = tuple(replace(crop, refresh_every=every) for crop, every in zip(crops, periods, strict=True))
        assert programs_in_frame(replace(source().plan, crops=timed)) == expected


def test_the_share_of_a_frame_is_of_what_runs_in_it(counted: dict[str, NodeTimes]) -> None:
    """In ticks: a watched frame's own, of which rows of operators and crops are told."""
    for times in counted.values():
        told = sum(times.programs[name].counted for name in times.in_frame)
        assert 0 < times.frame_share < 1
        assert told / times.frame_share / 1e3 == pytest.approx(round(told / times.frame_share / 1e3))


def test_it_says_whose_weights_ran(counted: dict[str, NodeTimes]) -> None:
    assert counted["plain"].weights == "random"
    spec = checked(PLAIN)
    given, _ = settled_weights(spec, None)
    assert node_times(spec, given, repeats=1).weights == "checkpoint"


def test_a_marked_program_computes_the_same() -> None:
    built = build(source(), Options())
    program = built.engine.programs["step"]
    marks: list[int] = []
    changed, owners = marked(program, {}, lambda: marks.append(1))
    generator = torch.Generator().manual_seed(1)
    values = []
    for node in program.graph.nodes:
        if node.op == "placeholder":
            like = node.meta["val"]
            shape = [size if isinstance(size, int) else 2 for size in like.shape]
            values.append((255 * torch.rand(shape, generator=generator)).to(like.dtype))
    with torch.no_grad():
        for one, other in zip(program(*values), changed(*values), strict=True):
            assert torch.equal(one, other)
    assert len(marks) == len(owners) + 1


def test_an_operator_without_an_origin_belongs_to_nobody() -> None:
    graph = fx.Graph()
    node = graph.call_function(torch.zeros, ((1,),))
    assert owner_of(node, {"a": "b"}).node == ""
    node.meta = {
        "origin": "a",
        "nn_module_stack": {"x": ("b", None), "y": ("b.layer.0", None), "z": ("bc.d", None)},
    }
    assert owner_of(node, {"a": "b"}) == module.Owner("a", ("layer.0",))


def test_programs_of_a_session_are_told_as_the_three_of_a_picture() -> None:
    assert [shown_program(name) for name in ("begin", "border", "aim", "init")] == ["init"] * 4
    assert [shown_program(name) for name in ("step", "next", "refresh.online")] == ["step", "step", "refresh"]


def test_what_is_counted_is_all_of_it() -> None:
    times = ProgramTimes({"a": 1.5, "b": 0.25}, {"a": {"x": 1.0}}, 0.25)
    assert times.counted == 2.0
    whole = NodeTimes("cpu", "", 1, 1, "none", {"init": times, "step": times}, 3.0, 4.0, ("step",), 0.5)
    assert whole.of("a") == {"init": 1.5, "step": 1.5}
    assert whole.of("c") == {}
