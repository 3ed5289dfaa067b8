"""The sheet of risks: how many at each likelihood and impact, and the register by residual."""

from collections.abc import Sequence
from typing import Final

from dashboard.language import read, say, t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.risk.checklist import order_of
from dashboard.report.workbook.risk.columns import band_in_words, owner_of, status_in_words
from dashboard.report.workbook.risk.marks import Marks
from dashboard.report.workbook.risk.scores import NO_QUESTION
from dashboard.report.workbook.subject import Subject
from dashboard.spreadsheet.sheet import letters

SHEET: Final = "Risks"
_STEPS: Final = (5, 4, 3, 2, 1)
_COLOURS: Final = {
    "low": "#E3F1E6",
    "moderate": "#FBF3D0",
    "high": "#F7DDC2",
    "critical": "#F2C5C1",
}


def write(book: Book, subject: Subject, found: Sequence[Marks]) -> None:
    """The map and the register; both follow the checklist."""
    page = book.pages[SHEET]
    if not found:
        page.title(t("Risks"), say(NO_QUESTION))
        return
    row = page.title(
        t("Risks"),
        t(
            "Residual risk is likelihood times impact, what is expected of an answer taken as it "
            "is. Map and register follow the checklist."
        ),
    )
    row = _map(page, row, found)
    _register(page, row + 1, found)


def _map(page: Page, row: int, found: Sequence[Marks]) -> int:
    page.text(row, 0, t("Questions by likelihood of harm (down) and impact (across)"), "group")
    row += 1
    page.text(row, 1, t("Likelihood of harm"), "head")
    for i, impact in enumerate(reversed(_STEPS)):
        page.value(row, 2 + i, impact, "count", "number_head")
    head = row + 1
    counted = [one for one in found if one.is_counted]
    for likelihood in _STEPS:
        row += 1
        page.value(row, 1, likelihood, "count", "number_head")
        for i, impact in enumerate(reversed(_STEPS)):
            n = sum(
                o.weighed.likelihood == likelihood and o.question.impact == impact for o in counted
            )
            column = letters(2 + i)
            formula = (
                f"=SUMPRODUCT(q_counted*(q_likelihood=$B{row + 1})*(q_impact={column}${head}))"
            )
            band = _band_of(page, likelihood * impact)
            shape = page.book.style(
                "formula", num_format='0;-0;"·"', bg_color=_COLOURS[band], align="center"
            )
            page.sheet.write_formula(row, 2 + i, formula, shape, n)
            page.reaches(row, 2 + i)
    return row + 1


def _band_of(page: Page, residual: int) -> str:
    for band in ("critical", "high", "moderate"):
        limit = page.book.of(f"{band}_residual")
        assert isinstance(limit, int | float)
        if residual >= limit:
            return band
    return "low"


def _register(page: Page, row: int, found: Sequence[Marks]) -> None:
    page.text(row, 0, t("Register, the highest residual risk first"), "group")
    heads = [
        t("Place"),
        t("Question"),
        t("Topic"),
        t("Residual risk"),
        t("Risk"),
        t("Likelihood of harm"),
        t("Impact"),
        t("Level that counts"),
        t("Counts as"),
        t("Expected"),
        t("At worst"),
        t("At best"),
        t("Owner"),
        t("What would have to be done"),
    ]
    page.heads(row + 1, heads, numbers=(0, 3, 5, 6, 7, 9, 10, 11))
    page.frame(row + 1, 3, rows=False)
    places = order_of(found)
    by_place = sorted(zip(places, found, strict=True), key=lambda pair: pair[0])
    for place, one in by_place:
        at = row + 1 + place
        page.value(at, 0, place, "count", "frozen")
        where = f"MATCH($A{at + 1},q_order,0)"
        level = one.weighed.level
        cells = (
            ("q_id", one.question.id, ""),
            ("q_topic", read(one.question.topic), ""),
            ("q_residual", one.weighed.residual if one.is_counted else 0, "count"),
            ("q_band", band_in_words(page, one), ""),
            ("q_likelihood", one.weighed.likelihood, "count"),
            ("q_impact", one.question.impact, "count"),
            ("q_counts", -1 if level is None else level, "level"),
            ("q_status", status_in_words(page, one), ""),
            ("q_expected", one.weighed.expected, "fraction"),
            ("q_low", one.weighed.low, "fraction"),
            ("q_high", one.weighed.high, "fraction"),
            ("q_owner", owner_of(page, one), ""),
            ("q_close_out", read(one.question.close_out.text), ""),
        )
        for column, (name, value, unit) in enumerate(cells, start=1):
            page.formula(at, column, f"=INDEX({name},{where})", value, unit)
    for column, width in ((2, 34), (13, 70), (8, 14), (12, 14), (1, 10), (0, 8)):
        page.width(column, width)
