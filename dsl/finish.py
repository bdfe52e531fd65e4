"""What is computed once all wires are known: states, outputs, losses, and conditions of refreshing."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from . import tree
from .body import Body, Entry
from .elaborate import Elaborator
from .name_errors import UnknownState
from .program import Binding, Input, Literal, Loss, Operand, Output, Refresh, State, Wire
from .references import declared
from .span import Span
from .statements import Frame, late_operand, refresh_every
from .suggest import nearest
from .values import ListValue, Value, is_constant


@dataclass(frozen=True)
class Next:
    """What `next s = value when condition` gives."""

    value: Operand | None = None
    condition: Operand | None = None
    span: Span | None = None


@dataclass(frozen=True)
class Finish:
    """A body whose wires are known, and the frame that holds them."""

    elaborator: Elaborator
    body: Body
    frame: Frame

    def operand(self, entry: Entry, expression: tree.Expression, name: str) -> Operand | None:
        return late_operand(self.elaborator, entry, self.frame, expression, name)

    def states(self) -> tuple[State, ...]:
        """States in the order of their declarations; one whose beginning is broken is left out."""
        initial: dict[str, tuple[Operand, Span]] = {}
        for entry in self.body.entries:
            statement = entry.statement
            if isinstance(statement, tree.StateDecl):
                value = self.operand(entry, statement.value, f"{statement.name.text}.initial")
                if value is not None:
                    initial[statement.name.text] = (value, statement.span)
        following: dict[str, Next] = {}
        for entry in self.body.entries:
            if isinstance(entry.statement, tree.NextDecl) and self.is_state(entry.statement.name):
                following[entry.statement.name.text] = self.next_of(entry, entry.statement)
        result = []
        for name, (value, span) in initial.items():
            after = following.get(name, Next())
            result.append(State(name, value, after.value, after.condition, span, after.span))
        return tuple(result)

    def next_of(self, entry: Entry, statement: tree.NextDecl) -> Next:
        name = statement.name.text
        value = self.operand(entry, statement.value, f"{name}.next")
        if statement.condition is None:
            return Next(value, None, statement.span)
        return Next(value, self.operand(entry, statement.condition, f"{name}.when"), statement.span)

    def is_state(self, name: tree.Name) -> bool:
        """Whether there is a state of that name; reported where there is none."""
        index = self.body.declared.get(name.text)
        found = None if index is None else self.body.entries[index].statement
        if isinstance(found, tree.StateDecl):
            return True
        missing = self.body.missing
        if missing.everything or name.text in missing.lost:
            return False
        states = [
            entry.statement.name.text
            for entry in self.body.entries
            if isinstance(entry.statement, tree.StateDecl)
        ]
        place = (
            next((each.span for each in declared(found) if each.name == name.text), None) if found else None
        )
        near = nearest(name.text, states)
        self.elaborator.findings.add(UnknownState(name.span, name.text, near, place))
        return False

    def outputs(self) -> tuple[Output, ...]:
        result = []
        for entry in self.body.entries:
            statement = entry.statement
            if isinstance(statement, tree.OutputDecl):
                name = statement.name.text
                value = self.operand(entry, statement.value, f"output.{name}")
                if value is not None:
                    result.append(Output(name, value, statement.span, statement.value.span))
        return tuple(result)

    def losses(self) -> tuple[Loss, ...]:
        result = []
        for entry in self.body.entries:
            statement = entry.statement
            if isinstance(statement, tree.LossDecl):
                name = statement.name.text if statement.name else "loss"
                value = self.operand(entry, statement.value, f"loss.{name}")
                if value is not None:
                    result.append(Loss(name, value, statement.span, statement.value.span))
        return tuple(result)

    def refreshes(self) -> None:
        """Give the templates their `refresh` clauses, whose conditions may read anything."""
        clauses: dict[str, Refresh] = {}
        for entry in self.body.entries:
            statement = entry.statement
            if not isinstance(statement, tree.CropDecl) or statement.refresh is None:
                continue
            if statement.keyword != "template":
                continue  # refused by the parser
            clause = statement.refresh
            name = declared(statement)[0].name
            every = refresh_every(self.elaborator, entry, self.frame, clause)
            condition = self.operand(entry, clause.condition, f"{name}.refresh") if clause.condition else None
            if every is not None:
                clauses[name] = Refresh(every, condition, clause.span)
        nodes = self.elaborator.builder.nodes
        for number, node in enumerate(nodes):
            if isinstance(node, Input) and node.name in clauses:
                nodes[number] = dataclasses.replace(node, refresh=clauses[node.name])

    def bindings(self) -> tuple[Binding, ...]:
        """The spec's own names for wires and constants; those of parts and functions stand for no value."""
        result = []
        for entry in self.body.entries:
            statement = entry.statement
            if not isinstance(statement, (tree.WireDecl, tree.CropDecl, tree.TruthDecl, tree.StateDecl)):
                continue
            for found in declared(statement):
                operand = self.bound(self.frame.scope.get(found.name))
                if operand is not None:
                    result.append(Binding(found.name, operand, found.span, statement.doc))
        return tuple(result)

    def bound(self, value: Value) -> Operand | None:
        if isinstance(value, ListValue):
            packed = self.elaborator.packs.get(id(value))
            return packed[1] if packed else None
        if isinstance(value, (Wire, Literal)):
            return value
        return Literal(value) if is_constant(value) else None
