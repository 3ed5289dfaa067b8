"""The web page of a memo in a real browser: no request, no script of a name, one order to read."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from dashboard.language import use_language
from dashboard.report import html
from dashboard.report.document import Chart
from tests.dashboard.report.cases import HOSTILE, memo

pytestmark = pytest.mark.browser

_MOST_BYTES: Final = 5_000_000
#: What a screen reader meets, in its order.
_READ: Final = """() => [...document.querySelectorAll('h1, h2, h3, caption, figcaption')]
  .map(e => [e.tagName, e.textContent.trim()])"""


@pytest.fixture(scope="module", params=[("example-startup", "en"), ("hostile", "zh")], ids="-".join)
def opened(
    request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Page, list[str], tuple[str, str]]]:
    """The page of a case on a phone, with every address that it asked for."""
    name, language = request.param
    with use_language(language):
        content = html.render(memo(name, language))
    assert len(content) <= _MOST_BYTES
    path = tmp_path_factory.mktemp("html") / "memo.html"
    path.write_bytes(content)
    page = browser.new_page(viewport={"width": 390, "height": 844})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: asked.append(f"error: {error}"))
    page.on("dialog", lambda dialog: asked.append(f"dialog: {dialog.message}"))
    page.goto(path.as_uri())
    yield page, asked, (name, language)
    page.close()


def test_it_asks_nobody_for_anything_and_runs_no_name(
    opened: tuple[Page, list[str], tuple[str, str]],
) -> None:
    page, asked, (name, language) = opened

    page.locator("[data-chart]").first.scroll_into_view_if_needed()
    page.locator(".js-plotly-plot").first.wait_for(timeout=20_000)

    assert [a for a in asked if not a.startswith(("file:", "blob:", "data:"))] == []
    assert page.evaluate("document.images.length + document.querySelectorAll('iframe').length") == 0
    if name == "hostile":
        assert page.get_by_text(HOSTILE[2].split("&")[0]).count() > 0
    assert page.locator("html").get_attribute("lang") == ("zh-Hans" if language == "zh" else "en")


def test_nothing_scrolls_sideways_on_a_phone_and_no_rule_of_accessibility_is_broken(
    opened: tuple[Page, list[str], tuple[str, str]],
) -> None:
    page, _, _ = opened

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    grave = [
        (v["id"], [n["html"][:160] for n in v["nodes"][:3]])
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert not grave, json.dumps(grave, indent=1)


def test_a_screen_reader_meets_the_sections_in_their_order(
    opened: tuple[Page, list[str], tuple[str, str]],
) -> None:
    page, _, (name, language) = opened
    found = memo(name, language)

    read = page.evaluate(_READ)

    assert read[0][0] == "H1"
    heads = [text for tag, text in read if tag == "H2"]
    assert [re.sub(r"^(\d+|A) ", "", head) for head in heads[:-1]] == [
        section.title for section in found.sections
    ]
    captions = [text for tag, text in read if tag in ("CAPTION", "FIGCAPTION")]
    wanted = [b.caption for s in found.sections for b in s.blocks if hasattr(b, "caption")]
    assert len(captions) == len(wanted)
    for caption, words in zip(captions, wanted, strict=True):
        assert caption.endswith(" ".join(words.split()))
    pictures = page.locator("[data-chart] [role=img]")
    assert pictures.count() == sum(isinstance(b, Chart) for s in found.sections for b in s.blocks)


def test_without_scripts_every_chart_is_there_as_a_picture(
    browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "memo.html"
    path.write_bytes(html.render(memo("example-startup")))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())

    charts = [b for s in memo("example-startup").sections for b in s.blocks if isinstance(b, Chart)]

    assert page.locator("[data-chart] svg[role=img]").count() == len(charts)
    context.close()


def test_a_chart_that_comes_into_view_answers_the_pointer(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "memo.html"
    path.write_bytes(html.render(memo("example-startup")))
    page = browser.new_page()
    page.goto(path.as_uri())
    chart = page.locator("#figure-cash")

    chart.scroll_into_view_if_needed()
    drawn = chart.locator(".js-plotly-plot")
    drawn.wait_for(timeout=20_000)
    drawn.locator(".nsewdrag").first.hover()

    assert chart.locator(".hoverlayer text").first.text_content(timeout=10_000)
    assert chart.locator("svg[role=img]").count() == 0  # the figure stands for the picture
    page.close()
