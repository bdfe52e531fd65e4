"""MixFormer of MMTracking 0.x and 1.x: a variant of the spec that ships, whose params hold all that configs change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .mm_parts import norm_of, refuse_without, type_of
from .normalisation import area_crop_pixels
from .section import Section, all_same

BASE = "MixFormerCvT"
SHIPPED = "mixformer_cvt"

USUAL: Mapping[str, Any] = {
    "patch_size": [7, 3, 3],
    "patch_stride": [4, 2, 2],
    "patch_padding": [2, 1, 1],
    "qkv_bias": [True] * 3,
    "qkv_proj_method": ["dw_bn"] * 3,
    "kernel_qkv": [3] * 3,
    "padding_kv": [1] * 3,
    "stride_kv": [2] * 3,
    "padding_q": [1] * 3,
    "stride_q": [1] * 3,
    "num_stages": 3,
    "in_channels": 3,
}
"""Settings of the backbone that are as in the paper in all of MMTracking's configs, and here without a name."""

DROPS = ("attn_drop_rate", "drop_rate", "path_drop_probs")


def mixformer(model: Section) -> str:
    """The statements of the variant. Raises NoEquivalentError."""
    for part in ("backbone", "head"):
        refuse_without(model, part, "MixFormer has one")
    head, test = model.section("head"), model.section("test_cfg", "MixFormer's test_cfg")
    head.owner = type_of(head, "MixFormerHead")
    if head.owner != "MixFormerHead":
        head.refuse("type", "has no equivalent here: MixFormer has a MixFormerHead")
    size = test.whole("search_size", 320, 16)
    params = backbone_of(model.section("backbone"))
    params |= {"channels": corner_of(head.section("bbox_head"), size)}
    judge_of(head.section("score_head"), params["heads"])
    params |= {"size": size, "reach": test.number("search_factor", None), "every": interval_of(test)}
    pixels = (
        area_crop_pixels(model.section("data_preprocessor", "TrackDataPreprocessor")) if newer(model) else {}
    )
    if pixels:
        model.section("data_preprocessor").refuse("mean", "has no equivalent here: ImageNet's, in RGB")
    if test.whole("template_size", 128, 16) != 128 or test.number("template_factor", 2.0) != 2.0:
        key = "template_size" if test.whole("template_size", 128) != 128 else "template_factor"
        test.refuse(key, "has no equivalent here: templates show twice the target in 128 pixels")
    leave_rest(model, head, test)
    written = [
        f"override param {name}: {TYPES[name]} = {value}"
        for name, value in params.items()
        if value is not None
    ]
    return "\n".join(written)


TYPES = {
    "widths": "list[int]",
    "depths": "list[int]",
    "heads": "list[int]",
    "channels": "int",
    "size": "int",
    "reach": "float",
    "every": "int",
}


def newer(model: Section) -> bool:
    """Whether this is 1.x, which normalises in front of the model."""
    return "data_preprocessor" in model


def backbone_of(section: Section) -> dict[str, Any]:
    section.owner = type_of(section, "ConvVisionTransformer")
    if section.owner != "ConvVisionTransformer":
        section.refuse("type", "has no equivalent here: MixFormer has a ConvVisionTransformer")
    for key, usual in USUAL.items():
        section.expect(key, usual, why="has no equivalent here: it is as in the paper")
    ratios = section.numbers("mlp_channel_ratio", [4.0])
    if not all_same(ratios) or ratios[0] != 4:
        section.refuse("mlp_channel_ratio", "has no equivalent here: perceptrons are four times as wide")
    norm_of(section, batch=True)
    section.leave("training", *DROPS)
    section.leave("weights", "init_cfg")
    section.known.update(("act_cfg", "ln_cfg"))
    found = {
        "widths": section.wholes("dim_embed", None, least=1),
        "depths": section.wholes("depth", None, least=1),
        "heads": section.wholes("num_heads", None, least=1),
    }
    for key, values in zip(("dim_embed", "depth", "num_heads"), found.values(), strict=True):
        if values is not None and len(values) != 3:
            section.refuse(key, "should be three numbers, one for each stage")
    section.finish()
    return found


def corner_of(section: Section, size: int) -> int | None:
    section.expect("type", "CornerPredictorHead", "mmtrack.CornerPredictorHead", why="has no equivalent here")
    cells, stride = section.whole("feat_size", size // 16), section.whole("stride", 16)
    if cells * stride != size:
        section.refuse("feat_size", f"does not fit: {cells} cells of {stride} pixels are not {size}")
    section.leave("inferred", "inplanes")
    found = section.whole("channel", None)
    section.finish()
    return found


def judge_of(section: Section, heads: list[int] | None) -> None:
    """The head that scores; its heads are those of the last stage."""
    kinds = ("MixFormerScoreDecoder", "mmtrack.MixFormerScoreDecoder")
    section.expect("type", *kinds, why="has no equivalent here")
    section.expect("pool_size", 4, why="has no equivalent here: 4 x 4 cells of a box are looked at")
    section.expect("num_layers", 3, why="has no equivalent here: the perceptron has three layers")
    last = USUAL_HEADS if heads is None else heads[-1]
    section.expect("num_heads", last, why=f"has no equivalent here: as many as in the last stage, {last}")
    section.leave("inferred", "hidden_dim", "feat_size", "stride")
    section.finish()


USUAL_HEADS = 6


def interval_of(test: Section) -> int | None:
    """After how many frames the online template is renewed; MMTracking lists a number for each data set."""
    found = test.wholes("update_interval", None, least=1)
    sizes = test.wholes("online_size", [1], least=1)
    if max(sizes) > 1:
        test.differs("online_size", "there is one online template here, the best of the last period")
    decays = test.numbers("max_score_decay", [1.0])
    if decays != [1.0]:
        test.differs("max_score_decay", "the best score of a period does not decay here")
    return None if found is None else found[0]


def leave_rest(model: Section, head: Section, test: Section) -> None:
    """What has no place in a spec."""
    for section in (model, head):
        section.leave("training", "frozen_modules")
        section.leave("weights", "init_cfg")
        section.known.update(("type", "train_cfg", "test_cfg"))
    for section in (test, head, model):
        section.finish()
