"""The risk register and the contradictions."""

from typing import Final

from dashboard.exhibits import risk
from dashboard.language import amount, aside, listed, number, read, say, t
from dashboard.report.case import Case
from dashboard.report.document import (
    Block,
    Chart,
    Head,
    Section,
    Table,
    cell,
    paragraph,
    rich,
    row,
)
from dashboard.report.notes import Notes
from dashboard.report.sections.common import BAND_TONES
from dashboard.risk.scores.scoring import Item, residual_band
from dashboard.risk.verdict.conditions import due_of
from dashboard.risk_terms import asked, band_word, named, said_of, topics

_MOST: Final = 15
_PER_LINE: Final = 2
_HEAT_PX: Final = 620


def register(case: Case, notes: Notes) -> Section:
    """The largest risks that are left, each with its cure and who owns it."""
    assessment = case.assessment
    items = sorted(assessment.scores.items, key=lambda item: (-item.residual, -item.stake))
    blocks: list[Block] = []
    if not items:
        blocks.append(paragraph(t("No question of the checklist applies.")))
    else:
        open_ones = sum(item.level is None for item in items)
        blocks.append(
            paragraph(
                t(
                    "Likelihood times impact, from 1 to 25. {n} of {all} questions are not "
                    "answered: their likelihood is that of an unknown answer, and its range is "
                    "wide.",
                    n=open_ones,
                    all=len(items),
                )
            )
        )
        blocks.append(_table(case, notes, items[:_MOST]))
        blocks.append(
            Chart(
                id="heat",
                caption=t("Likelihood by impact; hollow where it is not proven"),
                alt=said_of(
                    t("Largest residual risks"),
                    listed(f"{i.question} {i.likelihood} × {i.impact}" for i in items[:_MOST]),
                ),
                figure=risk.heat(assessment, per_line=_PER_LINE),
                least_px=_HEAT_PX,
            )
        )
    return Section(id="risks", number="13", title=t("Risk register"), blocks=tuple(blocks))


def _table(case: Case, notes: Notes, items: list[Item]) -> Table:
    assessment = case.assessment
    bank, numbers = assessment.bank, assessment.parameters
    rows = []
    for item in items:
        question = bank.questions[item.question]
        least, most = risk.likelihoods(item)
        span = ""
        if least != most:
            span = aside(f"{least * item.impact} – {most * item.impact}")
        due = due_of(question.close_out.kind, bank, assessment.as_of)
        owner = named(bank, "respondents", question.respondent)
        band = residual_band(item.residual, numbers)
        rows.append(
            row(
                rich(asked(question))
                if item.level is None
                else rich(notes.answer(asked(question), item.question)),
                cell(f"{item.residual}{span} {band_word(band)}", BAND_TONES[band]),
                read(question.close_out.text),
                owner,
                due.isoformat() if due else t("before closing"),
            )
        )
    return Table(
        id="register",
        caption=t("The {n} largest residual risks", n=len(rows)),
        heads=(
            Head(text=t("Risk"), width=1.6),
            Head(text=t("Residual, range"), width=1.2),
            Head(text=t("Cure"), width=3),
            Head(text=t("Owner"), width=1.3),
            Head(text=t("Due"), width=1.1),
        ),
        rows=tuple(rows),
    )


def contradictions(case: Case, notes: Notes) -> Section:
    """What speaks against what, and how it was resolved."""
    assessment = case.assessment
    blocks: list[Block] = []
    if not assessment.contradictions:
        blocks.append(
            paragraph(
                t(
                    "Nothing that the deal states contradicts something else it states; {n} "
                    "cross-checks could be made.",
                    n=sum(check.outcome != "cannot tell" for check in case.checks),
                )
            )
        )
    else:
        rows = [
            row(
                topics(assessment, one.questions) or one.id,
                rich(notes.checklist(say(one.text))),
                t("settled") if one.settled else say(one.ask),
            )
            for one in assessment.contradictions
        ]
        blocks.append(
            Table(
                id="contradictions",
                caption=t("Contradictions, and how they were resolved"),
                heads=(
                    Head(text=t("About"), width=1.5),
                    Head(text=t("What does not agree"), width=2.6),
                    Head(text=t("Resolved, or to ask"), width=2.6),
                ),
                rows=tuple(rows),
            )
        )
    made = [check for check in case.checks if check.outcome == "holds"]
    if made:
        blocks.append(
            paragraph(
                said_of(
                    t("Cross-checks that hold"),
                    listed(_check(case, check.id, check.value, check.unit) for check in made),
                ),
                look="remark",
            )
        )
    return Section(
        id="contradictions", number="14", title=t("Contradictions"), blocks=tuple(blocks)
    )


def _check(case: Case, check: str, value: float | None, unit: str) -> str:
    found = case.assessment.bank.cross_checks.get(check)
    name = check if found is None else f"{check} {read(found.name)}"
    return name + aside(number(value) if unit == "ratio" else amount(value, unit))
