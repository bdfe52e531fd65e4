"""What the network gave, by all that it was given: a candidate that looks at a crop that was seen takes that.

The key is a digest of every value that the network reads, so that what is taken is what would be computed, to the
last bit; nothing has to be known of frames and windows.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ...compiler.backends.engine import Runner, Value
from ...compiler.backends.wrapped import PassingRunner
from ...compiler.plan import Signature
from .network_cut import STEP, NetworkCut

Key: TypeAlias = bytes

RECORDED = 512 << 20
"""Bytes of what networks gave that all processes together keep."""

ENTRY = 300
"""Bytes that the memory needs for a key, and for each value beside its numbers."""


@dataclass(frozen=True)
class Tally:
    """How many steps a memory was asked about, and in how many it knew."""

    steps: int = 0
    recorded: int = 0

    def since(self, before: Tally) -> Tally:
        return Tally(self.steps - before.steps, self.recorded - before.recorded)


class Memory:
    """Results by what they follow from; what was not asked for the longest is forgotten where room is needed."""

    def __init__(self, room: int = RECORDED) -> None:
        self._left = room
        self._kept: OrderedDict[Key, Sequence[Value]] = OrderedDict()
        self.tally = Tally()

    def get(self, key: Key) -> Sequence[Value] | None:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        self.tally = Tally(self.tally.steps + 1, self.tally.recorded + (found is not None))
        return found

    def put(self, key: Key, values: Sequence[Value]) -> None:
        """Keep what is not there yet."""
        self._kept[key] = values
        self._left -= size_of(values)
        while self._left < 0:
            _, oldest = self._kept.popitem(last=False)
            self._left += size_of(oldest)


def size_of(values: Sequence[Value]) -> int:
    """Bytes, with those of what a view is a view of: it is kept as well."""
    return ENTRY + sum(ENTRY + held(value) for value in values)


def held(value: Value) -> int:
    if hasattr(value, "untyped_storage"):
        return int(value.untyped_storage().nbytes())
    return max(int(value.nbytes), int(getattr(value.base, "nbytes", 0)))


class RecallRunner(PassingRunner):
    """Runs the step as network and tail; the network only where the memory does not know what it gives."""

    def __init__(
        self, runner: Runner, whole: Signature, cut: NetworkCut, memory: Memory, compiled: str
    ) -> None:
        super().__init__(runner)
        self._whole, self._cut, self._memory = whole, cut, memory
        self._compiled = compiled.encode()
        self._digests: dict[str, tuple[Value, bytes]] = {}
        """of what lasts, and the value that each is of"""

    def run(self, program: str, inputs: Sequence[Value]) -> Sequence[Value]:
        if program != STEP:
            return self._runner.run(program, inputs)
        network, tail = self._cut.network, self._cut.tail
        given = dict(zip((slot.name for slot in self._whole.inputs), inputs, strict=True))
        key = self._key(given)
        answer = self._memory.get(key)
        if answer is None:
            answer = self._runner.run(network.name, [given[slot.name] for slot in network.inputs])
            self._memory.put(key, answer)
        found = {slot.name: value for slot, value in zip(network.outputs, answer, strict=True)}
        given |= found
        rest = self._runner.run(tail.name, [given[slot.name] for slot in tail.inputs])
        found |= {slot.name: value for slot, value in zip(tail.outputs, rest, strict=True)}
        return [found[slot.name] for slot in self._whole.outputs]

    def _key(self, given: dict[str, Value]) -> Key:
        digest = hashlib.sha256(self._compiled)
        for name in self._cut.read:
            digest.update(self._digest(name, given[name]))
        return digest.digest()

    def _digest(self, name: str, value: Value) -> bytes:
        if name not in self._cut.lasting:
            return digest_of(value)
        known = self._digests.get(name)
        if known is None or known[0] is not value:
            known = self._digests[name] = (value, digest_of(value))
        return known[1]


def digest_of(value: Value) -> bytes:
    """Of its shape, its type and its numbers."""
    array: Any = value.numpy() if hasattr(value, "numpy") else value
    digest = hashlib.sha256(f"{array.shape} {array.dtype.str}".encode())
    digest.update(array if array.flags.c_contiguous else array.tobytes())
    return digest.digest()
