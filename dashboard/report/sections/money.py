"""Financials and runway: cash, the proof, and what each stress does."""

from typing import Final

import numpy as np

from costmodel.uncertainty import Percentiles
from dashboard.exhibits import venture
from dashboard.language import amount, interval, number, say, t
from dashboard.report.case import Case
from dashboard.report.document import (
    Block,
    Cell,
    Chart,
    Head,
    Heading,
    Section,
    Table,
    bullets,
    paragraph,
    rich,
    row,
)
from dashboard.report.notes import Notes
from dashboard.report.sections.common import items_of, question_table, stated_table
from dashboard.scenario_output import shown, warnings
from dashboard.venture.answering import Answer
from dashboard.venture.figures import LABELS, figures
from dashboard.venture.stresses import each_alone
from dashboard.venture_names import CARDS as CARD_NAMES

_STATED: Final = (
    "finance.cash_usd",
    "finance.raise_usd",
    "finance.net_burn_usd_per_month",
    "finance.gross_burn_usd_per_month",
    "finance.headcount",
    "finance.compute_usd_per_month",
    "finance.noncancellable_compute_24m_usd",
    "finance.stated_runway_months",
    "finance.months_to_proof",
    "finance.past_slip",
)
#: Figures of a scenario's cash.
FIGURES: Final = (
    "runway_months",
    "proof_months",
    "spare_months",
    "p_cash_lasts_to_proof",
    "p_cash_lasts_to_round",
    "break_even_month",
    "year_3_margin",
    "burn_multiple",
    "compute_share_of_raise",
)
#: Months of the cash table, and how many months lie between its rows.
_MONTHS: Final = 24
_QUESTIONS: Final = ("TMF-04", "TMF-05", "TMF-06", "TMF-07")


def finance(case: Case, notes: Notes) -> Section:
    """Cash by month, runway against the proof, what each stress does."""
    blocks: list[Block] = []
    stated = stated_table(
        case, notes, _STATED, id_="finance_stated", caption=t("Finances as stated")
    )
    answer = case.answer
    if answer is None:
        assert case.no_scenario is not None
        blocks.append(paragraph(say(case.no_scenario), look="lead"))
    else:
        blocks.append(_lead(answer, notes))
    if stated is not None:
        blocks.append(stated)
    if answer is not None:
        blocks += _cash(case, answer, notes)
        blocks.append(_stresses(answer))
        told = warnings(answer)
        if told:
            blocks += [Heading(text=t("What to mind")), bullets(say(one) for one in told)]
    items = [i for i in items_of(case, "team_finance") if i.question in _QUESTIONS]
    questions = question_table(
        case, notes, items, id_="finance_questions", caption=t("Finances by the checklist")
    )
    if questions is not None:
        blocks.append(questions)
    return Section(
        id="finance", number="11", title=t("Financials and runway"), blocks=tuple(blocks)
    )


def _lead(answer: Answer, notes: Notes) -> Block:
    by_name = figures(answer.inputs, answer.result)
    runway, proof = by_name["runway_months"], by_name["proof_months"]
    lasts = by_name["p_cash_lasts_to_proof"]
    return paragraph(
        notes.scenario(
            t(
                "The cash lasts {runway}; the next proof is due in {proof}, its slip included. In "
                "{share} of the worlds drawn the cash lasts to the proof.",
                runway=shown(runway),
                proof=shown(proof),
                share=amount(lasts.p50, "fraction"),
            )
        ),
        look="lead",
    )


def _cash(case: Case, answer: Answer, notes: Notes) -> list[Block]:
    by_name = figures(answer.inputs, answer.result)
    rows = [
        row(t(LABELS[name]), rich(notes.scenario(shown(by_name[name]))))
        for name in FIGURES
        if name in by_name
    ]
    flow = answer.result.worlds.flow
    months = min(_MONTHS, answer.result.worlds.horizon)
    cash_rows: list[tuple[Cell, ...]] = []
    for month in range(months + 1):
        cash = Percentiles.of(flow.cash_usd[..., month])
        burn = None if month == 0 else Percentiles.of(flow.burn_usd[..., month - 1])
        revenue = None if month == 0 else Percentiles.of(flow.revenue_usd[..., month - 1])
        cash_rows.append(
            row(
                str(month),
                amount(cash.p50, "usd"),
                interval(cash.p05, cash.p95, "usd"),
                number(None) if burn is None else amount(burn.p50, "usd"),
                number(None) if revenue is None else amount(revenue.p50, "usd"),
            )
        )
    del case
    return [
        Table(
            id="runway",
            caption=t("Runway and proof, median with its 90% range"),
            heads=(
                Head(text=t("Figure"), width=2.4),
                Head(text=t("Median, 90% range"), align="right", width=2),
            ),
            rows=tuple(rows),
        ),
        Chart(
            id="cash",
            caption=t("Cash by month with the next proof; bands hold 50% and 90% of the worlds"),
            alt=_cash_alt(answer, months),
            figure=venture.cash(answer),
        ),
        Table(
            id="cash_months",
            caption=t("Cash of {n} months, dollars", n=months),
            heads=(
                Head(text=t("Month"), align="right", width=0.6),
                Head(text=t("Cash, median"), align="right", width=1.2),
                Head(text=t("90% range"), align="right", width=2),
                Head(text=t("Burn of the month"), align="right", width=1.2),
                Head(text=t("Revenue"), align="right", width=1.2),
            ),
            rows=tuple(cash_rows),
        ),
    ]


def _cash_alt(answer: Answer, months: int) -> str:
    cash = answer.result.worlds.flow.cash_usd
    ends = [float(np.median(cash[..., m])) for m in (0, months)]
    return t(
        "The median cash goes from {now} to {then} in {n} months.",
        now=amount(ends[0], "usd"),
        then=amount(ends[1], "usd"),
        n=months,
    )


def _stresses(answer: Answer) -> Table:
    """What each stress does alone, in the middle of all inputs."""
    rows = [
        row(
            t(CARD_NAMES[one.card]),
            one.proof,
            *(one.outcomes[name] for name in ("runway_months", "year_3_margin", "moic")),
        )
        for one in each_alone(answer.inputs)
    ]
    return Table(
        id="stresses",
        caption=t("What each stress does alone, in the middle of all inputs; a dash is no change"),
        heads=(
            Head(text=t("Stress"), width=2.4),
            Head(text=t("Proof"), align="right", width=1),
            Head(text=t("Runway"), align="right", width=1),
            Head(text=t("Margin, year 3"), align="right", width=1),
            Head(text=t("Multiple"), align="right", width=1),
        ),
        rows=tuple(rows),
    )
