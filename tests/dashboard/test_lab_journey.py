"""A lab run in a real browser: started, watched in two tabs, stopped, resumed."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from lab import runs
from tests.dashboard.journeys import opened

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def nothing_goes_on() -> Iterator[None]:
    """A run outlives its page, and must not outlive a test that failed."""
    yield
    for run in runs.every():
        if run.is_live:
            runs.kill(run.folder)


def test_a_run_is_started_watched_in_two_tabs_stopped_and_resumed(page: Page, app_url: str) -> None:
    opened(page, app_url, "lab?lang=en")
    page.get_by_text("Options", exact=True).click()
    steps = page.get_by_role("textbox", name="Steps, in place of minutes")
    steps.fill("400000")
    steps.press("Enter")
    page.get_by_role("button", name="Start", exact=True).click()

    progress = page.get_by_text(re.compile(r"step \d+, \d+ s, loss"))
    expect(progress).to_be_visible(timeout=30_000)
    chart = page.get_by_test_id("stVegaLiteChart").first
    expect(chart.locator("canvas")).to_be_visible(timeout=30_000)
    # The chart of the loss goes on under the reader's eyes: other points, the same canvas.
    page.wait_for_timeout(2_000)  # the first points have come in
    canvas = chart.locator("canvas").element_handle()
    seen = {canvas.evaluate("c => c.toDataURL()")}
    for _ in range(60):
        page.wait_for_timeout(300)
        assert canvas.evaluate("c => c.isConnected")
        seen.add(canvas.evaluate("c => c.toDataURL()"))
        if len(seen) > 2:
            break
    assert len(seen) > 2
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    assert "run=gpt-" in page.url

    second = page.context.new_page()
    second.goto(page.url.replace("lang=en", "lang=zh"))
    expect(second.get_by_text(re.compile(r"第 [\d,]+ 步"))).to_be_visible(timeout=30_000)
    second.wait_for_timeout(2_500)  # what follows the run speaks the page's language too
    expect(second.get_by_text(re.compile(r"第 [\d,]+ 步"))).to_be_visible()

    second.get_by_role("button", name="停止", exact=True).click()
    expect(page.get_by_text("Stopped on request")).to_be_visible(timeout=150_000)
    expect(page.get_by_role("heading", name="Figures")).to_be_visible()
    expect(second.get_by_role("heading", name="各项指标")).to_be_visible(timeout=30_000)

    name = re.search(r"run=([\w.-]+)", page.url)
    assert name is not None
    stopped_at = runs.load(runs.find(name[1])).step
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.get_by_role("button", name="Kill", exact=True)).to_be_visible(timeout=30_000)
    expect(page.get_by_text(re.compile(r"step \d+, \d+ s, loss"))).to_be_visible(timeout=30_000)
    second.close()
    page.close()  # the run outlives the page

    folder = runs.find(name[1])
    assert runs.load(folder).is_live
    assert runs.load(folder).step >= stopped_at
    runs.kill(folder)
    assert runs.load(folder).state == "dead"
