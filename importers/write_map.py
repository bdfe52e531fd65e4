"""A proposed key map as the text of a `.keys.toml`, each line with how sure it is."""

from __future__ import annotations

import json
from collections.abc import Iterator

from .propose_map import Layer, Match, Proposal

SAYS = {
    "shape": "the only layer of these shapes",
    "name": "by its words and its place",
    "guess": "a guess: look at it",
}


def map_text(proposal: Proposal, tracker: str, source: str) -> str:
    """The whole file. `source` is what the checkpoint is called."""
    lines = [f"# Proposed by `sotc weights map` for {tracker}: the names of {source} -> parts of the spec."]
    lines += [f"source = {quoted(source)}"]
    if proposal.unused:
        lines += ["", "# nothing of the spec is like them", "ignore = ["]
        lines += [f"    {quoted(pattern)}," for pattern in ignored(proposal)]
        lines += ["]"]
    lines += ["", "[rename]"]
    parents = {parent for match in proposal.matches for parent in above(match.theirs.name)}
    for match in proposal.matches:
        lines += [f"{line}  # {SAYS[match.sure]}" for line in renames(match, match.theirs.name in parents)]
    if proposal.missing:
        lines += ["", "# Found nothing for these parts:", *(f"# {name}" for name in proposal.missing)]
    return "\n".join(lines) + "\n"


def renames(match: Match, is_parent: bool) -> Iterator[str]:
    """A pattern for all tensors of a layer; where others lie below it, or names differ, a line for each tensor."""
    same = {suffix for suffix, _ in match.theirs.tensors} == {suffix for suffix, _ in match.ours.tensors}
    if same and not is_parent and not alone(match.theirs) and not alone(match.ours):
        yield f"{quoted(f'{match.theirs.name}.*')} = {quoted(f'{match.ours.name}.*')}"
        return
    for old, new in match.renames.items():
        yield f"{quoted(old)} = {quoted(new)}"


def ignored(proposal: Proposal) -> Iterator[str]:
    """Patterns for layers of no use. One that others lie below is listed tensor by tensor."""
    used = {parent for match in proposal.matches for parent in (match.theirs.name, *above(match.theirs.name))}
    for layer in proposal.unused:
        if alone(layer):
            yield layer.name
        elif layer.name in used:
            yield from (f"{layer.name}.{suffix}" for suffix, _ in layer.tensors)
        else:
            yield f"{layer.name}.*"


def alone(layer: Layer) -> bool:
    """Whether the layer is one tensor under its own name."""
    return layer.tensors[0][0] == ""


def above(name: str) -> Iterator[str]:
    """What a name lies in: `a`, `a.b` for `a.b.c`."""
    words = name.split(".")
    yield from (".".join(words[:count]) for count in range(1, len(words)))


def quoted(text: str) -> str:
    """A TOML string; JSON's are such."""
    return json.dumps(text, ensure_ascii=False)
