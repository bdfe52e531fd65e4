"""The notes for Neovim in docs/guide/editor.md: with that configuration and nothing else, findings arrive."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "guide" / "editor.md"

OLDEST = (0, 11)
"""the first version that has `vim.lsp.config`"""

BROKEN = """tracker Broken {
    template = SiameseCrop { size = 127 }
    search   = SiameseCrop { size = 255, contxt = 0.5 }
    output box = serch.view
}
"""

TELL = """
local errors = { severity = vim.diagnostic.severity.ERROR }
vim.wait(90000, function() return #vim.diagnostic.get(0, errors) >= 2 end, 100)
for _, found in ipairs(vim.diagnostic.get(0, errors)) do
  io.stdout:write(string.format("%d %s\\n", found.lnum + 1, found.code))
end
vim.cmd("qall!")
"""


def neovim() -> str:
    """The program, if it is there and not too old."""
    program = shutil.which("nvim")
    if program is None:
        pytest.skip("nvim is not installed")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"NVIM v(\d+)\.(\d+)", said)
    if version is None or tuple(map(int, version.groups())) < OLDEST:
        pytest.skip(f"{said.splitlines()[0]} is older than 0.11")
    return program


@pytest.mark.slow
def test_findings_arrive(tmp_path: Path) -> None:
    program = neovim()
    notes = re.search(
        r"^## Neovim\n.*?^```text\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert notes is not None
    (tmp_path / "config" / "nvim").mkdir(parents=True)
    (tmp_path / "config" / "nvim" / "init.lua").write_text(notes[1], encoding="utf-8")
    (tmp_path / "tell.lua").write_text(TELL, encoding="utf-8")
    (tmp_path / "broken.sot").write_text(BROKEN, encoding="utf-8")
    places = {
        f"XDG_{kind.upper()}_HOME": str(tmp_path / kind) for kind in ("config", "data", "state", "cache")
    }
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [program, "--headless", "broken.sot", "-S", "tell.lua"],
        cwd=tmp_path,
        env={**os.environ, **places, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert sorted(done.stdout.split("\n")) == ["", "3 SOT402", "4 SOT301"], done.stdout + done.stderr
