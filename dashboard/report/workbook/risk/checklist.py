"""The sheet of the checklist: answers to type, the level that counts, and what it is worth."""

from collections.abc import Sequence
from typing import Final

from dashboard.language import read, t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.risk import marks as steps
from dashboard.report.workbook.risk import question_row
from dashboard.report.workbook.risk.columns import AT, COLUMNS, status_word
from dashboard.report.workbook.risk.marks import Marks
from dashboard.report.workbook.subject import Subject
from dashboard.risk.bank.schema import Concern
from dashboard.risk_terms import asked

SHEET: Final = "Checklist"
#: The columns that Assay reads back.
READ_BACK: Final = ("level", "status", "na_reason", "second_reader", "note")
_HELPERS: Final = AT["area_id"]


def write(book: Book, subject: Subject) -> list[Marks]:
    """The sheet, one row for each question that is asked; gives what each comes to."""
    page, case = book.pages[SHEET], subject.case
    assessment = case.assessment
    book.respondents |= {row.id: read(row.name) for row in assessment.bank.frame.respondents}
    found = steps.marks_of(case.deal, assessment, tuple(case.checks))
    row = page.title(
        t("Checklist"),
        t(
            "Type levels and statuses into the yellow cells: scores, risks, the verdict and the "
            "odds of the cases follow. Assay reads the yellow cells back."
        ),
        t(
            "What the numbers say of a question, which evidence has expired and which claims "
            "contradict each other is as of {date} and does not follow a change of the inputs.",
            date=case.as_of.isoformat(),
        ),
    )
    if not found:
        page.note(row, t("No question applies; say in the profile what the company does."))
        return found
    _heads(page, row, case.assessment.bank.frame.concerns)
    page.frame(row, 2)
    first = row + 1
    order = order_of(found)
    for i, one in enumerate(found):
        question_row.write(page, first + i, first, first + len(found) - 1, one, order[i])
        _memberships(page, first + i, one, case.assessment.bank.frame.concerns)
        _keep(page, first + i, one, len(case.assessment.bank.frame.concerns))
    _ranges(book, page, first, first + len(found) - 1)
    _left_out(page, first + len(found) + 1, subject)
    for name, width in (("topic", 26), ("question", 46), ("note", 30), ("na_reason", 16),
                        ("second_reader", 14), ("status", 15), ("counted_status", 15)):  # fmt: skip
        page.width(AT[name], width)
    for name in ("level", "counts", "known", "expected", "low", "high", "credit", "likelihood",
                 "residual", "stage", "gap", "flag"):  # fmt: skip
        page.width(AT[name], 10)
    end = first + len(found) - 1
    concerns = len(case.assessment.bank.frame.concerns)
    page.hide(_HELPERS, len(COLUMNS) + concerns - 1, 11)
    page.kept((first, AT["level"]), (end, AT["status"]), len(COLUMNS) + concerns)
    page.sheet.print_area(0, 0, first + len(found) - 1, AT["decided"])
    return found


def _heads(page: Page, row: int, concerns: Sequence[Concern]) -> None:
    texts = {
        "id": t("Question"),
        "topic": t("Topic"),
        "question": t("What is asked"),
        "level": t("Level of the answer"),
        "status": t("Known as"),
        "na_reason": t("Why it does not apply"),
        "second_reader": t("Second reader"),
        "note": t("Note"),
        "counts": t("Level that counts"),
        "counted_status": t("Counts as"),
        "known": t("Score as answered"),
        "expected": t("Expected"),
        "low": t("At worst"),
        "high": t("At best"),
        "credit": t("Credit"),
        "likelihood": t("Likelihood of harm"),
        "residual": t("Residual risk"),
        "band": t("Risk"),
        "stage": t("The stage expects"),
        "gap": t("Levels missing"),
        "flag": t("Red flag fires"),
        "decided": t("What bears on it"),
    }
    page.heads(row, [texts.get(name, name.replace("_", " ")) for name in COLUMNS])
    for i, _ in enumerate(concerns):
        page.text(row, len(COLUMNS) + i, t("concern {n}", n=i + 1), "head")


def order_of(found: Sequence[Marks]) -> list[int]:
    """The place of each question by residual risk, the highest first; left out last."""
    keys = [(-one.weighed.residual if one.is_counted else 1, i) for i, one in enumerate(found)]
    places = {i: n for n, (_, i) in enumerate(sorted(keys), start=1)}
    return [places[i] for i in range(len(found))]


def _memberships(page: Page, row: int, one: Marks, concerns: Sequence[Concern]) -> None:
    """Which of the concerns the question bears on."""
    for i, concern in enumerate(concerns):
        bears = one.question.id in concern.questions
        page.value(row, len(COLUMNS) + i, int(bears), "flag", "frozen")


def _keep(page: Page, row: int, one: Marks, n_concerns: int) -> None:
    """The answer as it was written, beside the cells that can be changed."""
    column = len(COLUMNS) + n_concerns
    page.value(row, column, one.answer.level, "level", "frozen")
    page.text(row, column + 1, status_word(page, one.answer.status), "frozen")


def _ranges(book: Book, page: Page, first: int, last: int) -> None:
    for name, column in (
        ("q_id", "id"), ("q_topic", "topic"), ("q_area", "area_id"), ("q_priority", "priority"),
        ("q_weight", "weight"), ("q_impact", "impact"), ("q_counted", "counted"),
        ("q_stake", "stake"), ("q_counts", "counts"), ("q_status", "counted_status"),
        ("q_rank", "graded_rank"), ("q_expected", "expected"), ("q_low", "low"),
        ("q_high", "high"), ("q_credit", "credit"), ("q_likelihood", "likelihood"),
        ("q_residual", "residual"), ("q_band", "band"), ("q_flag", "flag"),
        ("q_breaker", "is_breaker"), ("q_watch", "is_watch"), ("q_unanswered", "is_unanswered"),
        ("q_cured", "cured"), ("q_order", "order"), ("q_owner", "owner"),
        ("q_close_out", "close_out"),
    ):  # fmt: skip
        book.define_range(name, page.span((first, AT[column]), (last, AT[column])))
    for i in range(9):
        book.define_range(
            f"concern_{i + 1}", page.span((first, len(COLUMNS) + i), (last, len(COLUMNS) + i))
        )


def _left_out(page: Page, row: int, subject: Subject) -> None:
    """Questions that are not asked, and why."""
    assessment = subject.case.assessment
    graded = set(assessment.graded)
    rows = [
        (name, t("does not apply by the profile"))
        for name in assessment.inapplicable
        if name not in graded
    ]
    rows += [(name, t("waits for the profile to say whether it applies"))
             for name in assessment.waiting]  # fmt: skip
    if not rows:
        return
    page.text(row, 0, t("Questions that are not asked"), "group")
    for i, (name, why) in enumerate(rows, start=1):
        page.text(row + i, 1, asked(assessment.bank.questions[name]), "label")
        page.text(row + i, 2, why)
