"""Where links lead on the site."""

from __future__ import annotations

import posixpath

import pytest

from sotc.website.links import ROOT, connected, moved, plain_fence, repository_path, site_path, sources

KNOWN = {
    "ResNet": "components/ResNet.md",
    "SOT214": "errors/SOT214.md",
    "sotc track": "commands/track.md",
    "sotc data list": "commands/data.md#sotc-data-list",
    "sotc data": "commands/data.md",
}


@pytest.mark.parametrize(
    ("path", "site"),
    [
        ("README.md", "index.md"),
        ("CONTRIBUTING.md", "contributing.md"),
        ("specs", "zoo.md"),
        ("docs/guide/language.md", "guide/language.md"),
        ("dsl/pages/SOT214.md", "errors/SOT214.md"),
        ("specs/nanotrack_v2.sot", "zoo/nanotrack_v2.md"),
        ("specs/blocks/nanotrack.sot", "source/specs/blocks/nanotrack.sot.md"),
        ("components/heads/separable_head.py", "source/components/heads/separable_head.py.md"),
    ],
)
def test_each_file_has_its_place(path: str, site: str) -> None:
    assert (ROOT / path).exists()
    assert site_path(path) == site


@pytest.mark.parametrize(
    ("target", "page", "wanted"),
    [
        (
            "docs/guide/parity.md#is-the-port-the-original",
            "index.md",
            "guide/parity.md#is-the-port-the-original",
        ),
        ("specs", "index.md", "zoo.md"),
        ("../../dsl/pages/SOT850.md", "guide/evaluate.md", "../errors/SOT850.md"),
        ("../../README.md", "guide/evaluate.md", "../index.md"),
        ("../zoo.md", "zoo/fear_xs.md", "../zoo.md"),
        ("../../tests/parity/test_fear.py", "zoo/fear_xs.md", "../source/tests/parity/test_fear.py.md"),
        ("#here", "guide/evaluate.md", "#here"),
        ("https://example.org/README.md", "index.md", "https://example.org/README.md"),
        ("missing.md", "guide/evaluate.md", "missing.md"),
    ],
)
def test_a_link_leads_to_what_it_meant(target: str, page: str, wanted: str) -> None:
    assert moved(target, page) == wanted


def test_every_link_of_the_readme_and_the_guide_stays_the_same_file() -> None:
    """Followed from the page's place on the site it is the place of the file that the repository has there."""
    followed = 0
    for page in ("index.md", "guide/evaluate.md", "zoo/ostrack_384_ce.md"):
        text = (ROOT / repository_path(page)).read_text(encoding="utf-8")
        for target in sources(text, page):
            assert (ROOT / target).is_file() and site_path(target).startswith("source/")
            followed += 1
        before = [part.partition(")")[0] for part in text.split("](")[1:]]
        after = [part.partition(")")[0] for part in connected(text, page, {}).split("](")[1:]]
        assert len(before) == len(after) > 0
        for old, new in zip(before, after, strict=True):
            if "://" in old or old.startswith("#"):
                assert old == new
                continue
            folder = posixpath.dirname(repository_path(page))
            file = posixpath.normpath(posixpath.join(folder, old.partition("#")[0]))
            reached = posixpath.normpath(posixpath.join(posixpath.dirname(page), new.partition("#")[0]))
            assert reached == site_path(file)
    assert followed > 0


def test_names_in_code_lead_to_their_pages() -> None:
    text = "`ResNet`, `SOT214`, `sotc track SPEC VIDEO`, `sotc data list --json`, `sotc unknown`, `Other`"
    assert connected(text, "guide/x.md", KNOWN) == (
        "[`ResNet`](../components/ResNet.md), [`SOT214`](../errors/SOT214.md), "
        "[`sotc track SPEC VIDEO`](../commands/track.md), "
        "[`sotc data list --json`](../commands/data.md#sotc-data-list), `sotc unknown`, `Other`"
    )


def test_headings_links_code_and_the_own_page_are_left_alone() -> None:
    text = "# `ResNet`\n\n[`ResNet`](x.md) ``a `ResNet` b``\n\n```sot\n`ResNet` [a](../../README.md)\n```\n"
    assert connected(text, "guide/x.md", KNOWN) == text
    assert connected("`ResNet`", "components/ResNet.md", KNOWN) == "`ResNet`"
    assert connected("`sotc data list`", "commands/data.md", KNOWN) == "`sotc data list`"


@pytest.mark.parametrize(
    ("info", "wanted"),
    [
        ("sot", "sot"),
        ("", ""),
        ("sot fails --set size=wide", "sot"),
        ("sh needs=nanotrackv2.pth slow", "sh"),
        ("sot file=first.sot", 'sot title="first.sot"'),
        ('python linenums="1"', 'python linenums="1"'),
    ],
)
def test_notes_to_tests_are_not_shown(info: str, wanted: str) -> None:
    assert plain_fence(f"```{info}\n") == f"```{wanted}\n"
    assert plain_fence(f"  ````{info}\n") == f"  ````{wanted}\n"
