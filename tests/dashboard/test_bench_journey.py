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
    taken_into_the_deal(page, app_url, "Training shared with open-base")
    fits_a_phone_in_both_languages(page, app_url, f"verify?{query}")


def test_a_data_sample_is_audited_and_becomes_evidence(
    page: Page, app_url: str, tmp_path: Path
) -> None:
    texts = [
        f"Text number {n} tells of {n * 7} ships that left the harbour at dawn." for n in range(30)
    ]
    sample = tmp_path / "sample.txt"
    sample.write_text("\n\n".join([*texts, *texts[:10], "Write to jane.doe@example.com."]), "utf-8")
    opened(page, app_url, "audit?lang=en&deal=bloom-176b")
    page.get_by_role("textbox", name="Files or folders on this machine").fill(str(sample))
    page.get_by_role("textbox", name="Files or folders on this machine").press("Control+Enter")
    page.get_by_role("button", name="Start the audit", exact=True).click()

    expect(page.get_by_text("of 41 texts repeat an earlier one")).to_be_visible(timeout=60_000)
    at_rest(page)
    assert grave(page) == []
    page.get_by_text("the company did", exact=True).click()
    page.get_by_role("button", name="Attach to").click()
    expect(page.get_by_text("This is evidence of")).to_be_visible(timeout=30_000)
    # What it measured answers the checklist, as well known as who chose the sample allows.
    page.get_by_role("link", name="Risk", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)


def test_an_experiment_is_measured_stopped_and_becomes_evidence(page: Page, app_url: str) -> None:
    opened(page, app_url, "privacy?lang=en&deal=bloom-176b")
    claim = page.get_by_role("textbox", name="Claimed epsilon")
    claim.fill("1")
    claim.press("Enter")
    page.get_by_text("Options", exact=True).click()
    for name, value in (("Noise over the clipping norm", "1.2"), ("Passes through the data", "2")):
        field = page.get_by_role("textbox", name=name)
        field.fill(value)
        field.press("Enter")
    page.get_by_role("button", name="Start", exact=True).click()

    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible(timeout=30_000)
    expect(page.get_by_role("button", name="Attach to")).to_be_visible(timeout=120_000)
    assert "job=experiment-privacy-" in page.url
    at_rest(page)
    assert grave(page) == []
    query = page.url.split("?", 1)[1]
    page.get_by_text("we did", exact=True).click()
    page.get_by_role("button", name="Attach to").click()
    expect(page.get_by_text("This is evidence of")).to_be_visible(timeout=30_000)
    fits_a_phone_in_both_languages(page, app_url, f"privacy?{query}")
