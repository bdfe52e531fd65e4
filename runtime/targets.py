"""The targets of one video or several as the rows of one batch: the store of their values, and their programs.

The store holds, for each target, what one step leaves for the next (its place, where its crops lie, caches, states),
one row each. Where an engine prefers certain sizes (`Engine.buckets`), rows are padded to the next of them by
repeating the first one, and results are cut to the rows that are targets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..compiler.backends.engine import Engine, Runner, Value
from ..compiler.plan import LASTING, CropInput, Plan, Slot
from .errors import TooManyTargetsError
from .frames import FrameLike
from .rows import batch_size, merged, pad, padded, put_as, taken
from .sight import Seen, Sight, Store, patches

FIRST = ("begin", "border", "aim", "init")
"""Programs that run only when targets begin."""


@dataclass
class Row:
    """One target."""

    owner: object
    """the session that it belongs to"""
    number: int
    age: int = 0
    """steps since it began: refreshes go by it"""


@dataclass
class Part:
    """Some rows of the batch, or all of them, at work: values padded, `rows` are those of the batch."""

    values: Store
    rows: list[int]


@dataclass(frozen=True)
class Found:
    """What a step gave, a row for each of `rows`."""

    rows: list[int]
    boxes: Value
    held: Value
    outputs: dict[str, Value]


class Targets:
    """The rows of a batch and the programs that run over them."""

    def __init__(self, plan: Plan, engine: Engine) -> None:
        self.plan = plan
        self.runner: Runner = engine.runner()
        self.rows: list[Row] = []
        self.store: Store = {}
        self._axes: dict[str, int] = {}
        """how many axes a value has, by place"""
        self.boxes: Value = self.runner.put(np.zeros((0, 4)))
        """[N, 4], without padding: x, y, w, h"""
        self._preferred = tuple(getattr(engine, "buckets", None) or ())
        self._on_host = plan.crop_lowering == "host"
        later = [program for name, program in plan.programs.items() if name not in FIRST]
        self._reads_frame = plan.reads_frame(*(program.name for program in later))
        self._templates = tuple(crop for crop in plan.crops if crop.keyword == "template")
        self._searches = tuple(crop for crop in plan.crops if crop.keyword == "search")
        self._refreshed = tuple(crop for crop in plan.crops if crop.refresh_every is not None)
        slots = [slot for program in plan.programs.values() for slot in (*program.inputs, *program.outputs)]
        lasting = [slot for slot in slots if slot.kind in LASTING]
        self.lasting = tuple(sorted({slot.name for slot in lasting if has_rows(slot)}))
        self._fixed = frozenset(slot.name for slot in lasting) - frozenset(self.lasting)
        written = {slot.name for program in later for slot in program.outputs}
        self._changing = tuple(name for name in self.lasting if name in written)

    # ------------------------------------------------------------ frames

    def look(self, pixels: FrameLike) -> Sight:
        """A video's first frame: what lies beyond it is taken to look the same from then on."""
        sight = Sight(pixels)
        local: Store = {"frame": self.runner.put_frame(pixels)}
        self._run("border", local)
        sight.values |= local
        self._size(sight)
        if self._on_host:
            sight.borders = {
                crop.name: self.runner.get(local[f"{crop.name}.border"]) for crop in self.plan.crops
            }
        return sight

    def show(self, sight: Sight, pixels: FrameLike) -> None:
        """The next frame of a video."""
        other_size = sight.pixels.shape != pixels.shape
        sight.pixels = pixels
        if self._reads_frame:
            sight.values["frame"] = self.runner.put_frame(pixels)
        if other_size:
            self._size(sight)

    def _size(self, sight: Sight) -> None:
        height, width = sight.pixels.shape[:2]
        sight.values["frame_size"] = self.runner.put(np.array((width, height), dtype=np.float64))

    # ------------------------------------------------------------ rows come and go

    def begin(self, sight: Sight, table: NDArray[np.float64], rows: Sequence[Row]) -> None:
        """Begin targets where `table` [N, 4] (x, y, w, h) says, on the frame in sight: they become the last rows.

        Raises TooManyTargetsError beyond the number that the tracker was compiled for.
        """
        count, before = len(table), len(self.rows)
        refuse_more(before + count, self.plan.max_targets)
        size = batch_size(count, self._preferred)
        values = {**sight.values, "boxes": self.runner.put(pad(table, size))}
        if "frame" not in values and self.plan.reads_frame("begin", "init"):
            values["frame"] = self.runner.put_frame(sight.pixels)
        new = Part(values, list(range(count)))
        self._run("begin", values)
        self._aim(values)
        self._cut(self._templates, new, [(sight, new.rows)])
        self._run("init", values)
        if not self._reads_frame:
            sight.values.pop("frame", None)
        self._axes = {name: len(value.shape) for name, value in values.items()}
        boxes = self.runner.put(table)
        if before == 0:
            kept = {name: values[name] for name in (*self.lasting, *self._fixed) if name in values}
            self.store, self.boxes = {**self.store, **kept}, boxes
        else:
            self._join(values, count)
            self.boxes = self.runner.join([self.boxes, boxes])
        self.rows.extend(rows)

    def _join(self, values: Store, count: int) -> None:
        before = len(self.rows)
        size = batch_size(before + count, self._preferred)
        for name in self._held_rows():
            old = self.store[name]
            first = old.shape[0]
            rows = padded([*range(before), *range(first, first + count)], size)
            self.store[name] = taken(self.runner, self.runner.join([old, values[name]]), rows)
        self._forget()

    def remove(self, rows: Iterable[int]) -> None:
        """Let these rows go; the others close up."""
        gone = set(rows)
        kept = [row for row in range(len(self.rows)) if row not in gone]
        size = batch_size(len(kept), self._preferred)
        for name in self._held_rows():
            if kept:
                self.store[name] = taken(self.runner, self.store[name], padded(kept, size))
            else:
                del self.store[name]
        self._forget()
        self.boxes = taken(self.runner, self.boxes, kept) if kept else self.runner.put(np.zeros((0, 4)))
        self.rows = [self.rows[row] for row in kept]

    def _held_rows(self) -> list[str]:
        return [name for name in self.lasting if name in self.store]

    def _forget(self) -> None:
        """What the last step computed has rows of targets that are no longer these."""
        lasting = {*self.lasting, *self._fixed}
        self.store = {name: value for name, value in self.store.items() if name in lasting}

    # ------------------------------------------------------------ steps

    def step(self, seen: Seen) -> Found:
        """Find the targets of these rows, each in its frame; the frames are of one size. Others keep still."""
        rows = sorted(row for _, rows in seen for row in rows)
        whole = len(rows) == len(self.rows)
        part = Part(self.store, rows) if whole else self._part(rows)
        part.values |= seen[0][0].values
        self._cut(self._searches, part, seen)
        self._run("step", part.values)
        for row in rows:
            self.rows[row].age += 1
        found = self._found(part)
        self._refresh(part, seen)
        if "next" in self.plan.programs:
            self._run("next", part.values)
        if whole:
            self.boxes = found.boxes
        else:
            self._put_back(part, found.boxes)
        return found

    def _found(self, part: Part) -> Found:
        """What the step gave, in memory of the caller's own."""
        names, count = self.plan.outputs, len(part.rows)
        places = ("boxes", "held", *(f"output.{name}" for name in names))
        values = self.runner.keep([part.values[place] for place in places])
        boxes, held, *outputs = (value if value.shape[0] == count else value[:count] for value in values)
        return Found(part.rows, boxes, held, dict(zip(names, outputs, strict=True)))

    def _part(self, rows: list[int]) -> Part:
        wanted = padded(rows, batch_size(len(rows), self._preferred))
        own = [name for name in self._changing if name in self.store]
        kept = self.runner.keep(
            [self.store[name] for name in own]
        )  # a run over the part may reuse their memory
        self.store |= dict(zip(own, kept, strict=True))
        values = {
            name: self.runner.take(value, wanted) if name in self.lasting else value
            for name, value in self.store.items()
            if name in self.lasting or name in self._fixed
        }
        return Part(values, rows)

    def _put_back(self, part: Part, boxes: Value) -> None:
        live = len(self.rows)
        for name in self._changing:
            if name in self.store:
                new = part.values[name]
                self.store[name] = merged(self.runner, self.store[name], new, part.rows, live)
        self.boxes = merged(self.runner, self.boxes, boxes, part.rows, live)

    # ------------------------------------------------------------ refreshes

    def _refresh(self, part: Part, seen: Seen) -> None:
        for crop in self._refreshed:
            every = crop.refresh_every or 1
            due = [place for place, row in enumerate(part.rows) if self.rows[row].age % every == 0]
            if len(due) == len(part.rows):
                self._cut((crop,), part, seen)
                self._run(f"refresh.{crop.name}", part.values)
            elif due:
                self._refresh_some(crop, part, due, seen)

    def _refresh_some(self, crop: CropInput, part: Part, due: list[int], seen: Seen) -> None:
        """Refresh a template of those targets whose turn it is; the others' rows stay."""
        name = f"refresh.{crop.name}"
        program = self.plan.programs[name]
        wanted = padded(due, batch_size(len(due), self._preferred))
        values = dict(part.values)
        with_rows = {f"{crop.name}.windows", *(slot.name for slot in program.inputs if has_rows(slot))}
        for place in sorted(with_rows & values.keys() - {f"{crop.name}.pixels"}):
            values[place] = self.runner.take(values[place], wanted)
        some = Part(values, [part.rows[place] for place in due])
        self._cut((crop,), some, seen)
        before = self.runner.keep([part.values[slot.name] for slot in program.outputs])
        results = self.runner.run(name, [values[slot.name] for slot in program.inputs])
        for slot, old, new in zip(program.outputs, before, results, strict=True):
            part.values[slot.name] = merged(self.runner, old, new, due, len(part.rows))

    # ------------------------------------------------------------ programs

    def _run(self, name: str, values: Store) -> None:
        """Read the program's inputs, run it, write its outputs."""
        program = self.plan.programs[name]
        results = self.runner.run(name, [values[slot.name] for slot in program.inputs])
        for slot, value in zip(program.outputs, results, strict=True):
            values[slot.name] = value

    def _aim(self, values: Store) -> None:
        if "aim" in self.plan.programs:
            self._run("aim", values)

    def _cut(self, crops: Sequence[CropInput], part: Part, seen: Seen) -> None:
        """With the host lowering, cut these crops around the targets; in the graph the programs do."""
        if not self._on_host:
            return
        for crop in crops:
            windows = self.runner.get(part.values[f"{crop.name}.windows"])
            part.values[f"{crop.name}.pixels"] = self.runner.put(patches(crop, part.rows, windows, seen))

    # ------------------------------------------------------------ values by hand

    def put_targets(
        self, rows: Sequence[int], boxes: NDArray[np.float64], target: NDArray[np.float64]
    ) -> None:
        """Say where the targets of these rows are: [N, 4], as boxes and as centre and size."""
        live, size = len(self.rows), batch_size(len(self.rows), self._preferred)
        if len(rows) == live:
            self.boxes = self.runner.put(boxes)
            self.store["target"] = self.runner.put(pad(target, size))
        else:
            for_boxes, for_target = self.runner.put(boxes), self.runner.put(target)
            self.boxes = merged(self.runner, self.boxes, for_boxes, rows, live)
            self.store["target"] = merged(self.runner, self.store["target"], for_target, rows, live)
        self._aim(self.store)

    def values_of(self, rows: Sequence[int]) -> Store:
        """What these targets take into the next step: their rows, in memory that later steps do not change.

        Where the crops lie is left out: it follows from the targets.
        """
        names = [name for name in self._held_rows() if name in self.places]
        own = self.runner.keep([taken(self.runner, self.store[name], rows) for name in names])
        fixed = [name for name in sorted(self._fixed) if name in self.store]
        return {
            **dict(zip(names, own, strict=True)),
            **dict(zip(fixed, self.runner.keep([self.store[name] for name in fixed]), strict=True)),
        }

    @property
    def places(self) -> frozenset[str]:
        """Places of the store that a step leaves for the next, but for the windows, which follow from the target."""
        first = [slot for name in ("begin", "init") for slot in self.plan.programs[name].outputs]
        return frozenset(slot.name for slot in first if slot.kind in LASTING)

    def set_borders(self, sight: Sight, borders: Mapping[str, Value]) -> None:
        """What counts as lying beyond the frame, from a snapshot."""
        sight.values |= {name: self.runner.put(value) for name, value in borders.items()}
        sight.borders = {name: self.runner.get(sight.values[f"{name}.border"]) for name in sight.borders}

    def append(self, values: Store, boxes: Value, rows: Sequence[Row]) -> None:
        """Targets with values of `values_of` (of any engine's) as the last rows."""
        refuse_more(len(self.rows) + len(rows), self.plan.max_targets)
        given = {name: put_as(self.runner, value, self._axes[name]) for name, value in values.items()}
        self._aim(given)
        if self.rows:
            self._join(given, len(rows))
            self.boxes = self.runner.join([self.boxes, self.runner.put(boxes)])
        else:
            wanted = padded(range(len(rows)), batch_size(len(rows), self._preferred))
            self._forget()
            self.store |= {
                name: taken(self.runner, value, wanted) if name in self.lasting else value
                for name, value in given.items()
            }
            self.boxes = self.runner.put(boxes)
        self.rows.extend(rows)


def has_rows(slot: Slot) -> bool:
    """Whether a place has a row for each target."""
    return slot.per_target or slot.kind in ("target", "windows")


def refuse_more(count: int, most: int | None) -> None:
    """Raises TooManyTargetsError where `count` targets are more than a tracker was compiled for."""
    if most is not None and count > most:
        raise TooManyTargetsError(
            f"{count} targets, and the tracker was compiled for {most} at most",
            f"compile it with --targets {count}, or without --targets for any number",
        )
