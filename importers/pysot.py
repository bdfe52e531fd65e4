"""A config of PySOT, or of SiamTrackers' NanoTrack, as a spec: `sotc import pysot`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from . import siamese_rpn
from .config_text import read_config
from .errors import NotATrackerError
from .imported import Imported, Translated, write
from .nanotrack import nanotrack
from .notes import Notes
from .section import Section
from .siamese_rpn import LOST, UNCERTAIN, SiameseRPN
from .spec_text import Raw, component, named
from .yaml_config import read_yaml

TOOLBOX = "PySOT"

RESNETS = {"resnet50": 50, "res50": 50}
ALEXNETS = ("alexnet", "alexnetlegacy")
"""One network: the legacy one has other names of weights."""
MOBILENETS = ("mobilenetv2",)
BACKBONES = (*RESNETS, *ALEXNETS, *MOBILENETS)

WITHOUT = {
    "resnet18": "the network without borders is there for depth 50 only",
    "resnet34": "the network without borders is there for depth 50 only",
}

HEADS = ("MultiRPN", "DepthwiseRPN")
TRACKERS = ("SiamRPNTracker", "SiamRPNLTTracker", "SiamMaskTracker")
NECKS = ("AdjustAllLayer", "AdjustLayer", "AdjustAllLayerForJit")

SECTIONS = ("TRAIN", "DATASET", "BACKBONE", "ADJUST", "RPN", "MASK", "REFINE", "ANCHOR", "TRACK")


def import_pysot(path: str | os.PathLike[str], name: str | None = None) -> Imported:
    """Read a config and write the spec of its tracker, called `name` or as the config's folder is.

    Raises ConfigError: a file that cannot be read; no config of a tracker known here; a setting that no spec could
    have.
    """
    place = os.fspath(path)
    notes = Notes()
    whole = Section(read_yaml(read_config(place), place), "", notes, TOOLBOX)
    if not {"BACKBONE", "TRACK", "ANCHOR", "RPN", "BAN"} & set(whole.table):
        raise NotATrackerError(
            f"{place}: none of BACKBONE, RPN, ANCHOR and TRACK is in it, so it is no config of PySOT",
            "name the config.yaml of an experiment",
        )
    ban = whole.section("BAN", "BAN")
    translated = nanotrack(whole, ban) if ban.truth("BAN", False) else translate(whole)
    whole.known.update(("META_ARC",))
    whole.leave("running", "CUDA")
    whole.leave("data", "DATASET")
    whole.finish(SECTIONS)
    return write(translated, place, name, TOOLBOX, notes.found)


def translate(whole: Section) -> Translated:
    """A tracker of the SiamRPN family."""
    track = whole.section("TRACK", "PySOT's TRACK")
    backbone = whole.section("BACKBONE", "PySOT's BACKBONE")
    kind = plain(backbone, "TYPE", "res50")
    head = plain(whole.section("RPN"), "TYPE", "MultiRPN")
    masks = masks_of(whole)
    levels, network, freeze = backbone_of(backbone, kind)
    if head == "DepthwiseRPN":
        levels = levels[-1:]
    neck, widths, centre = neck_of(whole.section("ADJUST", "PySOT's ADJUST"))
    if len(widths) > 1 and len(widths) != len(levels):
        whole.section("ADJUST").refuse(
            "KWARGS", f"should have as many out_channels as there are levels, {len(levels)}"
        )
    size = track.whole("INSTANCE_SIZE", 255, 16)
    tracker = SiameseRPN(
        backbone=network,
        freeze=freeze,
        levels=levels,
        crop={"context": track.number("CONTEXT_AMOUNT", 0.5), "color": "bgr"},
        template_size=track.whole("EXEMPLAR_SIZE", 127, 16),
        search_size=size,
        neck=neck,
        widths=widths,
        centre=centre,
        **head_of(whole.section("RPN", "PySOT's RPN"), head),
        **anchors_of(whole.section("ANCHOR", "PySOT's ANCHOR")),
        **train_of(whole.section("TRAIN", "PySOT's TRAIN"), size),
        **track_of(track),
    )
    title, like = SIAMRPN if kind in ALEXNETS else SIAMRPNPP, None
    if not masks and (head == "MultiRPN") == (kind not in ALEXNETS):
        like = "siamrpn_alex" if kind in ALEXNETS else LIKE.get(kind, "siamrpnpp_r50")
    return Translated(title, siamese_rpn.body_of(tracker), [siamese_rpn.BLOCK], like)


SIAMRPN = "SiamRPN (Li et al., CVPR 2018), with the correlation of SiamRPN++"
SIAMRPNPP = "SiamRPN++ (Li et al., CVPR 2019)"
LIKE = {"mobilenetv2": "siamrpnpp_mobilev2"}


def plain(section: Section, key: str, usual: str) -> str:
    """A type without the module before it: `pysot.models.head.rpn.MultiRPN` is `MultiRPN`."""
    return section.text(key, usual).rpartition(".")[2]


def backbone_of(section: Section, kind: str) -> tuple[list[int], str, list[str]]:
    """The levels that are used, the component, and what of it is frozen. AlexNet gives one map, and no list."""
    settings = section.section("KWARGS", f"PySOT's {kind}")
    if kind not in BACKBONES:
        section.refuse(
            "TYPE", f"has no equivalent here: {WITHOUT.get(kind, 'known are ' + named(BACKBONES))}"
        )
    section.leave("weights", "PRETRAINED")
    trained = trained_layers(section)
    section.leave("training", "TRAIN_EPOCH", "LAYERS_LR")
    section.leave("inferred", "CHANNELS")
    older = section.wholes("LAYERS", None, least=-1)
    width = settings.number("width_mult", section.number("WIDTH_MULT", None))
    section.finish()
    if kind in ALEXNETS:
        settings.finish()
        return [], component("AlexNet", {"width": width}), frozen_of(section, trained, ALEXNET_LAYERS)
    levels = settings.wholes("used_layers", older or ([3, 5, 7] if kind in MOBILENETS else [2, 3, 4]))
    levels = [level for level in levels if level > 0]
    top = 7 if kind in MOBILENETS else 4
    if not levels or sorted(set(levels)) != levels or max(levels) > top:
        settings.refuse("used_layers", f"should be numbers of stages, in order, {top} at most")
    found = {"out_levels": Raw("levels"), "output_stride": 8}
    if kind in MOBILENETS:
        settings.finish()
        frozen = frozen_of(section, trained, MOBILENET_LAYERS, max(levels) + 1)
        return levels, component("MobileNetV2", {**found, "width": width}), frozen
    settings.finish()
    frozen = frozen_of(section, trained, RESNET_LAYERS, max(levels) + 2)
    return levels, component("ResNet", {"depth": RESNETS[kind], **found, "style": "siamese"}), frozen


RESNET_LAYERS = [(name, name) for name in ("conv1", "bn1", "layer1", "layer2", "layer3", "layer4")]
MOBILENET_LAYERS = [("layer0", "stem"), *((f"layer{number}", f"layer{number}") for number in range(1, 8))]
ALEXNET_LAYERS = [(f"layer{number}", f"layers.{number - 1}") for number in range(1, 6)]
"""Layers as PySOT calls them, and as they are called here, in the order of the network."""


def trained_layers(section: Section) -> list[str] | None:
    """The layers that PySOT trains from some epoch on; None where the config says nothing of them."""
    found = section.raw("TRAIN_LAYERS")
    if found is None:
        return None
    if not isinstance(found, list | tuple) or not all(isinstance(name, str) for name in found):
        section.refuse("TRAIN_LAYERS", "should be a list of names, such as layer2")
    return list(found)


def frozen_of(
    section: Section, trained: list[str] | None, layers: Sequence[tuple[str, str]], built: int | None = None
) -> list[str]:
    """Paths of the layers that are never trained, of the first `built` ones, by default of all.

    A config without such a list is one for tracking: nothing is frozen.
    """
    if trained is None:
        return []
    unknown = [name for name in trained if name not in dict(layers)]
    if unknown:
        section.differs(
            "TRAIN_LAYERS", f"`{unknown[0]}` is no layer of this backbone; nothing is frozen here"
        )
        return []
    return [f"backbone.{ours}" for theirs, ours in layers[:built] if theirs not in trained]


def neck_of(section: Section) -> tuple[str | None, list[int], int | None]:
    """The neck, its channels, and how many cells of the template it keeps."""
    wanted = section.truth("ADJUST", True)
    kind = plain(section, "TYPE", "AdjustAllLayer")
    settings = section.section("KWARGS", f"PySOT's {kind}")
    settings.leave("inferred", "in_channels")
    older = section.wholes("ADJUST_CHANNEL", None, least=1)
    widths = settings.wholes("out_channels", older, least=1)
    if not wanted:
        return None, [], None
    if kind not in NECKS:
        section.refuse("TYPE", f"has no equivalent here: known are {named(NECKS)}")
    if widths is None:
        settings.refuse("out_channels", "is missing: channels behind the neck")
    centre = settings.whole("center_size", 7)
    settings.finish()
    section.finish()
    widths = widths[:1] if len(set(widths)) == 1 else widths
    return component("ChannelMapper", {"out_channels": Raw("width")}), widths, centre


def head_of(section: Section, kind: str) -> dict[str, Any]:
    settings = section.section("KWARGS", f"PySOT's {kind}")
    if kind not in HEADS:
        section.refuse("TYPE", f"has no equivalent here: known are {named(HEADS)}")
    section.known.add("TYPE")
    older = section.truth("WEIGHTED", False)
    learnt = settings.truth("weighted", older) if kind == "MultiRPN" else None
    settings.leave("inferred", "in_channels", "anchor_num")
    if kind == "DepthwiseRPN":
        fed, hidden = settings.wholes("in_channels", None), settings.wholes("out_channels", None)
        if hidden is not None and hidden != (fed or [HIDDEN]):
            settings.refuse("out_channels", "has no equivalent here: a head keeps the number of channels")
    settings.finish()
    section.finish()
    return {"learnt": learnt}


HIDDEN = 256
"""Channels of a DepthwiseRPN that is not told others."""


def anchors_of(section: Section) -> dict[str, Any]:
    ratios = section.numbers("RATIOS", [0.33, 0.5, 1.0, 2.0, 3.0])
    scales = section.numbers("SCALES", [8.0])
    count = section.whole("ANCHOR_NUM", len(ratios) * len(scales))
    if count != len(ratios) * len(scales):
        section.refuse("ANCHOR_NUM", f"does not fit: {len(ratios)} ratios of {len(scales)} scales")
    found = {"ratios": ratios, "scales": scales, "anchors": {"stride": section.whole("STRIDE", 8)}}
    section.finish()
    return found


def train_of(section: Section, size: int) -> dict[str, Any]:
    """What of the training is in the spec: which anchors are positive, and the weights of the losses."""
    if section.whole("SEARCH_SIZE", size, 16) != size:
        section.differs("SEARCH_SIZE", f"a spec has one size for training and tracking, here {size}")
    section.leave("inferred", "EXEMPLAR_SIZE", "BASE_SIZE", "OUTPUT_SIZE")
    if any(key in section for key in ("NEG_NUM", "POS_NUM", "TOTAL_NUM")):
        section.notes.add(
            "differs", "training takes all anchors, balanced by weights, and draws no samples", section.place
        )
    section.known.update(("NEG_NUM", "POS_NUM", "TOTAL_NUM", "MASK_WEIGHT"))
    section.leave("weights", "PRETRAINED", "RESUME")
    section.leave("training", *TRAINING.split())
    found = {
        "assign": {"positive": section.number("THR_HIGH", None), "negative": section.number("THR_LOW", None)},
        "weight_cls": section.number("CLS_WEIGHT", None),
        "weight_box": section.number("LOC_WEIGHT", 1.2),
    }
    section.finish()
    return found


TRAINING = (
    "EPOCH START_EPOCH BATCH_SIZE NUM_WORKERS MOMENTUM WEIGHT_DECAY PRINT_FREQ LOG_GRADS GRAD_CLIP BASE_LR LR"
    " LR_WARMUP LOG_DIR SNAPSHOT_DIR NUM_CONVS"
)
"""Settings of TRAIN that belong to a recipe."""


def track_of(section: Section) -> dict[str, Any]:
    kind = plain(section, "TYPE", "SiamRPNTracker")
    if kind not in TRACKERS:
        section.refuse("TYPE", f"has no equivalent here: known are {named(TRACKERS)}")
    if kind == "SiamRPNLTTracker":
        section.differs(
            "TYPE",
            "there the search region grows while the target is lost; here it stays as it is, and `state` tells of it",
        )
    section.leave("inferred", "BASE_SIZE")
    section.known.update(("LOST_INSTANCE_SIZE", "MASK_THERSHOLD", "MASK_OUTPUT_SIZE"))
    found = {
        "decode": {
            "penalty": section.number("PENALTY_K", 0.04),
            "window": section.number("WINDOW_INFLUENCE", 0.44),
            "rate": section.number("LR", 0.4),
        },
        "uncertain": section.number("CONFIDENCE_HIGH", UNCERTAIN),
        "lost": section.number("CONFIDENCE_LOW", LOST),
    }
    section.finish()
    return found


def masks_of(whole: Section) -> bool:
    """Whether the tracker gives masks, which sotc does not; the box is that of its RPN."""
    mask, refine = whole.section("MASK", "PySOT's MASK"), whole.section("REFINE", "PySOT's REFINE")
    wanted = mask.truth("MASK", False)
    if wanted or refine.truth("REFINE", False):
        mask.differs("MASK", "masks have no equivalent here; the box is the anchor's, not the mask's")
    mask.known.update(("TYPE", "KWARGS"))
    refine.known.update(("TYPE", "REFINE"))
    mask.finish()
    refine.finish()
    return wanted
