"""The columns of the checklist, a row of it, and the words of its cells."""

from typing import Final

from dashboard.report.workbook.book import Page
from dashboard.report.workbook.parameters import STATUSES
from dashboard.report.workbook.risk.marks import Marks
from dashboard.risk_terms import band_word
from dashboard.spreadsheet.sheet import letters

#: Columns of the sheet, by what they hold; those from ``area_id`` on are for formulas.
COLUMNS: Final = (
    "id", "topic", "question", "level", "status", "na_reason", "second_reader", "note",
    "counts", "counted_status", "known", "expected", "low", "high", "credit", "likelihood",
    "residual", "band", "stage", "gap", "flag", "decided",
    "area_id", "priority", "weight", "impact", "counted", "stake", "stated_level", "stated_rank",
    "na_whole", "expired", "missing", "against", "standing_level", "standing_rank",
    "says_level", "says_rank", "floor_level", "floor_rank", "cap_level", "cap_rank",
    "after_level", "after_rank", "overridden", "hit", "graded_level", "graded_rank",
    "evidence_in_level", "fires_0", "fires_1", "fires_2", "fires_3", "fires_4",
    "is_breaker", "is_watch", "is_unanswered", "cured", "order", "owner", "close_out",
)  # fmt: skip
AT: Final = {name: i for i, name in enumerate(COLUMNS)}


class QuestionRow:
    """One question's row; ``ref`` is the cell of a column in it."""

    def __init__(self, page: Page, row: int, first: int, last: int) -> None:
        self.page, self.row, self.first, self.last = page, row, first, last

    def ref(self, name: str) -> str:
        """The cell of this column, as its neighbours name it."""
        return f"${letters(AT[name])}{self.row + 1}"

    def formula(self, name: str, formula: str, value: object, unit: str = "count") -> None:
        """A formula in this column."""
        self.page.formula(self.row, AT[name], formula, value, unit)

    def value(self, name: str, value: object, unit: str = "count") -> None:
        """A value in this column that no formula gives."""
        self.page.value(self.row, AT[name], value, unit, "frozen")


def status_word(page: Page, status: str) -> str:
    """A status by name; one that there is not as it is written."""
    return page.book.statuses.get(status, status)


def owner_of(page: Page, one: Marks) -> str:
    """Who answers for the question."""
    return page.book.respondents.get(one.question.respondent, one.question.respondent)


def status_in_words(page: Page, one: Marks) -> str:
    """The status that counts, by name."""
    return status_word(page, STATUSES[one.counts.rank])


def band_in_words(page: Page, one: Marks) -> str:
    """The band of its residual risk in a word; empty where it does not count."""
    return band_word(band_of(page, one.weighed.residual)) if one.is_counted else ""


def band_of(page: Page, residual: int) -> str:
    """The band of a residual risk."""
    book = page.book
    for band in ("critical", "high", "moderate"):
        limit = book.of(f"{band}_residual")
        assert isinstance(limit, int | float)
        if residual >= limit:
            return band
    return "low"


def quoted(word: str) -> str:
    """A text inside a formula."""
    return '"' + word.replace('"', '""') + '"'
