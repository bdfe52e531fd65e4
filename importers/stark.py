"""Trackers of the STARK family as text: what a config says of one, and the spec of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .frozen import line_of
from .spec_text import Raw, component, weighted

TRUSTED = 0.5
"""The score above which MMTracking renews a template."""

UNCERTAIN, LOST = 0.5, 0.2
"""Thresholds of the score, as in the spec that ships."""


@dataclass(frozen=True)
class Transformer:
    """Settings of an encoder or a decoder."""

    layers: int
    heads: int
    hidden: int
    dropout: float


@dataclass(frozen=True)
class Stark:
    """A tracker of the family."""

    backbone: str
    neck: str
    width: int
    size: int
    """of the search region"""
    template: Mapping[str, Any]
    """settings of the crop of a template"""
    search: Mapping[str, Any]
    """settings of the crop of the search region, but for its size"""
    encoder: Transformer
    decoder: Transformer
    places: Mapping[str, Any]
    """settings of the positional encoding"""
    corner: str
    overlap: tuple[float | None, str]
    """weight and component of the loss of the overlap"""
    distance: tuple[float | None, str]
    judge: str | None = None
    """what scores, if anything does"""
    classify: tuple[float | None, str] = (None, "BinaryCrossEntropyLoss")
    freeze: Sequence[str] = ()
    """paths of what training leaves as it is"""
    intervals: Sequence[int] = field(default_factory=tuple)
    """for each further template, after how many frames it is renewed"""

    @property
    def online(self) -> list[str]:
        """Names of the further templates."""
        return ["online", *(f"online_{index}" for index in range(2, len(self.intervals) + 1))][
            : len(self.intervals)
        ]


def body_of(tracker: Stark) -> str:
    """The statements of the spec."""
    groups = [
        params(tracker),
        crops(tracker),
        parts(tracker),
        functions(tracker),
        features(tracker),
        tokens(tracker),
    ]
    return "\n\n".join("\n".join(lines) for lines in [*groups, losses(tracker), outputs(tracker)])


def params(tracker: Stark) -> list[str]:
    lines = [
        f"param width: int = {tracker.width}  # channels of a token",
        f"param layers: int = {tracker.encoder.layers}  # of the encoder, and of the decoder",
        f"param heads: int = {tracker.encoder.heads}",
        f"param hidden: int = {tracker.encoder.hidden}",
        f"param size: int = {tracker.size}  # of the search region, in pixels",
    ]
    if tracker.intervals and tracker.judge is not None and len(set(tracker.intervals)) == 1:
        lines.append(
            f"param every: int = {tracker.intervals[0]}  # frames from one online template to the next"
        )
    return lines


def crops(tracker: Stark) -> list[str]:
    template = component("AreaCrop", tracker.template)
    search = component("AreaCrop", {"size": Raw("size"), **tracker.search})
    lines = [
        "# What it sees: the surroundings of the target at first, and those around it in every frame; black beyond.",
        f"template = {template}",
    ]
    shared = len(set(tracker.intervals)) == 1
    for name, every in zip(tracker.online, tracker.intervals, strict=True):
        period = "every" if shared else every
        renewed = f" refresh every {period} when trust > {TRUSTED}" if tracker.judge is not None else ""
        lines.append(f"template {name} = {template}{renewed}")
    lines += [f"search = {search}", "truth gt: Box"]
    if tracker.judge is not None:
        lines.append("truth present: Presence  # 1 where the search region holds the target, else 0")
    return lines


def parts(tracker: Stark) -> list[str]:
    decoder = {
        key: Raw(key) if value == getattr(tracker.encoder, key) and key != "dropout" else value
        for key, value in vars(tracker.decoder).items()
    }
    encoder = {**{key: Raw(key) for key in ("layers", "heads", "hidden")}, "dropout": tracker.encoder.dropout}
    lines = [
        f"backbone = {tracker.backbone}",
        f"neck = {tracker.neck}",
        f"part encoder = {component('DetrTransformerEncoder', encoder)}",
        f"part decoder = {component('DetrTransformerDecoder', decoder)}",
        f"head corner = {tracker.corner}",
    ]
    judge = [] if tracker.judge is None else [f"head judge = {tracker.judge}"]
    return [*lines, *judge, *line_of(tracker.freeze)]


def functions(tracker: Stark) -> list[str]:
    encoding = component("SinePositionalEncoding", tracker.places)
    return [
        "fn features(image) = (image -> backbone -> neck)[0]",
        f"fn place(beyond) = beyond -> {encoding} -> Flatten",
    ]


def features(tracker: Stark) -> list[str]:
    """The wires before the transformer: features, and what of them lies beyond the frame."""
    lines = ["# What the cells of each patch show, where they lie, and which of them lie beyond the frame."]
    seen = [("known", "template"), *((name_of(name), name) for name in tracker.online), ("field", "search")]
    lines += [f"{wire} = features({crop})" for wire, crop in seen]
    return [*lines, *(f"beyond_{wire} = BeyondFrame({wire}, {crop}.view)" for wire, crop in seen)]


def name_of(online: str) -> str:
    """The wire of a further template: `online_2` gives `newer_2`."""
    return online.replace("online", "newer")


def tokens(tracker: Stark) -> list[str]:
    wires = ["known", *(name_of(name) for name in tracker.online), "field"]
    return [
        f"tokens = Concat({', '.join(f'{wire} -> Flatten' for wire in wires)})",
        f"places = Concat({', '.join(f'place(beyond_{wire})' for wire in wires)})",
        f"padding = Concat({', '.join(f'beyond_{wire} -> Flatten' for wire in wires)})",
        "memory = encoder(tokens, places, padding)",
        "hint = decoder(memory, places, padding)",
        "corners = corner(hint, memory, field)",
    ]


def losses(tracker: Stark) -> list[str]:
    (overlap, overlap_loss), (distance, distance_loss) = tracker.overlap, tracker.distance
    lines = [
        "target = CornerAssign { size }(gt)",
        f"loss overlap = {weighted(overlap, f'{overlap_loss}(corners.box, target)')}",
        f"loss distance = {weighted(distance, f'{distance_loss}(corners.box, target)')}",
    ]
    if tracker.judge is None:
        return lines
    weight, loss = tracker.classify
    return [
        *lines,
        "",
        "# Trained in a second stage there, with the rest frozen: no gradient passes from it to the rest.",
        "doubt = hint -> Detach -> judge",
        "trust = doubt -> Sigmoid",
        f"loss classify = {weighted(weight, f'{loss}(doubt, present)')}",
    ]


def outputs(tracker: Stark) -> list[str]:
    lines = ["output box = CornerDecode { size }(corners.box, search.view)"]
    if tracker.judge is None:
        return lines
    state = component("TrackState", {"uncertain": UNCERTAIN, "lost": LOST})
    return [*lines, "output score = trust", f"output state = {state}(trust)"]
