"""The sheet of parameters: every constant that a formula reads, with its source.

Numbers of formulas stand here and not in them; only months of a year, one, two and a hundred
are written out.
"""

from typing import Final

from dashboard.language import read, t
from dashboard.report.workbook import constants
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.cells import unit_words
from dashboard.report.workbook.constants import Constant
from dashboard.report.workbook.styles import Style
from dashboard.report.workbook.subject import Subject
from dashboard.risk.scores.scoring import TOP_LEVEL
from dashboard.risk_terms import confidence_label

SHEET: Final = "Parameters"
NAME: Final = 0
LABEL: Final = 1
VALUE: Final = 2
UNIT: Final = 3
SOURCE: Final = 4
AS_OF: Final = 5
CONFIDENCE: Final = 6
DEFAULT: Final = 7
#: The value as it was written; hidden.
WRITTEN: Final = 8
#: Statuses in the order of their rank, as the bank names them.
STATUSES: Final = (
    "unknown",
    "assumed",
    "claimed",
    "documented",
    "verified",
    "contradicted",
    "not_applicable",
)
#: Numbers of the bank that formulas of the scores and of the verdict read.
_OF_SCORES: Final = (
    "prior",
    "up_documented",
    "unproven_level",
    "worst_area_share",
    "moderate_residual",
    "high_residual",
    "critical_residual",
    "decline_coverage",
    "decline_high",
    "evidence_coverage",
    "watch_low",
    "watch_expected",
    "proceed_coverage",
    "proceed_expected",
    "proceed_low",
)


def write(book: Book, subject: Subject) -> None:
    """The sheet: constants, what the cost model gave, the numbers of the bank."""
    page = book.pages[SHEET]
    row = page.title(
        t("Parameters"),
        t(
            "Constants of the formulas, each with its source. A change here moves the sheets and "
            "is not read back; a fund's own numbers are set in Assay."
        ),
    )
    page.heads(
        row,
        [
            t("Name in formulas"),
            t("Parameter"),
            t("Value"),
            t("Unit"),
            t("Source"),
            t("As of"),
            t("How sure"),
            t("Default, where the fund has its own"),
        ],
        numbers=(VALUE, DEFAULT),
    )
    page.frame(row, 2)
    head = row
    for title, listed in (
        (t("Arithmetic"), constants.arithmetic()),
        (t("Outcomes and terms"), constants.of_venture(subject)),
        (t("As the cost model gave it when this was written"), constants.as_computed(subject)),
    ):
        found = list(listed)
        if found:
            row = _block(page, row + 1, title, found)
    first = head + 1
    row = _of_bank(page, row + 1, subject)
    row = _areas(page, row + 2, subject)
    page.kept((first, VALUE), (row, VALUE), WRITTEN)
    row = _statuses(book, page, row + 2, subject)
    _rest_of_bank(page, row + 2, subject)
    for column, width in ((NAME, 30), (LABEL, 46), (SOURCE, 44), (UNIT, 16), (AS_OF, 12)):
        page.width(column, width)


def _block(page: Page, row: int, title: str, listed: list[Constant]) -> int:
    page.text(row, NAME, title, "group")
    for one in listed:
        row += 1
        page.text(row, NAME, one.name, "id")
        page.text(row, LABEL, one.label, "label")
        page.value(row, VALUE, one.value, one.unit, "given", name=one.name)
        page.value(row, WRITTEN, one.value, one.unit, "frozen")
        page.text(row, UNIT, unit_words(one.unit), "label")
        page.text(row, SOURCE, one.source)
        page.text(row, AS_OF, one.as_of)
    return row + 1


def _of_bank(page: Page, row: int, subject: Subject) -> int:
    page.text(row, NAME, t("Scores and rules of the checklist"), "group")
    for name in _OF_SCORES:
        row += 1
        _bank_row(page, row, subject, name, named=True)
    return row


def _statuses(book: Book, page: Page, row: int, subject: Subject) -> int:
    """The table of statuses by rank: credit, how far below and above the truth may lie."""
    held = subject.case.assessment.parameters
    names = {s.id: s.name for s in subject.case.assessment.bank.frame.statuses}
    page.text(row, NAME, t("Statuses of evidence"), "group")
    page.heads(
        row + 1,
        [
            t("Name in formulas"),
            t("Status"),
            t("Rank"),
            t("Credit"),
            t("Truth may lie below by"),
            t("Truth may lie above by"),
            t("Highest level where levels need proof"),
        ],
        numbers=(2, 3, 4, 5, 6),
    )
    first = row + 2
    for rank, status in enumerate(STATUSES):
        at = first + rank
        page.text(at, 0, f"rank_{status}", "id")
        page.text(at, 1, read(names[status]), "label")
        book.statuses[status] = read(names[status])
        page.value(at, 2, rank, "count", "given", name=f"rank_{status}")
        for column, kind in ((3, "credit"), (4, "down"), (5, "up")):
            worth = held.get(f"{kind}_{status}", 0.0)
            page.value(at, column, worth, "fraction", "given")
            page.value(at, WRITTEN + column, worth, "fraction", "frozen")
        proven = status in ("documented", "verified")
        if proven:
            page.formula(at, 6, "=top_level", TOP_LEVEL, "level")
        else:
            page.formula(at, 6, "=unproven_level", held["unproven_level"], "level")
    last = first + len(STATUSES) - 1
    page.kept((first, 3), (last, 5), WRITTEN + 3)
    for name, column in (
        ("status_names", 1),
        ("credit_by_status", 3),
        ("down_by_status", 4),
        ("up_by_status", 5),
        ("highest_by_status", 6),
    ):
        book.define_range(name, page.span((first, column), (last, column)))
    return last


def _areas(page: Page, row: int, subject: Subject) -> int:
    """Weights of areas and of priorities."""
    assessment = subject.case.assessment
    page.text(row, NAME, t("Weights"), "group")
    for area in assessment.bank.frame.areas:
        row += 1
        _bank_row(page, row, subject, f"area_weight_{area.id}", named=True)
    for priority in assessment.bank.frame.priorities:
        row += 1
        _bank_row(page, row, subject, f"weight_{priority.id.lower()}", named=True)
    return row


def _rest_of_bank(page: Page, row: int, subject: Subject) -> None:
    held = subject.case.assessment.parameters
    page.text(
        row, NAME, t("Thresholds that turn numbers into levels; no sheet follows them"), "group"
    )
    for name in held:
        if not page.book.has(name) and not name.startswith(("credit_", "down_", "up_")):
            row += 1
            _bank_row(page, row, subject, name, named=False)


def _bank_row(page: Page, row: int, subject: Subject, name: str, *, named: bool) -> None:
    held = subject.case.assessment.parameters.in_force(name)
    parameter = held.parameter
    page.text(row, NAME, name, "id")
    page.text(row, LABEL, read(parameter.name), "label")
    style: Style = "given" if named else "frozen"
    page.value(row, VALUE, held.value, parameter.unit, style, name=name if named else "")
    page.value(row, WRITTEN, held.value, parameter.unit, "frozen")
    page.text(row, UNIT, unit_words(parameter.unit), "label")
    source = parameter.source
    if held.override is not None:
        said = held.override
        source = t(
            "set by {by} on {date}: {reason}", by=said.by, date=said.date, reason=said.reason
        )
        page.value(row, DEFAULT, parameter.value, parameter.unit, "frozen")
    page.text(row, SOURCE, source)
    page.text(row, AS_OF, parameter.as_of)
    page.text(row, CONFIDENCE, confidence_label(parameter.confidence))
