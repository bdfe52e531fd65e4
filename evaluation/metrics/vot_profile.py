"""The profiles of VOT's measures: which protocol, how regions are drawn, over which lengths the mean is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from .errors import UnknownProfileError
from .raster import Drawing

Protocol = Literal["supervised", "supervised-pysot", "multistart", "longterm", "vots", "unsupervised"]

INTERVALS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"vot2016": (108, 371), "vot2018": (100, 356), "vot2019": (46, 291), "vot2020": (115, 755)}
)
"""Lengths of sequences over which the expected average overlap (EAO) is a mean, by the challenge's year"""

BURN_IN = 10
"""frames from an initialisation on that do not count for accuracy"""


@dataclass(frozen=True)
class VotProfile:
    """Whose convention a number on VOT's regions follows."""

    name: str
    about: str
    protocol: Protocol
    drawing: Drawing = "vot-toolkit"
    interval: tuple[int, int] = INTERVALS["vot2018"]
    folders: tuple[str, ...] = ("baseline",)
    """where the results lie in a tracker's folder; the first that is there"""
    share_of_frames: bool = False
    """robustness is failures in a hundred frames, not failures in a sequence"""
    burn_in: int = BURN_IN
    """so many frames from a start on do not count for accuracy"""


TOOLKIT = VotProfile(
    "vot-toolkit", "the VOT toolkit in Python, VOT2018: supervised, EAO 100-356", "supervised"
)
PYSOT_VOT = VotProfile(
    "pysot-vot",
    "PySOT's VOT2018: supervised, EAO 100-356, drawn by the older library",
    "supervised-pysot",
    drawing="region-c",
    share_of_frames=True,
)
MMTRACKING_VOT = replace(
    TOOLKIT,
    name="mmtracking-vot",
    about="MMTracking's VOT2018: robustness is of frames",
    share_of_frames=True,
)


def of_year(profile: VotProfile, year: str) -> VotProfile:
    """The same over another year's interval."""
    about = f"{profile.about.partition(',')[0].replace('VOT2018', year.upper())}, {year.upper()}'s interval"
    return replace(profile, name=f"{profile.name}:{year}", about=about, interval=INTERVALS[year])


VOT_PROFILES: Mapping[str, VotProfile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            TOOLKIT,
            of_year(TOOLKIT, "vot2016"),
            of_year(TOOLKIT, "vot2019"),
            VotProfile(
                "vot-toolkit:vot2020",
                "the VOT toolkit, VOT2020-22: from anchors (multistart), EAO 115-755",
                "multistart",
                interval=INTERVALS["vot2020"],
                folders=("multistart", "baseline"),
            ),
            VotProfile(
                "vot-toolkit:longterm",
                "the VOT toolkit, VOT-LT: precision, recall and F",
                "longterm",
                folders=("longterm",),
            ),
            VotProfile(
                "vot-toolkit:vots",
                "the VOT toolkit, VOTS: quality, accuracy, robustness and kinds of error",
                "vots",
                folders=("longterm", "baseline", "unsupervised"),
            ),
            VotProfile(
                "vot-toolkit:unsupervised",
                "the VOT toolkit: mean overlap of a run that nobody stops",
                "unsupervised",
                folders=("unsupervised", "longterm"),
                burn_in=1,
            ),
            VotProfile(
                "vot-toolkit:unsupervised-vot2018",
                "the same as the stack of VOT2018 has it: ten frames from the start on do not count",
                "unsupervised",
                folders=("unsupervised", "longterm"),
            ),
            PYSOT_VOT,
            of_year(PYSOT_VOT, "vot2016"),
            of_year(PYSOT_VOT, "vot2019"),
            MMTRACKING_VOT,
            of_year(MMTRACKING_VOT, "vot2019"),
        )
    }
)

VOT_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "vot-toolkit:vot2017": "vot-toolkit",
        "vot-toolkit:vot2018": "vot-toolkit",
        "vot-toolkit:vot2021": "vot-toolkit:vot2020",
        "vot-toolkit:vot2022": "vot-toolkit:vot2020",
        "pysot-vot:vot2018": "pysot-vot",
        "mmtracking-vot:vot2018": "mmtracking-vot",
    }
)


def find_vot_profile(name: str) -> VotProfile:
    """The profile called `name`. Raises UnknownProfileError."""
    found = VOT_PROFILES.get(VOT_ALIASES.get(name, name))
    if found is None:
        raise UnknownProfileError(
            f"there is no profile `{name}` for regions", f"there are {', '.join(VOT_PROFILES)}"
        )
    return found
