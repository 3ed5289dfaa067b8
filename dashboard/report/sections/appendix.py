"""Appendices: evidence, assumptions with sources, own values, method, answers, log, glossary."""

from typing import Final

from dashboard.language import amount, current, interval, number, read, t, use_language
from dashboard.output import source_line
from dashboard.report.case import Case
from dashboard.report.document import (
    Block,
    Head,
    Heading,
    Section,
    Table,
    paragraph,
    rich,
    row,
)
from dashboard.report.notes import Notes
from dashboard.report.sections.common import words
from dashboard.risk_terms import level_words, named, value_words
from dashboard.scenario_output import source_of
from dashboard.terms import assumption_label, explanation, quantity_label

_SHA: Final = 12
_GLOSSARY: Final = (
    "params",
    "active_params",
    "train_flop",
    "mfu",
    "gpu_hours",
    "usd",
    "energy_kwh",
    "kg_co2e",
)


def section(case: Case, notes: Notes) -> Section:
    """What the memo rests on."""
    del notes
    blocks: list[Block] = [
        *_evidence(case),
        *_assumptions(case),
        *_scenario_inputs(case),
        *_own_values(case),
        *_method(case),
        *_answers(case),
        *_log(case),
        *_glossary(),
    ]
    return Section(id="appendix", number="A", title=t("Appendices"), blocks=tuple(blocks))


def _evidence(case: Case) -> list[Block]:
    rows = [
        row(
            question,
            one.file or one.url or one.lab_run or one.calculation or number(None),
            str(one.page) if one.page is not None else number(None),
            one.date or number(None),
            one.seen_by or number(None),
            (one.sha256 or "")[:_SHA] or number(None),
        )
        for question, answer in case.deal.answers.items()
        for one in answer.evidence
    ]
    blocks: list[Block] = [Heading(text=t("Evidence register"))]
    if not rows:
        return [*blocks, paragraph(t("No evidence is on record."))]
    table = Table(
        id="evidence",
        caption=t("Evidence"),
        heads=(
            Head(text=t("Question"), width=0.9),
            Head(text=t("File, link or run"), width=2.4),
            Head(text=t("Page"), width=0.6),
            Head(text=t("Day"), width=1),
            Head(text=t("Seen by"), width=1),
            Head(text=t("SHA-256"), width=1.2),
        ),
        rows=tuple(rows),
    )
    return [*blocks, table]


def _assumptions(case: Case) -> list[Block]:
    evaluation = case.evaluation
    if evaluation is None:
        return []
    rows = [
        row(
            assumption_label(a.name),
            interval(a.range.low, a.range.high, a.unit),
            source_line(a),
        )
        for a in evaluation.inputs.assumptions
    ]
    return [
        Heading(text=t("Assumptions of the cost model")),
        Table(
            id="assumptions",
            caption=t("Assumptions, 90% ranges and sources"),
            heads=(
                Head(text=t("Assumption"), width=1.6),
                Head(text=t("90% range"), align="right", width=1.4),
                Head(text=t("Source"), width=3),
            ),
            rows=tuple(rows),
        ),
    ]


def _scenario_inputs(case: Case) -> list[Block]:
    answer = case.answer
    if answer is None:
        return []
    rows = [
        row(
            assumption_label(a.name),
            interval(a.range.low, a.range.high, a.unit)
            if a.range.low != a.range.high
            else amount(a.range.low, a.unit),
            source_of(answer, a.name) or source_line(a),
        )
        for a in answer.inputs.assumptions
        if a.range.low != 0 or a.range.high != 0
    ]
    return [
        Heading(text=t("Inputs of the scenarios")),
        Table(
            id="scenario_inputs",
            caption=t(
                "Inputs of the deal as it states itself; those that are nothing are left out"
            ),
            heads=(
                Head(text=t("Input"), width=1.8),
                Head(text=t("Value or 90% range"), align="right", width=1.4),
                Head(text=t("Source"), width=2.6),
            ),
            rows=tuple(rows),
        ),
    ]


def _own_values(case: Case) -> list[Block]:
    found = case.assessment.parameters.overridden()
    if not found:
        return [
            paragraph(
                t(
                    "The checklist's own numbers are those of version {version}; none was changed.",
                    version=case.assessment.parameters.version,
                ),
                look="remark",
            )
        ]
    rows = []
    for each in found:
        assert each.override is not None
        rows.append(
            row(
                each.parameter.id,
                value_words(each.value, each.parameter.unit),
                value_words(each.parameter.value, each.parameter.unit),
                f"{each.override.by}, {each.override.date}: {each.override.reason}",
            )
        )
    return [
        Heading(text=t("Numbers of the fund's own")),
        Table(
            id="own_values",
            caption=t("Changed parameters of the checklist"),
            heads=(
                Head(text=t("Parameter"), width=1.6),
                Head(text=t("Value"), align="right", width=1),
                Head(text=t("Default"), align="right", width=1),
                Head(text=t("By, why"), width=2.4),
            ),
            rows=tuple(rows),
        ),
    ]


def _method(case: Case) -> list[Block]:
    return [
        Heading(text=t("Method")),
        paragraph(
            t(
                "Cost of a run: model FLOP over (peak × efficiency × goodput) gives "
                "accelerator-hours; hours times the price, with storage and transfer, give "
                "dollars. Every assumption is a 90% range; 10,000 worlds are drawn (seed {seed}) "
                "and the median stands with its 5th and 95th percentile. A claim is judged by "
                "where it lies in that range.",
                seed=str(case.seed),
            )
        ),
        paragraph(
            t(
                "Scores: an answer's level over 4, times weight and impact. An admission counts in "
                "full; a strength that is only claimed is shrunk to what is usual; what is not "
                "known stands at 25 with the whole range open. The verdict follows from written "
                "rules in their order."
            )
        ),
        paragraph(
            t(
                "Scenarios: cash month by month with people, compute, serving, data, commitments, "
                "revenue and rounds, in 5,000 worlds (seed {seed}). Without a valued exit no "
                "return is given.",
                seed=str(case.seed),
            )
        ),
    ]


def _answers(case: Case) -> list[Block]:
    assessment = case.assessment
    bank = assessment.bank
    rows = []
    for item in assessment.scores.items:
        question, graded = bank.questions[item.question], assessment.graded[item.question]
        given = case.deal.answers.get(item.question)
        note = "" if given is None else words(given.note)
        stands = "" if item.level is None else read(question.levels[item.level])
        rows.append(
            row(
                item.question,
                read(question.question),
                level_words(item.level),
                named(bank, "statuses", graded.status),
                rich(stands, f" {note}" if note else "") or number(None),
            )
        )
    if not rows:
        return []
    return [
        Heading(text=t("Every question with its answer")),
        Table(
            id="answers",
            caption=t("Answers to the checklist"),
            heads=(
                Head(text=t("Id"), width=0.7),
                Head(text=t("Question"), width=3),
                Head(text=t("Level"), width=0.8),
                Head(text=t("Known as"), width=1),
                Head(text=t("What stands there"), width=2),
            ),
            rows=tuple(rows),
        ),
    ]


def _log(case: Case) -> list[Block]:
    from dashboard.trail_terms import entry_words

    trail = case.edition.trail
    if not trail:
        return []
    rows = [
        row(str(e.number), e.at.strftime("%Y-%m-%d %H:%M") + " UTC", e.author, entry_words(e))
        for e in trail
    ]
    return [
        Heading(text=t("Change log")),
        Table(
            id="log",
            caption=t("Audit trail up to this version"),
            heads=(
                Head(text=t("No."), align="right", width=0.5),
                Head(text=t("When"), width=1.4),
                Head(text=t("Who"), width=1.4),
                Head(text=t("What"), width=3),
            ),
            rows=tuple(rows),
        ),
    ]


def _glossary() -> list[Block]:
    other = "en" if current() == "zh" else "zh"
    rows = []
    for name in _GLOSSARY:
        here, meaning = quantity_label(name), explanation(name)
        with use_language(other):
            there = quantity_label(name)
        rows.append(row(here, there, meaning))
    return [
        Heading(text=t("Glossary")),
        Table(
            id="glossary",
            caption=t("Terms in both languages"),
            heads=(
                Head(text=t("Term"), width=1.2),
                Head(text="中文" if other == "zh" else "English", width=1.2),
                Head(text=t("Meaning"), width=3.4),
            ),
            rows=tuple(rows),
        ),
    ]
