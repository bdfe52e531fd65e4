"""The step program cut in two where only the second half reads what is searched: the network, and its tail.

What the network gives for a crop is then the same for all candidates, and need not be computed twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...compiler.plan import Signature, Slot

if TYPE_CHECKING:
    from ...compiler.compiled import Options
    from ...compiler.programs import Programs, StageProgram

STEP = "step"

SETTING = "setting"
"""The kind of the places by which programs are given what is searched."""

WIRE = "wire"
"""The kind of the places between the halves."""

SAME_BITS = ("eager", "onnx", "openvino")
"""Backends that compute the same cut and uncut; those that compile fuse operators across the cut."""


@dataclass(frozen=True)
class NetworkCut:
    """The two halves of a step, as their signatures."""

    network: Signature
    tail: Signature
    read: tuple[str, ...]
    """places whose values the network reads, in its order; of its other inputs it reads the sizes"""
    lasting: frozenset[str]
    """of these, those that a session writes once, when it begins"""


@dataclass(frozen=True)
class NoCut:
    """The step stays whole."""

    reason: str
    """`its network reads state.model, ...`: what is told of it"""


def cut_at_network(programs: Programs, options: Options) -> tuple[Programs, NetworkCut | NoCut]:
    """The programs with two halves in place of the step; as they were where that is not exact, or not worth it."""
    from ...compiler.backends.exact_tail import is_heavy, split_exact

    if options.backend not in SAME_BITS or options.precision != "fp32" or options.device != "cpu":
        backend = f"{options.backend} {options.precision} on {options.device}"
        return programs, NoCut(f"{backend} may round otherwise in a step that is cut")
    for name, program in programs.items():
        early = next((slot.name for slot in program.inputs if slot.kind == SETTING and name != STEP), None)
        if early is not None:
            return programs, NoCut(f"{early} is read elsewhere than behind the network")
    halves = split_exact(programs[STEP])
    if halves.network is None or halves.tail is None or any(map(is_heavy, halves.tail.module.graph.nodes)):
        return programs, NoCut("its network depends on more than pixels and weights")
    read = values_read(halves.network)
    foreign = next((slot for slot in read if not is_shared(slot, programs)), None)
    if foreign is not None:
        return programs, NoCut(f"its network reads {foreign.name}, which is another one for each candidate")
    leave_inputs(halves.tail)
    network, tail = lasting_wires(halves.network), lasting_wires(halves.tail)
    made = {name: program for name, program in programs.items() if name != STEP}
    made |= {half.name: half for half in (network, tail)}
    found = NetworkCut(
        network.signature,
        tail.signature,
        tuple(slot.name for slot in read),
        frozenset(slot.name for slot in read if slot.kind == "cache"),
    )
    return made, found


def values_read(program: StageProgram) -> tuple[Slot, ...]:
    """The inputs of which more than the size is read."""
    nodes = program.module.graph.find_nodes(op="placeholder")
    return tuple(
        slot
        for slot, node in zip(program.inputs, nodes, strict=True)
        if not all("sym_size" in str(user.target) for user in node.users)
    )


def is_shared(slot: Slot, programs: Mapping[str, StageProgram]) -> bool:
    """Whether candidates whose target is in the same place have the same value there: pixels, and what began with them.

    A state, and a template that is refreshed, depend on all that went before.
    """
    if slot.kind == "pixels":
        return True
    begun = {name for name in programs if name in ("begin", "init")}
    later = [program for name, program in programs.items() if name not in begun]
    return slot.kind == "cache" and not any(slot.name in written(program) for program in later)


def written(program: StageProgram) -> set[str]:
    return {slot.name for slot in program.outputs}


def lasting_wires(program: StageProgram) -> StageProgram:
    """The half with wires of another name: engines may use the memory of their own ones again at the next step."""

    def renamed(slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
        return tuple(
            replace(slot, name=f"recorded.{slot.name}") if slot.kind == WIRE else slot for slot in slots
        )

    return replace(program, inputs=renamed(program.inputs), outputs=renamed(program.outputs))


def leave_inputs(program: StageProgram) -> None:
    """Let no operator change an input in place: what is remembered is given to many."""
    from ...compiler.in_place import functional_twin, operator_of

    for node in program.module.graph.nodes:
        target = operator_of(node)
        if target is not None and target._schema.is_mutable and node.args[0].op == "placeholder":
            node.target = functional_twin(target)
    program.module.recompile()
