"""The risk checklist in a real browser: an answer, its evidence, numbers overruled."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.dashboard.journeys import (
    at_rest,
    fits_a_phone_in_both_languages,
    grave,
    metric,
    opened,
)

pytestmark = pytest.mark.browser

#: What the journey clicks and reads, by language.
WORDS = {
    "en": {
        "coverage": "Coverage",
        "level": "Level",
        "known": "How it is known",
        "verified": "verified: Re-run",
        "attach": "Attach evidence",
        "seen_by": "Seen by",
        "save": "Save",
        "download": "Download",
        "mine": "My level holds against the numbers",
        "who": "Who decides",
        "why": "Why",
        "overridden": "You say 1, the numbers say 2: overridden by LW",
        "changed": "The verdict went from Need more evidence to Decline",
        "refused": "an override says who decides and why",
        "decline": "Decline",
    },
    "zh": {
        "coverage": "覆盖率",
        "level": "等级",
        "known": "证据状态",
        "verified": "已核实：复跑",
        "attach": "附上证据",
        "seen_by": "查看人",
        "save": "保存",
        "download": "下载",
        "mine": "以我给的等级为准",
        "who": "决定人",
        "why": "理由",
        "overridden": "由 LW 保留原判",
        "changed": "结论由“需补充证据”变为“否决”",
        "refused": "推翻数字须写明",
        "decline": "否决",
    },
}


def answered(page: Page, said: dict[str, str], level: int) -> None:
    """The level chosen, and the status verified."""
    settled(page)
    page.get_by_role("radiogroup", name=said["level"]).locator("label").nth(level + 1).click()
    known = page.get_by_label(said["known"], exact=True).last
    known.scroll_into_view_if_needed()
    page.wait_for_timeout(300)  # a list that opens while the page still scrolls shuts again
    known.click()
    page.get_by_role("option").filter(has_text=said["verified"]).click()


def save(page: Page, said: dict[str, str]) -> None:
    page.get_by_role("button", name=said["save"], exact=True).click()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_answer_with_a_file_and_an_override_change_coverage_and_verdict(
    page: Page, app_url: str, tmp_path: Path, lang: str
) -> None:
    said = WORDS[lang]
    log = tmp_path / "corpus ledger.csv"
    log.write_text("source,tokens\nweb,1e12\n")
    opened(page, app_url, f"risk?lang={lang}&risk_part=answers&risk_question=DAT-01")
    coverage = metric(page, said["coverage"])
    before = coverage.inner_text()

    answered(page, said, 3)
    page.get_by_text(said["attach"], exact=True).click()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(log)
    expect(page.get_by_text(log.name).first).to_be_visible()
    page.get_by_label(said["seen_by"], exact=True).fill("LW")
    save(page, said)
    expect(coverage).not_to_have_text(before)
    with page.expect_download() as loading:
        page.get_by_role("button", name=said["download"], exact=True).click()
    assert loading.value.path().read_text() == log.read_text()
    assert loading.value.suggested_filename == "corpus ledger.csv"

    choose(page, "CMP-03")
    answered(page, said, 1)
    page.get_by_text(said["mine"]).click()
    save(page, said)
    expect(page.get_by_text(said["refused"])).to_be_visible()
    page.get_by_label(said["who"], exact=True).fill("LW")
    page.get_by_label(said["why"], exact=True).fill("read the step log")
    save(page, said)
    held = page.get_by_test_id("stAlert").filter(has_text=said["overridden"])
    expect(held).to_be_visible()

    choose(page, "DAT-02")
    answered(page, said, 0)
    save(page, said)
    expect(page.get_by_text(said["changed"])).to_be_visible()
    expect(page.get_by_role("heading", level=3).filter(has_text=said["decline"])).to_be_visible()
    assert not grave(page)


def choose(page: Page, question: str) -> None:
    """Open a question from the list beside."""
    page.get_by_test_id("stButton").get_by_text(question).click()
    expect(page.get_by_role("heading", level=3).filter(has_text=question)).to_be_visible()
    settled(page)


def settled(page: Page) -> None:
    """The page is done computing: what opens now stays open."""
    at_rest(page)
    page.wait_for_timeout(300)


def reached(page: Page, wanted: Locator, *, most: int = 80) -> None:
    """The focus moved to ``wanted`` by the Tab key alone."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("e => e.contains(document.activeElement)"):
            return
    raise AssertionError("the Tab key does not lead there")


def test_a_keyboard_alone_answers_a_question(page: Page, app_url: str) -> None:
    opened(page, app_url, "risk?lang=en&risk_part=answers&risk_question=DAT-01")
    coverage = metric(page, "Coverage")
    before = coverage.inner_text()

    reached(page, page.get_by_role("radiogroup", name="Level"))
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    reached(page, page.get_by_test_id("stSelectbox").filter(has_text="How it is known"))
    page.keyboard.type("documented")
    page.keyboard.press("Enter")
    reached(page, page.get_by_role("button", name="Save", exact=True))
    page.keyboard.press("Enter")

    expect(coverage).not_to_have_text(before)
    expect(page.get_by_text("Saved: DAT-01")).to_be_visible()


@pytest.mark.parametrize("part", ["answers", "next", "bank"])
def test_every_part_fits_a_phone_and_passes_the_accessibility_rules(
    next_page: Page, app_url: str, part: str
) -> None:
    fits_a_phone_in_both_languages(next_page, app_url, f"risk?risk_part={part}")
