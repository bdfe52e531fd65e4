"""A tracker's runs against VOT's regions, under a profile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from . import vot_longterm, vot_multistart, vot_supervised
from .errors import UnmatchedError
from .vot_longterm import longterm
from .vot_multistart import multistart
from .vot_profile import Protocol, VotProfile
from .vot_score import Floats, Sums, VotScore, VotSequence, shown
from .vot_supervised import supervised
from .vot_supervised_pysot import read_pysot, supervised_pysot
from .vots import read_unsupervised, read_vots, unsupervised, vots

PROTOCOLS: Mapping[Protocol, Callable[[VotProfile, list[VotSequence]], VotScore]] = MappingProxyType(
    {
        "supervised": supervised,
        "supervised-pysot": supervised_pysot,
        "multistart": multistart,
        "longterm": longterm,
        "vots": vots,
        "unsupervised": unsupervised,
    }
)

READERS: Mapping[Protocol, Callable[[VotProfile, Sums], dict[str, Floats]]] = MappingProxyType(
    {
        "supervised": vot_supervised.read,
        "supervised-pysot": read_pysot,
        "multistart": vot_multistart.read,
        "longterm": vot_longterm.read,
        "vots": read_vots,
        "unsupervised": read_unsupervised,
    }
)
"""What reads the measures of a set off the sums over its sequences: of a whole set, of a part, of many draws at once"""


def grade_vot(profile: VotProfile, sequences: list[VotSequence]) -> VotScore:
    """Raises UnmatchedError where a run has not a region for each frame, VotError where confidences are missing."""
    if not sequences:
        raise UnmatchedError("there is no sequence to grade", "name a folder with sequences")
    for sequence in sequences:
        for run in sequence.runs:
            frames = len(shown(sequence, run))
            if len(run.regions) != frames:
                raise UnmatchedError(
                    f"a run of {sequence.name} from frame {run.anchor} has {len(run.regions)} regions, and there are"
                    f" {frames} frames",
                    "is it half of a run? Run the sequence again",
                )
    return PROTOCOLS[profile.protocol](profile, sequences)
