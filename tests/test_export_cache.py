"""What the tests keep of an export is what exporting anew would give: with the weights asked for, and no others."""

from __future__ import annotations

from pathlib import Path

import torch

from sotc.compiler import driver
from sotc.compiler.check import check
from sotc.compiler.driver import Source, source_of

from .export_cache import ExportCache

SPEC = """
tracker Kept {
    template = SiameseCrop { size = 31 }
    search   = SiameseCrop { size = 63 }

    part features = ConvBNReLU { out_channels = 4, kernel_size = 5, stride = 8 }
    part classify = Conv2d { out_channels = 2, kernel_size = 1 }
    part regress  = Conv2d { out_channels = 4, kernel_size = %d }

    likeness = XCorrDepthwise(search -> features, template -> features)
    pick = PointDecode { stride = 8 }(likeness -> classify, likeness -> regress -> Exp, search.view)
    output box   = pick.box
    output score = pick.score
}
"""


def compiled(folder: Path, seed: int, kernel_size: int = 1) -> Source:
    folder.mkdir(exist_ok=True)
    (folder / "kept.sot").write_text(SPEC % kernel_size)
    torch.manual_seed(seed)
    return source_of(check(str(folder / "kept.sot")), None, "cpu", "auto")


def weights(source: Source) -> dict[str, torch.Tensor]:
    return dict(source.programs["step"].module.named_buffers())


def spans(source: Source) -> list[object]:
    return [node.meta.get("span") for node in source.programs["step"].module.graph.nodes]


def test_the_second_compile_is_as_one_of_its_own(tmp_path: Path) -> None:
    cache = driver.flat_tracker
    assert isinstance(cache, ExportCache)
    compiled(tmp_path / "first", seed=1)
    hits = cache.hits
    kept = compiled(tmp_path / "second", seed=2)
    assert cache.hits == hits + 1
    driver.flat_tracker = cache.real
    try:
        anew = compiled(tmp_path / "second", seed=2)
    finally:
        driver.flat_tracker = cache
    assert str(kept.programs["step"].module.graph) == str(anew.programs["step"].module.graph)
    assert kept.plan == anew.plan
    assert spans(kept) == spans(anew)
    assert weights(kept).keys() == weights(anew).keys()
    for name, value in weights(anew).items():
        assert torch.equal(weights(kept)[name], value), name


def test_another_tracker_is_exported(tmp_path: Path) -> None:
    cache = driver.flat_tracker
    assert isinstance(cache, ExportCache)
    compiled(tmp_path / "first", seed=1)
    hits = cache.hits
    compiled(tmp_path / "other", seed=1, kernel_size=3)
    assert cache.hits == hits
