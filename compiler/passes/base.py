"""What a pass is: one program in, one program out, and an account of what it did and why it did not do more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from ..programs import Programs, StageProgram


@dataclass(frozen=True)
class Reason:
    """What a pass says of one place in the graph."""

    node: str
    """name of the fx node"""
    origin: str
    """the component-graph node that it came from"""
    text: str
    """`folded into conv2d_3`; `its result is read by two nodes`"""


@dataclass(frozen=True)
class PassResult:
    """A program after a pass. Where nothing fired it is the very program that went in."""

    program: StageProgram
    fired: Sequence[Reason] = ()
    skipped: Sequence[Reason] = ()
    """places that look like the pattern, and why they were left alone"""

    @property
    def changed(self) -> bool:
        return bool(self.fired)


class Pass(Protocol):
    """A rewrite of programs: a frozen dataclass whose fields are its options.

    `run` never changes the program that it is given (it works on a copy), keeps `meta["val"]` and `meta["origin"]`
    on every node, and keeps the results within rounding of the program's own.

    A pass that would compute the same for several programs, which share their weights, may have a method `run_all`
    beside it, which takes all programs of a tracker by name and gives the same results as `run` for each.
    """

    name: ClassVar[str]
    """kebab-case: `fold-batchnorm`"""

    def run(self, program: StageProgram) -> PassResult: ...


def run_on_all(made: Pass, programs: Programs) -> Mapping[str, PassResult]:
    """A pass over all programs of a tracker."""
    together = getattr(made, "run_all", None)
    if together is not None:
        results: Mapping[str, PassResult] = together(programs)
        return results
    return {name: made.run(program) for name, program in programs.items()}
