"""The tools that passes are made of: a copy to work on, constants, new operators, erasing what was replaced.

A pass takes a `draft_of` its program, looks at `draft.graph`, inserts with `insert_call` and `add_constant`, calls
`replace`, says what it did with `fire` and what it did not with `skip`, and ends with `finish`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.fx.experimental.symbolic_shapes import ShapeEnv

from ..in_place import functional_twin, operator_of, restore_in_place
from ..programs import StageProgram
from .base import PassResult, Reason

CONSTANT = "constant_"
"""What the names of constants that passes made begin with; a hash of the content follows."""


@dataclass(frozen=True)
class Draft:
    """A copy of a program while a pass works on it. Weights are shared with the program, not copied.

    The graph is functional: what the program changes in place is changed back to its functional twin, and
    `finish` puts it in place again where that is still sound.
    """

    program: StageProgram
    """as it came in; never changed"""
    graph: fx.Graph
    constants: dict[str, Tensor]
    """what `get_attr` nodes read"""
    mode: FakeTensorMode
    """that the program's values belong to, with the symbol of the number of targets"""
    fired: list[Reason] = field(default_factory=list)
    skipped: list[Reason] = field(default_factory=list)


# ---------------------------------------------------------------- beginning and end


def draft_of(program: StageProgram) -> Draft:
    """A copy of the program's graph, made functional, over the same weights."""
    graph = fx.Graph()
    result = graph.graph_copy(program.module.graph, {})
    graph.output(result)
    old_output = next(node for node in program.module.graph.nodes if node.op == "output")
    next(node for node in graph.nodes if node.op == "output").meta = dict(old_output.meta)
    constants = {}
    for node in graph.nodes:
        node.meta = dict(node.meta)
        if node.op == "get_attr":
            constants[str(node.target)] = read_attribute(program.module, str(node.target))
        target = operator_of(node)
        if target is not None and target._schema.is_mutable:
            node.target = functional_twin(target)
    return Draft(program, graph, constants, fake_mode_of(graph))


def finish(draft: Draft) -> PassResult:
    """The program as rewritten; where nothing fired, the very program that came in."""
    if not draft.fired:
        return PassResult(draft.program, (), tuple(draft.skipped))
    holder = nn.Module()
    for node in draft.graph.nodes:
        if node.op == "get_attr" and not hasattr(holder, node.target):
            holder.register_buffer(node.target, draft.constants[node.target])
    restore_in_place(draft.graph)
    draft.graph.lint()
    module = fx.GraphModule(holder, draft.graph, class_name=type(draft.program.module).__name__)
    program = StageProgram(draft.program.name, module, draft.program.inputs, draft.program.outputs)
    return PassResult(program, tuple(draft.fired), tuple(draft.skipped))


def read_attribute(module: nn.Module, path: str) -> Tensor:
    found: Any = module
    for name in path.split("."):
        found = getattr(found, name)
    assert isinstance(found, Tensor)
    return found.detach()


def fake_mode_of(graph: fx.Graph) -> FakeTensorMode:
    """The mode that the graph's values were computed in; a new one for a graph without values."""
    for node in graph.nodes:
        if isinstance(value := node.meta.get("val"), FakeTensor):
            return value.fake_mode
    return FakeTensorMode(shape_env=ShapeEnv())


# ---------------------------------------------------------------- what is said of it


def fire(draft: Draft, node: fx.Node, text: str) -> None:
    """Note what was done at a node (call it before the node is erased)."""
    draft.fired.append(Reason(node.name, origin_of(node), text))


def skip(draft: Draft, node: fx.Node, text: str) -> None:
    """Note why a node that looks like the pattern was left alone."""
    draft.skipped.append(Reason(node.name, origin_of(node), text))


def origin_of(node: fx.Node) -> str:
    """The component-graph node that an operator came from; empty for the glue of the programs."""
    return str(node.meta.get("origin", ""))


# ---------------------------------------------------------------- constants


def constant_of(draft: Draft, node: Any) -> Tensor | None:
    """The tensor that a `get_attr` node reads; None for any other node or value. Not to be changed."""
    if isinstance(node, fx.Node) and node.op == "get_attr":
        return draft.constants[str(node.target)]
    return None


def add_constant(
    draft: Draft, value: Tensor, before: fx.Node, origin: str, name: str | None = None
) -> fx.Node:
    """A `get_attr` node for `value`, placed before a node.

    The buffer's name is made of the content (and layout) alone: the same value has the same name in all programs.
    `name` is this name where it is known already.
    """
    name = name or name_of_content(value)
    value = draft.constants.setdefault(name, value.detach())
    with draft.graph.inserting_before(before):
        # Graph.get_attr warns where the owning module lacks the buffer, which is only made in `finish`
        node = draft.graph.create_node("get_attr", name, (), {})
    node.meta = {"val": value, **kept_place(draft, before, origin)}
    return node


def name_of_content(value: Tensor) -> str:
    return f"{CONSTANT}{fingerprint(value)[:16]}"


def fingerprint(value: Tensor) -> str:
    """A hash of type, shape, layout and bytes."""
    flat = value.detach().cpu().as_strided((storage_length(value),), (1,)) if is_dense(value) else None
    flat = value.detach().cpu().contiguous().view(-1) if flat is None else flat
    head = repr((str(value.dtype), str(value.device), tuple(value.shape), value.stride()))
    digest = hashlib.sha256(head.encode())
    digest.update(flat.view(torch.uint8).numpy().data)
    return digest.hexdigest()


def is_dense(value: Tensor) -> bool:
    """Whether the tensor's numbers fill one piece of memory, in whatever order (contiguous or channels last)."""
    return value.numel() > 0 and value.numel() == storage_length(value)


def storage_length(value: Tensor) -> int:
    """Numbers from the first to the last one in memory."""
    return 1 + sum((size - 1) * stride for size, stride in zip(value.shape, value.stride(), strict=True))


# ---------------------------------------------------------------- operators


def insert_call(
    draft: Draft,
    target: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any] | None = None,
    *,
    before: fx.Node,
    origin: str,
) -> fx.Node:
    """A call of an operator placed before a node; its `val` is what the operator gives for its operands' values."""
    with draft.graph.inserting_before(before):
        node = draft.graph.call_function(target, tuple(args), dict(kwargs or {}))
    node.meta = {"val": value_of_call(draft, node), **kept_place(draft, before, origin)}
    return node


def kept_place(draft: Draft, before: fx.Node, origin: str) -> dict[str, Any]:
    """The origin of a new node, and the place of that origin in the spec, as a node beside it knows it."""
    kin = (node for node in (before, *draft.graph.nodes) if node.meta.get("origin") == origin)
    span = next((node.meta["span"] for node in kin if "span" in node.meta), None)
    return {"origin": origin} if span is None else {"origin": origin, "span": span}


def value_of_call(draft: Draft, node: fx.Node) -> Any:
    """Run a node on the fake values of its operands; the number of targets stays a symbol."""
    args, kwargs = fx.node.map_arg((node.args, node.kwargs), lambda source: fake_value(draft, source))
    assert callable(node.target)
    with draft.mode, torch.no_grad():
        return node.target(*args, **kwargs)


def fake_value(draft: Draft, node: fx.Node) -> Any:
    """A node's recorded value; a constant's tensor as a fake one."""
    value = node.meta["val"]
    if isinstance(value, Tensor) and not isinstance(value, FakeTensor):
        return draft.mode.from_tensor(value, static_shapes=True)
    return value


def refresh_value(draft: Draft, node: fx.Node) -> None:
    """Compute a node's `val` anew, after its operands changed."""
    node.meta["val"] = value_of_call(draft, node)


def replace(draft: Draft, old: fx.Node, new: fx.Node) -> None:
    """Let all readers of `old` read `new`, and erase `old` with everything that only it needed."""
    old.replace_all_uses_with(new, propagate_meta=False)
    erase(draft, old)


def erase(draft: Draft, node: fx.Node) -> None:
    """Erase a node that nothing reads, then those that only it read. Inputs of the program always stay."""
    waiting = [node]
    while waiting:
        dead = waiting.pop()
        if dead.users or dead.op in ("placeholder", "output") or dead._erased:
            continue
        sources = dead.all_input_nodes
        draft.graph.erase_node(dead)
        waiting.extend(sources)


# ---------------------------------------------------------------- looking at nodes


def is_call(node: Any, *names: str) -> bool:
    """Whether a node calls one of these operators: `aten::conv2d` for every overload, `aten::mul.Tensor` for one."""
    return isinstance(node, fx.Node) and any(spelled in names for spelled in spellings(node))


def spellings(node: fx.Node) -> tuple[str, ...]:
    target = operator_of(node)
    if target is None:
        return ()
    return target._schema.name, f"{target._schema.name}.{target._overloadname}"


def arguments(node: fx.Node) -> dict[str, Any]:
    """A call's operands by the names of the operator's schema, defaults filled in: `arguments(conv)["stride"]`."""
    target = operator_of(node)
    assert target is not None, f"{node.name} calls no operator of torch"
    found: dict[str, Any] = {}
    for index, parameter in enumerate(target._schema.arguments):
        if index < len(node.args) and not parameter.kwarg_only:
            found[parameter.name] = node.args[index]
        else:
            found[parameter.name] = node.kwargs.get(parameter.name, parameter.default_value)
    return found


def only_reader(node: fx.Node) -> fx.Node | None:
    """The one node that reads this one; None where there are several or none."""
    return next(iter(node.users)) if len(node.users) == 1 else None


def operators_in(graph: fx.Graph) -> int:
    """How many operators a program runs."""
    return sum(node.op == "call_function" for node in graph.nodes)


def earliest_of(draft: Draft, nodes: Sequence[fx.Node]) -> fx.Node:
    """Of several nodes, the one that comes first in the graph."""
    wanted = set(nodes)
    first: fx.Node = next(node for node in draft.graph.nodes if node in wanted)
    return first


def latest_of(draft: Draft, nodes: Sequence[fx.Node]) -> fx.Node:
    """Of several nodes, the one that comes last in the graph."""
    wanted = set(nodes)
    last: fx.Node = next(node for node in reversed(draft.graph.nodes) if node in wanted)
    return last
