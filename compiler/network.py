"""The tracker's network as an object: any named wire, given the inputs after crop and normalisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ..dsl.program import Input, Literal, Operand, Wire
from ..dsl.sources import Sources
from ..dsl.suggest import did_you_mean, nearest
from .check import check
from .graph import ComponentGraph
from .lower import Lowered, Placeholder, lower
from .lowering_errors import culprit
from .modules import Parts, build_modules
from .python_use import Allowance
from .shown import Shown
from .user_error import UserError
from .values import shape_text
from .weights import Weights


class UnknownWireError(UserError):
    """A name that the spec does not have."""

    code: ClassVar[str] = "SOT602"


class InputError(UserError):
    """An input that is missing, unknown, or of the wrong shape."""

    code: ClassVar[str] = "SOT603"


@dataclass(repr=False)
class Network(Shown):
    """The parts of a spec with their weights, and the graph that joins them.

    `module` holds all parts under their paths; train it, move it, save its state dict.
    """

    shown_as: ClassVar[str] = "network"

    graph: ComponentGraph
    module: Parts
    lowered: dict[tuple[str, ...], Lowered] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"Network({self.graph.program.name!r}, parts={len(self.graph.parts)})"

    def run(self, inputs: Mapping[str, Tensor], fetch: Sequence[str]) -> dict[str, Any]:
        """Evaluate wires by name.

        `inputs` are images [N, 3, H, W] by the names of the spec's templates and searches (after crop and
        normalisation), the truth by its name, states as `state.NAME` (where not given, as they begin), and, where a
        wire needs a view, `target` ([N, 4] float64 centre x, centre y, width, height) and `frame_size` ([2] float64
        width, height); what holds for one crop alone has its name in front: `template.target`, `search.frame_size`.
        `fetch` are names of wires (`cls`), of outputs of a wire (`pick.box`), or of losses (`loss.classify`).

        Raises UnknownWireError and InputError, which name what there is. What a component raises is left as it is,
        with a note of its place in the spec.
        """
        if not isinstance(inputs, Mapping):
            raise InputError("inputs are given by name", 'for example {"template": ..., "search": ...}')
        lowered = self.lower([fetch] if isinstance(fetch, str) else fetch)
        arguments = self.arguments(lowered, inputs)
        try:
            values = lowered.module(*arguments)
        except Exception as error:
            error.add_note(f"raised in {culprit(error, lowered, self.graph)}")
            raise
        return dict(zip(lowered.outputs, values, strict=True))

    def lower(self, fetch: Sequence[str]) -> Lowered:
        """The fx graph that computes these wires; kept for the next call."""
        key = tuple(fetch)
        if key not in self.lowered:
            modules = {path: self.module.get_submodule(path) for path in self.graph.parts}
            targets = {name: self.operand(name) for name in key}
            constant = [name for name, operand in targets.items() if isinstance(operand, Literal)]
            if constant:
                raise UnknownWireError(
                    f"`{constant[0]}` is a constant of the spec, not a wire",
                    "fetch something that is computed",
                )
            self.lowered[key] = lower(self.graph, modules, targets, "image")
        return self.lowered[key]

    def operand(self, name: str) -> Operand:
        """What a name stands for. Raises UnknownWireError."""
        if not isinstance(name, str):
            raise UnknownWireError(f"a wire is fetched by its name, not by {name!r}", 'fetch=["cls"]')
        known = self.operands()
        if name not in known:
            near = nearest(name, list(known))
            remedy = did_you_mean(near)
            raise UnknownWireError(
                f"`{self.graph.program.name}` has no wire `{name}`",
                remedy or f"its wires are: {', '.join(sorted(known))}",
            )
        return known[name]

    def operands(self) -> dict[str, Operand]:
        """All that can be fetched, by name: wires, outputs, losses, and every node of the graph."""
        program = self.graph.program
        known: dict[str, Operand] = {node.name: Wire(node.name) for node in program.nodes}
        known |= {f"loss.{loss.name}": loss.value for loss in program.losses}
        known |= {output.name: output.value for output in program.outputs if output.name not in known}
        return known | {binding.name: binding.value for binding in program.bindings}

    def arguments(self, lowered: Lowered, inputs: Mapping[str, Tensor]) -> list[Tensor]:
        by_name = {placeholder.name: placeholder for placeholder in lowered.placeholders}
        order = [by_name[node.name] for node in lowered.module.graph.nodes if node.op == "placeholder"]
        self.refuse_unknown(inputs)
        return [self.argument(placeholder, inputs) for placeholder in order]

    def refuse_unknown(self, inputs: Mapping[str, Tensor]) -> None:
        program = self.graph.program
        known = [node.name for node in program.nodes if isinstance(node, Input)]
        known += [
            name for name, attributes in self.graph.graph.nodes(data=True) if attributes["kind"] == "truth"
        ]
        known += [f"state.{state.name}" for state in program.states]
        views = ("target", "frame_size")
        crops = [node.name for node in program.nodes if isinstance(node, Input)]
        known += [*views, *(f"{crop}.{view}" for crop in crops for view in views)]
        for name in inputs:
            if name not in known:
                raise InputError(
                    f"`{name}` is no input of `{program.name}`", f"its inputs are: {', '.join(known)}"
                )

    def argument(self, placeholder: Placeholder, inputs: Mapping[str, Tensor]) -> Tensor:
        name = placeholder.slot.name
        name = own if (own := f"{placeholder.crop}.{name}") in inputs else name
        if name not in inputs and placeholder.slot.kind == "state":
            return self.beginning(name.removeprefix("state."), inputs)
        if name not in inputs:
            raise InputError(f"input `{name}` is needed and not given", "give it in `inputs`, by that name")
        value = torch.as_tensor(inputs[name])
        if placeholder.slot.kind != "image":
            return value
        if value.ndim == 4 and self.graph.values[name].small.image.ndim == 5:
            value = value[:, None]  # one patch for each target, where the crop gives several scales
        self.check_image(name, value, inputs)
        return value.to(torch.float32) if value.dtype is torch.float64 else value

    def beginning(self, name: str, inputs: Mapping[str, Tensor]) -> Tensor:
        """What the state `name` begins with."""
        (initial,) = (state.initial for state in self.graph.program.states if state.name == name)
        if isinstance(initial, Literal):
            images = [value for key, value in inputs.items() if key in self.graph.values]
            assert isinstance(initial.value, int | float)
            return torch.full((len(images[0]),), initial.value)
        (found,) = self.run(inputs, [initial.node]).values()
        return torch.as_tensor(found)

    def check_image(self, name: str, value: Tensor, inputs: Mapping[str, Tensor]) -> None:
        if not value.is_floating_point():
            raise InputError(
                f"input `{name}` is {str(value.dtype).removeprefix('torch.')}, not float32",
                "give images after crop and normalisation, as the network sees them",
            )
        images = [other for other in inputs if other in self.graph.values]
        sizes = {other: len(inputs[other]) for other in images if len(inputs[other]) != len(value)}
        if sizes:
            raise InputError(
                f"input `{name}` holds {len(value)} and `{next(iter(sizes))}` {next(iter(sizes.values()))} of a batch",
                "give each input for the same number of targets",
            )
        wanted = self.graph.values[name].small.image.shape[1:]
        patches = len(wanted) == 4 and value.ndim == 5  # any number of them
        if value.shape[1 + patches :] != wanted[int(patches) :] or value.ndim != len(wanted) + 1:
            raise InputError(
                f"input `{name}` is [{' '.join(map(str, value.shape))}], not "
                f"[{shape_text(self.graph.values[name])}]",
                "give images after crop and normalisation; change the crop's `size` in the spec for another size",
            )

    def losses(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """All losses of the spec by name, and `total`, their sum. Inputs are those of the `train` program."""
        names = tuple(f"loss.{loss.name}" for loss in self.graph.program.losses)
        if not names:
            raise UnknownWireError(
                f"`{self.graph.program.name}` declares no loss", "add a `loss` to the spec"
            )
        values = {name.removeprefix("loss."): value for name, value in self.run(inputs, names).items()}
        return {**values, "total": torch.stack([value.sum() for value in values.values()]).sum()}

    def train(self, mode: bool = True) -> Network:
        """Put all parts in training mode (or, with False, in evaluation mode); what is frozen stays in the latter."""
        self.module.train(mode)
        return self

    def parameters(self) -> list[nn.Parameter]:
        """The weights that training changes: for an optimiser. `module.parameters()` are all."""
        return [weight for weight in self.module.parameters() if weight.requires_grad]


def build(
    spec: str,
    weights: Weights | None = None,
    *,
    device: str | torch.device = "cpu",
    params: Mapping[str, str] | None = None,
    allow_python: Allowance = False,
    sources: Sources | None = None,
    tracker: str | None = None,
) -> Network:
    """The network of the spec at path `spec`, in evaluation mode.

    Raises SpecError for a spec with errors and WeightsError for weights that do not fit.
    """
    graph = check(spec, params=params, allow_python=allow_python, sources=sources, tracker=tracker).expect()
    modules, _ = build_modules(graph, weights, torch.device(device))
    return Network(graph, Parts(modules, [freeze.path for freeze in graph.program.freezes]))
