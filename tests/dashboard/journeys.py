"""What every journey through the app needs."""

from typing import Final

from playwright.sync_api import Locator, Page, expect

#: Neither the document nor the main part of the page scrolls sideways.
FITS: Final = """() => {
  const main = document.querySelector('[data-testid=stMain]');
  const root = document.documentElement;
  return root.scrollWidth <= window.innerWidth && main.scrollWidth <= main.clientWidth;
}"""


def metric(page: Page, label: str) -> Locator:
    """The value of a figure on the page."""
    card = page.get_by_test_id("stMetric").filter(has_text=label).first
    return card.get_by_test_id("stMetricValue")


def opened(page: Page, app_url: str, path: str = "") -> None:
    """The app on a page, done computing, charts drawn."""
    page.goto(f"{app_url}/{path}")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
    done = page.locator("[data-test-script-state=notRunning][data-test-connection-state=CONNECTED]")
    expect(done).to_have_count(1, timeout=30_000)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=20_000)
    expect(done).to_have_count(1, timeout=30_000)
