"""One question on the sheet of the checklist: its answer, and what the deal and the bank say."""

from dashboard.deal import localised
from dashboard.language import current, read, t
from dashboard.report.workbook.book import Page
from dashboard.report.workbook.risk import grading, worth
from dashboard.report.workbook.risk.columns import AT, QuestionRow, owner_of, status_word
from dashboard.report.workbook.risk.marks import Marks


def write(page: Page, at: int, first: int, last: int, one: Marks, order: int) -> None:
    """All cells of a question's row; ``first`` and ``last`` are those of the whole list."""
    row = QuestionRow(page, at, first, last)
    _answer(row, one)
    _given(row, one)
    grading.standing(row, one)
    grading.graded(row, one)
    worth.worth(row, one)
    worth.risk(row, one, order)


def _answer(row: QuestionRow, one: Marks) -> None:
    page, at, question = row.page, row.row, one.question
    code = question.id.replace("-", "_")
    page.text(at, AT["id"], question.id, "label")
    page.text(at, AT["topic"], read(question.topic), "label")
    page.text(at, AT["question"], read(question.question))
    page.value(at, AT["level"], one.answer.level, "level", "input", name=f"level_{code}")
    page.sheet.data_validation(
        at,
        AT["level"],
        at,
        AT["level"],
        {
            "validate": "list",
            "source": ["0", "1", "2", "3", "4"],
            "ignore_blank": True,
            "error_message": t("A level is 0, 1, 2, 3 or 4; leave it empty where it is not "
                               "known."),
        },
    )  # fmt: skip
    page.value(
        at,
        AT["status"],
        status_word(page, one.answer.status),
        "",
        "input",
        name=f"status_{code}",
    )
    page.choices(at, AT["status"], "=status_names", problem=t("Choose one of the list."))
    page.text(at, AT["na_reason"], one.answer.na_reason, "input")
    page.text(at, AT["second_reader"], one.answer.second_reader, "input")
    page.text(at, AT["note"], localised(one.answer.note, current()), "input")
    page.text(at, AT["decided"], _bears(one))


def _given(row: QuestionRow, one: Marks) -> None:
    question = one.question
    row.page.text(row.row, AT["area_id"], one.area, "id")
    row.page.text(row.row, AT["priority"], question.priority, "id")
    row.page.text(row.row, AT["owner"], owner_of(row.page, one), "id")
    row.page.text(row.row, AT["close_out"], read(question.close_out.text), "id")
    row.formula("weight", f"=weight_{question.priority.lower()}", one.weight, "ratio")
    row.value("impact", question.impact)
    row.value("stage", one.expects, "level")
    for name, flag in (
        ("expired", one.expired),
        ("missing", one.missing),
        ("against", one.against),
        ("overridden", one.overridden),
        ("hit", one.hit),
        ("evidence_in_level", question.evidence_in_level),
        ("is_breaker", one.is_breaker),
        ("is_watch", one.flag_kind == "cap_watch"),
        ("is_unanswered", one.flag_kind == "open_p0"),
        ("cured", one.cured),
    ):
        row.value(name, int(flag), "flag")
    for level in range(5):
        fires = bool(one.fires) and one.fires[level]
        row.value(f"fires_{level}", int(fires), "flag")
    for name, said in (("says", one.says), ("floor", one.floor), ("cap", one.cap)):
        row.value(f"{name}_level", said.level, "level")
        row.value(f"{name}_rank", said.rank)


def _bears(one: Marks) -> str:
    """What moved the level that counts away from the answer, in words."""
    said = []
    if one.says.level >= 0:
        said.append(t("The numbers say level {n}.", n=one.says.level))
    if one.cap.level >= 0:
        said.append(t("The numbers allow level {n} at most.", n=one.cap.level))
    if one.floor.level > 0:
        said.append(t("The numbers give level {n} at least.", n=one.floor.level))
    if one.overridden:
        said.append(t("Somebody has overridden the numbers."))
    if one.expired:
        said.append(t("Its evidence has expired."))
    if one.missing:
        said.append(t("An evidence file is missing or was altered."))
    if one.against:
        said.append(t("Evidence speaks against it."))
    if one.hit:
        said.append(t("A cross-check of the claims fails."))
    return " ".join(said)
