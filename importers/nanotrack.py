"""NanoTrack of SiamTrackers (a config with `BAN: true`) as a variant of the spec that ships.

Its configs do not say which correlation and head it has, its code does: the variant is told from what they say.
"""

from __future__ import annotations

from typing import Any

from .imported import Translated
from .section import Section
from .spec_text import component

VERSIONS = {"v1": (0.148, 0.462, 0.39), "v2": (0.15, 0.49, 0.385)}
"""Penalty, window and rate of the authors' configs for the two versions that are otherwise written alike."""

BACKBONES = ("mobilenetv3_small", "mobilenetv3_small_v3")


def nanotrack(whole: Section, ban: Section) -> Translated:
    """The variant of `nanotrack_v1`, `_v2` or `_v3`. Raises NoEquivalentError."""
    for name in ("RPN", "ANCHOR", "MASK"):
        whole.known.add(name)
    leave_rest(whole, ban)
    backbone, track = (
        whole.section("BACKBONE", "NanoTrack's BACKBONE"),
        whole.section("TRACK", "NanoTrack's TRACK"),
    )
    kind = backbone.text("TYPE", BACKBONES[0]).rpartition(".")[2]
    if kind not in BACKBONES:
        backbone.refuse("TYPE", f"has no equivalent here: known are {BACKBONES[0]} and {BACKBONES[1]}")
    backbone.leave("inferred", "KWARGS")
    backbone.leave("weights", "PRETRAINED")
    backbone.leave("training", "TRAIN_LAYERS", "TRAIN_EPOCH", "LAYERS_LR")
    backbone.finish()
    decode = {
        "penalty": track.number("PENALTY_K", 0.04),
        "window": track.number("WINDOW_INFLUENCE", 0.44),
        "rate": track.number("LR", 0.4),
    }
    version = "v3" if kind == BACKBONES[1] else version_of(track, tuple(decode.values()))
    base = f"NanoTrack{version.upper()}"
    stride = whole.section("POINT", "NanoTrack's POINT").whole("STRIDE", 16)
    crop = {"context": track.number("CONTEXT_AMOUNT", 0.5), "color": "bgr"}
    template = track.whole("EXEMPLAR_SIZE", 127, 16)
    seen = None if template == USUAL_TEMPLATE else template
    crops = {
        name: component("SiameseCrop", {"size": size, **crop, "template_size": seen})
        for name, size in (("template", template), ("search", track.whole("INSTANCE_SIZE", 255, 16)))
    }
    track.known.add("TYPE")
    track.leave("inferred", "BASE_SIZE", "OUTPUT_SIZE")
    track.finish()
    body = "\n".join(
        [
            *(f"override {name} = {text}" for name, text in crops.items()),
            "",
            f"override pick = {component('PointDecode', {'stride': stride, **decode})}(cls, loc, search.view)",
        ]
    )
    uses = [f'use "nanotrack_{version}.sot" {{ {base} }}']
    return Translated(f"NanoTrack {version}", body, uses, f"nanotrack_{version}", base)


USUAL_TEMPLATE = 127


def version_of(track: Section, decode: tuple[Any, ...]) -> str:
    """v1 or v2, by the numbers that their authors found for them; v2, where they are neither's."""
    for version, usual in VERSIONS.items():
        if decode == usual:
            return version
    track.notes.add(
        "differs",
        "the configs of NanoTrack v1 and v2 are alike; v2 is taken (for v1 write NanoTrackV1 and nanotrack_v1)",
        track.place,
    )
    return "v2"


def leave_rest(whole: Section, ban: Section) -> None:
    ban.leave("inferred", "KWARGS")
    ban.known.add("TYPE")
    ban.finish()
    if "ADJUST" in whole:
        whole.notes.add("differs", "`ADJUST`: NanoTrack's code never calls its neck", whole.placed("ADJUST"))
    whole.known.add("ADJUST")
    whole.leave("training", "TRAIN")
