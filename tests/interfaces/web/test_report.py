"""The report: one page that shows what it is given, and runs and loads nothing."""

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typing_extensions import override

from mendloop.app.survey import Bar, Survey, TargetStats, Times
from mendloop.interfaces.web.charts import bars_svg
from mendloop.interfaces.web.render import count, percent
from mendloop.interfaces.web.report import report_html
from mendloop.model.ids import IncidentId, TargetName
from mendloop.model.incident import Finding, Incident, IncidentKind, IncidentState
from mendloop.model.rollup import KindCount

_NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
_HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</svg></table><h1>owned",
    "\x1b[2Jcleared",
    "\u202etxet esrever",
    "{{ 7 * 7 }}{% raw %}",
    "a\x00b",
    "https://evil.example/x.js",
    "' onload='x",
    "]]>&amp;&lt;",
)


def _bars(*failures: int) -> tuple[Bar, ...]:
    return tuple(
        Bar(start=_NOW + timedelta(hours=n), calls=40, failures=failed, p95=0.02)
        for n, failed in enumerate(failures)
    )


def _survey(name: str = "pricing.quote", said: str = "Fails.") -> Survey:
    stats = TargetStats(
        target=TargetName(name),
        calls=120,
        failures=7,
        times=Times(measured=113, p50=0.01, p95=0.05, p99=0.2, error=0.022),
        bars=_bars(0, 7, 0),
        width=timedelta(hours=1),
        callers=((name, 3),),
        kinds=(KindCount(fingerprint="f", name=name, failures=7, first=_NOW, last=_NOW),),
    )
    incident = Incident(
        id=IncidentId("i-1"),
        finding=Finding(
            kind=IncidentKind.FAILING,
            target=TargetName(name),
            summary=said,
            priority=3.25,
            numbers={},
        ),
        state=IncidentState.OPEN,
        opened=_NOW,
        updated=_NOW,
    )
    return Survey(
        at=_NOW,
        window=timedelta(days=7),
        calls=120,
        failures=7,
        bars=_bars(0, 7, 0),
        width=timedelta(hours=3),
        known=9,
        targets=(stats,),
        incidents=(incident,),
        deployments=(),
        watches=(),
        waiting=(),
    )


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]


def _tags(page: str) -> _Tags:
    read = _Tags()
    read.feed(page)
    return read


def test_it_says_what_it_was_given() -> None:
    page = report_html(_survey(), workspace="my tools")
    for said in (
        "my tools",
        "pricing.quote",
        "120",
        "5.8 %",
        "failing",
        "mendloop investigate i-1",
    ):
        assert said in page
    assert "8 more targets" in page


@pytest.mark.parametrize("text", _HOSTILE)
def test_a_strangers_text_adds_no_tag_and_nothing_unseen(text: str) -> None:
    plain = _tags(report_html(_survey(), workspace="tools"))
    page = report_html(_survey(text, text), workspace=text)
    hostile = _tags(page)
    assert hostile.tags == plain.tags
    assert hostile.attributes == plain.attributes
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", page)


def test_it_runs_nothing_and_loads_nothing() -> None:
    page = report_html(_survey(), workspace="tools")
    tags = _tags(page)
    assert not {"script", "link", "iframe", "img", "object", "form"} & set(tags.tags)
    assert not {name for name in tags.attributes if name.startswith("on") or name == "src"}
    assert "default-src 'none'" in page


def test_nothing_recorded_is_said_with_the_next_step() -> None:
    survey = _survey()
    nothing = Survey(
        at=survey.at,
        window=survey.window,
        calls=0,
        failures=0,
        bars=(),
        width=survey.width,
        known=0,
        targets=(),
        incidents=(),
        deployments=(),
        watches=(),
        waiting=(),
    )
    page = report_html(nothing, workspace="tools")
    assert "Nothing was recorded" in page
    assert "mendloop import" in page


def test_a_chart_is_well_formed_and_its_bars_stay_inside() -> None:
    root = ET.fromstring(bars_svg(_bars(0, 40, 3), timedelta(hours=1), title="a < b & c"))  # noqa: S314
    _, _, width, height = (float(part) for part in root.attrib["viewBox"].split())
    rects = list(root.iter("{http://www.w3.org/2000/svg}rect"))
    assert len(rects) == 6
    for rect in rects:
        x, y, wide, high = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + wide <= width
        assert 0 <= y <= y + high <= height


def test_one_failure_among_thousands_is_still_seen() -> None:
    bars = (Bar(start=_NOW, calls=100_000, failures=1, p95=None),)
    root = ET.fromstring(bars_svg(bars, timedelta(hours=1), title="t"))  # noqa: S314
    failed = [r for r in root.iter() if r.attrib.get("class") == "failed"]
    assert float(failed[0].attrib["height"]) >= 1


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (999, "999"), (12_345, "12.3"), (10_000_000, "10")]
)
def test_counts_are_short(number: int, text: str) -> None:
    assert count(number).startswith(text)


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0 %"), (1, "100 %"), (0.0001, "<0.1 %"), (0.99999, ">99.9 %"), (0.256, "25.6 %")],
)
def test_a_share_is_never_rounded_to_nothing_or_to_all(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine")
def test_a_browser_shows_it_without_a_complaint(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(report_html(_survey(_HOSTILE[0], _HOSTILE[2]), workspace="t"), encoding="utf-8")
    ran = subprocess.run(
        [
            "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--enable-logging=stderr",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    assert "&lt;script&gt;alert(1)" in ran.stdout
    assert "<script>" not in ran.stdout
    assert "CONSOLE" not in ran.stderr
