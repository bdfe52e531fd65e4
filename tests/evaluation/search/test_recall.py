"""What is remembered of a network, and where nothing can be; in test_bench.py candidates score as without it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sotc.compiler.check import check
from sotc.compiler.compiled import CropChoice, Options
from sotc.compiler.plan import Signature, Slot
from sotc.compiler.programs import Programs, StageProgram
from sotc.evaluation.search.knobs import settled
from sotc.evaluation.search.network_cut import NetworkCut, NoCut, cut_at_network, leave_inputs
from sotc.evaluation.search.recall import ENTRY, Memory, RecallRunner, digest_of, size_of
from sotc.evaluation.search.shared import opened_programs, shared_programs, with_inputs
from sotc.evaluation.search.space import Space, parse_axis

from ..runs import tiny

# ---------------------------------------------------------------- where the step is cut

Change = Callable[[dict[str, StageProgram]], None]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    """Of the tiny tracker, with `pick.window` as an input."""
    return opened_programs(*opened(tmp_path_factory.mktemp("spec"), tiny.SPEC), with_inputs)[1]


def opened(folder: Path, text: str, axis: str = "pick.window", crop: CropChoice = "auto") -> tuple[Any, ...]:
    (folder / "spec.sot").write_text(text)
    checked = check(str(folder / "spec.sot"))
    _, knobs = settled(Space((parse_axis(f"{axis}=0.1:0.9"),)), checked.expect())
    return checked, None, Options(crop=crop), knobs


def test_the_network_reads_pixels_and_what_began_with_the_target(programs: Programs) -> None:
    made, cut = cut_at_network(programs, Options())
    assert isinstance(cut, NetworkCut)
    pixels, cache = cut.read
    assert pixels == "search.pixels"
    assert cut.lasting == {cache}
    assert "pick.window" in [slot.name for slot in cut.tail.inputs]
    assert "pick.window" not in [slot.name for slot in cut.network.inputs]
    assert made.keys() ^ programs.keys() == {"step", cut.network.name, cut.tail.name}


def other_kind(was: str, kind: str) -> Change:
    def change(programs: dict[str, StageProgram]) -> None:
        step = programs["step"]
        slots = tuple(replace(slot, kind=kind) if slot.kind == was else slot for slot in step.inputs)
        programs["step"] = replace(step, inputs=slots)

    return change


def refreshed(programs: dict[str, StageProgram]) -> None:
    programs["refresh.template"] = replace(programs["init"], name="refresh.template")


def read_at_the_start(programs: dict[str, StageProgram]) -> None:
    first = programs["init"]
    programs["init"] = replace(first, inputs=(*first.inputs, Slot("pick.window", "setting")))


@pytest.mark.parametrize(
    ("change", "options", "reason"),
    [
        (other_kind("cache", "state"), {}, "its network reads cache.likeness"),
        (refreshed, {}, "its network reads cache.likeness"),
        (read_at_the_start, {}, "pick.window is read elsewhere"),
        (None, {"precision": "bf16"}, "eager bf16 on cpu"),
        (None, {"device": "cuda:0"}, "eager fp32 on cuda:0"),
        (None, {"backend": "inductor"}, "inductor fp32 on cpu"),
    ],
)
def test_where_it_cannot_be_cut_it_says_why(
    programs: Programs, change: Change | None, options: dict[str, Any], reason: str
) -> None:
    changed = dict(programs)
    if change is not None:
        change(changed)
    made, cut = cut_at_network(changed, Options(**options))
    assert isinstance(cut, NoCut)
    assert cut.reason.startswith(reason)
    assert made is changed


CARRIED = tiny.SPEC.replace(
    "    likeness =", "    state model = template -> features\n    likeness ="
).replace(", template -> features)", ", model)").replace(
    "    output box", "    next model = 0.9 * model\n    output box"
)  # fmt: skip
REFRESHED = tiny.SPEC.replace("size = 32 }", "size = 32 } refresh every 2")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "crop", "reason"),
    [
        (CARRIED, "auto", "its network reads state.model"),
        (REFRESHED, "auto", "its network reads cache.likeness"),
        (tiny.SPEC, "graph", "its network depends on more"),
    ],
)
def test_trackers_that_carry_something_along(
    tmp_path: Path, text: str, crop: CropChoice, reason: str
) -> None:
    shared = shared_programs(*opened(tmp_path, text, crop=crop))
    assert isinstance(shared.cut, NoCut)
    assert shared.cut.reason.startswith(reason)


def test_a_tail_leaves_what_it_is_given() -> None:
    graph = torch.fx.Graph()
    given = graph.placeholder("given")
    graph.output((graph.call_function(torch.ops.aten.relu_.default, (given,)),))
    program = StageProgram("tail", torch.fx.GraphModule({}, graph), (), ())
    value = torch.tensor([-1.0, 2.0])
    leave_inputs(program)
    assert program.module(value)[0].tolist() == [0.0, 2.0]
    assert value.tolist() == [-1.0, 2.0]


# ---------------------------------------------------------------- the memory


@pytest.mark.parametrize("seed", range(3))
def test_what_was_asked_for_the_longest_ago_is_forgotten(seed: int) -> None:
    """Against a list, the last asked for at its end; it never holds more than there is room for."""
    chance = random.Random(seed)
    values = {bytes([number]): [np.zeros(chance.randrange(1, 60))] for number in range(12)}
    room = 5 * size_of([np.zeros(40)])
    memory, order = Memory(room), list[bytes]()
    for _ in range(300):
        key = chance.choice(list(values))
        found = memory.get(key)
        assert (found is not None) == (key in order)
        if found is None:
            memory.put(key, values[key])
        else:
            assert found is values[key]
            order.remove(key)
        order.append(key)
        while sum(size_of(values[each]) for each in order) > room:
            del order[0]
    assert memory.tally.steps == 300
    assert 0 < memory.tally.recorded < 300


def test_a_view_counts_as_what_it_is_a_view_of() -> None:
    whole = torch.zeros(1000)
    assert size_of([whole[:2]]) == size_of([whole]) == size_of([whole.numpy()[:2]]) == 2 * ENTRY + 4000


def test_a_digest_tells_shapes_types_and_numbers_apart() -> None:
    table = np.arange(6, dtype=np.float32).reshape(2, 3)
    others = [table.reshape(3, 2), table.astype(np.float64), table.view(np.int32), table + 1, -table]
    assert len({digest_of(each) for each in [table, *others]}) == 6
    assert digest_of(table.T) == digest_of(table.T.copy()) == digest_of(torch.from_numpy(table).T)


class Product:
    """A runner whose network gives pixels times a cache, and whose tail adds a setting; it counts what runs."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def run(self, program: str, inputs: Sequence[Any]) -> Sequence[Any]:
        self.calls.append(program)
        return [inputs[0] * inputs[1]] if program == "network" else [inputs[0] + inputs[1]]


def test_all_that_the_network_reads_is_in_the_key() -> None:
    pixels, cache, wire, number, box = (
        Slot(name, name) for name in ("pixels", "cache", "wire", "number", "box")
    )
    network, tail = Signature("network", (pixels, cache), (wire,)), Signature("tail", (wire, number), (box,))
    cut = NetworkCut(network, tail, ("pixels", "cache"), frozenset(("cache",)))
    whole = Signature("step", (pixels, cache, number), (box,))
    inner, memory = Product(), Memory()
    runners = [RecallRunner(inner, whole, cut, memory, compiled) for compiled in ("", "", "other")]  # type: ignore[arg-type]
    caches = [np.full(3, 2.0), np.full(3, 5.0)]
    asked = [
        (place, one, two, three)
        for place in (0, 1, 2)
        for one in (1, 3)
        for two in (0, 1)
        for three in (7, 8)
    ]
    for place, one, two, three in asked:
        (found,) = runners[place].run("step", [np.full(3, float(one)), caches[two], three])
        assert found.tolist() == [one * caches[two][0] + three] * 3
    assert inner.calls.count("network") == 8, "four for each compile"
    assert inner.calls.count("tail") == len(asked)
    assert memory.tally.recorded == len(asked) - 8
