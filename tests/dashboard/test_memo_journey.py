"""The memo in a real browser: made in the background, downloaded, and its workbook back again."""

import hashlib
import io
import re
from pathlib import Path
from typing import Final

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from dashboard.report.workbook.inputs.line import PATH, STATED
from tests.dashboard.journeys import at_rest, grave, opened

pytestmark = pytest.mark.browser

WORDS: Final = {
    "en": {
        "pdf": "PDF",
        "xlsx": "Excel",
        "make": "Make the memo",
        "verdict": "Need more evidence",
        "back": "A workbook that comes back",
        "cash": "Cash at the bank",
        "take": "Take 1 changes",
    },
    "zh": {
        "pdf": "PDF 文件",
        "xlsx": "Excel 工作簿",
        "make": "生成备忘录",
        "verdict": "需补充证据",
        "back": "回收改过的工作簿",
        "cash": "银行存款",
        "take": "采纳 1 处改动",
    },
}


def _with_cash(content: bytes, usd: float) -> bytes:
    """The workbook with another sum of cash, as somebody saves it in a spreadsheet."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book["Inputs"]
    row = next(
        row
        for row in range(1, sheet.max_row + 1)
        if sheet.cell(row, PATH + 1).value == "finance.cash_usd"
    )
    sheet.cell(row, STATED + 1).value = usd
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_memo_is_made_downloaded_and_its_workbook_taken_back(
    page: Page, app_url: str, lang: str, tmp_path: Path
) -> None:
    said = WORDS[lang]
    opened(page, app_url, f"memo?deal=example-startup&lang={lang}")
    expect(page.get_by_role("heading", name=said["verdict"])).to_be_visible()
    page.get_by_test_id("stButtonGroup").get_by_text(said["xlsx"], exact=True).click()
    at_rest(page)

    page.get_by_role("button", name=said["make"], exact=True).click()

    buttons = page.get_by_test_id("stDownloadButton")
    expect(buttons).to_have_count(2, timeout=60_000)
    at_rest(page)
    assert not grave(page)
    got = {}
    for i, form in enumerate(("pdf", "xlsx")):
        with page.expect_download() as waiting:
            buttons.nth(i).get_by_role("button").click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        got[form] = path.read_bytes()
        assert re.fullmatch(rf"example-startup-[0-9a-f]{{8}}-{lang}\.{form}", path.name)
        told = page.get_by_text(hashlib.sha256(got[form]).hexdigest()[:16])
        expect(told).to_be_visible()
    assert got["pdf"].startswith(b"%PDF-")
    assert b"<script" not in got["xlsx"]

    page.get_by_text(said["back"]).click()
    changed = {
        "name": "changed.xlsx",
        "mimeType": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "buffer": _with_cash(got["xlsx"], 6.5e6),
    }
    page.locator("input[type=file]").last.set_input_files(changed)  # type: ignore[arg-type]
    expect(page.get_by_role("cell", name=said["cash"])).to_be_visible(timeout=30_000)
    page.get_by_role("button", name=said["take"]).click()
    expect(page).to_have_url(re.compile(r"deal=d[0-9a-f]{20}"), timeout=30_000)
