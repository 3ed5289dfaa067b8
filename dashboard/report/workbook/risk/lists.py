"""Lists that follow from the checklist, as they are when the workbook is written."""

from collections.abc import Sequence
from typing import Final

from dashboard.deal import localised
from dashboard.language import current, listed, read, say, t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.cells import Value
from dashboard.report.workbook.subject import Subject
from dashboard.risk.answers.standing import expiry
from dashboard.risk_terms import asked, named, reason_label, topics, verdict_label

CONTRADICTIONS: Final = "Contradictions"
EVIDENCE: Final = "Evidence"
FOLLOW_UP: Final = "Follow_up"
CP_100D: Final = "CP_100d"


def as_of_note(subject: Subject) -> str:
    """What a list without formulas is."""
    return t(
        "As computed on {date}; this list does not follow a change.",
        date=subject.case.as_of.isoformat(),
    )


def write(book: Book, subject: Subject) -> None:
    """Contradictions, evidence, what to ask next, and what would have to be done."""
    _contradictions(book.pages[CONTRADICTIONS], subject)
    _evidence(book.pages[EVIDENCE], subject)
    _follow_up(book.pages[FOLLOW_UP], subject)
    _conditions(book.pages[CP_100D], subject)


def listing(
    page: Page,
    row: int,
    heads: Sequence[str],
    rows: Sequence[Sequence[Value]],
    *,
    numbers: Sequence[int] = (),
    empty: str,
) -> int:
    """A table of texts and numbers with filters, or why it is empty; gives the row after it."""
    if not rows:
        page.note(row, empty)
        return row + 2
    page.heads(row, heads, numbers=numbers)
    page.frame(row, 1)
    for i, cells in enumerate(rows, start=1):
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                page.text(row + i, column, cell)
            elif cell is not None:
                page.value(row + i, column, cell, "any", "frozen")
    page.sheet.autofilter(row, 0, row + len(rows), len(heads) - 1)
    return row + len(rows) + 2


def _contradictions(page: Page, subject: Subject) -> None:
    assessment = subject.case.assessment
    kinds = {
        "numbers": t("answer against numbers"),
        "cross-check": t("claims against each other"),
        "evidence": t("evidence against the answer"),
    }
    row = page.title(t("Contradictions"), as_of_note(subject))
    listing(
        page,
        row,
        [t("Kind"), t("Id"), t("Bears on"), t("What contradicts what"), t("What to ask"),
         t("Settled")],
        [
            (
                kinds[one.kind],
                one.id,
                topics(assessment, one.questions),
                say(one.text),
                say(one.ask),
                t("yes") if one.settled else t("no"),
            )
            for one in assessment.contradictions
        ],
        empty=t("Nothing contradicts an answer or another claim."),
    )  # fmt: skip


def _evidence(page: Page, subject: Subject) -> None:
    case = subject.case
    bank = case.assessment.bank
    questions = bank.every_question()
    rows: list[Sequence[Value]] = []
    for name, answer in case.deal.answers.items():
        question = questions.get(name)
        for piece in answer.evidence:
            ends = expiry(piece, question, bank) if question is not None else None
            expired = ends is not None and ends < case.as_of
            rows.append(
                (
                    name,
                    read(question.topic) if question is not None else "",
                    piece.file or piece.url or piece.lab_run or piece.calculation or "",
                    "" if piece.kind is None else named(bank, "evidence_kinds", piece.kind),
                    piece.date or "",
                    "" if ends is None else ends.isoformat(),
                    t("expired") if expired else t("in date") if ends is not None else "",
                    piece.page,
                    piece.seen_by or "",
                    t("yes") if piece.against else "",
                    piece.sha256 or "",
                )
            )
    row = page.title(t("Evidence"), as_of_note(subject))
    listing(
        page,
        row,
        [
            t("Question"),
            t("Topic"),
            t("File, link or run"),
            t("Kind"),
            t("Dated"),
            t("Counts until"),
            t("Age"),
            t("Page"),
            t("Seen by"),
            t("Speaks against the answer"),
            "SHA-256",
        ],
        rows,
        numbers=(7,),
        empty=t("No answer names evidence."),
    )


def _follow_up(page: Page, subject: Subject) -> None:
    assessment = subject.case.assessment
    bank = assessment.bank
    row = page.title(
        t("What to ask next"),
        t("Ordered by what an answer is worth for an hour of work."),
        as_of_note(subject),
    )
    listing(
        page,
        row,
        [
            t("Place"),
            t("Question"),
            t("Topic"),
            t("Whom to ask"),
            t("What to ask"),
            t("Evidence to ask for"),
            t("Contradictions to explain"),
            t("Numbers to give"),
            t("Known as"),
            t("Value of an answer"),
            t("Hours of work"),
            t("Verdicts that the answer can lead to"),
        ],
        [
            (
                n,
                one.question,
                read(one.topic),
                named(bank, "respondents", one.respondent),
                read(one.text),
                read(one.evidence),
                listed(say(ask) for ask in one.ask),
                listed(say(text) for text in one.missing),
                named(bank, "statuses", one.status),
                round(one.value, 3),
                one.effort_hours,
                listed(verdict_label(assessment, v) for v in one.flips),
            )
            for n, one in enumerate(assessment.follow_up, start=1)
        ],
        numbers=(0, 9, 10),
        empty=t("Nothing is left to ask."),
    )


def _conditions(page: Page, subject: Subject) -> None:
    case = subject.case
    assessment, memo = case.assessment, case.deal.memo
    bank = assessment.bank
    row = page.title(t("Conditions, covenants and the first hundred days"), as_of_note(subject))
    rows: list[Sequence[Value]] = [
        (
            named(bank, "close_out_kinds", one.kind),
            asked(bank.questions[one.question]),
            read(one.text),
            named(bank, "respondents", one.respondent),
            t("before closing") if one.due is None else one.due.isoformat(),
            listed(reason_label(reason) for reason in one.reasons),
            read(bank.questions[one.question].evidence),
        )
        for one in assessment.verdict.conditions
    ]
    rows += [
        (t("covenant of the memo"), "", localised(text, current()), "", "", "", "")
        for text in memo.covenants
    ]
    rows += [
        (t("kill criterion of the memo"), "", localised(text, current()), "", "", "", "")
        for text in memo.kill_criteria
    ]
    rows += [
        (
            t("what the deal is watched for"),
            asked(bank.questions[one.question]),
            read(one.text),
            "",
            one.due.isoformat(),
            "",
            read(one.evidence),
        )
        for one in assessment.verdict.triggers
    ]
    listing(
        page,
        row,
        [
            t("Kind"),
            t("Question"),
            t("What would have to be done"),
            t("Owner"),
            t("Due"),
            t("Why"),
            t("Evidence that closes it"),
        ],
        rows,
        empty=t("Nothing would have to be done."),
    )
