"""What each node of a tracker takes on this device: its programs run eagerly in real sessions, watched from within.

Between the operators of different nodes a call is inserted that notes the time (on a CUDA device: an event), a tenth
of a microsecond each; all else runs as the reference does. Sessions without these calls run in turns with the watched
ones and tell what a frame takes as a whole.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import fx

from ..compiler.artifact import kind_of_weights, settled_weights
from ..compiler.backends.engine import Engine, Runner, Value
from ..compiler.backends.torch_engine import TorchEngine
from ..compiler.backends.wrapped import PassingRunner, WrappedEngine
from ..compiler.check import CheckResult
from ..compiler.compiled import Options
from ..compiler.driver import compile_checked
from ..compiler.graph import ComponentGraph
from ..compiler.node_times import NodeTimes, ProgramTimes
from ..compiler.plan import Plan
from ..compiler.weights import Weights
from ..runtime.session import Session
from .bench.clock import PartClock
from .cache import model_name
from .clip import Clip, generated_clip
from .tune import threads as so_many_threads

WARM_UP = 3
"""Rounds that are run first and not counted."""
REPEATS = 20

Place: TypeAlias = tuple[str, str, str]
"""Program (`init`, `step`, `refresh`), node (empty for what belongs to none), path of a module within its component
(empty for the node itself)."""

Watched: TypeAlias = dict[Place, float]
"""Milliseconds of one run of the programs."""


@dataclass(frozen=True)
class Owner:
    """What a row of operators belongs to."""

    node: str
    paths: tuple[str, ...]
    """the modules within the node's component that call them, outermost first"""


# ---------------------------------------------------------------- the whole


def node_times(
    checked: CheckResult,
    weights: Weights | None = None,
    device: str = "cpu",
    threads: int = 1,
    repeats: int = REPEATS,
    on_round: Callable[[int], None] | None = None,
) -> NodeTimes:
    """Compile a checked spec for the backend eager, and measure it over the generated clip.

    Without `weights` they are random, the same ones each time. `on_round` is told how many of the `WARM_UP + repeats`
    rounds are done. Raises LoweringError, WeightsError.
    """
    options = Options(device=device, threads=threads)
    with so_many_threads(threads):
        settled, random = settled_weights(checked, weights)
        compiled = compile_checked(checked, settled, options)
        assert isinstance(compiled.engine, TorchEngine)
        rounds = Rounds(compiled.plan, compiled.engine, checked.expect())
        for done in range(WARM_UP + repeats):
            rounds.run(counted=done >= WARM_UP)
            if on_round is not None:
                on_round(done + 1)
    name = torch.cuda.get_device_name(device) if device.startswith("cuda") else model_name()
    return NodeTimes(
        device=device,
        device_name=name,
        threads=threads,
        repeats=repeats,
        weights=kind_of_weights(settled, random),
        programs=rounds.programs(),
        begin=1e3 * statistics.median(rounds.begins),
        frame=1e3 * statistics.median(rounds.frames),
        in_frame=programs_in_frame(compiled.plan),
        frame_share=statistics.median(rounds.shares),
    )


def programs_in_frame(plan: Plan) -> tuple[str, ...]:
    """The programs that run in every frame."""
    periods = {crop.refresh_every for crop in plan.crops if crop.refresh_every is not None}
    return ("step", "refresh") if periods == {1} else ("step",)


class Rounds:
    """Sessions over the first frames of a clip, plain and watched in turns, and what was seen of them."""

    def __init__(self, plan: Plan, engine: TorchEngine, graph: ComponentGraph) -> None:
        self._plan, self._graph = plan, graph
        self._clip: Clip = generated_clip(3).with_targets(1)
        self._plain = replace(engine, graphs=False)
        self._watch = Watch(plan, engine.device)
        parts = {name: str(data["part"]) for name, data in graph.graph.nodes(data=True) if data["part"]}
        self._watched = watched_engine(self._plain, parts, self._watch)
        self._late = sorted({crop.refresh_every or 1 for crop in plan.crops if crop.refresh_every} - {1})
        self._seen: list[Watched] = []
        self.begins: list[float] = []
        """seconds, without instruments"""
        self.frames: list[float] = []
        self.shares: list[float] = []
        """of watched frames: what was told by node"""

    def run(self, counted: bool) -> None:
        """One session of each kind: begun, and stepped once."""
        begin, session = self._timed(lambda: self._started(self._plain))
        frame, _ = self._timed(lambda: session.step(self._clip.frames[1]).numpy())
        seen, share = self._watched_round()
        if counted:
            self.begins.append(begin)
            self.frames.append(frame)
            self.shares.append(share)
            self._seen.append(seen)

    def _started(self, engine: Engine) -> Session:
        session = Session(self._plan, engine, self._clip.frames[0], self._clip.boxes)
        if self._plain.device.startswith("cuda"):
            torch.cuda.synchronize(self._plain.device)
        return session

    @staticmethod
    def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
        began = time.perf_counter()
        result = act()
        return time.perf_counter() - began, result

    def _watched_round(self) -> tuple[Watched, float]:
        """What was noted, and how much of the frame that is."""
        session = self._started(self._watched)
        frame, _ = self._timed(lambda: session.step(self._clip.frames[1]).numpy())
        seen = self._watch.take()
        told = sum(took for (program, _, path), took in seen.items() if program != "init" and not path)
        for every in self._late:
            self._refresh(session, every)
            seen |= {place: took for place, took in self._watch.take().items() if place[0] == "refresh"}
        return seen, told / (1e3 * frame)

    def _refresh(self, session: Session, every: int) -> None:
        """A step in which templates are due that are cut again once in so many frames."""
        snapshot = session.snapshot()
        session.restore(replace(snapshot, ages=tuple(every - 1 for _ in snapshot.ages)))
        session.step(self._clip.frames[2]).numpy()

    def programs(self) -> dict[str, ProgramTimes]:
        """The medians of all that was seen."""
        medians = {
            place: round(statistics.median(seen.get(place, 0.0) for seen in self._seen), 5)
            for place in dict.fromkeys(place for seen in self._seen for place in seen)
        }
        names = [name for name in ("init", "step", "refresh") if any(place[0] == name for place in medians)]
        return {name: self._program(name, medians) for name in names}

    def _program(self, name: str, medians: Watched) -> ProgramTimes:
        """In the graph's order, so that equal runs would give equal files."""
        of = {place[1:]: took for place, took in medians.items() if place[0] == name}
        nodes = {node: of[node, ""] for node in self._graph.graph if (node, "") in of}
        modules = {
            node: {path: took for (owner, path), took in of.items() if owner == node and path}
            for node in nodes
        }
        return ProgramTimes(
            nodes, {node: found for node, found in modules.items() if found}, of.get(("", ""), 0.0)
        )


# ---------------------------------------------------------------- programs, watched from within


class Watch:
    """Notes what operators take, by what they belong to, until it is taken."""

    def __init__(self, plan: Plan, device: str) -> None:
        self._plan = plan
        self._cuda = device.startswith("cuda")
        self._stamps: list[Any] = []
        self._found: Watched = defaultdict(float)
        self.owners: dict[str, tuple[Owner, ...]] = {}
        """of each program, what its marks stand before"""
        self.clock = PartClock(device)

    @property
    def mark(self) -> Callable[[], None]:
        """What notes the time, or an event of the stream that the program is queued on."""
        stamps = self._stamps

        def mark_time() -> None:
            stamps.append(time.perf_counter())

        def mark_event() -> None:
            event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
            event.record()
            stamps.append(event)

        return mark_event if self._cuda else mark_time

    def begin(self) -> None:
        self._stamps.clear()

    def finish(self, program: str) -> None:
        """After a run of a program: what its rows of operators took."""
        self.clock.wait()
        for owner, first, second in zip(self.owners[program], self._stamps, self._stamps[1:], strict=False):
            took = first.elapsed_time(second) if self._cuda else 1e3 * (second - first)
            for path in ("", *owner.paths):
                self._found[shown_program(program), owner.node, path] += took

    def cut(self, program: str, seconds: Sequence[float]) -> None:
        """Patches that were cut on the host for a program; in the order that a session cuts them."""
        for crop, took in zip(self._cropped_for(program), seconds, strict=True):
            self._found[shown_program(program), crop, ""] += 1e3 * took

    def _cropped_for(self, program: str) -> list[str]:
        keyword = {"init": "template", "step": "search"}.get(program)
        if keyword is None:
            return [program.removeprefix("refresh.")] if program.startswith("refresh.") else []
        return [crop.name for crop in self._plan.crops if crop.keyword == keyword]

    def take(self) -> Watched:
        """What was noted since the last call."""
        found = dict(self._found)
        self._found.clear()
        return found


def shown_program(name: str) -> str:
    """The program that pictures tell of, of one that a session runs."""
    if name.startswith("refresh."):
        return "refresh"
    return "step" if name in ("step", "next") else "init"


def watched_engine(engine: TorchEngine, parts: Mapping[str, str], watch: Watch) -> WrappedEngine:
    """The engine with marks in its programs. `parts`: the path of each node's part."""
    programs = {}
    for name, module in engine.programs.items():
        assert isinstance(module, fx.GraphModule)
        programs[name], watch.owners[name] = marked(module, parts, watch.mark)
    return WrappedEngine(replace(engine, programs=programs), lambda runner: WatchedRunner(runner, watch))


def marked(
    module: fx.GraphModule, parts: Mapping[str, str], mark: Callable[[], None]
) -> tuple[fx.GraphModule, tuple[Owner, ...]]:
    """The program with a call of `mark` before each row of operators of one owner and at its end, and the owners."""
    graph = fx.Graph()
    graph.output(graph.graph_copy(module.graph, {}))
    owners: list[Owner] = []
    for node in list(graph.nodes):
        owner = owner_of(node, parts) if node.op == "call_function" else None
        if (owner is not None and [owner] != owners[-1:]) or node.op == "output":
            with graph.inserting_before(node):
                graph.call_function(mark)
            owners += [owner] if owner is not None else []
    return fx.GraphModule(module, graph), tuple(owners)


def owner_of(node: fx.Node, parts: Mapping[str, str]) -> Owner:
    """The node of the spec that an operator came from, and the modules of its component that called it."""
    origin = str(node.meta.get("origin") or "")
    if origin not in parts:
        return Owner(origin, ())
    within = f"{parts[origin]}."
    called = (str(path) for path, _ in node.meta.get("nn_module_stack", {}).values())
    paths = (path.removeprefix(within) for path in called if path.startswith(within))
    return Owner(origin, tuple(dict.fromkeys(paths)))


class WatchedRunner(PassingRunner):
    """A runner that tells a watch of its programs, and of the patches that are cut between them."""

    def __init__(self, runner: Runner, watch: Watch) -> None:
        super().__init__(runner)
        self._watch = watch
        self._asked = 0.0
        self._cuts: list[float] = []

    def get(self, value: Value) -> Any:
        """A session asks where a crop lies just before it cuts it."""
        self._asked = time.perf_counter()
        return self._runner.get(value)

    def put(self, value: Value) -> Value:
        result = self._runner.put(value)
        if is_patches(value):
            self._watch.clock.wait()
            self._cuts.append(time.perf_counter() - self._asked)
        return result

    def run(self, program: str, inputs: Sequence[Value]) -> Sequence[Value]:
        if self._cuts:
            self._watch.cut(program, self._cuts)
            self._cuts = []
        self._watch.begin()
        results = self._runner.run(program, inputs)
        self._watch.finish(program)
        return results


def is_patches(value: Value) -> bool:
    """Whether these are pixels [N, ..., H, W, 3] cut on the host: nothing else of that type is put by a session."""
    return isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim >= 4
