"""Whose names a checkpoint has: each code base of the field has words of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Family:
    """A code base, and what only its names have. Each mark is a regular expression for the start of a name."""

    name: str
    marks: tuple[str, ...]

    @cached_property
    def expression(self) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{mark})" for mark in self.marks))

    def hits(self, names: Iterable[str]) -> int:
        """How many names are its own."""
        return sum(self.expression.match(name) is not None for name in names)


FAMILIES = (
    Family("PySOT", (r"rpn_head\.", r"neck\.downsample\d*\.")),
    Family("SiamTrackers", (r"ban_head\.", r"neck\.down\.")),
    Family(
        "MMTracking",
        (
            r"head\.(cls|reg)_heads\.",
            r"head\.(cls|reg)_weight",
            r"neck\.convs\.",
            r"head\.(transformer|bbox_head|cls_head|query_embedding)\.",
        ),
    ),
    Family(
        "STARK, OSTrack and MixFormer",
        (
            r"box_head\.",
            r"(cls_head|score_head|score_branch)\.",
            r"transformer\.(en|de)coder\.",
            r"bottleneck\.|query_embed\.",
            r"backbone\.(0\.body\.|pos_embed|reg_tokens|stage\d\.)",
        ),
    ),
    Family("LightTrack", (r"features\.(conv_stem|bn1|blocks)", r"feature_fusor\.", r"neck\.BN_")),
    Family("FEAR", (r"encoder\.model\.", r"connect_model\.")),
    Family("SiamFC", (r"backbone\.conv\d\.\d",)),
)
"""In no order: the one with most hits is meant. A backbone alone often tells nothing."""

WORDS = re.compile(r"^(?:module|model|net|network)\.")
"""What trainers put in front of all names."""


def family_of(names: Iterable[str]) -> Family | None:
    """Whose names these are; None where no word tells."""
    bare = [WORDS.sub("", name) for name in names]
    hits = [(family.hits(bare), family) for family in FAMILIES]
    most = max(count for count, _ in hits)
    return next((family for count, family in hits if count == most > 0), None)
