"""Bear case and dissent; conditions, covenants, the 100-day plan, and when to stop."""

from typing import Final

from dashboard.charts import timeline
from dashboard.charts.timeline import Task
from dashboard.language import aside, enumerated, listed, read, t
from dashboard.report.case import Case
from dashboard.report.document import (
    Block,
    Chart,
    Head,
    Heading,
    Section,
    Table,
    bullets,
    paragraph,
    row,
    strong,
)
from dashboard.report.notes import Notes
from dashboard.report.sections.common import words
from dashboard.risk.verdict.conditions import Condition
from dashboard.risk_terms import asked, named, reason_label, said_of

_MOST_ON_LINE: Final = 16


def dissent(case: Case, notes: Notes) -> Section:
    """The case against, written by people, and who sees it otherwise."""
    del notes
    memo, blocks = case.deal.memo, list[Block]()
    bear = words(memo.bear_case)
    blocks.append(
        paragraph(bear)
        if bear
        else paragraph(
            t(
                "Nobody has written the bear case. The committee needs one by somebody who would "
                "not invest."
            )
        )
    )
    blocks.append(Heading(text=t("Dissent")))
    if memo.dissent:
        blocks += [
            paragraph(strong(said_of(enumerated((one.by, one.date)), "")), words(one.text))
            for one in memo.dissent
        ]
    else:
        blocks.append(paragraph(t("No dissent is on record.")))
    return Section(
        id="dissent", number="15", title=t("Bear case and dissent"), blocks=tuple(blocks)
    )


def conditions(case: Case, notes: Notes) -> Section:
    """What has to hold before closing and after it, and what would end the deal."""
    del notes
    assessment, memo = case.assessment, case.deal.memo
    found = assessment.verdict.conditions
    blocks: list[Block] = []
    if not found:
        blocks.append(paragraph(t("Nothing has to be done before or after closing.")))
    for kind in assessment.bank.frame.close_out_kinds:
        of_kind = [one for one in found if one.kind == kind.id]
        if of_kind:
            name = read(kind.name)
            blocks.append(Heading(text=name[:1].upper() + name[1:]))
            blocks.append(_gates(case, of_kind, kind.id, name))
    if found:
        blocks.append(_timeline(case, found))
    for head, texts in (
        (t("Covenants of the deal team"), memo.covenants),
        (t("Kill criteria of the deal team"), memo.kill_criteria),
    ):
        if texts:
            blocks += [Heading(text=head), bullets(words(text) for text in texts)]
    if not memo.kill_criteria:
        blocks.append(
            paragraph(t("No kill criteria are written down: what would make us stop, and by when?"))
        )
    triggers = assessment.verdict.triggers
    if triggers:
        blocks.append(
            Table(
                id="triggers",
                caption=t("What to watch"),
                heads=(
                    Head(text=t("Question"), width=1.6),
                    Head(text=t("Trigger"), width=2),
                    Head(text=t("Evidence that would settle it"), width=2.4),
                    Head(text=t("Due"), width=1.1),
                ),
                rows=tuple(
                    row(
                        asked(assessment.bank.questions[one.question]),
                        read(one.text),
                        read(one.evidence),
                        one.due.isoformat(),
                    )
                    for one in triggers
                ),
            )
        )
    return Section(
        id="conditions",
        number="16",
        title=t("Conditions, covenants, plan and kill criteria"),
        blocks=tuple(blocks),
    )


def _gates(case: Case, found: list[Condition], kind: str, name: str) -> Table:
    bank, expects = case.assessment.bank, case.assessment.profile.expects
    rows = []
    for one in found:
        question = bank.questions[one.question]
        rows.append(
            row(
                asked(question) + aside(listed(reason_label(r) for r in one.reasons)),
                read(one.text),
                read(question.levels[question.stage_expect[expects]]),
                named(bank, "respondents", one.respondent),
                one.due.isoformat() if one.due else t("before closing"),
            )
        )
    return Table(
        id=f"gates_{kind}",
        caption=said_of(t("Gates"), name),
        heads=(
            Head(text=t("About, and why"), width=1.8),
            Head(text=t("What has to be done"), width=2.6),
            Head(text=t("Done when"), width=2),
            Head(text=t("Owner"), width=1.3),
            Head(text=t("Due"), width=1.1),
        ),
        rows=tuple(rows),
    )


def _timeline(case: Case, found: tuple[Condition, ...]) -> Chart:
    bank, today = case.assessment.bank, case.as_of
    tasks = [
        Task(
            label=asked(bank.questions[one.question]),
            days=0 if one.due is None else max((one.due - today).days, 0),
        )
        for one in found
    ]
    tasks.sort(key=lambda task: task.days)
    late = [f"{task.label} {task.days}" for task in tasks[:_MOST_ON_LINE]]
    return Chart(
        id="timeline",
        caption=t("What is due when"),
        alt=said_of(t("Days from today"), listed(late)),
        figure=timeline.figure(tasks[:_MOST_ON_LINE]),
    )
