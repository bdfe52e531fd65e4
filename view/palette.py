"""The colours of pictures, readable on light and dark paper: those of every picture, and one for each stage."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

STAGE_MEANING: Mapping[str, str] = MappingProxyType(
    {
        "const": "before any frame",
        "init": "at the first frame",
        "step": "in every frame",
        "train": "in training only",
    }
)

STAGE_COLORS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        # stage: (line, fill on light paper, fill on dark paper)
        "const": ("#8a8f98", "#f1f2f4", "#2a2d33"),
        "init": ("#2f7fd1", "#e4f0fc", "#152d47"),
        "step": ("#d9822b", "#fdf0e0", "#40290f"),
        "train": ("#8e5bc9", "#f2eafb", "#2f2145"),
    }
)

COMMON_COLORS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # name: (on light paper, on dark paper)
        "paper": ("#ffffff", "#14171b"),
        "ink": ("#1c2026", "#e8eaed"),
        "muted": ("#5d6570", "#9aa3ad"),
        "band": ("#f7f8fa", "#1b1f24"),
        "shared": ("#b0386f", "#e87cac"),
    }
)


def common_rule(dark: bool) -> str:
    """The variables that every picture has, on the picture itself."""
    return f"svg{{{';'.join(f'--{name}:{colors[dark]}' for name, colors in COMMON_COLORS.items())}}}"


def stage_rules(dark: bool) -> str:
    """One block of CSS variables a stage."""
    return "".join(
        f".{stage}{{--line:{line};--fill:{on_dark if dark else on_light}}}"
        for stage, (line, on_light, on_dark) in STAGE_COLORS.items()
    )


def page_rules() -> str:
    """The same colours for a page: it follows its own `color-scheme`, which a reader may choose."""
    common = "".join(f"--{name}:light-dark({','.join(colors)});" for name, colors in COMMON_COLORS.items())
    stages = "".join(
        f".{stage}{{--line:{line};--fill:light-dark({on_light},{on_dark})}}"
        for stage, (line, on_light, on_dark) in STAGE_COLORS.items()
    )
    return f":root{{{common}}}{stages}"


LIGHT = common_rule(dark=False) + stage_rules(dark=False)
DARK = common_rule(dark=True) + stage_rules(dark=True)

RULES = """
text{font-family:ui-sans-serif,system-ui,'Segoe UI',Helvetica,Arial,sans-serif;fill:var(--ink)}
.paper{fill:var(--paper)}
.heading{font-size:20px;font-weight:650}
.muted{font-size:12px;fill:var(--muted)}
.legend{font-size:12px;fill:var(--muted)}
.swatch{fill:var(--fill);stroke:var(--line);stroke-width:1.5}
.band{fill:var(--band)}
.band-name{font-size:12px;font-weight:600;letter-spacing:.08em;fill:var(--muted);text-transform:uppercase}
.card rect{fill:var(--fill);stroke:var(--line);stroke-width:1.5}
.card.flow rect{fill:var(--paper);stroke-width:1.2}
.title{font-size:14px;font-weight:650}
.small{font-size:12px}
.detail{font-size:11px;fill:var(--muted)}
.edge{fill:none;stroke:var(--line);stroke-width:1.6}
.feedback{stroke-dasharray:2 4}
.head{fill:var(--line)}
.pill{fill:var(--band)}
.wire{fill:var(--ink);font-weight:600}
.shape{font-size:11px;fill:var(--muted);font-variant-numeric:tabular-nums}
.port{font-size:10px;fill:var(--muted)}
.shared{fill:none;stroke:var(--shared);stroke-width:1.6;stroke-dasharray:5 4}
.badge{fill:var(--paper);stroke:var(--shared);stroke-width:1.3}
.badge-text{font-size:11px;fill:var(--shared)}
"""

STYLE = LIGHT + f"@media(prefers-color-scheme:dark){{{DARK}}}" + RULES.replace("\n", "")
