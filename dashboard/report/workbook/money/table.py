"""A list of figures on a sheet: what holds by formula, and the percentiles of the draws."""

from dataclasses import dataclass
from typing import Final

from costmodel.uncertainty import Percentiles
from dashboard.language import t
from dashboard.report.workbook.book import Page
from dashboard.report.workbook.cells import Value, unit_words
from dashboard.report.workbook.styles import Style

LABEL: Final = 0
VALUE: Final = 1
UNIT: Final = 2
P05: Final = 3
P50: Final = 4
P95: Final = 5
HOW: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure: its name, its formula and what Python gives for it, and its percentiles."""

    name: str
    label: str
    unit: str
    formula: str
    value: Value
    drawn: Percentiles | None = None
    how: str = ""
    key: bool = False


def heads(page: Page, row: int) -> None:
    """The column names of a list of figures."""
    page.heads(
        row,
        [
            t("Figure"),
            t("In the middle of the inputs"),
            t("Unit"),
            t("Low end, P05"),
            t("Median, P50"),
            t("High end, P95"),
            t("How it is computed"),
        ],
        numbers=(VALUE, P05, P50, P95),
    )
    page.width(LABEL, 44)
    page.width(VALUE, 18)
    page.width(UNIT, 22)
    page.width(HOW, 50)


def write(page: Page, row: int, figures: list[Figure]) -> int:
    """The figures from this row on; gives the row after the last."""
    for one in figures:
        page.text(row, LABEL, one.label, "label")
        style: Style = "key" if one.key else "formula"
        page.formula(row, VALUE, one.formula, one.value, one.unit, style, name=one.name)
        page.text(row, UNIT, unit_words(one.unit), "label")
        if one.drawn is not None:
            for column, end in ((P05, one.drawn.p05), (P50, one.drawn.p50), (P95, one.drawn.p95)):
                page.value(row, column, end, one.unit, "frozen")
        page.text(row, HOW, one.how)
        row += 1
    return row


def frozen_note() -> str:
    """What the percentiles are."""
    return t(
        "Figures in grey italics come from random draws or from a search of the cost model: they "
        "are as computed when this was written and do not follow a change."
    )
