"""Trackers of the SiamRPN family as text: what the configs of PySOT and MMTracking say of one, and the spec of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .frozen import line_of
from .spec_text import Raw, component, number, weighted

BLOCK = 'use "blocks/siamrpn.sot" { DepthwiseRPN }'

UNCERTAIN, LOST = 0.998, 0.85
"""PySOT's thresholds of the score (its long-term tracker's), which the specs that ship have, too."""

COORDINATES = 4
"""Both toolboxes add up the losses of a box's four numbers; a mean over them is a quarter of that."""


@dataclass(frozen=True)
class SiameseRPN:
    """A tracker of the family. A setting that is None is not written: the default of sotc is that of the toolbox."""

    backbone: str
    """its component with its settings"""
    levels: Sequence[int]
    """of the backbone, one for each head; none where the backbone gives a map and no list"""
    crop: Mapping[str, Any]
    """settings that both crops have, but for their size"""
    template_size: int
    search_size: int
    ratios: Sequence[float]
    scales: Sequence[float]
    anchors: Mapping[str, Any] = field(default_factory=dict)
    """further settings of the anchors"""
    neck: str | None = None
    widths: Sequence[int] = ()
    """channels behind the neck, one number or one for each level; the neck names them `width`"""
    centre: int | None = None
    """cells of the template that are kept, None where all are"""
    head: str | None = None
    """a component that stands for all heads, where they are not the usual ones"""
    freeze: Sequence[str] = ()
    """paths of what training leaves as it is"""
    learnt: bool | None = None
    """whether levels are weighted with learnt numbers; None where there is one level by itself"""
    assign: Mapping[str, Any] = field(default_factory=dict)
    loss_cls: str = "CrossEntropyLoss"
    loss_box: str = "L1Loss"
    weight_cls: float | None = None
    weight_box: float | None = None
    """for each of the four numbers of a box"""
    decode: Mapping[str, Any] = field(default_factory=dict)
    uncertain: float = UNCERTAIN
    lost: float = LOST

    @property
    def lists(self) -> bool:
        """Whether features are lists of maps, one for each level, and not the one map that there is."""
        return bool(self.levels) and (self.learnt is not None or self.head is not None)


def body_of(tracker: SiameseRPN) -> str:
    """The statements of the spec."""
    lines = [*params(tracker), "", *crops(tracker), "", *parts(tracker), "", *wires(tracker), ""]
    return "\n".join([*lines, *losses(tracker), "", *outputs(tracker)])


def params(tracker: SiameseRPN) -> list[str]:
    lines = [f"param size: int = {tracker.search_size}  # of the search region, in pixels"]
    if len(tracker.widths) == 1:
        lines.append(f"param width: int = {tracker.widths[0]}")
    elif tracker.widths:
        lines.append(f"param width: list[int] = {list(tracker.widths)}  # of each level")
    if tracker.levels:
        lines.append(f"param levels: list[int] = {list(tracker.levels)}")
    lines.append(f"param ratios: list[float] = {list(tracker.ratios)}  # of the anchors: height over width")
    if len(tracker.scales) > 1:
        lines.append(f"param scales: list[float] = {list(tracker.scales)}  # of the anchors, in strides")
    return lines


def crops(tracker: SiameseRPN) -> list[str]:
    seen = None if tracker.template_size == USUAL_TEMPLATE else tracker.template_size
    template = component(
        "SiameseCrop", {"size": tracker.template_size, **tracker.crop, "template_size": seen}
    )
    search = component("SiameseCrop", {"size": Raw("size"), **tracker.crop, "template_size": seen})
    told = "# What it sees: the target once, the region around it in every frame."
    return [told, f"template = {template}", f"search = {search}", "truth gt: Box"]


USUAL_TEMPLATE = 127
"""The side at which SiameseCrop sees a target unless told otherwise."""


def parts(tracker: SiameseRPN) -> list[str]:
    lines = [f"backbone = {tracker.backbone}"]
    if tracker.neck is not None:
        lines.append(f"neck = {tracker.neck}")
    freeze = line_of(tracker.freeze)
    if tracker.head is not None:
        return [*lines, f"head = {tracker.head}", *freeze]
    count = "len(ratios)" if len(tracker.scales) == 1 else "len(ratios) * len(scales)"
    heads = {name: f"DepthwiseRPN {{ out = {out} * {count} }}" for name, out in (("cls", 2), ("loc", 4))}
    if not tracker.lists:
        return [*lines, *(f"part match_{name} = {head}" for name, head in heads.items()), *freeze]
    blend = component("WeightedSum", {"learnt": tracker.learnt})
    return [
        *lines,
        "# A head for each level and each question, and how much each level counts.",
        *(f"part match_{name} = [{head} for level in levels]" for name, head in heads.items()),
        *(f"part blend_{name} = {blend}" for name in heads),
        *freeze,
    ]


def wires(tracker: SiameseRPN) -> list[str]:
    """From the crops to scores and offsets of the anchors."""
    kernel, region = ("kernels", "fields") if tracker.lists else ("kernel", "field")
    if tracker.head is not None:
        answers = {"cls": "scores", "loc": "offsets"}
        lines = [f"scores, offsets = head({kernel}, {region})"]
    else:
        blend = " -> blend_{}" if tracker.lists else ""
        answers = {name: f"match_{name}({kernel}, {region}){blend.format(name)}" for name in ("cls", "loc")}
        lines = []
    scales: Any = list(tracker.scales) if len(tracker.scales) == 1 else Raw("scales")
    grid = component("AnchorGrid", {"ratios": Raw("ratios"), "scales": scales, **tracker.anchors})
    return [
        *features(tracker),
        *lines,
        f"cls = {answers['cls']} -> SplitChannels {{ groups = 2 }}  # background, target",
        f"loc = {answers['loc']} -> SplitChannels {{ groups = 4 }}  # x, y, width, height",
        f"anchors = {grid}(cls)",
    ]


def features(tracker: SiameseRPN) -> list[str]:
    """What is compared: the features of both crops, those of the template cut to their middle."""
    through = "backbone" if tracker.neck is None else "backbone -> neck"
    crop = None if tracker.centre is None else component("CenterCrop", {"size": tracker.centre})
    if tracker.lists:
        middle = f" -> [{crop} for level in levels]" if crop else ""
        return [f"kernels = template -> {through}{middle}", f"fields = search -> {through}"]
    middle = f" -> {crop}" if crop else ""
    if not tracker.levels:
        return [f"kernel = template -> {through}{middle}", f"field = search -> {through}"]
    return [
        f"fn features(image) = (image -> {through})[0]",
        f"kernel = features(template){middle}",
        "field = features(search)",
    ]


def losses(tracker: SiameseRPN) -> list[str]:
    assign = component("AnchorAssign", {"size": Raw("size"), **tracker.assign})
    weight = None if tracker.weight_box is None else COORDINATES * tracker.weight_box
    classify = f"{tracker.loss_cls}(cls, target.labels, weight = target.label_weight)"
    regress = f"{tracker.loss_box}(loc, target.offsets, weight = target.box_weight)"
    told = "" if tracker.weight_box is None else f"  # {number(tracker.weight_box)} for each of four numbers"
    return [
        f"target = {assign}(anchors, gt)",
        f"loss classify = {weighted(tracker.weight_cls, classify)}",
        f"loss regress = {weighted(weight, regress)}{told}",
    ]


def outputs(tracker: SiameseRPN) -> list[str]:
    decode = component("AnchorDecode", tracker.decode)
    state = component("TrackState", {"uncertain": tracker.uncertain, "lost": tracker.lost})
    return [
        f"pick = {decode}(cls, loc, anchors, search.view)",
        "output box = pick.box",
        "output score = pick.score",
        f"output state = {state}(pick.score)",
    ]
