"""Shares: every sequence in exactly one, of about equal work, the same wherever it is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sotc.evaluation.runs.errors import ShardError
from sotc.evaluation.runs.shard import (
    WHOLE,
    Shard,
    device_of_launcher,
    parse_shard,
    shard_of_launcher,
    share_of,
)


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=40), st.integers(1, 9))
def test_shares_are_a_partition_of_about_equal_work(lengths: list[int], count: int) -> None:
    table = {f"s{place}": length for place, length in enumerate(lengths)}
    shares = [share_of(table, Shard(index, count)) for index in range(1, count + 1)]
    assert sorted(name for share in shares for name in share) == sorted(table)
    work = [sum(table[name] for name in share) for share in shares]
    assert max(work) - min(work) <= max(lengths)
    assert all(list(share) == [name for name in table if name in share] for share in shares)


def test_two_shares_of_the_real_sequences() -> None:
    table = {"Crossing": 120, "bag": 196, "Human3": 199, "Basketball": 300}
    assert share_of(table, Shard(1, 2)) == ("Crossing", "Basketball")
    assert share_of(table, Shard(2, 2)) == ("bag", "Human3")
    assert share_of(table, WHOLE) == tuple(table)


def test_a_share_is_read() -> None:
    assert parse_shard("2/4") == Shard(2, 4) and parse_shard("1/1") == WHOLE


@pytest.mark.parametrize("text", ["0/2", "3/2", "2", "a/b", "-1/2", "1/0", "1/2/3", ""])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(ShardError):
        parse_shard(text)


def test_a_launcher_says_the_share() -> None:
    assert shard_of_launcher({}) == WHOLE and shard_of_launcher({"RANK": "1"}) == WHOLE
    assert shard_of_launcher({"RANK": "1", "WORLD_SIZE": "4"}) == Shard(2, 4)
    for wrong in ({"RANK": "4", "WORLD_SIZE": "4"}, {"RANK": "x", "WORLD_SIZE": "4"}):
        with pytest.raises(ShardError):
            shard_of_launcher(wrong)


def test_each_process_of_a_machine_gets_its_device() -> None:
    told = {"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1"}
    assert device_of_launcher("cuda", told) == "cuda:1"
    assert device_of_launcher("cuda:0", told) == "cuda:0"
    assert device_of_launcher("cpu", told) == "cpu" and device_of_launcher(None, told) is None
    assert device_of_launcher("cuda", {"LOCAL_RANK": "1"}) == "cuda"
