"""Profiles found by name, by a data set's name, and not found."""

from __future__ import annotations

import pytest

from sotc.evaluation.metrics.errors import UnknownProfileError
from sotc.evaluation.metrics.profile import ALIASES, PROFILES, find_profile
from sotc.evaluation.metrics.vot_profile import VOT_ALIASES, VOT_PROFILES, find_vot_profile

PLAIN = (
    "otb",
    "lasot",
    "pysot",
    "pytracking",
    "ostrack",
    "mmtracking",
    "got10k",
    "got10k-uav",
    "trackingnet",
)


def test_the_fields_names_are_there() -> None:
    assert set(PLAIN) <= PROFILES.keys()
    assert {"vot-toolkit", "pysot-vot"} <= VOT_PROFILES.keys()
    assert all(name == profile.name for name, profile in PROFILES.items())


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_an_alias_is_another_name(alias: str, name: str) -> None:
    assert find_profile(alias) is PROFILES[name]
    assert alias not in PROFILES


def test_aliases_of_vot() -> None:
    for alias, name in VOT_ALIASES.items():
        assert find_vot_profile(alias) is VOT_PROFILES[name]


@pytest.mark.parametrize(
    ("name", "data_set", "found", "reads_flags"),
    [
        ("pysot", "otb2015", "pysot", True),
        ("pysot", "lasot", "pysot", True),
        ("pysot", "tnl2k", "pysot", False),
        ("pytracking", "uav123", "pytracking:uav", False),
        ("pytracking", "lasot", "pytracking:lasot", True),
        ("pytracking", "lasot_extension", "pytracking", True),
        ("ostrack", "tnl2k", "ostrack", False),
        ("ostrack", "avist", "ostrack", True),
        ("ostrack", "my videos", "ostrack", True),
        ("got10k", "got10k", "got10k", False),
        ("got10k", "lasot", "got10k-uav", False),
        ("got10k", "nfs30", "got10k:otb", False),
        ("lasot", "tnl2k", "lasot", True),
        ("pytracking:lasot", "uav123", "pytracking:lasot", True),
    ],
)
def test_what_a_toolkit_does_for_a_data_set(name: str, data_set: str, found: str, reads_flags: bool) -> None:
    profile = find_profile(name, data_set)
    assert (profile.name, profile.reads_flags) == (found, reads_flags)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pysott", "did you mean `pysot`"),
        ("LaSOT", "did you mean `lasot`"),
        ("got10", "did you mean `got10k`"),
        ("nonsense", "there are otb, lasot"),
        ("vot-toolkit", "one of VOT's"),
    ],
)
def test_a_name_that_there_is_not(name: str, said: str) -> None:
    with pytest.raises(UnknownProfileError) as raised:
        find_profile(name)
    assert said in str(raised.value)
    with pytest.raises(UnknownProfileError):
        find_vot_profile("vot-toolkits")
