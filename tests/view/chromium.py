"""Debian's Chromium without a window, driven by Playwright: pages are used as people use them, by mouse and keys."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
SIZE = {"width": 1400, "height": 900}


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser. Skips where there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("Chromium is not installed: pages are not tried in a browser")
    playwright_of = pytest.importorskip("playwright.sync_api", reason="Playwright drives the browser")
    with playwright_of.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Opened:
    """A page of its own for each content, the same for all tests of it: what went wrong in it is kept."""

    def __init__(self, browser: Any, text: str, folder: Path) -> None:
        self.file = folder / "page.html"
        self.file.write_text(text, encoding="utf-8")
        self.page = browser.new_page(viewport=SIZE)
        self.wrong: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.wrong.append(message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    @contextmanager
    def fresh(self, scheme: str = "light") -> Iterator[Any]:
        """The page as it begins; at the end: no message to the console, no exception, no request but for itself."""
        self.wrong.clear()
        self.asked.clear()
        self.page.emulate_media(color_scheme=scheme)
        self.page.mouse.move(1, 1)
        self.page.goto(self.file.as_uri())
        yield self.page
        assert self.wrong == []
        assert self.asked == [self.file.as_uri()]


def ids(page: Any, selector: str = ".card") -> list[str]:
    """What the cards stand for."""
    return page.eval_on_selector_all(selector, "cards => cards.map(card => card.dataset.id)")  # type: ignore[no-any-return]


def ends(page: Any, within: str = ".scene") -> set[tuple[str, str]]:
    """From where to where the edges go that stand directly in a level."""
    found = page.eval_on_selector_all(
        f"{within} > .edge", "edges => edges.map(edge => [edge.dataset.from, edge.dataset.to])"
    )
    return {(start, end) for start, end in found}


def card(page: Any, name: str) -> Any:
    return page.locator(f'.card[data-id="{name}"] > rect')
