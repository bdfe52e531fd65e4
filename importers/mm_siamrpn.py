"""SiamRPN++ of MMTracking, 0.x and 1.x: its model as a spec of the SiamRPN family."""

from __future__ import annotations

from typing import Any

from .frozen import frozen_modules, frozen_stages
from .mm_parts import (
    Custom,
    channel_mapper,
    custom_component,
    levels_of,
    loss_of,
    norm_of,
    refuse_without,
    resnet,
    type_of,
)
from .normalisation import is_imagenet
from .section import Section
from .siamese_rpn import SiameseRPN
from .spec_text import Raw

BACKBONES = ("SOTResNet", "ResNet")
NECKS = ("ChannelMapper",)
HEADS = ("SiameseRPNHead",)


def siamese_rpn(model: Section, custom: Custom) -> SiameseRPN:
    """The tracker of a model of the type SiamRPN. Raises NoEquivalentError."""
    for part in ("backbone", "head"):
        refuse_without(model, part, "SiamRPN has one")
    test = model.section("test_cfg", "SiamRPN's test_cfg")
    train = model.section("train_cfg", "SiamRPN's train_cfg").section("rpn", "SiamRPN's train_cfg.rpn")
    levels, backbone, stages = backbone_of(
        model.section("backbone"), custom, model.section("neck"), model.section("head")
    )
    widths, neck = neck_of(model, custom)
    template, search = test.whole("exemplar_size", 127, 16), test.whole("search_size", 255, 16)
    found: dict[str, Any] = {
        "backbone": backbone,
        "levels": levels,
        "crop": crop_of(model, test),
        "template_size": template,
        "search_size": search,
        "neck": neck,
        "widths": widths,
        "centre": test.whole("center_size", 7),
        "decode": decode_of(test.section("rpn", "SiamRPN's test_cfg.rpn")),
        "assign": assign_of(train, template, search),
        **head_of(model.section("head"), custom),
        "freeze": [*frozen_modules(model, MODULES), *stages],
    }
    leave_rest(model, test, train)
    return SiameseRPN(**found)


MODULES = {"backbone": ["backbone"], "neck": ["neck"]}
"""What `frozen_modules` may name, and the parts here."""


def backbone_of(section: Section, custom: Custom, *others: Section) -> tuple[list[int], str, list[str]]:
    """The levels that are used, the component, and paths of what is frozen.

    others: neck and head, which tell how many maps there are.
    """
    kind = type_of(section, "SOTResNet")
    section.owner = kind
    if kind in BACKBONES:
        levels = levels_of(section)
        stages = frozen_stages(section, levels, custom.thawed)
        return levels, resnet(section, kind, Raw("levels"), custom.thawed), stages
    return maps_of(*others), custom_component(section, kind, custom, BACKBONES), []


def maps_of(*sections: Section) -> list[int]:
    """Numbers for the maps of a backbone of the user's own: as many as neck or head list channels, else one."""
    for section in sections:
        found = section.table.get("in_channels")
        if isinstance(found, list | tuple) and 0 < len(found) <= MOST_MAPS:
            return list(range(1, len(found) + 1))
    return [1]


MOST_MAPS = 8


def neck_of(model: Section, custom: Custom) -> tuple[list[int], str | None]:
    if "neck" not in model:
        model.known.add("neck")
        return [], None
    section = model.section("neck")
    section.owner = kind = type_of(section, "ChannelMapper")
    if kind not in NECKS:
        return [], custom_component(section, kind, custom, NECKS)
    width = section.whole("out_channels", None)
    if width is None:
        section.refuse("out_channels", "is missing, and a ChannelMapper needs it")
    return [width], channel_mapper(section, Raw("width"))


def crop_of(model: Section, test: Section) -> dict[str, Any]:
    """Settings of both crops. 1.x normalises in `data_preprocessor`, 0.x not at all; both read frames as BGR."""
    images = model.section("data_preprocessor", "TrackDataPreprocessor")
    rgb = images.truth("bgr_to_rgb", False)
    pixels = None
    if images.numbers("mean", None) is not None or images.numbers("std", None) is not None:
        if not is_imagenet(images, rgb):
            images.refuse(
                "mean", "has no equivalent here: pixels are raw, or have ImageNet's mean and deviation"
            )
        pixels = "imagenet"
    images.known.update(("type", "rgb_to_bgr", "pad_size_divisor", "pad_value"))
    images.finish()
    context = test.number("context_amount", None)
    color = "rgb" if rgb else "bgr"
    return {"context": context, "color": color, "convention": "mmtracking", "pixels": pixels}


def decode_of(test: Section) -> dict[str, Any]:
    found = {
        "penalty": test.number("penalty_k", None),
        "window": test.number("window_influence", None),
        "rate": test.number("lr", None),
        "convention": "mmtracking",
    }
    test.finish()
    return found


def assign_of(train: Section, template: int, search: int) -> dict[str, float | None]:
    """Which anchors are positive; the sizes in training are those in tracking."""
    for key, size in (("exemplar_size", template), ("search_size", search)):
        if train.whole(key, size, 16) != size:
            train.differs(key, f"a spec has one size for training and tracking, here {size}")
    assigner = train.section("assigner", "MaxIoUAssigner")
    found = {
        "positive": assigner.number("pos_iou_thr", None),
        "negative": assigner.number("neg_iou_thr", None),
    }
    assigner.known.update(("type", "min_pos_iou", "iou_calculator"))
    assigner.expect("match_low_quality", False, True, why="should be true or false")
    assigner.finish(("gt_max_assign_all", "ignore_iof_thr", "ignore_wrt_candidates", "gpu_assign_thr"))
    if "sampler" in train or "num_neg" in train:
        told = train.placed("sampler") or train.placed("num_neg")
        train.notes.add(
            "differs", "training takes all anchors, balanced by weights, and draws no samples", told
        )
    train.known.update(("sampler", "num_neg"))
    train.finish()
    return found


def head_of(section: Section, custom: Custom) -> dict[str, Any]:
    """What a SiameseRPNHead says; one of the user's own stands for all heads and gives cls and loc."""
    kind = type_of(section, "SiameseRPNHead")
    section.owner = kind
    found = anchors_of(section.section("anchor_generator", "SiameseRPNAnchorGenerator"))
    classify = loss_of(
        section.section("loss_cls", "CrossEntropyLoss"),
        "CrossEntropyLoss",
        ("CrossEntropyLoss",),
        custom,
        "sum",
    )
    if classify.text.startswith("Binary"):
        section.section("loss_cls").refuse(
            "use_sigmoid", "has no equivalent here: background and target are two classes"
        )
    regress = loss_of(
        section.section("loss_bbox", "L1Loss"), "L1Loss", ("L1Loss", "SmoothL1Loss"), custom, "sum"
    )
    found |= {"loss_cls": classify.text, "weight_cls": classify.weight, "loss_box": regress.text}
    found |= {"weight_box": DEFAULT_WEIGHT if regress.weight is None else regress.weight}
    coder_of(section.section("bbox_coder", "DeltaXYWHBBoxCoder"))
    if kind not in HEADS:
        return {**found, "head": custom_component(section, kind, custom, HEADS), "learnt": None}
    learnt = section.truth("weighted_sum", False)
    section.expect("kernel_size", 3, why="has no equivalent here: the head's first convolutions are 3x3")
    norm_of(section, batch=True)
    section.leave("inferred", "in_channels")
    section.leave("weights", "init_cfg")
    section.finish(("train_cfg", "test_cfg"))
    return {**found, "learnt": learnt}


DEFAULT_WEIGHT = 1.2
"""Of L1Loss in a SiameseRPNHead that is not told another."""


def anchors_of(section: Section) -> dict[str, Any]:
    section.expect(
        "type", "SiameseRPNAnchorGenerator", "mmtrack.SiameseRPNAnchorGenerator", why="has no equivalent here"
    )
    strides = section.wholes("strides", [8], least=1)
    if len(strides) != 1:
        section.refuse("strides", "should be one stride")
    section.expect("int_wh", True, False, why="should be true or false")
    if section.table.get("int_wh") is False:
        section.differs("int_wh", "sides of anchors are cut to whole pixels here, as in later versions")
    for key, usual in (("scale_major", True), ("center_offset", 0), ("base_sizes", None), ("centers", None)):
        section.expect(key, usual, why="has no equivalent here")
    found = {
        "ratios": section.numbers("ratios", [0.33, 0.5, 1.0, 2.0, 3.0]),
        "scales": section.numbers("scales", [8.0]),
        "anchors": {"stride": strides[0], "convention": "mmtracking"},
    }
    section.finish(("octave_base_scale", "scales_per_octave"))
    return found


def coder_of(section: Section) -> None:
    section.expect("type", "DeltaXYWHBBoxCoder", "mmdet.DeltaXYWHBBoxCoder", why="has no equivalent here")
    section.expect("target_means", [0, 0, 0, 0], why="has no equivalent here: offsets are not shifted")
    section.expect("target_stds", [1, 1, 1, 1], why="has no equivalent here: offsets are not scaled")
    section.finish(("clip_border", "add_ctr_clamp", "ctr_clamp"))


def leave_rest(model: Section, test: Section, train: Section) -> None:
    """What has no place in a spec."""
    test.known.add("train_cfg")
    if test.text("test_mode", "OPE") != "OPE":
        test.differs("test_mode", "how a tracker is restarted belongs to the evaluation")
    test.finish()
    whole = model.section("train_cfg", "SiamRPN's train_cfg")
    whole.known.add("rpn")
    whole.leave("training", "backbone_start_train_epoch", "backbone_train_layers")
    whole.finish()
    model.leave("weights", "init_cfg", "pretrains")
    model.known.add("type")
    model.finish()
