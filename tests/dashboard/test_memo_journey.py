"""The memo in a real browser: made in the background, downloaded, and its workbook back again."""

import hashlib
import io
import re
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from dashboard.report.workbook.inputs.line import PATH, STATED
from tests.dashboard.journeys import at_rest, grave, opened

pytestmark = pytest.mark.browser


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


def test_a_memo_is_made_downloaded_and_its_workbook_taken_back(
    page: Page, app_url: str, tmp_path: Path
) -> None:
    opened(page, app_url, "memo?deal=example-startup&lang=zh")
    expect(page.get_by_role("heading", name="需补充证据")).to_be_visible()
    page.get_by_test_id("stButtonGroup").get_by_text("Excel 工作簿", exact=True).click()
    at_rest(page)

    page.get_by_role("button", name="生成备忘录", exact=True).click()

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
        assert re.fullmatch(rf"example-startup-[0-9a-f]{{8}}-zh\.{form}", path.name)
        told = page.get_by_text(hashlib.sha256(got[form]).hexdigest()[:16])
        expect(told).to_be_visible()
    assert got["pdf"].startswith(b"%PDF-")
    assert b"<script" not in got["xlsx"]

    page.get_by_text("回收改过的工作簿").click()
    changed = {
        "name": "changed.xlsx",
        "mimeType": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "buffer": _with_cash(got["xlsx"], 6.5e6),
    }
    page.locator("input[type=file]").last.set_input_files(changed)  # type: ignore[arg-type]
    expect(page.get_by_role("cell", name="银行存款")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="采纳 1 处改动").click()
    expect(page).to_have_url(re.compile(r"deal=d[0-9a-f]{20}"), timeout=30_000)
