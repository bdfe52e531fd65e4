"""What a step must do, against sums by hand."""

from __future__ import annotations

import pytest

from sotc.compiler.check import check
from sotc.compiler.driver import Source, source_of
from sotc.measure.bench.work import work_of

TINY = """
tracker Tiny {
    template = SiameseCrop { size = 31 }
    search   = SiameseCrop { size = 63 }

    part features = Conv2d { out_channels = 4, kernel_size = 5, stride = 8 }
    part classify = Conv2d { out_channels = 2, kernel_size = 1 }
    part regress  = Conv2d { out_channels = 4, kernel_size = 1 }

    likeness = XCorrDepthwise(search -> features, template -> features)

    pick = PointDecode { stride = 8 }(likeness -> classify, likeness -> regress -> Exp, search.view)
    output box   = pick.box
    output score = pick.score
}
"""

# The template gives 4 x 4 x 4 features, which the cache holds; the search region 4 x 8 x 8, the likeness 4 x 5 x 5.
FEATURES = 2 * (8 * 8) * 4 * (3 * 5 * 5)
LIKENESS = 2 * (5 * 5) * 4 * (4 * 4)
HEADS = 2 * (5 * 5) * 4 * (2 + 4)
WEIGHTS = (4 * 3 * 25 + 4) + (2 * 4 + 2) + (4 * 4 + 4)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Source:
    path = tmp_path_factory.mktemp("specs") / "tiny.sot"
    path.write_text(TINY)
    return source_of(check(str(path)), None, "cpu", "auto")


def test_operations_are_those_of_the_step_alone(tiny: Source) -> None:
    assert work_of(tiny, 1).operations == FEATURES + LIKENESS + HEADS


def test_operations_grow_with_the_targets_and_weights_do_not(tiny: Source) -> None:
    one, five = work_of(tiny, 1), work_of(tiny, 5)
    assert five.operations == 5 * one.operations
    assert five.weights == one.weights
    assert 3 * 63 * 63 < (five.border - one.border) / 4 < 2 * 3 * 63 * 63, "pixels are most of what is read"


def test_bytes_are_weights_in_their_precision_and_the_border(tiny: Source) -> None:
    work = work_of(tiny, 1)
    constants = work.weights - WEIGHTS  # the decoder's grid of points and window
    assert 0 <= constants <= 4 * 5 * 5
    assert work.least_bytes("fp32") == 4 * work.weights + work.border
    assert work.least_bytes("bf16") == 2 * work.weights + work.border
    assert work.least_bytes("int8") == work.weights + work.border
