"""Shares of the work: several processes or machines run a data set together, each some of its sequences.

Which sequences are whose follows from their lengths and the number of shards alone, so that no process asks another.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import ShardError


@dataclass(frozen=True)
class Shard:
    """Share `index` (from 1) of `count`."""

    index: int
    count: int


WHOLE = Shard(1, 1)


def parse_shard(text: str) -> Shard:
    """`2/4` -> the second of four. Raises ShardError."""
    index, slash, count = text.partition("/")
    if not slash or not index.strip().isdecimal() or not count.strip().isdecimal():
        raise ShardError(
            f"`{text}` is no share such as 2/4", "shares are counted from 1: --shard 1/4 to --shard 4/4"
        )
    return checked(Shard(int(index), int(count)), text)


def checked(shard: Shard, text: str) -> Shard:
    if not 1 <= shard.index <= shard.count:
        raise ShardError(
            f"there is no share {text}",
            f"with {shard.count}, they are 1/{shard.count} to {shard.count}/{shard.count}",
        )
    return shard


def shard_of_launcher(environment: Mapping[str, str] | None = None) -> Shard:
    """The share that a launcher (torchrun and those like it) gives this process: RANK of WORLD_SIZE; else the whole.

    Raises ShardError where the two make no sense.
    """
    told = os.environ if environment is None else environment
    rank, size = told.get("RANK"), told.get("WORLD_SIZE")
    if rank is None or size is None:
        return WHOLE
    text = f"RANK={rank} WORLD_SIZE={size}"
    if not rank.isdecimal() or not size.isdecimal():
        raise ShardError(f"the launcher's variables make no share: {text}", "unset them, or say --shard 1/1")
    return checked(Shard(int(rank) + 1, int(size)), text)


def device_of_launcher(device: str | None, environment: Mapping[str, str] | None = None) -> str | None:
    """`cuda` as the one device of a machine's several that is this process's: `cuda:1` for LOCAL_RANK=1."""
    told = os.environ if environment is None else environment
    local = told.get("LOCAL_RANK", "")
    return f"cuda:{local}" if device == "cuda" and local.isdecimal() and "RANK" in told else device


def share_of(lengths: Mapping[str, int], shard: Shard) -> tuple[str, ...]:
    """The sequences of one share: the longest first, each goes to the share that has the fewest frames so far."""
    frames = [0] * shard.count
    own = set()
    for name in sorted(lengths, key=lambda name: (-lengths[name], name)):
        least = frames.index(min(frames))
        frames[least] += lengths[name]
        if least == shard.index - 1:
            own.add(name)
    return tuple(name for name in lengths if name in own)
