"""Parts of MMTracking's models as components of sotc: backbones, necks, losses, and components of the user's own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..dsl.suggest import did_you_mean, nearest
from .errors import NoEquivalentError
from .frozen import norms_of
from .notes import Notes
from .section import Section
from .spec_text import NotWritableError, Raw, component, literal, named

NAME = re.compile(r"[A-Z][A-Za-z0-9_]*")
MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
SETTING = re.compile(r"(?!(if|else|for|in|and|or|not|return)$)[A-Za-z_][A-Za-z0-9_]*")

DEPTHS = {"ResNet": (50, 101, 152), "SOTResNet": (50,)}
"""Depths of which sotc has the network, by MMTracking's type."""


@dataclass
class Custom:
    """What a config says beside its model: the modules of `custom_imports`, and what a hook does to the backbone."""

    modules: Sequence[str] = ()
    tolerant: bool = False
    """whether a module may be missing (`allow_failed_imports`)"""
    used: dict[str, list[str]] = field(default_factory=dict)
    thawed: Sequence[str] = ()
    """stages of the backbone that are frozen at first, and trained from the epoch on that a hook says"""

    @property
    def unused(self) -> list[str]:
        """Modules of which the tracker has nothing: they may hold data sets, or hooks."""
        return [module for module in self.modules if module not in self.used]

    def uses(self) -> list[str]:
        """The lines `use python` of the spec."""
        word = "python?" if self.tolerant else "python"
        return [f"use {word} {module} {{ {', '.join(names)} }}" for module, names in self.used.items()]


def read_custom_imports(section: Section, notes: Notes) -> Custom:
    """The modules that `custom_imports` names. A path of a file (`a.b.py`), as in the tutorial, is none."""
    found = section.raw("imports") or ()
    named_modules = [found] if isinstance(found, str) else found
    if not isinstance(named_modules, list | tuple) or not all(
        isinstance(name, str) for name in named_modules
    ):
        section.refuse("imports", "should be a list of modules")
    modules = []
    for name in named_modules:
        module = name.removesuffix(".py")
        if module != name:
            section.notes.add(
                "unknown", f"`{name}` is a file and no module; read as `{module}`", section.placed("imports")
            )
        if not MODULE.fullmatch(module):
            section.refuse("imports", "should be a list of modules, such as my_lab.heads")
        modules.append(module)
    tolerant = section.truth("allow_failed_imports", False)
    section.finish()
    return Custom(tuple(dict.fromkeys(modules)), tolerant)


def type_of(section: Section, usual: str = "") -> str:
    """The type of a part, without the toolbox before it: `mmdet.ResNet` is `ResNet`.

    `usual` is that of a part which the config leaves out; one that is there must say its type.
    """
    if section.table and "type" not in section:
        section.refuse("type", "is no class: every part says which one it is", "write type='...' first in it")
    return section.text("type", usual).rpartition(".")[2]


def custom_component(section: Section, kind: str, custom: Custom, known: Sequence[str]) -> str:
    """A part whose type is not known: one of the user's own, with its settings passed on.

    Raises NoEquivalentError where the config brings no module that it could come from.
    """
    if not custom.modules:
        meant = did_you_mean(nearest(kind, known))
        section.refuse(
            "type",
            f"has no equivalent here; known in this place: {named(known)}",
            meant
            or "where it is your own, name its module in custom_imports; it becomes a `use python` line",
        )
    if not NAME.fullmatch(kind):
        section.refuse("type", "cannot be named in a spec", "give the class a name in CamelCase")
    module = module_of(kind, custom.modules)
    names = custom.used.setdefault(module, [])
    if kind not in names:
        names.append(kind)
    section.notes.add(
        "differs",
        f"`{section.name}`: `{kind}` is taken from your module `{module}`, where sotc's registry must know it"
        " (docs/guide/customize.md)",
        section.placed("type"),
    )
    section.leave("weights", "init_cfg")
    section.leave("inferred", "in_channels")
    settings = {}
    for key, value in section.table.items():
        if key not in section.known:
            written = passed_on(section, key, value)
            settings.update({} if written is None else {key: written})
    return component(kind, settings)


def passed_on(section: Section, key: Any, value: Any) -> Raw | None:
    """A setting as the language writes it, or None for one that it has no literal for."""
    try:
        if isinstance(key, str) and SETTING.fullmatch(key):
            return Raw(literal(value))
    except NotWritableError:
        pass
    section.differs(key, "is not passed on, for a spec has no such literal")
    return None


def module_of(kind: str, modules: Sequence[str]) -> str:
    """The module that is called as the class is (`MyFPN`: `my_fpn`), else the first."""
    plain = kind.replace("_", "").lower()
    called = [name for name in modules if name.rpartition(".")[2].replace("_", "").lower() == plain]
    return [*called, *modules][0]


def levels_of(section: Section) -> list[int]:
    """Levels of a ResNet, counted as the paper does: 2 for the first with 512 channels."""
    return [index + 1 for index in section.wholes("out_indices", [0, 1, 2, 3])]


def resnet(section: Section, kind: str, levels: Any, thawed: Sequence[str] = ()) -> str:
    """`ResNet { ... }` for MMDetection's ResNet or MMTracking's SOTResNet; `levels` is what `out_levels` is set to.

    Which stages are frozen is asked by the caller (`frozen_stages`), since it is no setting here; `thawed` are those
    that a hook trains after all.
    """
    depth = section.whole("depth", 50)
    if depth not in DEPTHS[kind]:
        section.refuse(
            "depth", f"has no equivalent here: {kind} has {named([str(each) for each in DEPTHS[kind]])}"
        )
    stages = section.whole("num_stages", 4)
    found = levels_of(section)
    if max(found) > stages or sorted(set(found)) != found:
        section.refuse("out_indices", f"should be numbers of the {stages} stages, in order, counted from 0")
    stride = output_stride(section, stages)
    section.expect("style", "pytorch", why="has no equivalent here: strides lie in the 3x3 convolutions")
    for key in ("deep_stem", "avg_down"):
        section.expect(key, False, why="has no equivalent here")
    for key in ("dcn", "plugins", "conv_cfg"):
        section.expect(key, None, why="has no equivalent here")
    norms = norms_of(section, thawed)
    norm_of(section, batch=True, held=True)
    section.expect("in_channels", 3, why="has no equivalent here: a frame has 3 channels")
    section.leave("training", "with_cp", "zero_init_residual")
    section.leave("weights", "init_cfg", "pretrained")
    for key in ("base_channels", "stem_channels"):
        section.expect(key, 64, why="has no equivalent here: the stem has 64 channels")
    section.finish(("stage_with_dcn",))
    style = "siamese" if kind == "SOTResNet" else None
    return component(
        "ResNet",
        {"depth": depth, "out_levels": levels, "output_stride": stride, "style": style, "norms": norms},
    )


def output_stride(section: Section, stages: int) -> int | None:
    """The stride at which stages begin to be dilated instead; None where none is.

    MMDetection lists stride and dilation of each stage; here both follow from the last stride.
    """
    strides = section.wholes("strides", [1, 2, 2, 2], least=1)[:stages]
    dilations = section.wholes("dilations", [1, 1, 1, 1], least=1)[:stages]
    for key, found in (("strides", strides), ("dilations", dilations)):
        if len(found) < stages:
            section.refuse(key, f"should be {stages} numbers, one for each stage")
    last = STEM_STRIDE * 2 ** strides.count(2)
    stride, dilation = STEM_STRIDE, 1
    for index, (given, holes) in enumerate(zip(strides, dilations, strict=True)):
        step = 2 if index > 0 and 2 * stride <= last else 1
        dilation *= 2 if index > 0 and step == 1 else 1
        stride *= step
        if (given, holes) != (step, dilation):
            key = "strides" if given != step else "dilations"
            section.refuse(
                key, "has no equivalent here: the first stages halve the map, later ones are dilated"
            )
    return last if dilation > 1 else None


STEM_STRIDE = 4


def norm_of(section: Section, batch: bool, held: bool = False) -> bool:
    """Whether there is a batch normalisation; `batch`, where the config says nothing. Others are refused.

    held: whether the caller knows what becomes of one that is not trained; else that is told.
    """
    if "norm_cfg" not in section:
        section.known.add("norm_cfg")
        return batch and "norm_cfg" not in section.table
    norm = section.section("norm_cfg", "norm_cfg")
    norm.expect("type", "BN", "SyncBN", "MMSyncBN", why="has no equivalent here: norms are BN")
    norm.known.add("requires_grad")
    norm.leave("training", *(() if held else ("requires_grad",)))
    norm.expect("eps", 1e-5, why="has no equivalent here: eps is 1e-5")
    norm.leave("training", "momentum")
    norm.finish()
    return True


def channel_mapper(section: Section, width: Any) -> str:
    """`ChannelMapper { ... }`; `width` is what `out_channels` is set to."""
    section.raw("out_channels")
    kernel = section.whole("kernel_size", 3)
    norm = norm_of(section, batch=False)
    if "act_cfg" not in section.table or section.table["act_cfg"] is not None:
        section.refuse(
            "act_cfg",
            "has no equivalent here: nothing stands behind the neck's convolutions"
            + (
                ""
                if "act_cfg" in section.table
                else " (MMDetection puts a ReLU there where act_cfg is not None)"
            ),
            "set act_cfg=None",
        )
    section.known.add("act_cfg")
    for key in ("num_outs", "conv_cfg"):
        section.expect(key, None, why="has no equivalent here")
    section.leave("inferred", "in_channels")
    section.leave("weights", "init_cfg")
    section.finish(("bias",))
    return component("ChannelMapper", {"out_channels": width, "kernel_size": kernel, "norm": norm})


@dataclass(frozen=True)
class Loss:
    """A loss as a component, and its weight where the config says one."""

    text: str
    weight: float | None


LOSSES: dict[str, tuple[str, ...]] = {
    "CrossEntropyLoss": ("ignore_index", "class_weight"),
    "L1Loss": (),
    "SmoothL1Loss": ("beta",),
    "GIoULoss": ("eps",),
    "DIoULoss": ("eps",),
    "CIoULoss": ("eps",),
}
"""Losses of one name and meaning there and here, with the settings of one name."""


def loss_of(
    section: Section, usual: str, allowed: Sequence[str], custom: Custom, reduction: str = "mean"
) -> Loss:
    """A loss of a head. `usual` is the type that the head has by itself, `reduction` the one that is as here."""
    kind = type_of(section, usual)
    weight = section.number("loss_weight", None)
    if kind not in allowed:
        return Loss(custom_component(section, kind, custom, allowed), weight)
    if section.table and section.text("reduction", "mean") != reduction:
        section.differs("reduction", f"losses are brought together here as by `{reduction}` there")
    sigmoid = section.truth("use_sigmoid", False) if kind == "CrossEntropyLoss" else False
    settings = {}
    for key in LOSSES[kind]:
        value = section.numbers(key, None) if key == "class_weight" else section.number(key, None)
        settings[key] = int(value) if key == "ignore_index" and isinstance(value, float) else value
    section.finish()
    return Loss(component("BinaryCrossEntropyLoss" if sigmoid else kind, {} if sigmoid else settings), weight)


def refuse_without(section: Section, key: str, what: str) -> None:
    """Refuse a part that a model cannot be without."""
    if key not in section:
        before = "" if section.place is None else f"{section.place}: "
        raise NoEquivalentError(
            f"{before}`{section.name}` has no `{key}`: {what}", f"give the model a `{key}`"
        )
