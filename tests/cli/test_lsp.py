"""`sotc lsp` as a command: what it needs, and what it starts without."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

WITHOUT = """
import sys
sys.modules["pygls"] = None
from sotc.cli import main
main(["lsp"])
"""

LOADED = """
import sys
import sotc.server.features
print(sorted(set(sys.modules) & {"torch", "networkx", "numpy", "cv2"}))
"""


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False, input=""
    )


def test_without_the_extra_it_says_which(tmp_path: Path) -> None:
    done = run(WITHOUT, tmp_path)
    assert done.returncode == 1
    assert "SOT871" in done.stderr and "pip install 'sotc[lsp]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_server_is_there_before_torch_is(tmp_path: Path) -> None:
    assert run(LOADED, tmp_path).stdout.strip() == "[]"


def test_help_shows_how_it_is_started(sotc: Any) -> None:
    done = sotc("lsp", "--help")
    assert done.exit_code == 0
    assert "sotc lsp --allow-python" in done.output


@pytest.mark.parametrize("said", ["", "nonsense\r\n\r\nContent-Length: 5\r\n\r\n{{{{{"])
def test_an_input_that_ends_ends_it(said: str, tmp_path: Path) -> None:
    code = "from sotc.cli import main; main(['lsp'])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        input=said.encode(),
        timeout=60,
        check=False,
    )
    assert b"Traceback" not in done.stderr
