"""What every journey through the app needs."""

import json
from typing import Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

#: Neither the document nor the main part of the page scrolls sideways.
FITS: Final = """() => {
  const main = document.querySelector('[data-testid=stMain]');
  const root = document.documentElement;
  return root.scrollWidth <= window.innerWidth && main.scrollWidth <= main.clientWidth;
}"""

#: The last run is over, every element is of that run, and none is half faded in or out.
RESTS: Final = """() => {
  const still = !document.querySelector('[data-stale=true]');
  const fading = document.getAnimations().some(a =>
    a.playState === 'running' && Number.isFinite(a.effect?.getComputedTiming().endTime));
  return still && !fading && document.querySelectorAll(
    '[data-test-script-state=notRunning][data-test-connection-state=CONNECTED]').length === 1;
}"""


def metric(page: Page, label: str) -> Locator:
    """The value of a figure on the page."""
    card = page.get_by_test_id("stMetric").filter(has_text=label).first
    return card.get_by_test_id("stMetricValue")


def opened(page: Page, app_url: str, path: str = "") -> None:
    """The app on a page, done computing, charts drawn."""
    page.goto(f"{app_url}/{path}")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
    at_rest(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=20_000)
    at_rest(page)


def at_rest(page: Page) -> None:
    """The page is done computing, and nothing on it is fading."""
    page.wait_for_function(RESTS, timeout=30_000, polling=100)


def grave(page: Page) -> list[object]:
    """What breaks the accessibility rules badly, and goes on doing so.

    A page may draw itself once more while it is read, half faded; it is read again then.
    """
    found = _grave_now(page)
    for _ in range(3):
        if not found:
            break
        page.wait_for_timeout(500)
        found = _grave_now(page)
    return found


def _grave_now(page: Page) -> list[object]:
    at_rest(page)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        (v["id"], [n["html"][:200] for n in v["nodes"][:3]])
        for v in found
        if v["impact"] in ("serious", "critical")
    ]


def fits_a_phone_in_both_languages(page: Page, app_url: str, path: str) -> None:
    """The page in English and light, then in Chinese and dark: it fits, and breaks no rule."""
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, app_url, f"{path}{'&' if '?' in path else '?'}lang=en")
    _fits(page)
    page.emulate_media(color_scheme="dark")
    language = page.get_by_role("radiogroup", name="Language", exact=True)
    language.get_by_role("radio", name="中文").click()
    expect(page.locator("header nav, nav").get_by_text("来源").first).to_be_attached()
    at_rest(page)
    _fits(page)


def _fits(page: Page) -> None:
    page.wait_for_function(FITS, timeout=10_000, polling=100)
    assert not (found := grave(page)), json.dumps(found, indent=1)
