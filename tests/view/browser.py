"""An HTML file in headless Chromium: scripts run in it, and what they find comes back."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")

LISTENER = """<script>
window.wrong = [];
for (const level of ["error", "warn"]) console[level] = (...told) => wrong.push(told.join(" "));
window.addEventListener("error", event => wrong.push(event.message));
</script>"""

RUNNER = """<script>
{{ let found; try {{ found = (() => {{ {script} }})(); }} catch (error) {{ wrong.push(String(error.stack)); }}
document.body.innerHTML = ""; document.body.setAttribute("data-found", JSON.stringify({{found, wrong}})); }}
</script>"""


def run_in_browser(text: str, script: str, folder: Path) -> Any:
    """What `script` returns when it is run in the page after its own. Fails on any message to the console."""
    browser = next((found for name in NAMES if (found := shutil.which(name))), None)
    if browser is None:
        pytest.skip("Chromium is not installed; the viewer's scripts are not run")
    page = folder / "page.html"
    text = text.replace("<head>", f"<head>{LISTENER}", 1).replace(
        "</body>", RUNNER.format(script=script) + "</body>", 1
    )
    page.write_text(text, encoding="utf-8")
    options = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--window-size=1400,900",
        f"--user-data-dir={folder / 'profile'}",
    )
    done = subprocess.run(
        [browser, *options, "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    result = re.search(r'data-found="([^"]*)"', done.stdout)
    assert result is not None, done.stderr
    answer = json.loads(html.unescape(result[1]))
    assert answer["wrong"] == []
    return answer["found"]
