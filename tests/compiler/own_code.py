"""Code of a user's own in a folder that is worked in, and a spec that is quickly compiled."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

TINY = """tracker Tiny {
    template = SiameseCrop { size = 32 }
    search   = SiameseCrop { size = 64 }
    likeness = XCorr(search, template -> CenterCrop { size = 16 })
    side     = 0 * likeness + 8
    pick     = PointDecode { stride = 1 }(likeness, JoinChannels(side, side, side, side), search.view)
    output box = pick.box
}
"""


@contextmanager
def working_folder(folder: Path, module: str, code: str, spec: str) -> Iterator[Path]:
    """The folder with this module and the spec `tiny.sot`; the module is forgotten afterwards."""
    (folder / f"{module}.py").write_text(code)
    (folder / "tiny.sot").write_text(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "path", list(sys.path))
        yield folder
    sys.modules.pop(module, None)


def line_of(code: str, text: str) -> int:
    """The number of the only line that has this text."""
    (found,) = [number for number, line in enumerate(code.split("\n"), 1) if text in line]
    return found
