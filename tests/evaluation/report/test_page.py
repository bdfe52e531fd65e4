"""The page, read back: its numbers, what it loads (nothing), and what it does with names that are markup."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from sotc.evaluation.report.contest import Contest
from sotc.evaluation.report.film import make_films
from sotc.evaluation.report.page import contest_page, worst_first

from ...view.chromium import Opened, chromium
from . import made
from .conftest import held

VOID = {"meta", "input", "br", "img"}
EVIL = "\"'><script>alert(1)</script><img onerror=x>&amp;"


@dataclass
class Read(HTMLParser):
    """A page as a list of elements and texts; anything unbalanced is an error."""

    open: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    rows: dict[str, list[list[str]]] = field(default_factory=dict)
    paths: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        self.elements.append((tag, own))
        if tag not in VOID:
            self.open.append((tag, own))
        table = self.table()
        if table is not None and tag == "tr":
            self.rows.setdefault(table, []).append([])
        if table is not None and tag in ("td", "th"):
            self.rows[table][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop()[0] == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        table = self.table()
        if table is not None and self.rows.get(table) and self.rows[table][-1]:
            self.rows[table][-1][-1] += data

    def table(self) -> str | None:
        return next((own.get("id") for tag, own in reversed(self.open) if tag == "table"), None)


def read(text: str) -> Read:
    found = Read()
    found.feed(text)
    found.close()
    assert not found.open, "an element is not closed"
    return found


@pytest.fixture(scope="module")
def page(contest: Contest) -> str:
    return contest_page(contest, make_films(contest, worst_first(contest)))


def test_numbers_are_those_of_the_metrics(contest: Contest, page: str) -> None:
    found = read(page)
    head, *rows = found.rows["trackers"]
    assert head == ["Tracker", "Success", "Precision", "Norm. precision", "frames/s"]
    values = [own["data-value"] for tag, own in found.elements if tag == "td" and "data-value" in own]
    wanted = [
        *(entry.score.measures[name] for entry in contest.entries for name in ("success",)),
        *(entry.sequences[name].measures["success"] for entry in contest.entries for name in made.LENGTHS),
    ]
    assert {repr(value) for value in wanted} <= set(values)
    assert [row[0].strip() for row in rows] == ["Steady", "Brief"]
    for row, entry in zip(rows, contest.entries, strict=True):
        assert row[2].startswith(f"{entry.score.measures['precision']:.3f}")
        span = entry.intervals["precision"]
        assert row[2].endswith(f"{span.low:.3f} – {span.high:.3f}")


def test_sequences_are_there_the_hardest_first(contest: Contest, page: str) -> None:
    rows = [row for row in read(page).rows["sequences"][1:] if len(row) == 4]
    assert [row[0].split("occ")[0].split("fast")[0] for row in rows] == ["beta", "gamma", "alpha"]
    beta = contest.entries[1].sequences["beta"].measures["success"]
    assert rows[0][1:] == ["4", "0.952", f"{beta:.3f}"]


def test_curves_are_drawn_through_the_numbers(contest: Contest, page: str) -> None:
    """x from 40 to 392, y from 246 (0) to 10 (1)."""
    drawn = [
        own
        for tag, own in read(page).elements
        if tag == "path" and "data-tracker" in own and own["class"] == "line c1"
    ]
    points = np.array([pair.split() for pair in str(drawn[0]["d"])[1:].split("L")], float)
    curve = contest.entries[1].score.curves["success"]
    assert len(points) == 21 and len(drawn) == 3
    assert np.allclose(points[:, 0], np.linspace(40, 392, 21), atol=0.01)
    assert np.allclose((246 - points[:, 1]) / 236, curve, atol=1e-4)


def test_the_page_is_well_formed_and_loads_nothing(page: str) -> None:
    for tag, own in read(page).elements:
        assert tag not in ("link", "iframe", "object", "embed", "base")
        assert not {"href", "srcset", "action", "data", "poster"} & set(own), (tag, own)
        if "src" in own:
            assert tag == "img" and str(own["src"]).startswith("data:image/jpeg;base64,")
    assert "http://" not in page and "https://" not in page and "@import" not in page
    assert re.findall(r"url\(", page) == []
    policy = next(own["content"] for tag, own in read(page).elements if own.get("http-equiv"))
    assert str(policy).startswith("default-src 'none'")


def test_the_profile_is_named_at_each_plot(page: str) -> None:
    assert page.count("profile pysot") == 3
    assert "area under the curve, profile pysot" in page and "read at 20, profile pysot" in page


def test_names_that_are_markup_are_text(contest: Contest) -> None:
    """A name in a data set, in a manifest or in a path may be anything."""
    entries = tuple(
        replace(
            entry,
            name=f"{EVIL}{place}",
            sequences={EVIL if name == "beta" else name: score for name, score in entry.sequences.items()},
            attributes={f"{EVIL}{name}": score for name, score in entry.attributes.items()},
            files={EVIL if name == "beta" else name: file for name, file in entry.files.items()},
        )
        for place, entry in enumerate(contest.entries)
    )
    sequences = tuple(
        replace(each, name=EVIL, attributes=(EVIL,)) if each.name == "beta" else each
        for each in contest.sequences
    )
    dataset = replace(contest.dataset, name=EVIL, note=EVIL)
    evil = replace(contest, entries=entries, sequences=sequences, dataset=dataset, notes=(EVIL,))
    found = read(contest_page(evil, make_films(evil, worst_first(evil))))
    assert [tag for tag, _ in found.elements].count("script") == 1
    assert not any("onerror" in own for _, own in found.elements)
    assert any(row[0].startswith(EVIL) for row in found.rows["sequences"])
    assert [row[0].strip() for row in found.rows["trackers"][1:]] == [f"{EVIL}0", f"{EVIL}1"]
    assert any(own.get("alt") == f"{EVIL}, frame 2" for _, own in found.elements)


def test_a_page_without_frames_says_so(contest: Contest, tmp_path: Path, place: Path) -> None:
    assert not any(tag == "img" for tag, _ in read(contest_page(contest)).elements)
    shutil.copytree(place, tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "frames")
    without = held(tmp_path)
    text = contest_page(without, make_films(without, worst_first(without)))
    assert "3 sequences have no filmstrip, such as beta: their frames cannot be read" in text


def test_profiles_without_precision_and_data_without_attributes(place: Path) -> None:
    contest = held(place, str(place / "results"), data=str(place / "own.csv"), profile="got10k")
    text = contest_page(contest)
    assert "AO: mean of the overlaps, profile got10k" in text
    assert "Precision" not in text and read(text).rows["trackers"][0][1:4] == ["AO", "SR50", "SR75"]


@pytest.mark.slow
def test_a_browser_runs_the_page(page: str, tmp_path: Path) -> None:
    """After its script ran, the first filmstrip is open and the others are not; an error of the script shows."""
    with chromium() as browser, Opened(browser, page, tmp_path).fresh() as opened:
        opened.locator("#sequences thead th:nth-child(4) button").click()
        found = read(opened.content())
    opened = [own["aria-expanded"] for tag, own in found.elements if own.get("class") == "open"]
    assert sorted(str(each) for each in opened) == ["false", "false", "true"]
    rows = [row[0] for row in found.rows["sequences"][1:] if len(row) == 4]
    assert [row.split("occ")[0].split("fast")[0] for row in rows] == ["beta", "gamma", "alpha"]
    assert any(own.get("aria-sort") == "ascending" for tag, own in found.elements if tag == "th")


def test_one_sequence_has_no_interval(tmp_path: Path) -> None:
    lengths = {"only": 4}
    made.write_data(tmp_path, lengths)
    made.write_results(tmp_path / "results", "A", {"only": 2}, lengths, speed=10)
    contest = held(tmp_path)
    text = contest_page(contest)
    assert "nan" not in text and read(text).rows["trackers"][1][2] == "0.500"
