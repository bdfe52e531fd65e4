"""What mkdocs calls while it builds the site: pages are generated, links led to them, the result is looked through."""

from __future__ import annotations

import logging
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from sotc.website.built import problems
from sotc.website.contents import ASSETS, expanded, generated, known
from sotc.website.links import connected
from sotc.website.specs import spec_of, spec_page

log = logging.getLogger("mkdocs.hooks.website")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Adds what is generated, and gives it a place in the navigation."""
    pages = generated()
    for page in pages:
        files.append(File.generated(config, page.path, content=page.text))
    for path in sorted(ASSETS.iterdir()):
        files.append(File.generated(config, f"assets/{path.name}", abs_src_path=str(path)))
    config.nav = expanded(config.nav or [], pages)
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """The page with what the site knows besides, and with its links as the site has them."""
    path = page.file.src_uri
    name = spec_of(path)
    return connected(markdown if name is None else spec_page(name, markdown), path, known())


def on_post_build(*, config: MkDocsConfig) -> None:
    """Warns, and so fails a strict build, of dead links and of what would be fetched from a network."""
    for problem in problems(Path(config.site_dir)):
        log.warning(problem)
