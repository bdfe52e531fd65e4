"""A key map for a checkpoint that nobody has mapped: whose layer is which, by shapes, by order, and by words.

Layers are matched, not tensors: a convolution with its bias, a norm with its four vectors. Only layers of the same
shapes can be the same. Among those, words that two names share, their numbers, what stands before and behind in the two
files, and what the layers around have been matched with, speak for a pair; the best pairs are taken first, a few times
over, so that early matches speak for later ones.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias, TypeVar

Shape: TypeAlias = tuple[int, ...]

Kind = TypeVar("Kind", bound=Hashable)

Sureness = Literal["shape", "name", "guess"]
"""`shape`: no other layer has these shapes. `name`: the words speak for this one alone. `guess`: it may be another."""

SAME = (
    ("norm", "bn", "batchnorm", "ln", "gn"),
    ("cls", "classify", "classification", "score", "ctr", "logits"),
    ("loc", "reg", "regress", "bbox", "box", "regression"),
    ("kernel", "template", "z", "exemplar"),
    ("field", "search", "x", "instance"),
    ("attention", "attn", "att", "attentions"),
    ("perceptron", "mlp", "ffn", "ffns", "feedforward"),
    ("expand", "fc1", "linear1", "pw"),
    ("reduce", "fc2", "linear2", "pwl"),
    ("depthwise", "dw"),
    ("project", "proj"),
    ("shortcut", "downsample"),
    ("neck", "adjust", "bottleneck", "down"),
    ("squeeze", "se", "ca"),
    ("tl", "left", "topleft"),
    ("br", "right", "bottomright"),
    ("self", "selfattn"),
    ("cross", "multihead", "crossattn"),
    ("predict", "pred", "prediction"),
    ("judge", "trust", "confidence"),
    ("edge", "corner"),
    ("positions", "pos", "position"),
    ("query", "queries"),
    ("match", "corr", "correlation", "rpn"),
)
"""Words of the field that mean the same layer."""

MEANING = {word: words[0] for words in SAME for word in words}

COUNTERS = "num_batches_tracked"

ROUNDS = 4

REACH = 3
"""So many layers before and behind are looked at."""


@dataclass(frozen=True)
class Layer:
    """Tensors that stand under one name, or one tensor that stands alone."""

    name: str
    tensors: tuple[tuple[str, Shape], ...]
    """what follows the layer's name, and its shape, in the order of the file"""

    @cached_property
    def signature(self) -> tuple[tuple[str, Shape], ...]:
        """Layers with another one are other layers. A tensor by itself may have any name."""
        if len(self.tensors) == 1:
            return (("", self.tensors[0][1]),)
        return tuple(sorted((kind_of(suffix), shape) for suffix, shape in self.tensors))

    @cached_property
    def words(self) -> Counter[str]:
        parts = re.findall(r"[a-z]+\d*|\d+", re.sub(r"([a-z])([A-Z])", r"\1_\2", self.name).lower())
        split = [
            piece
            for part in parts
            for piece in ([part] if part in MEANING else re.findall(r"[a-z]+|\d+", part))
        ]
        return Counter(MEANING.get(piece, piece) for piece in split if not piece.isdecimal())

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        return tuple(int(number) for number in re.findall(r"\d+", self.name))


@dataclass(frozen=True)
class Match:
    """One layer of the checkpoint, and ours."""

    theirs: Layer
    ours: Layer
    sure: Sureness

    @property
    def renames(self) -> dict[str, str]:
        """Names of tensors: the checkpoint's -> ours."""
        ours = {kind_of(suffix): suffix for suffix, _ in self.ours.tensors}
        if len(ours) == 1:
            ((old, _),) = self.theirs.tensors
            return {joined(self.theirs.name, old): joined(self.ours.name, *ours.values())}
        return {
            joined(self.theirs.name, suffix): joined(self.ours.name, ours[kind_of(suffix)])
            for suffix, _ in self.theirs.tensors
        }


@dataclass(frozen=True)
class Proposal:
    """A key map that may be right."""

    matches: tuple[Match, ...]
    unused: tuple[Layer, ...]
    """layers of the checkpoint that nothing of ours is like"""
    missing: tuple[str, ...]
    """layers of ours that nothing was found for"""

    @property
    def renames(self) -> dict[str, str]:
        return {old: new for match in self.matches for old, new in match.renames.items()}


def propose(theirs: Mapping[str, Shape], ours: Mapping[str, Shape]) -> Proposal:
    """Match the tensors of a checkpoint with a network's; both in the order in which their layers stand."""
    old, new = layers_of(theirs), layers_of(ours)
    matcher = Matcher(old, new)
    pairs: list[tuple[int, int]] = []
    for _ in range(ROUNDS):
        pairs = matcher.matched(pairs)
    matches = tuple(
        Match(old[index], new[other], matcher.sureness(index, other)) for index, other in sorted(pairs)
    )
    used, found = {index for index, _ in pairs}, {other for _, other in pairs}
    return Proposal(
        matches,
        tuple(layer for index, layer in enumerate(old) if index not in used),
        tuple(layer.name for index, layer in enumerate(new) if index not in found),
    )


# ---------------------------------------------------------------- layers


def kind_of(suffix: str) -> str:
    """What a tensor is to its layer: `weight`, `bias`, `running_mean`; `` for a tensor by itself."""
    if suffix in ("running_mean", "running_var"):
        return suffix
    word = suffix.rpartition("_")[2]
    return word if word in ("weight", "bias") else ""


def layers_of(shapes: Mapping[str, Shape]) -> list[Layer]:
    """Tensors by layers, in the order in which these begin; counters are left out."""
    groups: dict[str, list[tuple[str, Shape]]] = defaultdict(list)
    for name, shape in shapes.items():
        prefix, _, last = name.rpartition(".")
        if last == COUNTERS:
            continue
        alone = kind_of(last) == "" or (
            last not in ("weight", "bias") and not last.startswith(("running_", "in_proj_"))
        )
        groups[name if alone else prefix].append(("" if alone else last, tuple(shape)))
    return [Layer(name, tuple(tensors)) for name, tensors in groups.items()]


def joined(*parts: str) -> str:
    return ".".join(part for part in parts if part)


# ---------------------------------------------------------------- matching


class Matcher:
    """What speaks for each pair of layers that have the same shapes."""

    def __init__(self, old: Sequence[Layer], new: Sequence[Layer]) -> None:
        self.old, self.new = old, new
        self.groups = [(index, others) for index, others in enumerate(alike(old, new))]
        self.rank_old, self.rank_new = (
            ranks([layer.signature for layer in old]),
            ranks([layer.signature for layer in new]),
        )
        self.around_old, self.around_new = surroundings(old), surroundings(new)
        self.worth = worth_of(old, new)
        self.turn_old, self.turn_new = self.turns(old), self.turns(new)
        self.fixed = {
            (index, other): self.likeness(index, other) for index, others in self.groups for other in others
        }
        self.scores: dict[tuple[int, int], float] = {}

    def likeness(self, index: int, other: int) -> float:
        """0..1: words, numbers, place among layers of these shapes, and what stands around."""
        old, new = self.old[index], self.new[other]
        words = self.telling(old.words, new.words)
        numbers = shared(Counter(old.numbers), Counter(new.numbers)) if old.numbers and new.numbers else 0.0
        place = 1 - abs(self.rank_old[index] - self.rank_new[other])
        turn = 1 - abs(self.turn_old[index] - self.turn_new[other])
        around = shared(self.around_old[index], self.around_new[other])
        return 0.5 * words + 0.05 * numbers + 0.1 * place + 0.15 * turn + 0.2 * around

    def turns(self, layers: Sequence[Layer]) -> list[float]:
        """0..1: where each layer stands among those that have its shapes and its telling words."""
        words = [
            tuple(sorted(word for word in layer.words.elements() if word in self.worth)) for layer in layers
        ]
        return ranks([(layer.signature, told) for layer, told in zip(layers, words, strict=True)])

    def telling(self, old: Counter[str], new: Counter[str]) -> float:
        """0..1: how much of what two names tell they tell both; words that one file lacks tell nothing."""
        one, other = (sum(self.worth.get(word, 0.0) for word in words) for words in (old, new))
        both = sum(self.worth.get(word, 0.0) for word in old & new)
        return both / max(one, other) if one or other else 0.0

    def matched(self, before: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Pairs, the best first, each layer once; the pairs of the round before speak for their neighbours."""
        votes = self.votes(before)
        self.scores = {
            pair: value + (0.8 * self.support(pair, votes) if before else 0.0)
            for pair, value in self.fixed.items()
        }
        taken_old: set[int] = set()
        taken_new: set[int] = set()
        pairs = []
        for index, other in sorted(self.scores, key=lambda pair: (-self.scores[pair], pair)):
            if index not in taken_old and other not in taken_new:
                pairs.append((index, other))
                taken_old.add(index)
                taken_new.add(other)
        return pairs

    def votes(self, pairs: Iterable[tuple[int, int]]) -> tuple[Counter[tuple[str, str]], Counter[str]]:
        """How often two containers hold layers that were matched, and how often the first is matched at all."""
        both: Counter[tuple[str, str]] = Counter()
        one: Counter[str] = Counter()
        for index, other in pairs:
            for container in containers(self.old[index].name):
                one[container] += 1
                both.update((container, ours) for ours in containers(self.new[other].name))
        return both, one

    def support(self, pair: tuple[int, int], votes: tuple[Counter[tuple[str, str]], Counter[str]]) -> float:
        """0..1: what share of the layers around the old one was matched with layers around the new one."""
        both, one = votes
        ours = containers(self.new[pair[1]].name)
        shares = [
            max((both[container, other] / one[container] for other in ours), default=0.0)
            for container in containers(self.old[pair[0]].name)
            if one[container]
        ]
        return sum(shares) / len(shares) if shares else 0.0

    def sureness(self, index: int, other: int) -> Sureness:
        """Whether another pair was possible, and how near it came."""
        rivals = [pair for pair in self.scores if (pair[0] == index) != (pair[1] == other)]
        if not rivals:
            return "shape"
        best = max(self.scores[pair] for pair in rivals)
        return "name" if self.scores[index, other] > best + 0.05 else "guess"


def worth_of(old: Sequence[Layer], new: Sequence[Layer]) -> dict[str, float]:
    """What a word tells that both files use: the rarer, the more."""
    counts = [Counter(word for layer in layers for word in set(layer.words)) for layers in (old, new)]
    shares = {
        word: max(count[word] / len(layers) for count, layers in zip(counts, (old, new), strict=True))
        for word in counts[0] & counts[1]
    }
    return {word: 0.1 - math.log(share) for word, share in shares.items()}


def alike(old: Sequence[Layer], new: Sequence[Layer]) -> list[list[int]]:
    """For each old layer the new ones with its signature."""
    by_signature: dict[tuple[tuple[str, Shape], ...], list[int]] = defaultdict(list)
    for index, layer in enumerate(new):
        by_signature[layer.signature].append(index)
    return [by_signature.get(layer.signature, []) for layer in old]


def ranks(kinds: Sequence[Hashable]) -> list[float]:
    """0..1: where each one stands among those of its kind; 0 where it is alone."""
    counts = Counter(kinds)
    seen: Counter[Hashable] = Counter()
    found = []
    for kind in kinds:
        found.append(seen[kind] / max(1, counts[kind] - 1))
        seen[kind] += 1
    return found


def surroundings(layers: Sequence[Layer]) -> list[Counter[tuple[int, tuple[tuple[str, Shape], ...]]]]:
    """The signatures before and behind each layer, with how far away they are."""
    return [
        Counter(
            (offset, layers[index + offset].signature)
            for offset in range(-REACH, REACH + 1)
            if offset and 0 <= index + offset < len(layers)
        )
        for index in range(len(layers))
    ]


def containers(name: str) -> list[str]:
    """What a layer lies in, from the outermost: `a`, `a.b` for `a.b.c`."""
    words = name.split(".")
    return [".".join(words[:count]) for count in range(1, len(words))]


def shared(one: Counter[Kind], other: Counter[Kind]) -> float:
    """0..1: how much of two bags is in both."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0
