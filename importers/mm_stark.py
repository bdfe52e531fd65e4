"""STARK of MMTracking, 0.x (all in the head) and 1.x (the transformer in the model), as a spec of the STARK family."""

from __future__ import annotations

from typing import Any

from .frozen import frozen_modules, frozen_stages
from .mm_parts import (
    Custom,
    channel_mapper,
    custom_component,
    levels_of,
    loss_of,
    refuse_without,
    resnet,
    type_of,
)
from .normalisation import area_crop_pixels
from .section import Section
from .spec_text import Raw, component
from .stark import Stark, Transformer
from .table import Table

BACKBONES = ("ResNet",)
NECKS = ("ChannelMapper",)
HEADS = ("StarkHead",)
CORNERS = ("CornerPredictorHead",)
JUDGES = ("ScoreHead",)
OVERLAPS = ("GIoULoss", "DIoULoss", "CIoULoss")

ORDERS = {
    "encoder": ["self_attn", "norm", "ffn", "norm"],
    "decoder": ["self_attn", "norm", "cross_attn", "norm", "ffn", "norm"],
}
"""The layers within a layer: normalised after each addition."""


def stark(model: Section, custom: Custom) -> Stark:
    """The tracker of a model of the type Stark. Raises NoEquivalentError."""
    for part in ("backbone", "neck", "head"):
        refuse_without(model, part, "Stark has one")
    head, test = model.section("head"), model.section("test_cfg", "Stark's test_cfg")
    head.owner = type_of(head, "StarkHead")
    if head.owner not in HEADS:
        head.refuse(
            "type",
            "has no equivalent here: Stark has a StarkHead",
            "set type='StarkHead'; its parts may be yours",
        )
    newer = "encoder" in model
    width, neck = neck_of(model.section("neck"), custom)
    size = test.whole("search_size", 320, 16)
    encoder, decoder = transformer_of(
        model if newer else head.section("transformer", "StarkTransformer"), width
    )
    queries_of(model if newer else head, newer)
    corner, judge = corner_of(head, size, custom), judge_of(head, custom)
    pixels = area_crop_pixels(model.section("data_preprocessor", "TrackDataPreprocessor")) if newer else {}
    template = {
        "size": test.whole("template_size", 128, 16),
        "factor": test.number("template_factor", 2.0),
        **pixels,
    }
    backbone, stages = backbone_of(model.section("backbone"), custom)
    modules = [*frozen_modules(model, MODULES), *frozen_modules(head, MODULES)]
    found = Stark(
        backbone=backbone,
        freeze=[*modules, *stages],
        neck=neck,
        width=width,
        size=size,
        template=template,
        search={"factor": test.number("search_factor", 5.0), **pixels},
        encoder=encoder,
        decoder=decoder,
        places=places_of(
            (model if newer else head).section("positional_encoding", "SinePositionalEncoding"), width
        ),
        corner=corner,
        judge=judge,
        intervals=intervals_of(test, judge is not None),
        **losses_of(head, custom),
    )
    leave_rest(model, head, test)
    return found


MODULES = {
    "backbone": ["backbone"],
    "neck": ["neck"],
    "encoder": ["encoder"],
    "decoder": ["decoder"],
    "transformer": ["encoder", "decoder"],
    "query_embedding": ["decoder.queries"],
    "bbox_head": ["corner"],
    "cls_head": ["judge"],
}
"""What `frozen_modules` names, in the model or in its head, and the parts here."""


def backbone_of(section: Section, custom: Custom) -> tuple[str, list[str]]:
    """The component, and paths of what is frozen."""
    kind = type_of(section, "ResNet")
    section.owner = kind
    if kind not in BACKBONES:
        return custom_component(section, kind, custom, BACKBONES), []
    levels = levels_of(section)
    if len(levels) != 1:
        section.refuse("out_indices", "should name one stage: Stark looks at one map")
    stages = frozen_stages(section, levels)
    return resnet(section, kind, levels), stages


def neck_of(section: Section, custom: Custom) -> tuple[int, str]:
    kind = type_of(section, "ChannelMapper")
    section.owner = kind
    width = section.whole("out_channels", None)
    if width is None:
        section.refuse("out_channels", "is missing: it is the width of a token")
    if kind not in NECKS:
        section.known.discard("out_channels")
        return width, custom_component(section, kind, custom, NECKS)
    return width, channel_mapper(section, Raw("width"))


def transformer_of(section: Section, width: int) -> tuple[Transformer, Transformer]:
    """Encoder and decoder, of a StarkTransformer (0.x) or of the model (1.x)."""
    found = [stack_of(section.section(name, OWNERS[name]), name, width) for name in ("encoder", "decoder")]
    if section.owner == "StarkTransformer":
        section.known.update(("type", "init_cfg"))
        section.finish()
    return found[0], found[1]


OWNERS = {"encoder": "DetrTransformerEncoder", "decoder": "DetrTransformerDecoder"}


def stack_of(section: Section, name: str, width: int) -> Transformer:
    """The layers of an encoder or a decoder; 0.x calls one layer `transformerlayers`, 1.x `layer_cfg`."""
    section.expect("return_intermediate", False, why="has no equivalent here: the last layer's answer counts")
    section.known.update(("type", "init_cfg", "post_norm_cfg"))
    old = section.section("transformerlayers", "BaseTransformerLayer")
    new = section.section("layer_cfg", "a transformer layer")
    order = old.raw("operation_order")
    if order is not None and list(order if isinstance(order, list | tuple) else ()) != ORDERS[name]:
        old.refuse("operation_order", "has no equivalent here: layers are normalised after each addition")
    old.known.update(("type", "batch_first"))
    new.known.update(("norm_cfg", "init_cfg"))
    attentions = [
        *attentions_of(old),
        *(new.section(key, "MultiheadAttention") for key in ATTENTIONS if key in new),
    ]
    forward = [part.section(key, "FFN") for part, key in ((old, "ffn_cfgs"), (new, "ffn_cfg")) if key in part]
    hidden = [perceptron_of(network) for network in forward]
    heads = sorted({attention.whole("num_heads", USUAL_HEADS) for attention in attentions})
    if len(heads) > 1:
        attentions[-1].refuse("num_heads", "has no equivalent here: all attentions of a layer have as many")
    drops = {drop for part in (*attentions, *forward) for drop in drops_of(part, width)}
    if len(drops) > 1:
        told = f"`{section.name}`: one dropout for all of a layer, here {max(drops)}"
        section.notes.add("differs", told, section.place)
    layers = section.whole("num_layers", 6)
    for part in (*attentions, *forward, old, new, section):
        part.finish()
    return Transformer(
        layers=layers,
        heads=heads[0] if heads else USUAL_HEADS,
        hidden=hidden[0] if hidden else USUAL_HIDDEN,
        dropout=max(drops, default=0.0),
    )


ATTENTIONS = ("self_attn_cfg", "cross_attn_cfg")

USUAL_HEADS = 8
USUAL_HIDDEN = 1024
"""Channels of MMCV's perceptron that is not told others."""


def attentions_of(layer: Section) -> list[Section]:
    """`attn_cfgs` of 0.x: one table, or a list of them."""
    found = layer.raw("attn_cfgs")
    if not isinstance(found, list | tuple):
        return [] if found is None else [layer.section("attn_cfgs", "MultiheadAttention")]
    if not all(isinstance(item, Table) for item in found):
        layer.refuse("attn_cfgs", "should be tables of settings")
    name, place = f"{layer.name}.attn_cfgs", layer.placed("attn_cfgs")
    return [
        Section(item, f"{name}[{index}]", layer.notes, "MultiheadAttention", place)
        for index, item in enumerate(found)
    ]


def perceptron_of(section: Section) -> int:
    """The hidden channels of a layer's perceptron."""
    section.expect("num_fcs", 2, why="has no equivalent here: perceptrons have two layers")
    section.section("act_cfg").expect("type", "ReLU", why="has no equivalent here: perceptrons have ReLU")
    return section.whole("feedforward_channels", USUAL_HIDDEN)


DROPS = ("attn_drop", "proj_drop", "dropout", "ffn_drop")


def drops_of(section: Section, width: int) -> set[float]:
    """The dropouts that a part of a layer names; its width must be that of the tokens."""
    if section.whole("embed_dims", width) != width:
        section.refuse("embed_dims", f"has no equivalent here: tokens have the neck's {width} channels")
    section.known.update(("type", "batch_first", "act_cfg", "bias", "add_identity"))
    layer = section.section("dropout_layer", "Dropout")
    named = [*(section.number(key, None) for key in DROPS if key in section), layer.number("drop_prob", None)]
    layer.known.update(("type", "inplace"))
    layer.finish()
    return {found for found in named if found is not None}


def queries_of(section: Section, newer: bool) -> None:
    key = "num_queries" if newer else "num_query"
    section.expect(key, 1, why="has no equivalent here: one query finds one target")


def places_of(section: Section, width: int) -> dict[str, Any]:
    section.expect("type", "SinePositionalEncoding", why="has no equivalent here")
    section.expect("normalize", True, why="has no equivalent here: places are counted from 0 to 2 pi")
    section.known.update(("scale", "eps", "offset", "init_cfg"))
    features = section.whole("num_feats", 128)
    if 2 * features != width:
        section.refuse("num_feats", f"should be half of the {width} channels of a token")
    found = {"num_feats": Raw("width // 2"), "temperature": section.number("temperature", None)}
    section.finish()
    return found


def corner_of(head: Section, size: int, custom: Custom) -> str:
    """The head that finds the corners."""
    section = head.section("bbox_head")
    section.owner = kind = type_of(section, "CornerPredictorHead")
    if kind not in CORNERS:
        return custom_component(section, kind, custom, CORNERS)
    cells, stride = section.whole("feat_size", None), section.whole("stride", 16)
    if cells is not None and cells * stride != size:
        section.refuse("feat_size", f"does not fit: {cells} cells of {stride} pixels are not {size}")
    channels = section.whole("channel", None)
    section.leave("inferred", "inplanes")
    section.finish()
    return component("CornerPredictorHead", {"channels": channels})


def judge_of(head: Section, custom: Custom) -> str | None:
    """The head that scores; stage 1 has none."""
    if "cls_head" not in head:
        head.known.add("cls_head")
        return None
    section = head.section("cls_head")
    section.owner = kind = type_of(section, "ScoreHead")
    if kind not in JUDGES:
        return custom_component(section, kind, custom, JUDGES)
    section.expect("use_bn", False, why="has no equivalent here: the layers have no norm")
    section.expect("output_dim", 1, why="has no equivalent here: a target has one score")
    section.leave("inferred", "input_dim")
    found = {"hidden": section.whole("hidden_dim", None), "layers": section.whole("num_layers", None)}
    section.finish()
    return component("ScoreHead", found)


def losses_of(head: Section, custom: Custom) -> dict[str, Any]:
    overlap = loss_of(head.section("loss_iou", "GIoULoss"), "GIoULoss", OVERLAPS, custom)
    distance = loss_of(head.section("loss_bbox", "L1Loss"), "L1Loss", ("L1Loss", "SmoothL1Loss"), custom)
    found: dict[str, Any] = {
        "overlap": (2.0 if overlap.weight is None else overlap.weight, overlap.text),
        "distance": (5.0 if distance.weight is None else distance.weight, distance.text),
    }
    if "loss_cls" in head and "cls_head" in head:
        section = head.section("loss_cls", "CrossEntropyLoss")
        classify = loss_of(section, "CrossEntropyLoss", ("CrossEntropyLoss",), custom)
        if classify.text.startswith("CrossEntropy"):
            section.refuse("use_sigmoid", "should be True: a target has one score")
        found["classify"] = (classify.weight, classify.text)
    head.known.add("loss_cls")
    return found


def intervals_of(test: Section, scores: bool) -> list[int]:
    """For each further template, after how many frames it is renewed: 0.x lists them, 1.x may count templates."""
    listed = (
        test.wholes("update_intervals", None, least=1) if test.table.get("update_intervals") != [] else []
    )
    count = test.whole("num_templates", None)
    if listed is None:
        listed = [USUAL_INTERVAL] * (0 if count is None else count - 1)
        if scores and listed:
            test.notes.add(
                "differs", f"update_intervals is missing; templates are renewed every {USUAL_INTERVAL} frames"
            )
    if not scores and listed:
        test.notes.add(
            "differs",
            "without a cls_head nothing tells when a template may be renewed: further templates stay the first frame's,"
            " as they do in MMTracking",
        )
    if len(listed) > MOST_TEMPLATES:
        test.refuse("num_templates", f"should be at most {MOST_TEMPLATES}")
    return listed


USUAL_INTERVAL = 200
MOST_TEMPLATES = 16


def leave_rest(model: Section, head: Section, test: Section) -> None:
    """What has no place in a spec."""
    for section in (model, head):
        section.leave("weights", "init_cfg")
        section.known.update(("type", "train_cfg"))
    head.known.add("test_cfg")
    if "encoder" not in model:
        head.known.update(("num_query", "transformer", "positional_encoding"))
    test.finish()
    model.finish()
    head.finish()
