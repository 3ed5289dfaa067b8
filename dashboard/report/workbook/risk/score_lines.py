"""Lines of figures on the sheet of scores."""

from collections.abc import Sequence

from dashboard.report.workbook.book import Page
from dashboard.report.workbook.cells import unit_words
from dashboard.report.workbook.money.table import Figure
from dashboard.report.workbook.styles import Style


def lines(page: Page, row: int, rows: Sequence[Figure]) -> int:
    """The figures from this row on; gives the row after the last."""
    for one in rows:
        page.text(row, 0, one.label, "label")
        style: Style = "key" if one.key else "formula"
        page.formula(row, 1, one.formula, one.value, one.unit, style, name=one.name)
        page.text(row, 2, unit_words(one.unit), "label")
        row += 1
    return row


def score_cell(page: Page, row: int, column: int, formula: str, value: float | None) -> None:
    """A score of 100 by formula; empty where there is none."""
    page.formula(row, column, formula, "" if value is None else value, "points")
