"""What is put on the lab's bench, in a real browser: asked for, found, taken into the deal."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lab import jobs
from tests.dashboard.journeys import at_rest, fits_a_phone_in_both_languages, grave, opened
from tests.lab.verify import made

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def nothing_goes_on() -> Iterator[None]:
    """A job outlives its page, and must not outlive a test that failed."""
    yield
    for job in jobs.every():
        if job.is_live:
            jobs.stop(job.folder, now=True)


def taken_into_the_deal(page: Page, app_url: str, finding: str) -> None:
    """The job's findings become evidence, and stand on the overview."""
    page.get_by_text("the company did", exact=True).click()
    page.get_by_role("button", name="Attach to").click()
    expect(page.get_by_text("This is evidence of")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="Overview", exact=True).first.click()
    expect(page.get_by_role("heading", name="Found on the bench")).to_be_visible(timeout=30_000)
    expect(page.get_by_text(finding).last).to_be_visible()


def test_a_checkpoint_is_verified_and_becomes_evidence(
    page: Page, app_url: str, tmp_path: Path
) -> None:
    base = made.save(tmp_path / "open-base", made.trained(made.start(1), 10))
    tuned = made.trained(made.trained(made.start(1), 10), 11, strength=0.3)
    theirs = made.save(tmp_path / "their-model", tuned)
    opened(page, app_url, "verify?lang=en&deal=bloom-176b")
    page.get_by_role("textbox", name="Folder of the checkpoint").fill(str(theirs))
    page.get_by_role("textbox", name="A base that it may come from").fill(str(base))
    page.get_by_role("textbox", name="A base that it may come from").press("Enter")
    page.get_by_role("button", name="Verify", exact=True).click()

    expect(page.get_by_text("It shares its training with open-base.")).to_be_visible(timeout=60_000)
    assert "job=verify-" in page.url
    assert grave(page) == []
    at_rest(page)
    query = page.url.split("?", 1)[1]
    taken_into_the_deal(page, app_url, "Kinship with open-base")
    fits_a_phone_in_both_languages(page, app_url, f"verify?{query}")
