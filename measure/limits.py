"""What a compiled tracker must keep to, compared with the reference; the defaults of each precision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from ..compiler.compiled import Precision
from ..compiler.user_error import UserError
from ..dsl.suggest import did_you_mean, nearest


class LimitError(UserError):
    """A limit of the gate that there is not, or that is no share."""

    code: ClassVar[str] = "SOT824"


@dataclass(frozen=True)
class Limits:
    """Bounds of the parity gate. All are about one tracker against the same one run by PyTorch in fp32."""

    forced_mean: float
    """the mean overlap (intersection over union) of the boxes of forced steps is above this"""
    forced_least: float | None
    """so is that of every step without a near-tie; None for no such bound"""
    allows_flips: bool
    """whether a step may choose another cell though the scores differ by more than their error"""
    tie: float
    """no difference of scores above this share of their spread counts as a near-tie, whatever the error"""
    wire: float
    """typical error of what is cached, remembered or handed over between programs, root mean square, in units of the
    value's standard deviation (see `wires.WireError`)"""
    auc_loss: float
    """how much of the area under the success curve a free run may lose on a labelled clip"""
    wished: tuple[str, ...] = ()
    """which of them the user set, by their names in `NAMES`"""


LEAST_SPREAD = 0.1
"""A value that hardly changes (a score of a clear target) is not measured against its changes alone, but against
this share of its magnitude at least."""

PLACES = 0.05
"""The least such bound for boxes, targets and where crops lie, which are rounded to pixels, and for the share of whole
numbers, true and false that differ, which hang on thresholds."""

DEFAULTS: Mapping[Precision, Limits] = {
    "fp32": Limits(0.985, 0.999, False, tie=1e-3, wire=1e-3, auc_loss=0.005),
    "bf16": Limits(0.985, None, True, tie=0.1, wire=0.1, auc_loss=0.01),
    "fp16": Limits(0.985, None, True, tie=0.1, wire=0.1, auc_loss=0.01),
    "int8": Limits(0.95, None, True, tie=0.3, wire=1.0, auc_loss=0.01),
}


NAMES: Mapping[str, str] = {"overlap": "forced_mean", "least-overlap": "forced_least", "auc-loss": "auc_loss"}
"""Limits that a user may set, by the names that they have on the command line. The others say what is an error of
rounding and what is none, and are the precision's own. See docs/decisions/011-limits-of-the-gate.md."""


def limits_of(precision: Precision, wished: Mapping[str, float] | None = None) -> Limits:
    """The limits of a precision, and in place of some of them those that are wished for. Raises LimitError."""
    for name, value in (wished or {}).items():
        if name not in NAMES:
            meant = did_you_mean(nearest(name, list(NAMES)))
            raise LimitError(
                f"the gate has no limit `{name}` that can be set", meant or f"there are {', '.join(NAMES)}"
            )
        if not 0 <= value <= 1:  # NaN, too
            raise LimitError(f"the limit `{name}` of the gate is a share, and {value:g} is none", "0 to 1")
    values = {NAMES[name]: value for name, value in (wished or {}).items()}
    return replace(DEFAULTS[precision], wished=tuple(sorted(wished or {})), **values)  # type: ignore[arg-type]
