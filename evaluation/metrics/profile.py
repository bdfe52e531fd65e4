"""The profiles by name: what each toolkit does, as read from its code and held to its numbers.

A variant `TOOLKIT:DATASET` is what a toolkit does for one data set; its second part is the toolkit's own name for
it. Where the numbers differ, and by how much, is in docs/guide/metrics.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from ...dsl.suggest import did_you_mean, nearest
from .errors import UnknownProfileError
from .rules import CentreRule, CurveName, CurveRule, Flags, OverlapRule, Profile, Reading, Treatment, Validity

__all__ = ["ALIASES", "PROFILES", "Profile", "find_profile"]

OVERLAPS = tuple(np.linspace(0, 1, 21).tolist())
PIXELS = tuple(float(pixel) for pixel in range(51))
SHARES = tuple((np.arange(51) / 100).tolist())
"""of the target's size, as pysot, pytracking and the MATLAB toolkits write them"""
SHARES_GOT10K = tuple(np.linspace(0, 0.5, 51).tolist())
"""the same, but for the last bit of some"""

AT_20 = Reading("precision", 20)
NORM_AT_20 = Reading("norm_precision", 20)
OPE: Mapping[str, Reading] = {
    "success": Reading("success"),
    "precision": AT_20,
    "norm_precision": NORM_AT_20,
}
WITH_OP: Mapping[str, Reading] = {
    **OPE,
    "op50": Reading("success", 10),
    "op75": Reading("success", 15),
    "mean_overlap": Reading("overlap"),
}


def ope_curves(
    success: tuple[Validity, Treatment, Flags],
    precision: tuple[Validity, Treatment, Flags],
    norm_precision: tuple[Validity, Treatment, Flags] | None,
    shares: tuple[float, ...] = SHARES,
) -> Mapping[CurveName, CurveRule]:
    """The usual three curves: overlaps in steps of 0.05, pixels 0 .. 50, shares of the size 0 .. 0.5."""
    curves: dict[CurveName, CurveRule] = {
        "success": CurveRule(OVERLAPS, *success),
        "precision": CurveRule(PIXELS, *precision),
    }
    if norm_precision is not None:
        curves["norm_precision"] = CurveRule(shares, *norm_precision)
    return curves


OTB = Profile(
    name="otb",
    about="OTB's MATLAB toolkit (tracker_benchmark)",
    # The overlap is not clipped: equal boxes of broken numbers may overlap by 1 + 2e-16 and so beat the threshold 1.
    overlap=OverlapRule(inclusive=True),
    centre=CentreRule(),
    # A frame without a target keeps the distance -1, which is within every threshold: a hit.
    curves=ope_curves(("positive", "miss", "ignore"), ("positive", "hit", "ignore"), None),
    measures={
        "success": Reading("success"),
        "precision": AT_20,
        "mean_overlap": Reading("overlap_of_all"),
        "mean_distance": Reading("distance"),
    },
    repair="not-positive",
)

LASOT = Profile(
    name="lasot",
    about="LaSOT's MATLAB toolkit, which TNL2K's equals",
    overlap=OverlapRule(inclusive=True),
    centre=CentreRule(),
    # Flagged frames are taken out, but shares are of all frames: they are misses.
    curves=ope_curves(
        ("positive", "miss", "miss"), ("positive", "hit", "miss"), ("positive", "hit", "miss"), SHARES
    ),
    measures={**OPE, "norm_precision_auc": Reading("norm_precision")},
    repair="nan-or-not-positive",
    cuts_long=True,  # monkey-17 has more frames than annotations
)

PYSOT = Profile(
    name="pysot",
    about="PySOT's toolkit",
    overlap=OverlapRule(clip=True),
    centre=CentreRule(divisor="size-epsilon"),
    # Precision asks for a centre > 0 and success for a size > 0: a target over the left border is a hit there.
    curves=ope_curves(("sized", "miss", "miss"), ("centred", "hit", "miss"), ("centred", "hit", "miss")),
    measures=OPE,
    first="predicted",
    flags_of=("lasot",),
)

MMTRACKING = Profile(
    name="mmtracking",
    about="MMTracking's OPE; with flags, as its LaSOT configuration does (only_eval_visible)",
    overlap=OverlapRule(clip=False, guard="floor", single=True),
    centre=CentreRule(offset=0.0, divisor="size-epsilon"),
    curves=PYSOT.curves,
    measures=OPE,
    first="predicted",
    sizeless_flagged=True,
    flags_of=("lasot",),
)

PYTRACKING = Profile(
    name="pytracking",
    about="pytracking's analysis; it is a port of OTB's but for frames without a target",
    overlap=OverlapRule(inclusive=True),
    centre=CentreRule(),
    # Such a frame is a miss in precision and yet a hit in normalised precision.
    curves=ope_curves(
        ("positive", "miss", "invalid"), ("positive", "miss", "invalid"), ("positive", "hit", "invalid")
    ),
    measures=WITH_OP,
    repair="zero",
    short="pad",
    cuts_long=True,
    refuses_nan_truth=True,
    refuses="nan-or-negative",
    single=True,
    flags_of=("lasot", "lasot_extension", "avist"),
)

PYTRACKING_UAV = replace(
    PYTRACKING,
    name="pytracking:uav",
    about="pytracking's analysis of its data set `uav`: NaN in the truth is let through, and a hit in precision",
    curves=ope_curves(
        ("positive", "miss", "ignore"), ("positive", "hit", "ignore"), ("positive", "hit", "ignore")
    ),
    refuses_nan_truth=False,
    flags_of=(),
    data_sets=("uav", "uav123", "uav20l"),
)

PYTRACKING_LASOT = replace(
    PYTRACKING,
    name="pytracking:lasot",
    about="pytracking's analysis of its data set `lasot`: flagged frames are misses in all three curves",
    curves=ope_curves(
        ("positive", "miss", "miss"), ("positive", "miss", "miss"), ("positive", "hit", "miss")
    ),
    short="refuse",
    data_sets=("lasot",),
)

PYTRACKING_VALID = replace(
    PYTRACKING,
    name="pytracking:exclude-invalid",
    about="pytracking's analysis with exclude_invalid_frames: shares are of the frames with a target",
    counts_valid_only=True,
)


def with_sized(profile: Profile, name: str, about: str) -> Profile:
    """The fork of a profile of pytracking that asks for w, h > 0 only, and not for x, y > 0 besides."""
    curves = {key: replace(rule, valid="sized") for key, rule in profile.curves.items()}
    return replace(profile, name=name, about=about, curves=curves)


OSTRACK = with_sized(PYTRACKING, "ostrack", "OSTrack's and STARK's fork of pytracking's analysis")
OSTRACK_UAV = with_sized(PYTRACKING_UAV, "ostrack:uav", "OSTrack's analysis of its data set `uav`")
OSTRACK_LASOT = with_sized(PYTRACKING_LASOT, "ostrack:lasot", "OSTrack's analysis of its data set `lasot`")

GOT10K = Profile(
    name="got10k",
    about="GOT-10k's AO and SR, over all frames but the first that show the target",
    overlap=OverlapRule(clip=True, guard="epsilon", in_frame=True),
    centre=CentreRule(),
    curves={"success": CurveRule(tuple(np.linspace(0, 1, 101).tolist()))},
    measures={"ao": Reading("overlap"), "sr50": Reading("success", 50), "sr75": Reading("success", 75)},
    first="skip",
    short="cut",
    cuts_long=True,
    refuses="nan",
    needs_size=True,
    hidden_dropped=True,
    aggregate="frame",
)

GOT10K_OTB = Profile(
    name="got10k:otb",
    about="the got10k toolkit on OTB, NfS, TC128, DTB70 and TrackingNet",
    overlap=OverlapRule(clip=True, guard="epsilon"),
    centre=CentreRule(divisor="at-least-one", divides="difference"),
    # NaN compares as false: a miss in both.
    curves=ope_curves(("any", "miss", "ignore"), ("any", "miss", "ignore"), None),
    measures={"success": Reading("success"), "precision": AT_20, "op50": Reading("success", 10)},
    short="cut",
    cuts_long=True,
    data_sets=("otb2013", "otb2015", "tb50", "nfs30", "nfs240", "tc128", "dtb70", "trackingnet"),
)

GOT10K_UAV = replace(
    GOT10K_OTB,
    name="got10k-uav",
    about="the got10k toolkit on UAV123, UAV20L and LaSOT; normalised precision is an area there, as for LaSOT",
    curves=ope_curves(
        ("annotated", "drop", "ignore"),
        ("annotated", "drop", "ignore"),
        ("annotated", "drop", "ignore"),
        SHARES_GOT10K,
    ),
    measures={**GOT10K_OTB.measures, "norm_precision": Reading("norm_precision")},
    data_sets=("uav123", "uav20l", "lasot"),
)

TRACKINGNET = Profile(
    name="trackingnet",
    about="the code of TrackingNet's server; precision and normalised precision are areas",
    overlap=OverlapRule(inclusive=True),
    centre=CentreRule(offset=1.0, divides="difference"),
    curves={
        "success": CurveRule(OVERLAPS, at_least=True),
        "precision": CurveRule(tuple(np.linspace(0, 50, 21).tolist())),
        "norm_precision": CurveRule(tuple(np.linspace(0, 0.5, 21).tolist())),
    },
    measures={
        "success": Reading("success", "trapezoid"),
        "precision": Reading("precision", "trapezoid"),
        "norm_precision": Reading("norm_precision", "trapezoid"),
        "coverage": Reading("coverage"),
    },
    rounds=True,
)

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            OTB,
            LASOT,
            PYSOT,
            PYTRACKING,
            PYTRACKING_UAV,
            PYTRACKING_LASOT,
            PYTRACKING_VALID,
            OSTRACK,
            OSTRACK_UAV,
            OSTRACK_LASOT,
            MMTRACKING,
            GOT10K,
            GOT10K_OTB,
            GOT10K_UAV,
            TRACKINGNET,
        )
    }
)
"""All that grade boxes, by name; those for regions are in vot_profile.py."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "tnl2k": "lasot",
        "pysot:lasot": "pysot",
        "mmtracking:lasot": "mmtracking",
        "pytracking:lasot_extension": "pytracking",
        "ostrack:lasot_extension": "ostrack",
        "got10k:uav123": "got10k-uav",
        "got10k:lasot": "got10k-uav",
    }
)
"""Other names for the same conventions; a score carries the name in PROFILES."""


FLAGGED = ("lasot", "lasot_extension", "avist", "tnl2k", "got10k")
"""data sets that publish flags `absent`, though not every toolkit reads them"""


def find_profile(name: str, data_set: str | None = None) -> Profile:
    """The profile called `name`.

    With a data set's name (one of evaluation/datasets), what that toolkit does for it: the variant `NAME:DATASET`
    where there is one; and published flags that the toolkit does not read are not used. Flags of your own are.

    Raises UnknownProfileError.
    """
    found = PROFILES.get(ALIASES.get(name, name))
    if found is None:
        raise UnknownProfileError(f"there is no profile `{name}` for boxes", instead_of(name))
    if data_set is None:
        return found
    variants = (found, *(PROFILES[key] for key in PROFILES if key.startswith((f"{name}:", f"{name}-"))))
    chosen = next((variant for variant in variants if data_set in variant.data_sets), found)
    if chosen.flags_of is None or data_set in chosen.flags_of or data_set not in FLAGGED:
        return chosen
    return without_flags(chosen)


def without_flags(profile: Profile) -> Profile:
    """The same where no flags are known."""
    curves = {key: replace(rule, flagged="ignore") for key, rule in profile.curves.items()}
    return replace(profile, curves=curves)


def instead_of(name: str) -> str:
    """What to say of a name that there is not."""
    from .vot_profile import VOT_PROFILES

    if name in VOT_PROFILES:
        return "it is one of VOT's, for folders of regions; for boxes there are " + ", ".join(PROFILES)
    known = (*PROFILES, *ALIASES, *VOT_PROFILES)
    return did_you_mean(nearest(name, known)) or f"there are {', '.join((*PROFILES, *VOT_PROFILES))}"
