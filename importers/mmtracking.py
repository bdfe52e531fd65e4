"""A config of MMTracking (0.x or 1.x) as a spec: `sotc import mmtracking`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from ..dsl.suggest import did_you_mean, nearest
from . import mm_mixformer, mm_siamrpn, mm_stark, siamese_rpn, stark
from .base_files import load_config
from .errors import NotATrackerError
from .frozen import thawed_stages
from .imported import Imported, Translated, write
from .mm_parts import Custom, read_custom_imports
from .notes import Kind, Notes
from .section import Section
from .spec_text import named
from .table import Table

TOOLBOX = "MMTracking"

MANY_TARGETS = "it follows many targets, or detects them; here a tracker follows one"

OTHERS: Mapping[str, str] = {
    "PrDiMP": "its filter is optimised while it tracks, in steps that sotc has no components for yet",
    "DeepSORT": MANY_TARGETS,
    "SORT": MANY_TARGETS,
    "Tracktor": MANY_TARGETS,
    "ByteTrack": MANY_TARGETS,
    "OCSORT": MANY_TARGETS,
    "QDTrack": MANY_TARGETS,
    "StrongSORT": MANY_TARGETS,
    "BaseReID": "it tells targets apart, and follows none",
    "DFF": "it detects in video, and follows no target",
    "FGFA": "it detects in video, and follows no target",
    "SELSA": "it detects in video, and follows no target",
    "MaskTrackRCNN": "it segments video, and follows no given target",
    "Mask2Former": "it segments video, and follows no given target",
    "FasterRCNN": "it is a detector",
    "RetinaNet": "it is a detector",
    "YOLOX": "it is a detector",
}
"""Types of models that are no trackers here, and why."""


def import_mmtracking(path: str | os.PathLike[str], name: str | None = None) -> Imported:
    """Read a config and write the spec of its tracker, called `name` or as the config is.

    The config is data: nothing of it is run. Raises ConfigError: a file that cannot be read, or that computes; a model
    that is no tracker known here; a setting that no spec could have.
    """
    place = os.fspath(path)
    config = load_config(place)
    notes = Notes()
    whole = Section(config, "", notes, TOOLBOX)
    custom = read_custom_imports(whole.section("custom_imports", "custom_imports"), notes)
    custom.thawed = thawed_stages(whole)
    translated = translate(model_of(config, whole, place), custom)
    for module in custom.unused:
        notes.add("running", f"custom_imports ({module})", config.places["custom_imports"])
    leave_rest(whole)
    return write(translated, place, name, TOOLBOX, notes.found)


def model_of(config: Table, whole: Section, path: str) -> Section:
    """The model of a config. Raises NotATrackerError where there is none."""
    if not isinstance(config.get("model"), Table):
        meant = did_you_mean(nearest("model", [key for key in config if isinstance(config[key], Table)]))
        raise NotATrackerError(
            f"{path}: there is no `model = dict(...)` in it, nor in what it builds upon",
            meant or f"name the config of a tracker; known are models of the types {named(TRANSLATORS)}",
        )
    return whole.section("model", "the model")


def translate(model: Section, custom: Custom) -> Translated:
    """The tracker of a model, by its type. Raises NotATrackerError for a type that is not known."""
    kind = model.text("type", "").rpartition(".")[2]
    model.owner = kind
    if kind not in TRANSLATORS:
        known = f"known are models of the types {named(TRANSLATORS)}"
        why = OTHERS.get(kind)
        meant = did_you_mean(nearest(kind, TRANSLATORS)) if kind and why is None else None
        before = f"{model.placed('type')}: " if model.placed("type") else ""
        raise NotATrackerError(
            f"{before}a model of the type `{kind[:60]}` cannot be imported" + (f": {why}" if why else ""),
            meant or known,
        )
    return TRANSLATORS[kind](model, custom)


def translate_siamrpn(model: Section, custom: Custom) -> Translated:
    tracker = mm_siamrpn.siamese_rpn(model, custom)
    uses = custom.uses() if tracker.head else [siamese_rpn.BLOCK, *custom.uses()]
    like = None if custom.used else "siamrpnpp_r50_mm"
    return Translated("SiamRPN++ (Li et al., CVPR 2019)", siamese_rpn.body_of(tracker), uses, like)


def translate_stark(model: Section, custom: Custom) -> Translated:
    tracker = mm_stark.stark(model, custom)
    like = None if custom.used else "stark_st50"  # without its score, too: the key map is of both stages
    return Translated("STARK (Yan et al., ICCV 2021)", stark.body_of(tracker), custom.uses(), like)


def translate_mixformer(model: Section, custom: Custom) -> Translated:
    shipped, base = mm_mixformer.SHIPPED, mm_mixformer.BASE
    title = "MixFormer on CvT-21 (Cui et al., CVPR 2022)"
    return Translated(
        title, mm_mixformer.mixformer(model), [f'use "{shipped}.sot" {{ {base} }}'], shipped, base
    )


TRANSLATORS: Mapping[str, Callable[[Section, Custom], Translated]] = {
    "SiamRPN": translate_siamrpn,
    "Stark": translate_stark,
    "MixFormer": translate_mixformer,
}
"""By the type of the model."""

REST: Mapping[Kind, str] = {
    "data": (
        "data_root dataset_type img_norm_cfg train_pipeline val_pipeline test_pipeline data train_dataset val_dataset"
        " test_dataset train_dataloader val_dataloader test_dataloader"
    ),
    "training": (
        "optimizer optimizer_config lr_config momentum_config optim_wrapper param_scheduler total_epochs max_epochs"
        " runner train_cfg val_cfg test_cfg custom_hooks fp16 auto_scale_lr find_unused_parameters"
    ),
    "running": (
        "default_hooks default_scope log_config log_level log_processor checkpoint_config dist_params env_cfg work_dir"
        " load_from resume_from resume workflow cudnn_benchmark deterministic seed randomness evaluation val_evaluator"
        " test_evaluator visualizer vis_backends device gpu_ids opencv_num_threads mp_start_method"
    ),
}
"""Names at the top of a config that a spec has no place for."""


def leave_rest(whole: Section) -> None:
    """Tell of the rest by its kind. Names that MMTracking does not know are variables, unless they look like a slip."""
    for kind, names in REST.items():
        whole.leave(kind, *names.split())
    known = [*whole.known]
    for key, value in whole.table.items():
        if key in whole.known or not isinstance(value, Table):
            continue
        close = [other for other in nearest(str(key), known) if abs(len(other) - len(str(key))) <= 2]
        if close:
            text = f"`{key}`: nothing reads a setting of this name; {did_you_mean(tuple(close))}"
            whole.notes.add("unknown", text, whole.placed(key))
