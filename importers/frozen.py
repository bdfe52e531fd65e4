"""What a config leaves untrained, as `freeze` lines and settings of a backbone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .section import Section

STEM = ("conv1", "bn1")
"""What stands before the first stage of a ResNet."""


def line_of(paths: Iterable[str]) -> list[str]:
    """The statement that freezes these paths, but for those that lie in others; none where there are none."""
    given = list(dict.fromkeys(paths))
    wide = [path for path in given if not any(path.startswith(f"{other}.") for other in given)]
    return [f"freeze {', '.join(wide)}"] if wide else []


def norms_of(section: Section, thawed: Sequence[str] = ()) -> str | None:
    """How a ResNet of MMDetection treats its batch norms; it keeps their statistics where the config says nothing.

    The hook that thaws stages lets their norms learn; those of the others are frozen with them.
    """
    norm = section.table.get("norm_cfg")
    fixed = isinstance(norm, Mapping) and norm.get("requires_grad") is False
    kept = section.truth("norm_eval", True)
    if fixed and not kept:
        section.differs("norm_eval", "norms that are not trained keep their statistics here, too")
    return "frozen" if fixed else "kept" if kept and not thawed else None


def thawed_stages(whole: Section) -> list[str]:
    """Stages that the hook of MMTracking's SiamRPN trains from some epoch on: 0.x in `optimizer_config`, 1.x a hook."""
    hooks = whole.table.get("custom_hooks")
    tables = [whole.table.get("optimizer_config"), *(hooks if isinstance(hooks, list | tuple) else ())]
    for table in tables:
        found = table.get("backbone_train_layers") if isinstance(table, Mapping) else None
        if isinstance(found, list | tuple):
            return [name for name in found if isinstance(name, str)]
    return []


def frozen_stages(section: Section, levels: Sequence[int], thawed: Sequence[str] = ()) -> list[str]:
    """Paths of the stem and the stages that are frozen, those left out that are trained later on.

    MMDetection counts: -1 for nothing, 0 for the stem, 1 for the first stage with it. Stages that no level needs are
    not built here.
    """
    count = section.whole("frozen_stages", -1, least=-1)
    stages = [f"layer{number}" for number in range(1, min(count, max(levels, default=0)) + 1)]
    held = [*(STEM if count >= 0 else ()), *(stage for stage in stages if stage not in thawed)]
    return [f"backbone.{name}" for name in held]


def frozen_modules(section: Section, names: Mapping[str, Sequence[str]]) -> list[str]:
    """Parts for the modules that a model of MMTracking freezes; what has no name here is told."""
    found = section.raw("frozen_modules")
    modules = list(found) if isinstance(found, list | tuple) else [found] if found else []
    if not all(isinstance(module, str) for module in modules):
        section.refuse("frozen_modules", "should be the name of a module, or a list of names")
    for module in modules:
        if module not in names:
            section.differs(
                "frozen_modules", f"`{module}` is no part here; freeze what it stands for by hand"
            )
    return [part for module in modules for part in names.get(module, ())]
