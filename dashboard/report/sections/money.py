"""Financials and runway, and returns: what the scenarios say."""

from typing import Final

import numpy as np

from costmodel.uncertainty import Percentiles
from costmodel.venture.explore import drivers
from costmodel.venture.explore.drivers import OUTCOMES, Row
from costmodel.venture.inputs import VentureInputs
from costmodel.venture.returns import outcomes
from costmodel.venture.stress import CARDS, stressed
from dashboard.charts import histogram
from dashboard.charts.lines import Mark
from dashboard.exhibits import venture
from dashboard.language import amount, interval, listed, number, points, ranged, say, t
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
    strong,
)
from dashboard.report.notes import Notes
from dashboard.report.sections.common import items_of, question_table, stated_table
from dashboard.risk_terms import said_of
from dashboard.scenario_output import shown, warnings
from dashboard.terms import assumption_label
from dashboard.venture.answering import Answer, column_names
from dashboard.venture.figures import LABELS, figures
from dashboard.venture_names import CARDS as CARD_NAMES
from dashboard.venture_names import CASES

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
_FIGURES: Final = (
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
_RETURNS: Final = (
    "moic",
    "moic_expected",
    "irr_expected",
    "exit_usd",
    "owned_at_exit",
    "required_exit_usd",
    "most_post_money_usd",
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
        for name in _FIGURES
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
    inputs = answer.inputs
    rows_in: list[Row] = [{}]
    rows_in += [_moved(inputs, card) for card in CARDS]
    found = drivers.outcomes_of(inputs, rows_in)
    proofs = drivers.proofs_of(inputs, rows_in)
    rows = []
    for i, card in enumerate(CARDS, start=1):
        rows.append(
            row(
                t(CARD_NAMES[card]),
                _change(float(proofs[0]), float(proofs[i]), "month"),
                *(
                    _change(float(found[o][0]), float(found[o][i]), venture.UNITS[o])
                    if o in found
                    else number(None)
                    for o in ("runway_months", "year_3_margin", "moic")
                ),
            )
        )
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


def _moved(inputs: VentureInputs, card: str) -> Row:
    middle, after = inputs.middle(), stressed(inputs, [card]).middle()
    return {
        name: value
        for name, value in after.items()
        if not np.array_equal(np.asarray(value), np.asarray(middle.get(name)))
    }


def _change(before: float, after: float, unit: str) -> str:
    if not (np.isfinite(before) and np.isfinite(after)) or abs(after - before) < 1e-3:
        return number(None)
    text = amount(after - before, unit)
    return text if after < before else f"+{text}"


def returns(case: Case, notes: Notes) -> Section:
    """Five cases, dilution, the waterfall, what is needed, what moves it."""
    answer = case.answer
    blocks: list[Block] = []
    if answer is None:
        assert case.no_scenario is not None
        blocks.append(paragraph(say(case.no_scenario)))
    else:
        blocks += _cases(answer, notes)
        if answer.result.worlds.returns is not None:
            blocks += _valued(answer, notes)
        blocks += _tornados(answer)
        if len(case.scenarios) > 1:
            blocks += _side_by_side(case, notes)
    return Section(id="returns", number="12", title=t("Returns"), blocks=tuple(blocks))


def _cases(answer: Answer, notes: Notes) -> list[Block]:
    expected, found = answer.result.expected, answer.result.cases
    start = {c.name: c.probability for c in outcomes.historical_cases()}
    rows = [
        row(
            t(CASES[c.name]),
            amount(start[c.name], "fraction"),
            rich(notes.scenario(amount(c.probability, "fraction"))),
            f"{number(c.moic)}x",
            f"{number(c.probability * c.moic)}x",
        )
        for c in found
    ]
    valued = answer.result.worlds.returns is not None
    if valued:
        total = rich(notes.scenario(f"{number(expected.moic)}x", strong=True))
        rows.append(row(rich(strong(t("Together"))), "", "", "", total))
    blocks: list[Block] = [
        Table(
            id="cases",
            caption=t("Five ways that it can end"),
            heads=(
                Head(text=t("Outcome"), width=1.6),
                Head(text=t("History"), align="right", width=1),
                Head(text=t("Probability"), align="right", width=1),
                Head(text=t("Multiple"), align="right", width=1),
                Head(text=t("Adds"), align="right", width=1),
            ),
            rows=tuple(rows),
            total=valued,
        )
    ]
    if not valued:
        blocks.append(
            paragraph(
                t("The multiples are those of past financings of every sector, none of this deal.")
            )
        )
    score = answer.base.overall
    if score is not None and answer.inputs.switches.checklist:
        blocks.append(
            paragraph(
                t(
                    "The checklist's expected score of {score} multiplies the odds of the two "
                    "losses by {factor}; that it does is a judgement.",
                    score=points(score),
                    factor=number(outcomes.odds_factor(score)),
                ),
                look="remark",
            )
        )
    return blocks


def _valued(answer: Answer, notes: Notes) -> list[Block]:
    by_name = figures(answer.inputs, answer.result)
    worlds = answer.result.worlds.returns
    assert worlds is not None
    moic = np.atleast_1d(np.asarray(worlds.moic, dtype=np.float64))
    target = float(np.asarray(answer.result.middle.values["target_moic"]))
    return [
        Table(
            id="returns",
            caption=t("The investment in figures, median with its 90% range"),
            heads=(
                Head(text=t("Figure"), width=2.4),
                Head(text=t("Median, 90% range"), align="right", width=2),
            ),
            rows=tuple(
                row(t(LABELS[n]), rich(notes.scenario(shown(by_name[n]))))
                for n in _RETURNS
                if n in by_name
            ),
        ),
        Chart(
            id="moic",
            caption=t("Multiple over the worlds drawn if the plan comes about"),
            alt=said_of(
                t("Multiple if the plan comes about"), ranged(Percentiles.of(moic), "ratio")
            ),
            figure=histogram.figure(
                moic,
                marks=[
                    Mark(x=float(np.median(moic)), label=t("median")),
                    Mark(x=target, label=t("target")),
                ],
            ),
        ),
        Chart(
            id="share",
            caption=t("Our share up to the exit, with 90% ranges"),
            alt=said_of(t(LABELS["owned_at_exit"]), shown(by_name["owned_at_exit"])),
            figure=venture.our_share(worlds),
        ),
        Chart(
            id="proceeds",
            caption=t("What we get of an exit, in the middle of all inputs"),
            alt=said_of(t(LABELS["required_exit_usd"]), shown(by_name["required_exit_usd"])),
            figure=venture.proceeds(answer),
        ),
    ]


def _tornados(answer: Answer) -> list[Block]:
    blocks: list[Block] = []
    found = drivers.tornados(answer.inputs)
    for outcome in OUTCOMES:
        tornado = found.get(outcome)
        figure = None if tornado is None or not tornado.bars else venture.driven_by(tornado)
        if tornado is None or figure is None:
            continue
        unit = venture.UNITS[outcome]
        blocks.append(
            Chart(
                id=f"tornado_{outcome}",
                caption=t(
                    "What moves {outcome}, one input at a time from its 10th to its 90th "
                    "percentile",
                    outcome=t(LABELS[outcome]),
                ),
                alt=listed(
                    f"{assumption_label(bar.name)}: {amount(bar.at_low, unit)} → "
                    f"{amount(bar.at_high, unit)}"
                    for bar in tornado.bars[:5]
                ),
                figure=figure,
            )
        )
    return blocks


def _side_by_side(case: Case, notes: Notes) -> list[Block]:
    named = column_names(case.scenarios)
    by_answer = [figures(one.answer.inputs, one.answer.result) for one in case.scenarios]
    names = [name for name in (*_FIGURES, *_RETURNS) if any(name in f for f in by_answer)]
    rows = [
        row(
            t(LABELS[name]),
            *(rich(notes.scenario(shown(found.get(name)))) for found in by_answer),
        )
        for name in names
    ]
    return [
        Heading(text=t("Scenarios side by side")),
        Table(
            id="scenarios",
            caption=t("Scenarios in the same worlds"),
            heads=(
                Head(text=t("Figure"), width=1.5),
                *(Head(text=name, align="right", width=1.3) for name in named),
            ),
            rows=tuple(rows),
        ),
    ]
