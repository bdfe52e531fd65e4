"""The gate's limits: each precision's own, and what a user puts in their place."""

from __future__ import annotations

import pytest

from sotc.measure.limits import DEFAULTS, NAMES, LimitError, limits_of


def test_without_a_wish_they_are_the_precisions() -> None:
    for precision, limits in DEFAULTS.items():
        assert limits_of(precision) == limits
        assert limits.wished == ()


def test_a_wish_takes_the_place_of_one_and_is_named() -> None:
    found = limits_of("int8", {"overlap": 0.9, "auc-loss": 0.05})
    assert (found.forced_mean, found.auc_loss) == (0.9, 0.05)
    assert (found.forced_least, found.wire, found.tie) == (None, 1.0, 0.3)
    assert found.wished == ("auc-loss", "overlap")
    assert limits_of("int8").forced_mean == 0.95


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf")])
@pytest.mark.parametrize("name", sorted(NAMES))
def test_what_is_no_share_is_refused(name: str, value: float) -> None:
    with pytest.raises(LimitError, match=name) as caught:
        limits_of("fp32", {name: value})
    assert caught.value.code == "SOT824"


def test_a_limit_that_there_is_not_is_refused() -> None:
    with pytest.raises(LimitError, match="wire"):
        limits_of("fp32", {"wire": 0.5})
